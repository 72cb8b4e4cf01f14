/** The run of one job: what is logged to it while the job goes on, and how it is ended. By its launcher, or its local runner. */

import type { RunOutcome, RunRecord } from "../../training/run-record.ts";
import { asKey } from "../core/entry-key.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import { logFiles } from "./job-files.ts";
import { LiveMetrics, type MetricPoint } from "./live-metrics.ts";
import type { Parameters } from "./parameters.ts";
import type { RunClient } from "./run-client.ts";
import {
  datasetsOf,
  isRunOf,
  JOB_STATUS_TAG,
  type JobFacts,
  runStatus,
  tags,
  tagsOfEnd,
  tagsOfJob,
} from "./run-facts.ts";

/** How a job ended, and what it left. */
export interface JobEnd {
  readonly outcome: RunOutcome;
  readonly modelUri?: string | undefined;
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

  /** Takes a value that a metric definition found. */
  point(point: MetricPoint): void {
    this.#metrics.add(point);
  }

  /**
   * Logs what is known of the job now that it was started.
   *
   * @throws what could not be logged
   */
  async started(
    facts: JobFacts,
    { params, texts }: Parameters,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#client.logBatch(this.runId, { params, tags: tagsOfJob(facts) });
    await this.#client.flush(options);
    const datasets = datasetsOf(facts.record);
    if (datasets.length > 0) {
      await this.#client.logInputs(this.runId, datasets, options);
    }
    for (const [path, text] of Object.entries(texts)) {
      await this.#client.logText(this.runId, text, path, options);
    }
  }

  /**
   * Ends the run as its job has ended, with all that is missing. May be done again: what is there already stays as it is.
   *
   * @returns whether the run is this job's; of others nothing is touched
   * @throws what could not be logged: of artifacts alone, after the run was ended
   */
  async ended(end: JobEnd, options: CallOptions = {}): Promise<boolean> {
    const { outcome, record, modelUri } = end;
    const { data, info } = await this.#client.getRunRecord(this.runId, options);
    if (!isRunOf(data.tags, this.#jobName)) {
      return false;
    }
    const status = runStatus(outcome.status);
    const isWhole = data.tags.some(
      ({ key, value }) => key === JOB_STATUS_TAG && value === outcome.status,
    );
    if (isWhole && info.status === status) {
      await this.#logRecord(record, options);
      return true;
    }
    await this.#logEnd(outcome, modelUri, options);
    // Artifacts may lie where this process may not write: that is no reason to leave the run open.
    const kept = await this.#logArtifacts(end, options).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    options.signal?.throwIfAborted();
    await this.#client.setTerminated(this.runId, status, { ...options, endTime: endOf(outcome) });
    if (kept !== undefined) {
      throw kept.error;
    }
    await this.#client.logBatch(this.runId, {
      tags: tags({ [JOB_STATUS_TAG]: outcome.status }),
    });
    await this.#client.flush(options);
    return true;
  }

  /**
   * Ends a run that nobody has ended, without what only the job's log and artifacts tell.
   *
   * @throws what could not be logged
   */
  async closed({ outcome, modelUri }: JobEnd, options: CallOptions = {}): Promise<void> {
    const { data, info } = await this.#client.getRunRecord(this.runId, options);
    if (
      isRunOf(data.tags, this.#jobName) &&
      (info.status === "RUNNING" || info.status === "SCHEDULED")
    ) {
      await this.#logEnd(outcome, modelUri, options);
      const endTime = endOf(outcome);
      await this.#client.setTerminated(this.runId, runStatus(outcome.status), {
        ...options,
        endTime,
      });
    }
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

  /** Points, last values and tags. */
  async #logEnd(
    outcome: RunOutcome,
    modelUri: string | undefined,
    options: CallOptions,
  ): Promise<void> {
    await this.#metrics.flush(options);
    await this.#logFinalMetrics(outcome, options);
    await this.#client.logBatch(this.runId, { tags: tagsOfEnd(outcome, modelUri) });
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
    await this.#client.logBatch(this.runId, {
      metrics: Object.entries(metrics)
        .map(([name, value]) => ({ key: asKey(name), value, timestamp, step: 0 }))
        .filter(({ key }) => !there.has(key)),
    });
  }
}

/** When the job ended, in milliseconds since 1970. */
function endOf({ trainingEndedAt }: RunOutcome): number {
  return trainingEndedAt === undefined ? Date.now() : Date.parse(trainingEndedAt);
}
