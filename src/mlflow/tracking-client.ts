/** The part of MLflow's client that has to do with runs, and with what is logged to them. */

import { checkBatch } from "./core/check-batch.ts";
import type {
  DatasetInput,
  LogBatch,
  Metric,
  Page,
  RunRecord,
  RunStatus,
} from "./core/entities.ts";
import { tagList } from "./core/entry-value.ts";
import { LIMITS } from "./core/limits.ts";
import { checkStatus } from "./core/run-status.ts";
import { RunWriter } from "./core/run-writer.ts";
import type { CallOptions, SearchOptions } from "./core/tracking-store.ts";
import { type Run, runOf } from "./entities.ts";
import { ExperimentClient, type TrackingClientOptions } from "./experiment-client.ts";

/** A run to be. */
export interface CreateRunOptions extends CallOptions {
  /** Default: made up by the store. */
  readonly runName?: string;
  /** Milliseconds since 1970. Default: now. */
  readonly startTime?: number;
  /** What MLflow knows by name begins with `mlflow.`: `mlflow.source.name`, `mlflow.parentRunId`. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** When and at which step a metric was measured. */
export interface LogMetricOptions {
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
  /** Default: 0. */
  readonly step?: number;
}

/** So many entries of a run may wait in memory: about 1 MB. */
const MOST_WAITING = 10_000;

/** Experiments, runs, and what is logged to them. `MlflowClient` is one, with artifacts. */
export class TrackingClient extends ExperimentClient {
  readonly #bufferMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #writers = new Map<string, RunWriter>();

  /**
   * Nothing is asked of the store before the first call.
   *
   * @throws MlflowError when the tracking URI means nothing
   */
  constructor(options: TrackingClientOptions = {}) {
    super(options);
    this.#bufferMs = options.bufferMs ?? 1000;
    this.#onError = options.onError ?? warnOf;
  }

