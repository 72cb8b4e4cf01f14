/** One training job: a handle to look at it, wait for it, stop it, and bring its artifacts home. */

import { inspect } from "node:util";
import { ValidationError } from "../errors.ts";
import { type AbortOptions, Session } from "../session.ts";
import { type Clock, systemClock } from "./clock.ts";
import { JUPYTER_DISPLAY } from "./display.ts";
import type { DownloadOptions } from "./download.ts";
import type { TrainingJobResult } from "./end-of-job.ts";
import type { LogEvent, TrainingJobEvent, WarningEvent } from "./events.ts";
import type { FollowOptions, WaitOptions } from "./follow.ts";
import type { JobCost, JobCostOptions } from "./job-cost.ts";
import type {
  AttachOptions,
  DescribeOptions,
  DescribeTextOptions,
  EventsOptions,
  ListJobsOptions,
  LogsOptions,
  StopOptions,
  UpdateOptions,
  UpdateProfilerOptions,
} from "./job-options.ts";
import { jobHtml } from "./job-view.ts";
import type { ListedJob } from "./list-jobs.ts";
import { type JobMlflowRun, runOfEnvironment, runOrPendingOf } from "./mlflow-options.ts";
import type { ModelData } from "./model-data.ts";
import type { RegisteredModel, RegisterModelOptions } from "./register/register-options.ts";
import type { RunRecord } from "./run-record.ts";
import type { JobDescription } from "./status-poller.ts";
import type { RunTracking } from "./tracking/run-tracking.ts";

/** What `fit()` knows of a job that it started. @internal */
export interface TrainingJobSeed {
  readonly arn?: string | undefined;
  /** When this process started it, in milliseconds since 1970. */
  readonly createdAt?: number | undefined;
  readonly description?: JobDescription | undefined;
  /** How a job ended that was found for reuse. */
  readonly reused?: TrainingJobResult | undefined;
  readonly clock?: Clock | undefined;
}

/** A job as {@link TrainingJob.list} gives it: what the service's list says of it, and the handle. */
export interface TrainingJobSummary extends ListedJob {
  /** The handle; its status may have changed since. */
  readonly job: TrainingJob;
}

/**
 * A training job: a handle, in whatever state the job is. Made by `fit()` or {@link TrainingJob.attach}.
 *
 * @example
 * ```ts
 * const job = await TrainingJob.attach("glm-2026-01-31-12-00-00-000");
 * for await (const event of job.events()) {
 *   if (event.type === "metric") console.log(event.name, event.value);
 * }
 * await job.downloadModel("model/");
 * ```
 */
export class TrainingJob {
  /** The job's name. */
  readonly name: string;
  /** Where it runs. */
  readonly session: Session;
  /** What waits take their time from. @internal */
  readonly clock: Clock;
  /** When this process started it. @internal */
  readonly createdAt: number | undefined;
  /** Whether `fit()` with `reuse` found this job in place of training again. */
  readonly reused: boolean;
  #arn: string;
  #stopOnDispose: Pick<StopOptions, "wait"> | undefined;
  #seen: JobDescription | undefined;
  #result: TrainingJobResult | undefined;
  #recorded: Promise<boolean> | undefined;
  #tracking: RunTracking | undefined;
  /** The run that was ended by coming back to the job. */
  #closed: JobMlflowRun | undefined;

  /** @internal */
  constructor(name: string, session: Session, seed: TrainingJobSeed = {}) {
    this.name = name;
    this.session = session;
    this.clock = seed.clock ?? systemClock;
    this.createdAt = seed.createdAt;
    this.reused = seed.reused !== undefined;
    this.#result = seed.reused;
    this.#arn = seed.arn ?? "";
    this.#see(seed.description);
  }

