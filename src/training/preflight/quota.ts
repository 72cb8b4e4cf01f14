/** Whether the account's quota has room for the job's instances. */

import type { ServiceQuota, ServiceQuotasClient } from "../../aws/optional.ts";
import type { Finding } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { TrainingJobRequest } from "../request.ts";
import type { Check } from "./check.ts";

/** One quota that a job counts against. */
interface QuotaNeed {
  /** The quota's name: `ml.m5.xlarge for training job usage`. */
  readonly name: string;
  readonly path: string;
  readonly instances: number;
  /** The job can do without: another preference may be chosen, a warm pool be left out. */
  readonly isOptional: boolean;
}

const SERVICE = "sagemaker";
/** The largest page that Service Quotas gives. */
const PAGE_SIZE = 100;
/** SageMaker has some thousands of quotas. */
const MAX_PAGES = 100;

/**
 * The quotas that a job counts against.
 *
 * @param request - the request
 */
function quotaNeeds(request: TrainingJobRequest): QuotaNeed[] {
  const {
    InstanceType,
    InstanceCount = 1,
    InstanceGroups = [],
    InstancePreferences = [],
    KeepAlivePeriodInSeconds,
    TrainingPlanArn,
  } = request.ResourceConfig ?? {};
  // Instances of a training plan are reserved, and count against quotas of the plan's.
  if (TrainingPlanArn !== undefined) {
    return [];
  }
  const kind = request.EnableManagedSpotTraining ? "spot training job" : "training job";
  const counts = new Map<string, { path: string; instances: number; isOptional: boolean }>();
  const add = (type: string | undefined, instances: number, path: string, isOptional: boolean) => {
    if (type?.startsWith("ml.")) {
      const before = counts.get(type)?.instances ?? 0;
      const sum = isOptional ? Math.max(before, instances) : before + instances;
      counts.set(type, { path, instances: sum, isOptional });
    }
  };
  add(InstanceType, InstanceCount, "instanceType", false);
  for (const group of InstanceGroups) {
    add(group.InstanceType, group.InstanceCount ?? 1, "instanceGroups", false);
  }
  for (const one of InstancePreferences) {
    if (!one.TrainingPlanArns?.length) {
      add(one.InstanceType, one.InstanceCount ?? InstanceCount, "instancePreferences", true);
    }
  }
  const needs = [...counts].map(
    ([type, need]): QuotaNeed => ({ ...need, name: `${type} for ${kind} usage` }),
  );
  return KeepAlivePeriodInSeconds
    ? [
        ...needs,
        ...[...counts].map(
          ([type, { instances }]): QuotaNeed => ({
            name: `${type} for training warm pool usage`,
            path: "keepAlivePeriodInSeconds",
            instances,
            isOptional: true,
          }),
        ),
      ]
    : needs;
}

/**
 * The check of the quotas. How much of a quota is in use already is not known here.
 *
 * @param request - the request
 * @param session - whose account it is
 * @param othersFollow - other machines are tried when there is no room for these
 */
export function quotaChecks(
  request: TrainingJobRequest,
  session: Session,
  othersFollow: boolean,
): Check[] {
  const needs = quotaNeeds(request).map((need) =>
    othersFollow ? { ...need, isOptional: true } : need,
  );
  const [first] = needs;
  if (first === undefined) {
    return [];
  }
  return [
    {
      path: first.path,
      what: `whether the quota "${first.name}" has room`,
      async run(signal) {
        const client = await session.clients.optional("quotas");
        const walk = walkOf(client);
        const found: Finding[] = [];
        for (const need of needs) {
          found.push(...quotaFindings(need, await walk.find(need.name, signal)));
        }
        return found;
      },
    },
  ];
}

function quotaFindings(need: QuotaNeed, quota: ServiceQuota | undefined): Finding[] {
  const { name, path, instances, isOptional } = need;
  if (quota?.Value === undefined) {
    return [
      {
        severity: "note",
        path,
        message: `It was not checked whether the quota "${name}" has room: Service Quotas does not list it.`,
      },
    ];
  }
  return quota.Value >= instances
    ? []
    : [
        {
          severity: isOptional ? "warning" : "error",
          path,
          message: `The quota "${name}" is ${quota.Value}, and the job asks for ${instances} (ResourceLimitExceeded).`,
          hint: `Ask for more in Service Quotas${quota.QuotaCode === undefined ? "" : ` (${quota.QuotaCode})`}, or take another instance type.`,
        },
      ];
}

const walks = new WeakMap<ServiceQuotasClient, QuotaWalk>();

function walkOf(client: ServiceQuotasClient): QuotaWalk {
  let walk = walks.get(client);
  if (walk === undefined) {
    walk = new QuotaWalk(client);
    walks.set(client, walk);
  }
  return walk;
}

/**
 * Service Quotas finds no quota by its name: its list is read page by page until the name comes, as far as the time goes. The
 * next plan of the session goes on from there; what was found keeps its code, and its value is asked anew.
 */
class QuotaWalk {
  readonly #client: ServiceQuotasClient;
  readonly #codes = new Map<string, string>();
  #token: string | undefined;
  #pages = 0;
  #isDone = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(client: ServiceQuotasClient) {
    this.#client = client;
  }

  /** One at a time: two that walk at once would read the same pages. */
  async find(name: string, signal: AbortSignal): Promise<ServiceQuota | undefined> {
    const mine = this.#turn.then(async () => await this.#find(name, signal));
    this.#turn = mine.catch(() => {});
    return await mine;
  }

  async #find(name: string, abortSignal: AbortSignal): Promise<ServiceQuota | undefined> {
    const QuotaCode = this.#codes.get(name);
    if (QuotaCode !== undefined) {
      const { Quota } = await this.#client.getServiceQuota(
        { ServiceCode: SERVICE, QuotaCode },
        { abortSignal },
      );
      return Quota;
    }
    let found: ServiceQuota | undefined;
    let isDone = this.#isDone;
    while (found === undefined && !isDone) {
      found = (await this.#page(abortSignal)).find(({ QuotaName }) => QuotaName === name);
      isDone = this.#isDone;
    }
    return found;
  }

  async #page(abortSignal: AbortSignal): Promise<readonly ServiceQuota[]> {
    const token = this.#token;
    // A token that is refused later is not tried again; after a call that was cut short it stands.
    this.#token = undefined;
    const { Quotas = [], NextToken } = await this.#client
      .listServiceQuotas(
        { ServiceCode: SERVICE, MaxResults: PAGE_SIZE, ...(token && { NextToken: token }) },
        { abortSignal },
      )
      .catch((error: unknown) => {
        if (abortSignal.aborted) this.#token = token;
        throw error;
      });
    for (const { QuotaName, QuotaCode } of Quotas) {
      if (QuotaName !== undefined && QuotaCode !== undefined) {
        this.#codes.set(QuotaName, QuotaCode);
      }
    }
    this.#token = NextToken;
    this.#pages += 1;
    this.#isDone = NextToken === undefined || this.#pages >= MAX_PAGES;
    return Quotas;
  }
}
