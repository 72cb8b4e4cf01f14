/** The most that a job can cost: instances times hours times a price. Pure. */

import type { Finding } from "../errors.ts";
import type { FitOptions } from "./fit-options.ts";
import type { TrainingJobRequest } from "./request.ts";

/** The most that a job can cost. */
export interface CostCeiling {
  /** Instances times hours, if the job runs as long as it may and a warm pool is kept to its end. */
  readonly instanceHours: number;
  /** In US dollars; `undefined` when a price is not known. Volumes, storage and transfer are not in it. */
  readonly amountUsd: number | undefined;
  /** What one instance of each type costs an hour in US dollars, as far as known. */
  readonly pricePerHourUsd: Readonly<Record<string, number>>;
  /** Where the prices come from: `pricePerHourUsd`, `AWS's price list`, `this machine`; `undefined` when none is known. */
  readonly priceSource: string | undefined;
  /** How the figure was made, or why there is none. */
  readonly explanation: string;
}

/** Prices as somebody gave them. */
export interface KnownPrices {
  /** US dollars an hour, by instance type. */
  readonly perHour: ReadonlyMap<string, number>;
  /** Who gave them. */
  readonly source: string;
  /** Why others are not known. */
  readonly missing: string;
}

/** Some instances of one type. */
export interface Instances {
  readonly type: string;
  readonly count: number;
}

/** What the service takes where the request says nothing. */
const DEFAULT_MAX_RUN_SECONDS = 86_400;

/** The instance types whose prices are needed. */
export function pricedTypes(request: TrainingJobRequest): string[] {
  return [...new Set(alternatives(request).flatMap((one) => one.map(({ type }) => type)))];
}

/**
 * The caller's own prices.
 *
 * @param given - one price for all, or by instance type
 * @param types - those that are needed
 */
export function givenPrices(
  given: FitOptions["pricePerHourUsd"],
  types: readonly string[],
): Map<string, number> {
  return new Map(
    types.flatMap((type) => {
      const price = typeof given === "number" ? given : given?.[type];
      return isPrice(price) ? [[type, price] as const] : [];
    }),
  );
}

/**
 * What is wrong with the caller's own prices.
 *
 * @param given - as given to `plan()` or `fit()`
 */
export function priceFindings(given: FitOptions["pricePerHourUsd"]): Finding[] {
  const prices =
    typeof given === "object" && given !== null ? Object.entries(given) : [["", given] as const];
  return prices.flatMap(([type, price]): Finding[] =>
    price === undefined || isPrice(price)
      ? []
      : [
          {
            severity: "error",
            path: `pricePerHourUsd${type === "" ? "" : `.${type}`}`,
            message: "A price in US dollars an hour is expected: a number that is not negative.",
          },
        ],
  );
}

function isPrice(price: unknown): price is number {
  return typeof price === "number" && Number.isFinite(price) && price >= 0;
}

/**
 * The ceiling of a job on this machine.
 *
 * @param request - the request
 */
export function localCost(request: TrainingJobRequest): CostCeiling {
  const hours = runHours(request);
  const count = alternatives(request)[0]?.reduce((sum, one) => sum + one.count, 0) ?? 1;
  return {
    instanceHours: count * hours,
    amountUsd: 0,
    pricePerHourUsd: {},
    priceSource: "this machine",
    explanation: `${count} x ${shown(hours)} h on this machine, which costs nothing`,
  };
}

/**
 * The ceiling of a job on AWS. MaxRuntimeInSeconds bounds all attempts together (API reference, StoppingCondition), so retries add
 * nothing; waiting for spot capacity is not paid for.
 *
 * @param request - the request
 * @param prices - as far as known
 */
function costCeiling(request: TrainingJobRequest, prices: KnownPrices): CostCeiling {
  const choices = alternatives(request);
  const hours = runHours(request);
  const warm = (request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0) / 3600;
  const [first] = choices;
  if (first === undefined) {
    return {
      instanceHours: 0,
      amountUsd: undefined,
      pricePerHourUsd: {},
      priceSource: undefined,
      explanation: "not known: the job names no instances, so it is paid for by what it uses",
    };
  }
  const priced = choices.map((instances) => ({ instances, hourly: hourly(instances, prices) }));
  const unpriced = pricedTypes(request).filter((type) => !prices.perHour.has(type));
  // Whatever is chosen in the end costs no more than the dearest.
  const dearest = priced.reduce((a, b) => ((b.hourly ?? 0) > (a.hourly ?? 0) ? b : a));
  const most = Math.max(...choices.map((one) => one.reduce((sum, { count }) => sum + count, 0)));
  const isKnown = unpriced.length === 0;
  return {
    instanceHours: most * (hours + warm),
    amountUsd: isKnown ? (dearest.hourly ?? 0) * (hours + warm) : undefined,
    pricePerHourUsd: Object.fromEntries(prices.perHour),
    priceSource: isKnown ? prices.source : undefined,
    explanation: explain(request, {
      hours,
      warm,
      choices,
      dearest: dearest.instances,
      unpriced,
      prices,
    }),
  };
}