  /**
   * Comes back to a job, whatever its state; returns at once.
   *
   * @param jobName - the job's name
   * @throws {@link ValidationError} when the name is none; {@link SageMakerError} when there is no such job, or it may not be described
   * @example
   * ```ts
   * const job = await TrainingJob.attach("glm-2026-01-31-12-00-00-000", { session });
   * const { status } = await job.wait();
   * ```
   */
  static async attach(jobName: string, options: AttachOptions = {}): Promise<TrainingJob> {
    const given: unknown = jobName;
    if (typeof given !== "string" || given === "") {
      const message = given === "" ? "It is empty." : "A string is expected.";
      const hint = 'Give the name of a training job, as "glm-2026-01-31-12-00-00-000".';
      const findings = [{ severity: "error", path: "jobName", message, hint }] as const;
      throw new ValidationError("No training job was attached to", findings);
    }
    const job = new TrainingJob(jobName, options.session ?? new Session());
    const description = await job.describe(options);
    if (runOrPendingOf(description.Environment) !== undefined) {
      const { closeRun } = await mlflow();
      job.#closed = await closeRun(job, description, options.signal);
    }
    return job;
  }

  /**
   * The training jobs of an account and region, or of a local cloud, the newest first. Pages are asked for as they are needed.
   *
   * @param options - which jobs
   * @throws {@link ValidationError} when an option has no such name; {@link SageMakerError} when they may not be listed; the signal's reason
   * @example
   * ```ts
   * for await (const { name, status, job } of TrainingJob.list({ nameContains: "glm", statusEquals: "InProgress" })) {
   *   console.log(name, status);
   *   await job.stop();
   * }
   * ```
   */
  static async *list(
    options: ListJobsOptions = {},
  ): AsyncGenerator<TrainingJobSummary, void, undefined> {
    const { session = new Session() } = options;
    const { listJobs } = await work();
    for await (const listed of listJobs(session, options)) {
      yield { ...listed, job: new TrainingJob(listed.name, session, { arn: listed.arn }) };
    }
  }

  /** The job's ARN. */
  get arn(): string {
    return this.#arn;
  }

  /** How the job ended, once a {@link TrainingJob.wait} has seen it; `undefined` before, and for a job that failed. */
  get result(): TrainingJobResult | undefined {
    return this.#result;
  }