  /**
   * Makes a run, which goes on until it is ended by {@link TrackingClient.setTerminated}.
   *
   * @param experimentId - of an active experiment
   */
  async createRun(experimentId: string, options: CreateRunOptions = {}): Promise<Run> {
    const { runName, startTime = Date.now(), tags, signal } = options;
    const run = {
      experimentId,
      startTime: Math.trunc(startTime),
      ...(runName !== undefined && { runName }),
      tags: tagList(tags),
    };
    return runOf(await (await this.store()).createRun(run, { signal }));
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async getRun(runId: string, options: CallOptions = {}): Promise<Run> {
    await this.#flushRun(runId, options);
    return runOf(await (await this.store()).getRun(runId, options));
  }

  /**
   * The run as the store has it, with the last point of each metric; what waits is not sent first.
   *
   * @throws MlflowError `RESOURCE_DOES_NOT_EXIST`
   * @internal
   */
  async getRunRecord(runId: string, options: CallOptions = {}): Promise<RunRecord> {
    return await (await this.store()).getRun(runId, options);
  }

  /**
   * Changes a run's status or name. An end needs {@link TrackingClient.setTerminated}, which writes the time as well.
   *
   * @throws MlflowError `INVALID_PARAMETER_VALUE` for a status that is none
   */
  async updateRun(
    runId: string,
    update: { readonly status?: RunStatus; readonly runName?: string },
    options: CallOptions = {},
  ): Promise<void> {
    if (update.status !== undefined) checkStatus(update.status);
    await (await this.store()).updateRun(runId, update, options);
  }

  /**
   * Ends a run, after what waits was sent. What is refused of that does not keep the run open: it is thrown after the end.
   *
   * @param status - `FINISHED`, `FAILED` or `KILLED`. Default: `FINISHED`
   * @param options - `endTime`: milliseconds since 1970. Default: now
   * @throws MlflowError `INVALID_PARAMETER_VALUE` for another status: nothing is sent then
   */
  async setTerminated(
    runId: string,
    status: Exclude<RunStatus, "RUNNING" | "SCHEDULED"> = "FINISHED",
    options: CallOptions & { readonly endTime?: number } = {},
  ): Promise<void> {
    checkStatus(status, true);
    const { endTime = Date.now(), ...call } = options;
    const writer = this.#writers.get(runId);
    const [flushed] = await Promise.allSettled([this.#flushRun(runId, call)]);
    const isRefusal = flushed.status === "rejected" && writer?.waiting === 0;
    if (flushed.status === "fulfilled" || isRefusal) {
      await (await this.store()).updateRun(runId, { status, endTime: Math.trunc(endTime) }, call);
      if (writer?.waiting === 0) this.#writers.delete(runId);
    }
    if (flushed.status === "rejected") throw flushed.reason;
  }

  /** Deletes a run; it can be restored until the store is cleaned. */
  async deleteRun(runId: string, options: CallOptions = {}): Promise<void> {
    await (await this.store()).deleteRun(runId, options);
  }

  /** Brings a deleted run back. */
  async restoreRun(runId: string, options: CallOptions = {}): Promise<void> {
    await (await this.store()).restoreRun(runId, options);
  }

  /** One page of runs; `nextPageToken` is given back as `pageToken` for the next. */
  async searchRuns(
    experimentIds: readonly string[],
    search: SearchOptions = {},
    options: CallOptions = {},
  ): Promise<Page<Run>> {
    await this.flush(options);
    const { items, ...rest } = await (await this.store()).searchRuns(
      experimentIds,
      search,
      options,
    );
    return { items: items.map(runOf), ...rest };
  }

  /**
   * Logs one point of a metric.
   *
   * @throws MlflowError when the key or the number is none that MLflow takes
   */
  async logMetric(
    runId: string,
    key: string,
    value: number,
    { timestamp = Date.now(), step = 0 }: LogMetricOptions = {},
  ): Promise<void> {
    await this.logBatch(runId, { metrics: [{ key, value, timestamp, step }] });
  }

  /**
   * Logs a parameter. It can be written once: another value for the same key is refused by the store.
   *
   * @throws MlflowError when the key or the value is none that MLflow takes
   */
  async logParam(runId: string, key: string, value: string | number | boolean): Promise<void> {
    await this.logBatch(runId, { params: [{ key, value: value as string }] });
  }

  /**
   * Sets a tag.
   *
   * @throws MlflowError when the key or the value is none that MLflow takes
   */
  async setTag(runId: string, key: string, value: string | number | boolean): Promise<void> {
    await this.logBatch(runId, { tags: [{ key, value: value as string }] });
  }

  /** Takes a tag away. */
  async deleteTag(runId: string, key: string, options: CallOptions = {}): Promise<void> {
    await this.#flushRun(runId, options);
    await (await this.store()).deleteTag(runId, key, options);
  }

  /**
   * Logs any number of metrics, parameters and tags.
   *
   * @param options - `signal`: ends the waiting for room
   * @throws MlflowError with all that is wrong with them; nothing of them is logged then
   */
  async logBatch(runId: string, batch: LogBatch, { signal }: CallOptions = {}): Promise<void> {
    await this.#writer(runId).log(checkBatch(batch), signal);
  }

  /** Logs which data went into a run. */
  async logInputs(
    runId: string,
    datasets: readonly DatasetInput[],
    options: CallOptions = {},
  ): Promise<void> {
    const store = await this.store();
    for (let first = 0; first < datasets.length; first += LIMITS.datasetsPerCall) {
      const some = datasets.slice(first, first + LIMITS.datasetsPerCall);
      await store.logInputs(runId, some, options);
    }
  }

  /** Every point of a metric, page by page: a folder and the local cloud give them as they were logged, servers over a database by time, then step. */
  async *metricHistory(
    runId: string,
    key: string,
    options: CallOptions = {},
  ): AsyncGenerator<Metric, void, undefined> {
    await this.#flushRun(runId, options);
    const store = await this.store();
    let pageToken: string | undefined;
    do {
      const page = { maxResults: 25_000, ...(pageToken !== undefined && { pageToken }) };
      const { items, nextPageToken } = await store.getMetricHistory(runId, key, page, options);
      yield* items;
      pageToken = nextPageToken;
    } while (pageToken !== undefined);
  }

  /** Every point of a metric at once: {@link TrackingClient.metricHistory} is for what does not fit into memory. */
  async getMetricHistory(
    runId: string,
    key: string,
    options: CallOptions = {},
  ): Promise<readonly Metric[]> {
    const points: Metric[] = [];
    for await (const point of this.metricHistory(runId, key, options)) points.push(point);
    return points;
  }

  /**
   * Sends what waits, for every run.
   *
   * @param options - `signal`: ends the waiting, and what is under way unless somebody else waits for it: it is kept
   * @throws what could not be logged. What no server answered for is kept, and sent by the next flush
   */
  async flush({ signal }: CallOptions = {}): Promise<void> {
    let refused: { readonly reason: unknown } | undefined;
    for (const writer of this.#writers.values()) {
      try {
        await writer.flush(signal);
      } catch (reason) {
        // What one run is refused does not hold up the others; where nobody answers, nobody will for them.
        if (writer.waiting > 0) throw reason;
        refused ??= { reason };
      }
    }
    if (refused !== undefined) throw refused.reason;
  }

  async #flushRun(runId: string, { signal }: CallOptions): Promise<void> {
    await this.#writers.get(runId)?.flush(signal);
  }

  #writer(runId: string): RunWriter {
    let writer = this.#writers.get(runId);
    if (writer === undefined) {
      writer = new RunWriter({
        send: async (batch, signal) => {
          await (await this.store()).logBatch(runId, batch, { signal });
        },
        delayMs: this.#bufferMs,
        mostWaiting: MOST_WAITING,
        onFailure: this.#onError,
      });
      this.#writers.set(runId, writer);
    }
    return writer;
  }
}

function warnOf(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.emitWarning(`Not everything could be logged to MLflow: ${message}`, {
    code: "SAGEMAKER_ESTIMATOR_MLFLOW",
  });
}
