/** What a job has cost: the seconds that are paid for, at a price an hour. */

import { ValidationError } from "../errors.ts";
import type { AbortOptions, Session } from "../session.ts";
import { alternatives, givenPrices, type KnownPrices, pricedTypes, priceFindings } from "./cost.ts";
import type { FitOptions } from "./fit-options.ts";
import type { TrainingJobRequest } from "./request.ts";
import type { JobDescription } from "./status-poller.ts";

/** How to find out what a job has cost. */
export interface JobCostOptions extends AbortOptions {
  /** US dollars an hour: one price for all instances, or by type. Prices that are missing are asked of AWS's price list. */
  readonly pricePerHourUsd?: FitOptions["pricePerHourUsd"];
}

/** What a job has cost. */
export interface JobCost {
  /** In US dollars; `undefined` when it is not known. Volumes, storage, transfer and a warm pool are not in it. */
  readonly amountUsd: number | undefined;
  /** What one instance of each type costs an hour in US dollars, as far as known. */
  readonly pricePerHourUsd: Readonly<Record<string, number>>;
  /** How the figure was made, or why there is none. */
  readonly explanation: string;
}

/**
 * What a job has cost.
 *
 * @param session - where the job ran
 * @param describe - asks what the service says of it
 * @param options - prices
 * @throws ValidationError when a price is none
 */
export async function jobCost(
  session: Session,
  describe: () => Promise<JobDescription>,
  { pricePerHourUsd, signal }: JobCostOptions,
): Promise<JobCost> {
  const findings = priceFindings(pricePerHourUsd);
  if (findings.length > 0) {
    throw new ValidationError("The cost was not looked up", findings);
  }
  const description = await describe();
  if (session.local !== undefined) {
    return { amountUsd: 0, pricePerHourUsd: {}, explanation: "This machine costs nothing." };
  }
  // A description has the members of the request.
  const request = description as TrainingJobRequest;
  const types = pricedTypes(request);
  const own = givenPrices(pricePerHourUsd, types);
  const unknown = types.filter((type) => !own.has(type));
  if (unknown.length === 0 || description.BillableTimeInSeconds === undefined) {
    return costOf(description, { perHour: own, source: "pricePerHourUsd", missing: "" });
  }
  const { listedPrices } = await import("./preflight/price.ts");
  const region = (description.TrainingJobArn ?? "").split(":")[3] || (await session.region());
  const { perHour, source, missing } = await listedPrices(unknown, region, session, signal);
  return costOf(description, { perHour: new Map([...own, ...perHour]), source, missing });
}

/**
 * What a job has cost at known prices. `BillableTimeInSeconds` counts what is paid for on each instance; for spot instances it is less
 * than the time of training, at the same price an hour (API reference, DescribeTrainingJob).
 *
 * @param description - what the service says of it
 * @param prices - as far as known
 */
export function costOf(description: JobDescription, prices: KnownPrices): JobCost {
  const { perHour, missing, source } = prices;
  const pricePerHourUsd = Object.fromEntries(perHour);
  const unknown = (explanation: string): JobCost => ({
    amountUsd: undefined,
    pricePerHourUsd,
    explanation: `Not known: ${explanation}.`,
  });
  const seconds = description.BillableTimeInSeconds;
  if (seconds === undefined) {
    return unknown("the service says what is paid for when the job has ended");
  }
  const [instances, ...others] = alternatives(description as TrainingJobRequest);
  if (instances === undefined) {
    return unknown("the job names no instances");
  }
  if (others.length > 0) {
    return unknown("the service does not say which of the preferred instances it had");
  }
  const unpriced = instances.find(({ type }) => !perHour.has(type));
  if (unpriced !== undefined) {
    return unknown(`${unpriced.type}: ${missing}`);
  }
  const hourly = instances.reduce(
    (sum, { type, count }) => sum + count * (perHour.get(type) ?? 0),
    0,
  );
  const machines = instances
    .map(({ type, count }) => `${count} x ${type} at $${perHour.get(type)}/h`)
    .join(" and ");
  return {
    amountUsd: (hourly * seconds) / 3600,
    pricePerHourUsd,
    explanation: `${seconds} billable seconds of ${machines}; price from ${source}.`,
  };
}
