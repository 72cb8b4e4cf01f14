/** A job's run in MLflow, from the side of whoever started the job or comes back to it. */

import { SageMakerError } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { systemClock } from "../clock.ts";
import type { MetricEvent, WarningEvent } from "../events.ts";
import type { JobMlflowRun, NamedRun } from "../mlflow-options.ts";
import { outcomeOf } from "../run-outcome.ts";
import type { RunRecord } from "../run-record.ts";
import type { JobDescription } from "../status-poller.ts";
import { leftFolders } from "./left-folders.ts";
import { type JobRun, mlflowWork, type RunClient, type RunTarget } from "./work.ts";

/** How a run is tracked. */
export interface TrackingOptions {
  /** The job's name; a run that is to be is told it by `start`. */
  readonly jobName?: string;
  /** Failures are errors. */
  readonly strict: boolean;
  /** Told at once of what fails. */
  readonly warn: (message: string) => void;
}

/** A job does not wait longer for its run before it is started, in milliseconds … */
const START_PATIENCE_MS = 15_000;
/** … nor whoever has started it for what is logged right after … */
const SETTLE_PATIENCE_MS = 10_000;
/** … nor for the rest when the job has ended. */
const END_PATIENCE_MS = 60_000;
/** A server that does not answer at the end is asked again after so long, in milliseconds. */
const ASK_AGAIN_MS = 3000;
/** So many values are kept for a run that could not be made yet, or that the job's runner logs to. */
const MOST_HELD = 100_000;

/** What `fit()` knows of a job that it has started. */
export interface StartedFacts {
  readonly arn: string;
  /** `undefined` when it could not be gathered. */
  readonly record: Promise<RunRecord | undefined>;
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** JSON channels by their names. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** The run of one job. */
export class RunTracking {
  readonly #options: TrackingOptions;
  readonly #session: Session;
  readonly #trackingUri: string;
  readonly #target: RunTarget | undefined;
  readonly #startTime = Date.now();
  #jobName: string;
  #client: Promise<RunClient> | undefined;
  #runId: string | undefined;
  #run: Promise<JobRun> | undefined;
  /** The runner of a local job logs by itself: what is held here is for the case that it could not. */
  readonly #isStandby: boolean;
  #held: MetricEvent[] = [];
  #facts: StartedFacts | undefined;
  #factsLogged: Promise<void> | undefined;
  #warnings = 0;
  #failure: unknown;
  #hasFollowed = false;

  /**
   * @param session - where the job runs
   * @param run - the run that there is, or is to be
   * @param options - what failures are
   */
  constructor(session: Session, run: RunTarget | NamedRun, options: TrackingOptions) {
    this.#session = session;
    this.#options = options;
    this.#jobName = options.jobName ?? "";
    this.#trackingUri = run.trackingUri;
    this.#target = "tags" in run ? run : undefined;
    this.#runId = "tags" in run ? undefined : run.runId;
    this.#isStandby = run.byRunner;
  }