  /**
   * The run that the job has in MLflow: `fit()` made it, or the job's environment names it. `undefined` without one, and before
   * anything is known of the job.
   */
  get mlflowRun(): JobMlflowRun | undefined {
    const named = runOfEnvironment(this.#seen?.Environment);
    const run = named && { trackingUri: named.trackingUri, runId: named.runId };
    return this.#tracking?.run ?? run ?? this.#closed;
  }

  /**
   * What the service says of the job now (DescribeTrainingJob, in the service's words).
   *
   * @param options - `redact`: without what is, or looks like, a credential
   * @throws {@link SageMakerError} when there is no such job, or it may not be described; the signal's reason
   */
  async describe(options: DescribeOptions = {}): Promise<JobDescription> {
    const { describeJob, redactDescription } = await work();
    const description = await describeJob(this, options.signal);
    this.#see(description);
    return options.redact === true ? redactDescription(description) : description;
  }

  /**
   * What the service says of the job now, for people: an aligned text as a plan prints. Values of the environment are left out, and so
   * are hyperparameters other than numbers and truth values.
   *
   * @param options - `width`: characters a line
   * @throws {@link SageMakerError} when there is no such job, or it may not be described; the signal's reason
   * @example
   * ```ts
   * console.log(await job.describeText());
   * ```
   */
  async describeText(options: DescribeTextOptions = {}): Promise<string> {
    const { textOf } = await work();
    return textOf(await this.describe(options), this.session, options.width);
  }

  /**
   * Asks the job to stop: SIGTERM, 120 seconds, SIGKILL; what is in `/opt/ml/model` by then is kept. A job that has ended,
   * or is stopping, stays as it is.
   *
   * @throws {@link SageMakerError} when there is no such job, or it may not be stopped; the signal's reason
   * @example
   * ```ts
   * await job.stop({ wait: true });
   * ```
   */
  async stop(options: StopOptions = {}): Promise<void> {
    const { session, name, clock } = this;
    const { signal, wait = false } = options;
    const { stopJob, watchJob } = await work();
    await stopJob(this, signal);
    if (wait) {
      let last: JobDescription | undefined;
      for await (const description of watchJob(session, name, { clock, signal })) {
        this.#see(description);
        last = description;
      }
      for (const { message } of last ? await this.#atEnd(last, signal) : []) {
        session.logger.warn(message);
      }
    }
  }

  /**
   * Changes what can change while the job runs (UpdateTrainingJob): how long the instances are kept afterwards, remote debugging,
   * the profiler.
   *
   * @param options - what is to change
   * @throws {@link ValidationError} when nothing is to change, or something that cannot; {@link SageMakerError} when the service
   *   refuses; the signal's reason
   * @example
   * ```ts
   * await job.update({ keepAlivePeriodInSeconds: 0, enableRemoteDebug: true });
   * ```
   */
  async update(options: UpdateOptions): Promise<void> {
    const { updateJob } = await work();
    await updateJob(this, options);
  }

  /** Lets people open a shell in the running container, as Python's `enable_remote_debug()`; while the job is Downloading or Training. */
  async enableRemoteDebug(options: AbortOptions = {}): Promise<void> {
    await this.update({ ...options, enableRemoteDebug: true });
  }

  /** Takes that back, as Python's `disable_remote_debug()`. */
  async disableRemoteDebug(options: AbortOptions = {}): Promise<void> {
    await this.update({ ...options, enableRemoteDebug: false });
  }

  /**
   * Changes the profiler while the job runs, as Python's `update_profiler()`: what is named of its settings, and its rules.
   *
   * @throws as {@link TrainingJob.update}
   */
  async updateProfiler(options: UpdateProfilerOptions): Promise<void> {
    const { rules, signal, ...profilerConfig } = options;
    await this.update({
      rules,
      profilerConfig: Object.keys(profilerConfig).length > 0 ? profilerConfig : undefined,
      ...(signal && { signal }),
    });
  }

  /** Turns the profiler on, with its profiles beside the job's output, as Python's `enable_default_profiling()`. */
  async enableDefaultProfiling(options: AbortOptions = {}): Promise<void> {
    const { OutputDataConfig } = await this.describe(options);
    await this.updateProfiler({ ...options, s3OutputPath: OutputDataConfig?.S3OutputPath ?? "" });
  }

  /** Turns the profiler off, as Python's `disable_profiling()`. */
  async disableProfiling(options: AbortOptions = {}): Promise<void> {
    await this.updateProfiler({ ...options, disableProfiler: true });
  }

  /**
   * Has the job stopped at the end of the scope that holds it with `await using`. Without it, such a scope leaves the job alone.
   *
   * @param options - `wait`: the scope ends when the job has ended
   * @returns this handle
   * @example
   * ```ts
   * await using job = (await estimator.fit(inputs, { wait: false })).stopOnDispose();
   * ```
   */
  stopOnDispose(options: Pick<StopOptions, "wait"> = {}): this {
    this.#stopOnDispose = options;
    return this;
  }

  /** The end of a scope with `await using`: stops the job if {@link TrainingJob.stopOnDispose} asked for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopOnDispose !== undefined) {
      await this.stop(this.#stopOnDispose);
    }
  }

  /**
   * The job's log, from the beginning to the job's end: each line once, in order per host, hosts merged by time. It goes on
   * while the job runs, unless `follow` is `false`.
   *
   * @param options - which lines
   * @throws {@link ValidationError} when `tail` is no count of lines; {@link SageMakerError} when the log may not be read; the
   *   signal's reason
   * @example
   * ```ts
   * for await (const { host, text } of job.logs()) console.log(host, text);
   * ```
   */
  async *logs(options: LogsOptions = {}): AsyncGenerator<LogEvent, void, undefined> {
    const { checkTail, isTerminal, logNow } = await work();
    checkTail(options.tail);
    if (options.follow === false) {
      const description = await this.describe(options);
      if (!isTerminal(description.TrainingJobStatus)) {
        yield* logNow(this, description, options);
        return;
      }
    }
    for await (const event of this.#feed({ ...options, logs: "must" })) {
      if (event.type === "log") {
        yield event;
      }
    }
  }

  /**
   * Everything that happens to the job, from the beginning to its end: statuses, log lines, metrics, warnings, and at last
   * the end. A job that failed ends the iteration like any other; {@link TrainingJob.wait} throws.
   *
   * @throws {@link SageMakerError} when the job may not be described; the signal's reason
   * @example
   * ```ts
   * for await (const event of job.events()) {
   *   if (event.type === "end") console.log(event.status);
   * }
   * ```
   */
  async *events(options: EventsOptions = {}): AsyncGenerator<TrainingJobEvent, void, undefined> {
    yield* this.#feed({ ...options, logs: "try" });
  }

  /**
   * Waits until the job has ended. Throttling, the service's own faults, dropped connections and expired credentials do not
   * end the wait.
   *
   * @param options - what to print, whom to tell, how long
   * @returns how it ended: `Completed`, or `Stopped` and why
   * @throws {@link UnexpectedStatusError} when the job failed ({@link CapacityError} when there were no instances);
   *   {@link WaitTimeoutError} after `timeoutMs`; the signal's reason
   * @example
   * ```ts
   * const { status, stopReason } = await job.wait({ logs: false, timeoutMs: 3_600_000 });
   * ```
   */
  async wait(options: WaitOptions = {}): Promise<TrainingJobResult> {
    return await this.follow(options);
  }

  /** {@link TrainingJob.wait}, with the reporter that a `fit()` has opened already. @internal */
  async follow(options: FollowOptions): Promise<TrainingJobResult> {
    const { followJob } = await work();
    try {
      this.#result = await followJob(this, {
        ...options,
        onMetric: (event) => this.#tracking?.metric(event),
        wantsMetrics: () => this.#tracking !== undefined,
        onDescription: async (description) => {
          this.#see(description);
          await this.#tracked();
        },
        onEnd: async (description, signal) => {
          this.#tracking?.followed();
          return await this.#atEnd(description, signal);
        },
      });
      await this.#tracking?.throwFailure();
      return this.#result;
    } finally {
      // Whoever leaves before the end leaves a record behind all the same.
      await this.#recorded;
      await this.#tracking?.left();
    }
  }

  /** Sets the run that `fit()` has made for this job. @internal */
  trackedBy(tracking: RunTracking): void {
    this.#tracking = tracking;
  }

  /** Sets what records the start of this job, which a wait then waits for. @internal */
  recordedBy(recorded: Promise<boolean>): void {
    // Nobody may wait.
    recorded.catch(() => {});
    this.#recorded = recorded;
  }

  /**
   * What was run, exactly, and what came of it: the record that `fit()` left beside the job's output. The outcome of a job
   * that has ended is added to it if nobody has yet.
   *
   * @throws {@link SageMakerError} when the job has no record (it was started by other means), or it may not be read
   * @example
   * ```ts
   * const { digest, channels, outcome } = await job.runRecord();
   * ```
   */
  async runRecord(options: AbortOptions = {}): Promise<RunRecord> {
    await this.#recorded;
    const { runRecordOf } = await import("./record/finish-record.ts");
    return await runRecordOf(this.session, await this.describe(options), options.signal);
  }

  /**
   * Sends to MLflow what is missing in the job's run: what could not be sent before, and, once the job has ended, all that its log and
   * its artifacts tell, and the end itself.
   *
   * @returns the run; `undefined` for a job without one
   * @throws MlflowError with what could not be sent, which is kept for the next time; {@link SageMakerError} when the job may not be
   *   described; the signal's reason
   * @example
   * ```ts
   * const job = await TrainingJob.attach("glm-2026-01-31-12-00-00-000");
   * await job.flushMlflow();
   * ```
   */
  async flushMlflow(options: AbortOptions = {}): Promise<JobMlflowRun | undefined> {
    await this.#recorded;
    if (this.#tracking === undefined) {
      await this.describe(options);
    }
    const tracking = await this.#tracked();
    if (tracking !== undefined) {
      const { flushRun } = await mlflow();
      await flushRun(this, tracking, options.signal);
    }
    return tracking?.run;
  }

  /**
   * Where the model lies, as in Python: the URI of `model.tar.gz`, or an S3 data source for a job that does not compress
   * its output.
   *
   * @throws {@link SageMakerError} while the job has no model
   */
  async modelData(options: AbortOptions = {}): Promise<ModelData> {
    const { modelDataOf } = await work();
    return modelDataOf(this.name, await this.describe(options));
  }

  /**
   * Brings the model into a folder: `model.tar.gz` is unpacked on the way. What is there is whole, or not there at all.
   *
   * @param folder - where to; made if need be
   * @throws {@link TransferError} when the job wrote no model, names exist already, the archive is damaged or would write
   *   outside the folder, or the disk is full; {@link SageMakerError} while the job runs; the signal's reason
   * @example
   * ```ts
   * await job.downloadModel("model/", { overwrite: true });
   * ```
   */
  async downloadModel(folder: string, options: DownloadOptions = {}): Promise<void> {
    const { session } = this;
    const { downloadArtifacts } = await work();
    await downloadArtifacts(session, "model", folder, await this.describe(options), options);
  }

  /**
   * Brings what the job wrote to `/opt/ml/output/data` into a folder, as {@link TrainingJob.downloadModel} does.
   *
   * @param folder - where to; made if need be
   * @throws {@link TransferError} when the job wrote nothing there, and as for the model
   */
  async downloadOutput(folder: string, options: DownloadOptions = {}): Promise<void> {
    const { session } = this;
    const { downloadArtifacts } = await work();
    await downloadArtifacts(session, "output", folder, await this.describe(options), options);
  }

  /**
   * Registers the job's model: as a version in SageMaker's model registry, in the model package group of that name; and in MLflow's, where the job
   * has a run there. Groups and registered models are made where they are missing. A model that was registered before, in the same image and to be
   * served in the same way, is found and not registered twice.
   *
   * @param options - `name`: the model's; the rest as in Python's `estimator.register()`
   * @returns the versions
   * @throws {@link ValidationError} with all that is wrong with the options; {@link SageMakerError} when the job has not completed, or its
   *   model may not be registered: it says what was done by then. `MlflowError` when MLflow's registry alone was asked for; the signal's reason
   * @example
   * ```ts
   * const { sagemaker, mlflow } = await job.registerModel({
   *   name: "pricing",
   *   alias: "champion",
   *   contentTypes: ["text/csv"],
   *   inferenceInstances: ["ml.m5.large"],
   * });
   * console.log(sagemaker.modelPackageArn, mlflow?.version);
   * ```
   */
  async registerModel(
    options: RegisterModelOptions & { readonly registry?: "sagemaker" | "both" | undefined },
  ): Promise<RegisteredModel & Required<Pick<RegisteredModel, "sagemaker">>>;
  /**
   * The same, in whichever registry.
   *
   * @param options - `registry`: which
   * @throws as above
   */
  async registerModel(options: RegisterModelOptions): Promise<RegisteredModel>;
  async registerModel(options: RegisterModelOptions): Promise<RegisteredModel> {
    const { registerModel } = await import("./register/register-model.ts");
    const asks = {
      describe: (signal: AbortSignal | undefined) => this.describe({ ...(signal && { signal }) }),
      madeRun: (signal: AbortSignal | undefined) => this.flushMlflow({ ...(signal && { signal }) }),
    };
    return await registerModel(this, asks, options);
  }

  /**
   * The metrics' last values, by name, as the service keeps them.
   *
   * @throws {@link SageMakerError} when the job may not be described
   */
  async finalMetrics(options: AbortOptions = {}): Promise<Readonly<Record<string, number>>> {
    const { FinalMetricDataList = [] } = await this.describe(options);
    return Object.fromEntries(
      FinalMetricDataList.flatMap(({ MetricName, Value }) =>
        MetricName === undefined || Value === undefined ? [] : [[MetricName, Value]],
      ),
    );
  }

  /**
   * What was seen of the job last, as an HTML table, for notebooks. Deno's show it by themselves; in tslab's: `tslab.display.html(job.toHtml())`.
   *
   * @example
   * ```ts
   * import { display } from "tslab";
   * display.html(job.toHtml());
   * ```
   */
  toHtml(): string {
    return jobHtml(this.name, this.#seen);
  }

  /** What Deno's notebooks show. @internal */
  [JUPYTER_DISPLAY](): Readonly<Record<string, string>> {
    return { "text/plain": inspect(this), "text/html": this.toHtml() };
  }

  /**
   * What the job has cost: the seconds that are paid for, on all its instances, at the price of AWS's price list or your own. Known when
   * the job has ended. A job on a local cloud costs nothing.
   *
   * @param options - `pricePerHourUsd`: your own price
   * @returns the amount, and how it was made or why there is none; a price that cannot be had is no error
   * @throws {@link ValidationError} when a price is none; {@link SageMakerError} when the job may not be described; the signal's reason
   * @example
   * ```ts
   * const { amountUsd, explanation } = await job.cost({ pricePerHourUsd: 0.23 });
   * ```
   */
  async cost(options: JobCostOptions = {}): Promise<JobCost> {
    const { jobCost } = await work();
    return await jobCost(this.session, () => this.describe(options), options);
  }

  /** What `console.log` shows. @internal */
  [inspect.custom](): string {
    const { TrainingJobStatus, SecondaryStatus } = this.#seen ?? {};
    const state =
      TrainingJobStatus === undefined ? "" : ` (${TrainingJobStatus} - ${SecondaryStatus})`;
    return `TrainingJob ${this.name}${state}`;
  }

  /** Remembers what was seen last. */
  #see(description: JobDescription | undefined): void {
    this.#seen = description ?? this.#seen;
    this.#arn = description?.TrainingJobArn ?? this.#arn;
  }

  async *#feed(
    options: LogsOptions & { readonly logs: "try" | "must" },
  ): AsyncGenerator<TrainingJobEvent, void, undefined> {
    const { feedOf } = await work();
    // Of a part of the log the steps are not known.
    const isWhole = (options.host ?? options.startTime ?? options.tail) === undefined;
    let tracking: RunTracking | undefined;
    let last: JobDescription | undefined;
    const feed = feedOf(this, {
      ...options,
      onDescription: async (description) => {
        this.#see(description);
        last = description;
        tracking = isWhole ? await this.#tracked() : undefined;
      },
    });
    try {
      for await (const event of feed) {
        if (event.type === "metric") {
          tracking?.metric(event);
        }
        if (event.type === "end" && last) {
          tracking?.followed();
          yield* await this.#atEnd(last, options.signal);
        }
        yield event;
      }
      await tracking?.throwFailure();
    } finally {
      await tracking?.left();
    }
  }

  /** Whoever sees the end adds the outcome to the run's record, and ends its run in MLflow. */
  async #atEnd(
    description: JobDescription,
    signal: AbortSignal | undefined,
  ): Promise<WarningEvent[]> {
    const tracking = this.#tracking;
    const { recordSeenEnd } = await import("./record/finish-record.ts");
    const warnings = [
      await recordSeenEnd(this.session, description, this.#recorded, signal),
      tracking && (await (await mlflow()).endRun(this, tracking, description, signal)),
    ];
    return warnings.filter((warning) => warning !== undefined);
  }

  /** The run in MLflow of a job that somebody else has started: of its own jobs `fit()` has told. */
  async #tracked(): Promise<RunTracking | undefined> {
    const run = this.createdAt === undefined && runOrPendingOf(this.#seen?.Environment);
    if (this.#tracking === undefined && run) {
      const tracking = await (await mlflow()).trackJob(this, run);
      // Another wait of this handle may have been faster.
      this.#tracking ??= tracking;
    }
    return this.#tracking;
  }
}

/** Following a job takes twenty modules, and naming the class none of them: they are loaded on first use. */
function work(): Promise<typeof import("./job-work.ts")> {
  return import("./job-work.ts");
}

/** The same for MLflow. */
function mlflow(): Promise<typeof import("./tracking/track-job.ts")> {
  return import("./tracking/track-job.ts");
}
