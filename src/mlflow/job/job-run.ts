/** The run of one job: what is logged to it while the job goes on, and how it is ended. By its launcher, or its local runner. */

import type { RunOutcome, RunRecord } from "../../training/run-record.ts";
import type { LogBatch, Tag } from "../core/entities.ts";
import { asKey } from "../core/entry-key.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import { logFiles } from "./job-files.ts";
import { LiveMetrics, type MetricPoint } from "./live-metrics.ts";
import type { Parameters } from "./parameters.ts";
import type { RunClient } from "./run-client.ts";
import {
  datasetsOf,
  isRunOf,
  isStarted,
  JOB_STATUS_TAG,
  type JobFacts,
  runStatus,
  tagOfStarted,
  tags,
  tagsOfEnd,
  tagsOfJob,
} from "./run-facts.ts";
import { Troubles } from "./troubles.ts";

/** What is known of a job once it was started. */
export interface StartedJob {
  readonly facts: JobFacts;
  readonly parameters: Parameters;
}

/** How a job ended, and what it left. */
export interface JobEnd {
  readonly outcome: RunOutcome;
  readonly modelUri?: string | undefined;
  /** What is to be logged if nobody has yet. */
  readonly started?: StartedJob | undefined;
  /** The run's record, kept as an artifact; `undefined` where there is none. */
  readonly record?: RunRecord | undefined;
  /** Brings what the job left: names among the artifacts, and the folders to be kept there. Asked only when the run has none of it. */
  folders?(
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly [name: string, folder: string])[]>;
}

/** The run of a job. */
export class JobRun {
  /** The run. */
  readonly runId: string;
  readonly #client: RunClient;
  readonly #jobName: string;
  readonly #metrics: LiveMetrics;

  /**
   * @param client - logs
   * @param run - the run, and whose it is
   * @param onFailure - told of what failed while nobody waited for it
   */
  constructor(
    client: RunClient,
    run: { readonly runId: string; readonly jobName: string },
    onFailure: (error: unknown) => void,
  ) {
    this.#client = client;
    this.runId = run.runId;
    this.#jobName = run.jobName;
    this.#metrics = new LiveMetrics(client, run, onFailure);
  }

  /** How many values there was no room for while nobody answered. */
  get lost(): number {
    return this.#metrics.lost;
  }

  /** Takes a value that a metric definition found. */
  point(point: MetricPoint): void {
    this.#metrics.add(point);
  }

