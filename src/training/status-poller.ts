/** What is new with many jobs, from few API calls: all waits on one session share one poller. */

import { describeWithTime } from "../aws/dated-description.ts";
import { awsErrorCode, isTransient } from "../aws/translate.ts";
import type { DescribeTrainingJobCommandOutput } from "../aws/types.ts";
import type { Session } from "../session.ts";
import type { Clock } from "./clock.ts";
import { limit } from "./limit.ts";
import type { LookRequests } from "./look-requests.ts";
import { type Gap, isSignedOut, persist } from "./persist.ts";

/** What the service says of a job. */
export type JobDescription = DescribeTrainingJobCommandOutput;

/** How to watch a job. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks. Default: 5 s growing to 30 s while nothing changes; 50 ms growing to 250 ms locally. */
  readonly pollIntervalMs?: number | undefined;
  /** When this process started the job, in milliseconds since 1970: a permission by tags may take a while to hold. */
  readonly createdAt?: number | undefined;
  /** Told of what did not end the wait. */
  readonly onGap?: ((gap: WatchGap) => void) | undefined;
  /** Looks that are asked for besides; the watch answers each that finds nothing new, its reader all others. */
  readonly looks?: LookRequests | undefined;
}

/** Something that did not end a wait. */
export interface WatchGap {
  readonly code: Gap["code"] | "access-not-yet";
  readonly message: string;
}

/** Looks that come within this time of each other share their calls. */
const JOIN_MS = 200;
/** From so many on, one list costs less than a Describe each. */
const LIST_FROM = 3;
/** Each job is described at least this often: lists may lag behind. */
const DESCRIBE_EVERY_MS = 120_000;
/** Clocks may differ by this much between here and the service, in milliseconds. */
const CLOCK_SKEW_MS = 15 * 60_000;
/** Policies that grant by a job's tags hold only once those have spread; Python's SDK gives it as long. */
const ACCESS_GRACE_MS = 300_000;

/** What a look brought. */
interface Seen {
  readonly description: JobDescription;
  /** All that began by then is in it, in milliseconds since 1970 on the service's clock. */
  readonly seenTo: number;
}

/** What is known of a job. */
export interface Known {
  readonly description: JobDescription;
  /** When it was last known to be as it is: described, or listed without a change. */
  checkedAt: number;
  describedAt: number;
}

interface Look {
  readonly name: string;
  readonly known: Known;
  readonly options: WatchOptions;
  readonly resolve: (seen: Seen | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers "what is new with this job?" for every wait of one session. */
export class StatusPoller {
  readonly #session: Session;
  readonly #limit = limit(8);
  /** Where the five seconds of this process begin: launchers that started together should not stay together. */
  #phase: number | undefined;
  /** How many waits there are. */
  #watchers = 0;
  #joined: Look[] = [];
  #mayList = true;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Counts a wait in; the answer counts it out. */
  enter(): () => void {
    this.#watchers += 1;
    return () => {
      this.#watchers -= 1;
    };
  }

  /** The job's description. */
  async describe(name: string, options: WatchOptions, known?: Known): Promise<Seen> {
    const { clock, signal, createdAt, onGap } = options;
    const local = this.#session.local !== undefined;
    let warned = false;
    const client = await this.#session.clients.sagemaker();
    return await persist(
      (abortSignal) =>
        this.#limit(async () => {
          const sentAt = clock.now();
          const { description, serviceTime } = await describeWithTime(client, name, abortSignal);
          // The answer bears the time at which it was sent off: what it says may be older, by all the time that the call took.
          const seenTo =
            serviceTime === undefined
              ? sentAt - CLOCK_SKEW_MS
              : serviceTime - (clock.now() - sentAt);
          return { description, seenTo };
        }),
      {
        action: `describe training job ${name}`,
        clock,
        signal,
        ...(local && { baseMs: 50, capMs: 1000 }),
        onGap: (gap) => {
          // The tolerated refusal has its own words, below.
          if (!warned) {
            onGap?.(gap);
          }
        },
        renew: () => client.config.credentials({ forceRefresh: true }),
        survives: (error) => {
          if (known !== undefined) {
            return isSignedOut(error);
          }
          const early =
            createdAt !== undefined && clock.now() - createdAt < ACCESS_GRACE_MS && isDenied(error);
          if (early && !warned) {
            warned = true;
            onGap?.({
              code: "access-not-yet",
              message:
                `Training job ${name} may not be described yet (AccessDenied). Permissions that depend on a job's ` +
                "tags take up to 5 minutes to hold; trying again until then. The job goes on.",
            });
          }
          return early;
        },
      },
    );
  }

