/** A job's run in MLflow, from the side of whoever started the job or comes back to it. */

import type { Session } from "../../session.ts";
import { untilAborted } from "../abort.ts";
import { systemClock } from "../clock.ts";
import type { MetricEvent, WarningEvent } from "../events.ts";
import { JobValues } from "../job-values.ts";
import type { JobMlflowRun, NamedRun, PendingRun } from "../mlflow-options.ts";
import { type EndedJob, endRunOf } from "./end-run.ts";
import { RunLink } from "./run-link.ts";
import { type StartedFacts, startedJob } from "./started-job.ts";
import { isMistake, isPassing, noAnswer, ofJob, troubleInWords, within } from "./troubles.ts";
import { mlflowWork } from "./work.ts";

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
/** … nor whoever has started it, and does not wait for it, for what is logged right after … */
const SETTLE_PATIENCE_MS = 10_000;
/** … nor whoever leaves it before its end … */
const LEAVE_PATIENCE_MS = 2000;
/** … nor for the rest when the job has ended. */
const END_PATIENCE_MS = 60_000;
/** A server that does not answer at the end is asked again after so long, in milliseconds. */
const ASK_AGAIN_MS = 3000;

/** The run of one job. */
export class RunTracking {
  readonly #options: TrackingOptions;
  readonly #session: Session;
  readonly #link: RunLink;
  /** The runner of a local job logs by itself: its values are held here for the case that it could not. */
  readonly #isStandby: boolean;
  readonly #values = new JobValues();
  #facts: StartedFacts | undefined;
  #factsLogged: Promise<void> | undefined;
  /** Whether what is known of the start has to be logged again. */
  #startIs: "told" | "untold" = "told";
  /** What was refused of it. */
  #refusal: unknown;
  /** Nobody waits any more for what is logged at the start. */
  readonly #leaving = new AbortController();
  #isRefused = false;
  #warnings = 0;
  #failure: unknown;