  /** The run, once it is known. */
  get run(): JobMlflowRun | undefined {
    const runId = this.#runId;
    return runId === undefined ? undefined : { trackingUri: this.#trackingUri, runId };
  }

  /**
   * Makes the run, or gives one that was made the name of another job.
   *
   * @param jobName - the job's name
   * @param signal - ends the work
   * @returns its page, or its place; `undefined` when it could not be made
   * @throws MlflowError with `strict`, and when what was named is not there; the signal's reason
   */
  async start(jobName: string, signal: AbortSignal): Promise<string | undefined> {
    this.#jobName = jobName;
    try {
      return await this.#start(AbortSignal.any([signal, AbortSignal.timeout(START_PATIENCE_MS)]));
    } catch (error) {
      signal.throwIfAborted();
      if (this.#options.strict || isMistake(error)) {
        throw error;
      }
      this.#warn(error, "The job starts without a run; it is made when the job has ended.");
      return undefined;
    }
  }

  /** What the end of the run failed with last. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether all values that the job's log tells have come by. */
  get hasFollowed(): boolean {
    return this.#hasFollowed;
  }

  /**
   * Tells the failure once all else is told.
   *
   * @throws MlflowError with `strict`, when the end could not be logged
   */
  throwFailure(): void {
    if (this.#options.strict && this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** The variables that lead the job to its run. */
  environment(): Readonly<Record<string, string>> {
    return this.#runId === undefined || this.#target === undefined
      ? {}
      : { [this.#target.runIdVariable]: this.#runId };
  }

  /**
   * Ends the run of a job that was not started.
   *
   * @param error - why
   */
  async neverStarted(error: unknown): Promise<void> {
    const runId = this.#runId;
    if (runId === undefined) {
      return;
    }
    const signal = AbortSignal.timeout(SETTLE_PATIENCE_MS);
    const reason = error instanceof Error ? error.message : String(error);
    try {
      const client = await this.#opened();
      const key = "sagemaker.failure_reason";
      await client.logBatch(runId, {
        tags: [{ key, value: `The job was not started: ${reason}` }],
      });
      await client.setTerminated(runId, "FAILED", { signal });
    } catch (failure) {
      this.#warn(failure, `Run ${runId} stays open.`);
    }
  }

  /** Logs what is known of the job, beside what follows. Never rejects: what fails is done again at the end. */
  started(facts: StartedFacts): void {
    this.#facts = facts;
    if (this.#runId !== undefined) {
      const logged = this.#logFacts(AbortSignal.timeout(END_PATIENCE_MS));
      this.#factsLogged = logged;
      logged.catch((error: unknown) => this.#warn(error, "It is logged when the job has ended."));
    }
  }

  /** When all that is known of the start is logged, or could not be, or takes too long. */
  async settled(): Promise<void> {
    const own = new AbortController();
    const patience = pause(SETTLE_PATIENCE_MS, own.signal);
    await Promise.race([this.#factsLogged?.catch(() => {}), patience]);
    own.abort();
  }

  /** Takes a value that a metric definition found. */
  metric(event: MetricEvent): void {
    if (this.#runId === undefined || this.#isStandby) {
      if (this.#held.length < MOST_HELD) this.#held.push(event);
      return;
    }
    void this.#jobRun().then((run) => run.point(event));
  }

  /**
   * Ends the run as its job has ended, with all that is missing.
   *
   * @param description - the last one
   * @param record - the job's run record, if there is one
   * @param signal - ends the work
   * @returns what could not be logged, unless it is thrown at last
   * @throws the signal's reason
   */
  async ended(
    description: JobDescription,
    record: RunRecord | undefined,
    signal: AbortSignal | undefined,
  ): Promise<WarningEvent | undefined> {
    const patience = AbortSignal.any([
      AbortSignal.timeout(END_PATIENCE_MS),
      ...(signal === undefined ? [] : [signal]),
    ]);
    this.#hasFollowed = true;
    this.#failure = undefined;
    for (;;) {
      try {
        await this.#end(description, record, patience);
        return undefined;
      } catch (error) {
        signal?.throwIfAborted();
        if (isPassing(error) && !patience.aborted) {
          await pause(ASK_AGAIN_MS, patience);
          continue;
        }
        this.#failure = error;
        if (this.#options.strict) {
          return undefined;
        }
        const message = `${words(error)} Not everything of training job ${this.#jobName} is in MLflow: job.flushMlflow() sends the rest.`;
        return { type: "warning", time: new Date(), code: "mlflow", message };
      }
    }
  }

  /**
   * Ends a run that nobody has ended, of a job that ended long ago; all else is left to {@link RunTracking.ended}. Never rejects.
   *
   * @param description - the last one
   * @param signal - ends the work
   */
  async close(description: JobDescription, signal: AbortSignal): Promise<void> {
    const end = endOf(description);
    try {
      const run = await this.#jobRun();
      if (end !== undefined) await run.closed(end, { signal });
    } catch (error) {
      this.#session.logger.debug(words(error));
    }
  }

  /**
   * Sends what waits.
   *
   * @throws what could not be sent
   */
  async flush(signal: AbortSignal | undefined): Promise<void> {
    await this.#factsLogged?.catch(() => {});
    if (this.#runId !== undefined) {
      await (await this.#jobRun()).flush({ signal });
    }
  }

  async #end(
    description: JobDescription,
    record: RunRecord | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const end = endOf(description);
    if (end === undefined) {
      return;
    }
    if (this.#runId === undefined) {
      await this.#start(signal);
    }
    await this.#factsLogged?.catch(() => {
      this.#factsLogged = undefined;
    });
    if (this.#facts !== undefined) {
      this.#factsLogged ??= this.#logFacts(signal);
      await this.#factsLogged;
    }
    const run = await this.#jobRun();
    for (const event of this.#held.splice(0)) run.point(event);
    const folders = leftFolders(this.#session, description);
    try {
      await run.ended({ ...end, record, folders: folders.bring }, { signal });
    } finally {
      await folders.remove();
    }
  }

  async #start(signal: AbortSignal): Promise<string> {
    const { startRun, runUrl } = await mlflowWork();
    const client = await this.#opened();
    const target = { ...this.#target, tags: this.#target?.tags ?? {} } as RunTarget;
    const made = await startRun(
      client,
      // Made already, for another name.
      this.#runId === undefined ? target : { ...target, runId: this.#runId },
      { name: this.#jobName, startTime: this.#startTime },
      { signal },
    );
    this.#runId = made.runId;
    this.#run = undefined;
    return runUrl(this.#trackingUri, made);
  }

  async #logFacts(signal: AbortSignal): Promise<void> {
    const { arn, record, hyperparameters, configuration } = this.#facts as StartedFacts;
    const [{ parametersOf }, run, known, { userInfo }] = await Promise.all([
      mlflowWork(),
      this.#jobRun(),
      record,
      import("node:os"),
    ]);
    if (known !== undefined) {
      const user = attempt(() => userInfo().username);
      const parameters = parametersOf(hyperparameters, configuration);
      await run.started({ arn, record: known, user }, parameters, { signal });
    }
  }

  #jobRun(): Promise<JobRun> {
    this.#run ??= (async () => {
      const { JobRun } = await mlflowWork();
      const run = { runId: this.#runId ?? "", jobName: this.#jobName };
      return new JobRun(await this.#opened(), run, (error) =>
        this.#warn(error, "What could not be sent is kept."),
      );
    })();
    return this.#run;
  }

  #opened(): Promise<RunClient> {
    this.#client ??= (async () => {
      const { MlflowClient } = await mlflowWork();
      return new MlflowClient({
        trackingUri: this.#trackingUri,
        session: this.#session,
        // What is kept is sent again here, and nobody may wait for minutes.
        retry: { retries: 2, baseMs: 500 },
        onError: (error) => this.#warn(error, "What could not be sent is kept."),
      });
    })();
    return this.#client;
  }

  /** Once: a server that is down says the same each time. */
  #warn(error: unknown, whatNow: string): void {
    this.#warnings += 1;
    if (this.#warnings === 1) {
      this.#options.warn(`${words(error)} ${whatNow}`);
    }
  }
}

/** An abort ends it, and is told by whoever waits. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(ms, signal).catch(() => {});
}

function endOf(description: JobDescription) {
  const outcome = outcomeOf(description, undefined, false);
  const modelUri = description.ModelArtifacts?.S3ModelArtifacts;
  return outcome && { outcome, modelUri };
}

/** No answer, or none that will stay: a while later it may be another. */
function isPassing(error: unknown): boolean {
  const status = SageMakerError.isInstance(error) && "status" in error ? error.status : undefined;
  const isServers = typeof status === "number" && (status >= 500 || status === 429);
  return isServers || errorCode(error) === "UNAVAILABLE";
}

/** What was named is not there: no server that is down, and no other time will help. */
function isMistake(error: unknown): boolean {
  return errorCode(error) === "RESOURCE_DOES_NOT_EXIST";
}

function errorCode(error: unknown): unknown {
  return SageMakerError.isInstance(error) && "errorCode" in error ? error.errorCode : undefined;
}

function words(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const text = name === "TimeoutError" ? "There was no answer in time." : message;
  return `MLflow: ${/[.!?]$/.test(text) ? text : `${text}.`}`;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