  /**
   * Logs what is known of the job now that it was started.
   *
   * @throws what could not be logged: what the store refuses, after all else was logged
   */
  async started({ facts, parameters }: StartedJob, options: CallOptions = {}): Promise<void> {
    const { params, texts } = parameters;
    const troubles = new Troubles(options.signal);
    await troubles.during(() => this.#log({ params, tags: tagsOfJob(facts) }, options));
    const datasets = datasetsOf(facts.record);
    if (datasets.length > 0) {
      await troubles.during(() => this.#client.logInputs(this.runId, datasets, options));
    }
    for (const [path, text] of Object.entries(texts)) {
      await troubles.beside(() => this.#client.logText(this.runId, text, path, options));
    }
    troubles.throwOther();
    await this.#log({ tags: tagOfStarted(facts) }, options);
    troubles.throwRefusal();
  }

  /**
   * Ends the run as its job has ended, with all that is missing. May be done again: what is there already stays as it is.
   *
   * @returns whether the run is this job's; of others nothing is touched
   * @throws what could not be logged: of artifacts alone, or what the store refuses, after the run was ended
   */
  async ended(end: JobEnd, options: CallOptions = {}): Promise<boolean> {
    const { outcome, record, modelUri, started } = end;
    const { data, info } = await this.#client.getRunRecord(this.runId, options);
    if (!isRunOf(data.tags, this.#jobName)) {
      return false;
    }
    const status = runStatus(outcome.status);
    if (isWhole(data.tags, outcome) && info.status === status) {
      this.#metrics.drop();
      await this.#logRecord(record, options);
      return true;
    }
    const troubles = new Troubles(options.signal);
    if (started !== undefined && !isStarted(data.tags, started.facts)) {
      await troubles.beside(() => this.started(started, options));
    }
    await troubles.during(() => this.#metrics.flush(options));
    await troubles.during(() => this.#logFinalMetrics(outcome, options));
    await troubles.during(() => this.#log({ tags: tagsOfEnd(outcome, modelUri) }, options));
    await troubles.beside(() => this.#logArtifacts(end, options));
    const endTime = endOf(outcome);
    await troubles.during(() =>
      this.#client.setTerminated(this.runId, status, { ...options, endTime }),
    );
    troubles.throwOther();
    if (this.#metrics.lost > 0) {
      throw new MlflowError("RESOURCE_EXHAUSTED", lostInWords(this.#metrics.lost));
    }
    await this.#log({ tags: tags({ [JOB_STATUS_TAG]: outcome.status }) }, options);
    troubles.throwRefusal();
    return true;
  }

  /**
   * Ends a run as its job has ended, without what only the job's log and artifacts tell.
   *
   * @throws what could not be logged
   */
  async closed({ outcome, modelUri }: JobEnd, options: CallOptions = {}): Promise<void> {
    const { data, info } = await this.#client.getRunRecord(this.runId, options);
    const status = runStatus(outcome.status);
    // A program inside may have ended it long before the job did.
    if (
      isRunOf(data.tags, this.#jobName) &&
      !isWhole(data.tags, outcome) &&
      info.status !== status
    ) {
      await this.#log({ tags: tagsOfEnd(outcome, modelUri) }, options);
      await this.#client.setTerminated(this.runId, status, { ...options, endTime: endOf(outcome) });
    }
  }

  /** Whether there is nothing to be logged: the run was ended with everything, or is not this job's. */
  async lacksNothing(outcome: RunOutcome, options: CallOptions = {}): Promise<boolean> {
    const { data } = await this.#client.getRunRecord(this.runId, options);
    return !isRunOf(data.tags, this.#jobName) || isWhole(data.tags, outcome);
  }

  /**
   * Sends what waits.
   *
   * @throws what could not be sent, which is kept
   */
  async flush(options: CallOptions = {}): Promise<void> {
    await this.#metrics.flush(options);
    await this.#client.flush(options);
  }

  /** Sends nothing by itself any more, until there is another value; what waits is kept. */
  pause(): void {
    this.#metrics.pause();
  }

  async #log(batch: LogBatch, options: CallOptions): Promise<void> {
    await this.#client.logBatch(this.runId, batch, options);
    await this.#client.flush(options);
  }

  async #logArtifacts({ record, folders }: JobEnd, options: CallOptions): Promise<void> {
    await this.#logRecord(record, options);
    for (const [name, folder] of (await folders?.(options.signal)) ?? []) {
      await logFiles(this.#client, this.runId, folder, name, options);
    }
  }

  async #logRecord(record: RunRecord | undefined, options: CallOptions): Promise<void> {
    if (record !== undefined) {
      const json = `${JSON.stringify(record, undefined, 2)}\n`;
      await this.#client.logText(this.runId, json, "run.json", options);
    }
  }

  /** The last values that the service kept, of metrics that nobody has logged. */
  async #logFinalMetrics(outcome: RunOutcome, options: CallOptions): Promise<void> {
    const { metrics } = outcome;
    if (Object.keys(metrics).length === 0) {
      return;
    }
    const { data } = await this.#client.getRunRecord(this.runId, options);
    const there = new Set(data.metrics.map(({ key }) => key));
    const timestamp = endOf(outcome);
    const missing = Object.entries(metrics)
      .map(([name, value]) => ({ key: asKey(name), value, timestamp, step: 0 }))
      .filter(({ key }) => !there.has(key));
    await this.#log({ metrics: missing }, options);
  }
}

function isWhole(runTags: readonly Tag[], { status }: RunOutcome): boolean {
  return runTags.some(({ key, value }) => key === JOB_STATUS_TAG && value === status);
}

function lostInWords(lost: number): string {
  return `${lost} values of metrics are missing: there were more than can be kept while MLflow does not answer.`;
}

/** When the job ended, in milliseconds since 1970. */
function endOf({ trainingEndedAt }: RunOutcome): number {
  return trainingEndedAt === undefined ? Date.now() : Date.parse(trainingEndedAt);
}