  /**
   * @param session - where the job runs
   * @param run - the run that there is, or is to be
   * @param options - what failures are
   */
  constructor(session: Session, run: PendingRun | NamedRun, options: TrackingOptions) {
    this.#session = session;
    this.#options = options;
    this.#isStandby = run.byRunner;
    this.#link = new RunLink(session, run, options.jobName ?? "", (error) =>
      this.#warn(error, "What could not be sent is kept."),
    );
  }

  /** Whether there will be no run: the server has understood, and makes none. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** The run, once it is known. */
  get run(): JobMlflowRun | undefined {
    return this.#link.run;
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
    try {
      return await within(this.#patience(START_PATIENCE_MS, signal), (own) =>
        this.#link.start(jobName, own),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (this.#options.strict || isMistake(error)) {
        throw error;
      }
      const { isRefusal } = await mlflowWork();
      this.#isRefused = isRefusal(error);
      const later = "The job starts without a run; it is made when the job has ended.";
      this.#warn(error, this.#isRefused ? "The job has no run." : later);
      return undefined;
    }
  }

  /**
   * Tells the failure once all else is told.
   *
   * @throws MlflowError with `strict`, when the end could not be logged
   */
  async throwFailure(): Promise<void> {
    if (this.#options.strict && this.#failure !== undefined) {
      throw await ofJob(this.#link.jobName, this.#failure);
    }
  }

  /**
   * Ends the run of a job that was not started.
   *
   * @param error - why
   */
  async neverStarted(error: unknown): Promise<void> {
    const { run } = this.#link;
    if (run === undefined) {
      return;
    }
    const { runId } = run;
    const reason = error instanceof Error ? error.message : String(error);
    const value = `The job was not started: ${reason}`;
    try {
      await within(this.#patience(SETTLE_PATIENCE_MS), async (signal) => {
        const client = await this.#link.client();
        await client.logBatch(runId, { tags: [{ key: "sagemaker.failure_reason", value }] });
        await client.setTerminated(runId, "FAILED", { signal });
      });
    } catch (failure) {
      this.#warn(failure, `Run ${runId} stays open.`);
    }
  }

  /** Logs what is known of the job, beside what follows. Never rejects: what fails is done again at the end. */
  started(facts: StartedFacts): void {
    this.#facts = facts;
    if (this.run !== undefined) {
      const patience = this.#patience(END_PATIENCE_MS, this.#leaving.signal);
      this.#factsLogged = within(patience, (own) => this.#logFacts(own)).catch(
        async (error: unknown) => {
          const { isRefusal } = await mlflowWork();
          const isRefused = isRefusal(error);
          this.#startIs = isRefused ? "told" : "untold";
          this.#refusal = isRefused ? error : undefined;
          const rest = "It is logged when the job has ended.";
          this.#warn(error, isRefused ? "That is left out." : rest);
        },
      );
    }
  }

  /** When all that is known of the start is logged, or could not be, or takes too long. */
  async settled(): Promise<void> {
    await this.#leave(SETTLE_PATIENCE_MS);
  }

  /** The same for whoever followed the job, to its end or not. */
  async left(): Promise<void> {
    await this.#leave(LEAVE_PATIENCE_MS);
  }

  /** Takes a value that a metric definition found. */
  metric(event: MetricEvent): void {
    if (this.run === undefined || this.#isStandby) {
      this.#values.hold(event);
      return;
    }
    this.#link.jobRun().then(
      (run) => run.point(event),
      (error: unknown) => this.#warn(error, "Nothing is logged to it."),
    );
  }

  /** All values that the job's log tells have come by. */
  followed(): void {
    this.#values.followed();
  }

  /**
   * Ends the run as its job has ended, with all that is missing.
   *
   * @param job - how it ended
   * @param signal - ends the work
   * @returns what could not be logged, unless it is thrown at last
   * @throws the signal's reason
   */
  async ended(job: EndedJob, signal: AbortSignal | undefined): Promise<WarningEvent | undefined> {
    this.#failure = undefined;
    let passing: unknown;
    try {
      await within(this.#patience(END_PATIENCE_MS, signal), (own) =>
        this.#endAtLast(job, own, (error) => {
          passing = error;
        }),
      );
      // It was told as a warning.
      this.#failure = this.#refusal;
      return undefined;
    } catch (last) {
      signal?.throwIfAborted();
      // Why there was no answer says more than that there was none in time.
      const error = isPassing(last) ? (passing ?? last) : last;
      if (this.#isNobodys(error)) {
        return undefined;
      }
      this.#failure = error;
      // Of a job that failed, that is what is thrown.
      if (this.#options.strict && job.description.TrainingJobStatus !== "Failed") {
        return undefined;
      }
      const { isRefusal } = await mlflowWork();
      const rest = isRefusal(error)
        ? "That is left out."
        : `Not everything of training job ${this.#link.jobName} is in MLflow: job.flushMlflow() sends the rest.`;
      const message = `${troubleInWords(error)} ${rest}`;
      return { type: "warning", time: new Date(), code: "mlflow", message };
    }
  }

  /**
   * Does the same once, however long it takes.
   *
   * @throws what could not be sent; the signal's reason
   */
  async end(job: EndedJob, signal: AbortSignal | undefined): Promise<void> {
    await untilAborted(this.#end(job, signal), signal);
    this.#failure = undefined;
  }

  /**
   * Makes the run of a job that goes on, if it could not be made before.
   *
   * @throws MlflowError when it still cannot be made
   */
  async begin(signal: AbortSignal | undefined): Promise<void> {
    if (this.run === undefined) {
      await untilAborted(this.#link.start(this.#link.jobName, signal), signal);
      this.#startIs = "untold";
      if (!this.#isStandby) this.#values.release(await this.#link.jobRun());
    }
  }

  /**
   * Sends what waits.
   *
   * @throws what could not be sent
   */
  async flush(signal: AbortSignal | undefined): Promise<void> {
    await untilAborted(this.#factsLogged ?? Promise.resolve(), signal);
    if (this.#startIs === "untold") {
      await this.#logFacts(signal);
    }
    if (this.run !== undefined) {
      await (await this.#link.jobRun()).flush({ signal });
    }
  }

  /** What is under way is waited for a little; then it is kept, and nothing is under way that would keep the process alive. */
  async #leave(patienceMs: number): Promise<void> {
    try {
      // Whoever has waited in vain for the end does not wait again.
      if (this.#failure === undefined) {
        await within(this.#patience(patienceMs), (signal) => this.flush(signal));
      }
    } catch (error) {
      this.#warn(error, "What could not be sent is kept.");
    }
    this.#leaving.abort(noAnswer(this.#link.place));
    this.#link.pause();
  }

  /** As often as the server may be back in time. */
  async #endAtLast(
    job: EndedJob,
    signal: AbortSignal,
    onPassing: (error: unknown) => void,
  ): Promise<void> {
    for (;;) {
      try {
        return await this.#end(job, signal);
      } catch (error) {
        if (!isPassing(error)) {
          throw error;
        }
        onPassing(error);
        await systemClock.sleep(ASK_AGAIN_MS, signal);
      }
    }
  }

  async #end(job: EndedJob, signal: AbortSignal | undefined): Promise<void> {
    if (this.run === undefined) {
      const { jobName } = this.#link;
      await this.#link.start(jobName, signal, job.description.CreationTime?.getTime());
    }
    await this.#factsLogged;
    const started = await startedJob(this.#facts, job);
    await endRunOf(this.#link, this.#values, { ...job, started, session: this.#session }, signal);
  }

  async #logFacts(signal: AbortSignal | undefined): Promise<void> {
    const job = await startedJob(this.#facts, undefined);
    if (job !== undefined) {
      await (await this.#link.jobRun()).started(job, { signal });
    }
    this.#startIs = "told";
  }

  #patience(ms: number, signal?: AbortSignal) {
    return { ms, place: this.#link.place, signal };
  }

  /** What the environment of somebody else's job names may be a run in another place of that name. */
  #isNobodys(error: unknown): boolean {
    return this.#link.isGiven && isMistake(error);
  }

  /** Once: a server that is down says the same each time. */
  #warn(error: unknown, whatNow: string): void {
    if (this.#isNobodys(error)) {
      this.#session.logger.debug(troubleInWords(error));
      return;
    }
    this.#warnings += 1;
    if (this.#warnings === 1) {
      this.#options.warn(`${troubleInWords(error)} ${whatNow}`);
    }
  }
}
