/** MLflow inside a job: the run that the job was given, in the words of MLflow's Python client. */

import type { LogBatch } from "../mlflow/core/entities.ts";
import type { CallOptions } from "../mlflow/core/tracking-store.ts";
import { MlflowLog, type MlflowRunOptions } from "./mlflow-log.ts";

/** When and at which step something was measured. */
export interface MetricPointOptions {
  /** Which step of the training, whole. Default: 0. */
  readonly step?: number;
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
}

/**
 * The run of MLflow that this program logs to: `MLFLOW_RUN_ID` at the server `MLFLOW_TRACKING_URI`. Without an id it is a new run of the
 * experiment that `MLFLOW_EXPERIMENT_NAME` or `MLFLOW_EXPERIMENT_ID` names, made by the first thing that is logged.
 *
 * Metrics, parameters and tags are collected and sent in batches, in order: their methods resolve as soon as there is room.
 * What waits is sent before the program ends, by `runTraining` or when nothing is left to do; `process.exit()` needs a
 * {@link MlflowRun.flush} before it. A run that was given is not ended here: whoever made it ends it.
 *
 * Nothing here fails the program, unless `strict`; but an abort signal of the caller's rejects with its reason. What goes wrong is told on standard error: a missing `MLFLOW_TRACKING_URI` once, a server that does not
 * answer once until it answers again (what is logged meanwhile is kept, and sent later), and what is refused.
 *
 * @example
 * ```ts
 * import { MlflowRun, runTraining } from "sagemaker-estimator/container";
 *
 * const mlflow = new MlflowRun({ strict: true }); // no training without its log
 * await runTraining(async (job) => {
 *   await mlflow.logMetric("files", (await job.channelFiles("train")).length);
 * });
 * ```
 */
export class MlflowRun {
  readonly #options: MlflowRunOptions;
  #log: MlflowLog | undefined;

  /** Nothing is read or asked before the first call. */
  constructor(options: MlflowRunOptions = {}) {
    this.#options = options;
  }

  /** The run's id, made now if there is none yet; `undefined` when there is no run. */
  async runId(options: CallOptions = {}): Promise<string | undefined> {
    return await this.#opened.attempt((log) => log.runId(options), options.signal);
  }

  /**
   * Logs one point of a metric.
   *
   * @param key - letters, digits, `_`, `-`, `.`, `/`, `:` and spaces, at most 250
   * @param value - any number: `NaN` and infinities too
   */
  async logMetric(key: string, value: number, options: MetricPointOptions = {}): Promise<void> {
    await this.logMetrics({ [key]: value }, options);
  }

  /** Logs one point of each of some metrics. */
  async logMetrics(
    metrics: Readonly<Record<string, number>>,
    { step = 0, timestamp = Date.now() }: MetricPointOptions = {},
  ): Promise<void> {
    const point = { timestamp, step };
    const points = Object.entries(metrics).map(([key, value]) => ({ key, value, ...point }));
    await this.logBatch({ metrics: points });
  }

  /** Logs a parameter. It can be written once: another value for the same key is refused by the server. */
  async logParam(key: string, value: unknown): Promise<void> {
    await this.logParams({ [key]: value });
  }

  /** Logs some parameters; objects and lists as JSON. */
  async logParams(params: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#opened.attempt((log) => log.entries({ params: textsOf(params) }));
  }

  /** Sets a tag. */
  async setTag(key: string, value: unknown): Promise<void> {
    await this.setTags({ [key]: value });
  }

  /** Sets some tags; objects and lists as JSON. */
  async setTags(tags: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#opened.attempt((log) => log.entries({ tags: textsOf(tags) }));
  }

  /** Logs any number of metrics, parameters and tags. */
  async logBatch(batch: LogBatch): Promise<void> {
    await this.#opened.attempt((log) => log.entries(batch));
  }

  /**
   * Keeps a file among the run's artifacts.
   *
   * @param localPath - the file; its name stays
   * @param folder - the folder among the artifacts: `plots`. Default: the artifacts themselves
   */
  async logArtifact(localPath: string, folder = "", options: CallOptions = {}): Promise<void> {
    await this.#opened.attempt((log) => log.file(localPath, folder, options), options.signal);
  }

  /**
   * Keeps everything below a folder among the run's artifacts.
   *
   * @param localFolder - the folder; its own name is not kept, as in Python
   * @param folder - the folder among the artifacts. Default: the artifacts themselves
   */
  async logArtifacts(localFolder: string, folder = "", options: CallOptions = {}): Promise<void> {
    await this.#opened.attempt((log) => log.folder(localFolder, folder, options), options.signal);
  }

  /**
   * Keeps a text.
   *
   * @param artifactFile - where: `notes/fit.md`
   */
  async logText(text: string, artifactFile: string, options: CallOptions = {}): Promise<void> {
    await this.logFigure(text, artifactFile, options);
  }

  /**
   * Keeps a value as JSON.
   *
   * @param artifactFile - where: `coefficients.json`
   */
  async logDict(value: unknown, artifactFile: string, options: CallOptions = {}): Promise<void> {
    await this.#opened.attempt((log) => {
      const json = `${JSON.stringify(value, undefined, 2)}\n`;
      return log.bytes(Buffer.from(json), artifactFile, options);
    }, options.signal);
  }

  /**
   * Keeps a picture, which MLflow's UI shows: SVG or HTML as a text, PNG or JPEG as bytes.
   *
   * @param artifactFile - where: `plots/fit.svg`. Its ending says what it is
   */
  async logFigure(
    figure: string | Uint8Array,
    artifactFile: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#opened.attempt(
      (log) => log.bytes(Buffer.from(figure as Uint8Array), artifactFile, options),
      options.signal,
    );
  }

  /** Sends what waits, and waits for it. Needed before `process.exit()` only. */
  async flush(options: CallOptions = {}): Promise<void> {
    await this.#log?.attempt((log) => log.flush(options), options.signal);
  }

  get #opened(): MlflowLog {
    this.#log ??= new MlflowLog(this.#options);
    return this.#log;
  }
}

/**
 * The run of MLflow that this job was given.
 *
 * @example
 * ```ts
 * import { mlflow, runTraining } from "sagemaker-estimator/container";
 *
 * await runTraining(async () => {
 *   await mlflow.logParam("rows", 64);
 *   for (let step = 0; step < 100; step++) await mlflow.logMetric("deviance", 100 / (step + 1), { step });
 *   await mlflow.logFigure("<svg/>", "plots/fit.svg");
 * });
 * ```
 */
export const mlflow: MlflowRun = /* @__PURE__ */ new MlflowRun();

function textsOf(values: Readonly<Record<string, unknown>>): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "object" ? JSON.stringify(value) : String(value),
  }));
}