/**
 * The ceiling of a job that goes on with other machines when there is no capacity: only one of them is paid for, at worst the dearest.
 *
 * @param requests - the first, and those that may follow it
 * @param prices - as far as known
 */
export function dearestCeiling(
  requests: readonly TrainingJobRequest[],
  prices: KnownPrices,
): CostCeiling {
  const ceilings = requests.map((request) => costCeiling(request, prices));
  const [first, ...others] = ceilings as [CostCeiling, ...CostCeiling[]];
  if (others.length === 0) {
    return first;
  }
  const worst =
    ceilings.find(({ amountUsd }) => amountUsd === undefined) ??
    ceilings.reduce((a, b) => ((b.amountUsd ?? 0) > (a.amountUsd ?? 0) ? b : a));
  return {
    ...worst,
    instanceHours: Math.max(...ceilings.map(({ instanceHours }) => instanceHours)),
    explanation: `${worst.explanation}; the dearest of ${ceilings.length} choices of machines`,
  };
}

interface Figures {
  readonly hours: number;
  readonly warm: number;
  readonly choices: readonly (readonly Instances[])[];
  readonly dearest: readonly Instances[];
  readonly unpriced: readonly string[];
  readonly prices: KnownPrices;
}

function explain(request: TrainingJobRequest, figures: Figures): string {
  const { hours, warm, choices, dearest, unpriced, prices } = figures;
  const attempts = request.RetryStrategy?.MaximumRetryAttempts;
  const parts = [
    `${machines(dearest, prices)} for ${shown(hours)} h`,
    ...(warm > 0 ? [`and up to ${shown(warm)} h in a warm pool`] : []),
    ...(choices.length > 1 ? [`the dearest of ${choices.length} preferences`] : []),
    ...(attempts === undefined ? [] : ["maxRun bounds all retries together"]),
    ...(request.EnableManagedSpotTraining ? ["on-demand price; spot is cheaper"] : []),
    unpriced.length === 0
      ? `price from ${prices.source}; volumes and storage not included`
      : `${unpriced.join(", ")}: ${prices.missing}`,
  ];
  return parts.join("; ").replace("; and up to", " and up to");
}

function machines(instances: readonly Instances[], { perHour }: KnownPrices): string {
  return instances
    .map(({ type, count }) => {
      const price = perHour.get(type);
      return `${count} x ${type}${price === undefined ? "" : ` at $${price}/h`}`;
    })
    .join(" and ");
}

/** What may run: one set of instances, or one for each preference. */
export function alternatives({ ResourceConfig }: TrainingJobRequest): Instances[][] {
  const { InstanceType, InstanceCount, InstanceGroups, InstancePreferences } = ResourceConfig ?? {};
  if (InstancePreferences?.length) {
    return InstancePreferences.map((one) => [
      { type: String(one.InstanceType), count: one.InstanceCount ?? InstanceCount ?? 1 },
    ]);
  }
  if (InstanceGroups?.length) {
    return [
      InstanceGroups.map((one) => ({
        type: String(one.InstanceType),
        count: one.InstanceCount ?? 1,
      })),
    ];
  }
  return InstanceType === undefined ? [] : [[{ type: InstanceType, count: InstanceCount ?? 1 }]];
}

function hourly(instances: readonly Instances[], { perHour }: KnownPrices): number | undefined {
  return instances.reduce<number | undefined>((sum, { type, count }) => {
    const price = perHour.get(type);
    return sum === undefined || price === undefined ? undefined : sum + price * count;
  }, 0);
}

function runHours({ StoppingCondition }: TrainingJobRequest): number {
  return (StoppingCondition?.MaxRuntimeInSeconds ?? DEFAULT_MAX_RUN_SECONDS) / 3600;
}

function shown(hours: number): string {
  return String(Number(hours.toFixed(2)));
}