  /** The job's description if it may have changed since; `undefined` when it surely has not. */
  async look(name: string, known: Known, options: WatchOptions): Promise<Seen | undefined> {
    const few = this.#watchers < LIST_FROM;
    if (few || this.#session.local !== undefined || !this.#mayList) {
      return await this.describe(name, options, known);
    }
    return await new Promise((resolve, reject) => {
      this.#joined.push({ name, known, options, resolve, reject });
      if (this.#joined.length === 1) {
        void this.#serveSoon(options.clock);
      }
    });
  }

  /** The next moment, from `time` on, at which this session's waits look: those that fall together share their calls. */
  gather(time: number, cellMs: number, clock: Clock): number {
    this.#phase ??= clock.random() * cellMs;
    return Math.ceil((time - this.#phase) / cellMs) * cellMs + this.#phase;
  }

  /** The next moment for a look that somebody waits for: now, but together where many jobs are waited for. */
  soon(cellMs: number, clock: Clock): number {
    const now = clock.now();
    const few = this.#watchers < LIST_FROM || this.#session.local !== undefined;
    return few ? now : this.gather(now, cellMs, clock);
  }

  async #serveSoon(clock: Clock): Promise<void> {
    await clock.sleep(JOIN_MS);
    const looks = this.#joined;
    this.#joined = [];
    let unchanged = new Set<string>();
    if (looks.length >= LIST_FROM) {
      unchanged = await this.#findUnchanged(looks, clock);
    }
    for (const { name, known, options, resolve, reject } of looks) {
      const now = clock.now();
      if (unchanged.has(name) && now - known.describedAt < DESCRIBE_EVERY_MS) {
        known.checkedAt = now;
        resolve(undefined);
      } else {
        this.describe(name, options, known).then(resolve, reject);
      }
    }
  }

  /** Which of the jobs a list shows to be as they were. Never fails: what is not known is described. */
  async #findUnchanged(looks: readonly Look[], clock: Clock): Promise<Set<string>> {
    const names = new Set(looks.map(({ name }) => name));
    const since = new Date(Math.min(...looks.map(({ known }) => known.checkedAt)) - CLOCK_SKEW_MS);
    try {
      const modified = await this.#listModified(since, Math.ceil(names.size / 2), clock);
      if (modified === undefined) {
        return new Set();
      }
      const same = looks.filter(({ name, known }) => {
        const at = modified.get(name);
        return at === undefined || at === known.description.LastModifiedTime?.getTime();
      });
      return new Set(same.map(({ name }) => name));
    } catch (error) {
      if (!isTransient((error as Error).cause)) {
        // A caller may be allowed to describe its jobs and not to list everybody's.
        this.#mayList = false;
        return new Set();
      }
      for (const { options } of looks) {
        options.onGap?.({
          code: "api-retry",
          message: `${(error as Error).message} The job goes on.`,
        });
      }
      // A crowd of Describes would not help a service that is throttling: the next look tells.
      return names;
    }
  }

  /** When jobs were last modified, by name; `undefined` when that takes more pages than it is worth. */
  async #listModified(
    since: Date,
    mostPages: number,
    clock: Clock,
  ): Promise<Map<string, number | undefined> | undefined> {
    const client = await this.#session.clients.sagemaker();
    const modified = new Map<string, number | undefined>();
    let token: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await persist(
        (abortSignal) =>
          client.listTrainingJobs(
            {
              LastModifiedTimeAfter: since,
              MaxResults: 100,
              ...(token !== undefined && { NextToken: token }),
            },
            { abortSignal },
          ),
        { action: "list training jobs", clock, retries: 0 },
      );
      for (const { TrainingJobName = "", LastModifiedTime } of answer.TrainingJobSummaries ?? []) {
        modified.set(TrainingJobName, LastModifiedTime?.getTime());
      }
      token = answer.NextToken;
      if (token === undefined) {
        return modified;
      }
    }
    return undefined;
  }
}

const pollers = new WeakMap<Session, StatusPoller>();

/** The poller that all waits on this session share. */
export function pollerOf(session: Session): StatusPoller {
  let poller = pollers.get(session);
  if (poller === undefined) {
    poller = new StatusPoller(session);
    pollers.set(session, poller);
  }
  return poller;
}

function isDenied(error: unknown): boolean {
  return ["AccessDenied", "AccessDeniedException"].includes(awsErrorCode(error));
}
