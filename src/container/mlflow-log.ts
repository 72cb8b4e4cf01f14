/** What a program inside a job logs to MLflow, on its way to the run: kept, sent, told when it cannot be sent, never in the program's way. */

import { type MlflowVariables, readEnvironment } from "../environment.ts";
import { joinArtifact } from "../mlflow/core/artifact-path.ts";
import { checkBatch } from "../mlflow/core/check-batch.ts";
import type { LogBatch } from "../mlflow/core/entities.ts";
import { MlflowError } from "../mlflow/core/mlflow-error.ts";
import { RunWriter } from "../mlflow/core/run-writer.ts";
import type { CallOptions } from "../mlflow/core/tracking-store.ts";
import { readTrackingUri } from "../mlflow/core/tracking-uri.ts";
import type { RetryOptions } from "../mlflow/rest/retry.ts";
import { untilAborted } from "../training/abort.ts";
import { systemClock } from "../training/clock.ts";
import { type HowEnded, sendBeforeEnd, type Unsent } from "./before-end.ts";
import type { Connection } from "./mlflow-connection.ts";
import { mayPass, messageOf, print, Told } from "./mlflow-told.ts";
import { type NewArtifact, Uploads } from "./mlflow-uploads.ts";
import type { EnvironmentVariables } from "./paths.ts";

/** How a program inside a job logs to MLflow. */
export interface MlflowRunOptions {
  /** Environment variables: `MLFLOW_…`, as MLflow's Python client has them. Default: `process.env`. */
  readonly env?: EnvironmentVariables;
  /** Whether the program fails when something cannot be logged, or there is no run. Default: `false`: it is told, and the program goes on. */
  readonly strict?: boolean;
  /** What is logged waits so long for company before it is sent, in milliseconds. Default: 1,000. */
  readonly bufferMs?: number;
  /** How long the program's end waits for a server that does not answer, in milliseconds. Default: 60,000. */
  readonly endWaitMs?: number;
  /** How often and how long each call is tried again. Default: 4 times (`MLFLOW_HTTP_REQUEST_MAX_RETRIES`), the first wait a second. */
  readonly retry?: RetryOptions;
}

/** So many entries may wait in memory: about 10 MB. */
const MOST_WAITING = 100_000;
/** Between two tries at the program's end, in milliseconds. */
const PAUSE_MS = 1000;
const RETRY: RetryOptions = { retries: 4, baseMs: 1000, capMs: 30_000 };

/** What is logged to one run. Everything that may fail goes through {@link MlflowLog.attempt}. */
export class MlflowLog implements Unsent {
  readonly #env: EnvironmentVariables;
  readonly #isStrict: boolean;
  readonly #endWaitMs: number;
  readonly #retry: RetryOptions;
  readonly #writer: RunWriter;
  readonly #uploads: Uploads;
  readonly #uploading = new Set<Promise<void>>();
  readonly #told = new Told();
  /** Why nothing can be logged. */
  readonly #nowhere: MlflowError | undefined;
  #connection: Promise<Connection> | undefined;
  /** Aborts what goes on when the program's end has waited long enough. */
  #patience = new AbortController();
  /** With `strict`: what was refused while nobody waited, for the next call. */
  #refused: { readonly error: unknown } | undefined;
  /** Something was begun that the program's end has not waited for yet. */
  #isOpen: boolean = false;
  #ending: Promise<void> | undefined;

  constructor(options: MlflowRunOptions) {
    const { env = process.env, strict = false, bufferMs = 1000, endWaitMs = 60_000 } = options;
    const { mlflow } = readEnvironment(env);
    this.#env = env;
    this.#isStrict = strict;
    this.#endWaitMs = endWaitMs;
    this.#nowhere = nowhere(mlflow);
    const retries = mlflow.retries === undefined ? {} : { retries: mlflow.retries };
    this.#retry = { ...RETRY, ...retries, ...options.retry };
    this.#writer = new RunWriter({
      send: async (batch) => await this.#send(batch),
      delayMs: bufferMs,
      mostWaiting: MOST_WAITING,
      dropsOldest: !strict,
      onFailure: (error) => this.#failed(error),
    });
    this.#uploads = new Uploads({
      open: async () => {
        const { openArtifacts } = await import("./mlflow-artifacts.ts");
        return await openArtifacts(await this.#connect(), this.#retry, this.#call);
      },
      signal: () => this.#patience.signal,
      keeps: !strict,
    });
  }

  /**
   * Does something that may fail.
   *
   * @param signal - the caller's
   * @returns what it gives; `undefined` when it failed and was told
   * @throws what it fails with, with `strict`; the signal's reason
   */
  async attempt<T>(work: (log: this) => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    try {
      if (this.#nowhere !== undefined) throw this.#nowhere;
      this.#throwRefused();
      return await work(this);
    } catch (error) {
      if (this.#isStrict || signal?.aborted) throw error;
      this.#told.tell(error);
      return undefined;
    }
  }

  async runId({ signal }: CallOptions): Promise<string> {
    this.#begin();
    return (await untilAborted(this.#connect(), signal)).runId;
  }

  async entries(batch: LogBatch): Promise<void> {
    const checked = checkBatch(batch);
    this.#begin();
    await this.#writer.log(checked);
  }

  async bytes(bytes: Buffer, artifactFile: string, options: CallOptions): Promise<void> {
    await this.#upload([{ path: joinArtifact("", artifactFile), bytes }], options);
  }

  async file(localPath: string, folder: string, options: CallOptions): Promise<void> {
    const found = async (): Promise<NewArtifact[]> => {
      const { fileArtifact } = await import("./mlflow-artifacts.ts");
      return [await fileArtifact(localPath, folder)];
    };
    await this.#upload(found(), options);
  }

  async folder(localFolder: string, folder: string, options: CallOptions): Promise<void> {
    const found = async (): Promise<NewArtifact[]> => {
      const { folderArtifacts } = await import("./mlflow-artifacts.ts");
      return await folderArtifacts(localFolder, folder, options);
    };
    await this.#upload(found(), options);
  }

  /** @throws what could not be sent */
  async flush({ signal }: CallOptions): Promise<void> {
    await untilAborted(this.#sendAll(), signal);
  }

  async end(how: HowEnded): Promise<void> {
    if (!this.#isOpen) return;
    this.#ending ??= this.#end(how).finally(() => {
      this.#ending = undefined;
    });
    await this.#ending;
  }

  async #end(how: HowEnded): Promise<void> {
    const timer = setTimeout(() => this.#patience.abort(outOfPatience()), this.#endWaitMs);
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#sendPatiently();
      this.#throwRefused();
    } catch (error) {
      failure = { error };
    }
    const status = this.#isStrict && failure !== undefined ? "FAILED" : how;
    await this.#endRun(status).catch((error: unknown) => {
      failure ??= { error };
    });
    clearTimeout(timer);
    this.#patience = new AbortController();
    const lost = this.lost();
    this.#isOpen = false;
    if (this.#isStrict && failure !== undefined) throw failure.error;
    if (lost !== undefined) {
      const why = failure === undefined ? "" : `${messageOf(failure.error)} `;
      print(`${why}Lost at the end of the program: ${lost}.`);
    } else if (failure !== undefined) {
      this.#told.tell(failure.error);
    }
  }

  lost(): string | undefined {
    if (!this.#isOpen) return undefined;
    const { waiting, dropped } = this.#writer;
    const artifacts = this.#uploading.size + this.#uploads.waiting;
    const lost = [
      ...(waiting > 0 ? [`${waiting} metrics, parameters and tags`] : []),
      ...(dropped > 0 ? [`${dropped} points of metrics for which there was no room`] : []),
      ...(artifacts > 0 ? [`${artifacts} artifacts`] : []),
    ];
    return lost.length === 0 ? undefined : lost.join(", ");
  }

  /** From now on the program's end waits for what is sent here. */
  #begin(): void {
    this.#isOpen = true;
    sendBeforeEnd(this);
  }

  /** The program's end waits for it from the very call on, whether or not anybody else does. */
  async #upload(
    artifacts: NewArtifact[] | Promise<NewArtifact[]>,
    options: CallOptions,
  ): Promise<void> {
    this.#begin();
    const uploading = (async () => {
      for (const artifact of await artifacts) await this.#uploads.add(artifact, options);
      this.#told.answered();
    })();
    this.#uploading.add(uploading);
    const done = uploading.finally(() => this.#uploading.delete(uploading));
    await untilAborted(done, options.signal);
  }

  get #call(): CallOptions {
    return { signal: this.#patience.signal };
  }

  #connect(): Promise<Connection> {
    this.#connection ??= this.#open().catch((error: unknown) => {
      // What failed is asked again.
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #open(): Promise<Connection> {
    const { connect } = await import("./mlflow-connection.ts");
    try {
      return await connect(this.#env, this.#retry, this.#call);
    } catch (error) {
      if (!MlflowError.isInstance(error) || mayPass(error)) throw error;
      // What is refused here says nothing about what was to be logged: that stays.
      throw new MlflowError(error.errorCode, error.message, { cause: error });
    }
  }

  async #send(batch: LogBatch): Promise<void> {
    const { store, runId } = await this.#connect();
    await store.logBatch(runId, batch, this.#call);
    this.#told.answered();
  }

  async #sendAll(): Promise<void> {
    // Whoever logged them is told of their errors.
    await Promise.allSettled(this.#uploading);
    const outcomes = await Promise.allSettled([this.#writer.flush(), this.#uploads.flush()]);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
  }

  /** Again and again while the server does not answer, as long as there is patience. */
  async #sendPatiently(): Promise<void> {
    for (;;) {
      try {
        return await this.#sendAll();
      } catch (error) {
        if (!mayPass(error) || this.#patience.signal.aborted) throw error;
        this.#told.tell(error);
      }
      await systemClock.sleep(PAUSE_MS, this.#patience.signal);
    }
  }

  /** A run that was given is its maker's to end. */
  async #endRun(how: HowEnded): Promise<void> {
    const connection = await this.#connection;
    if (connection?.isOwn !== true || this.#patience.signal.aborted) return;
    const { store, runId } = connection;
    await store.updateRun(runId, { status: how, endTime: Date.now() }, this.#call);
  }

  #failed(error: unknown): void {
    if (!this.#isStrict) this.#told.tell(error);
    // What no server answered for is tried again, and told to who waits for it then.
    else if (!mayPass(error)) this.#refused ??= { error };
  }

  #throwRefused(): void {
    const refused = this.#refused;
    this.#refused = undefined;
    if (refused !== undefined) throw refused.error;
  }
}

function outOfPatience(): MlflowError {
  return new MlflowError("UNAVAILABLE", "The MLflow server did not answer.");
}

/** Why there is no run to log to; `undefined` when there may be one. */
function nowhere({ trackingUri }: MlflowVariables): MlflowError | undefined {
  const invalid = (why: string): MlflowError =>
    new MlflowError("INVALID_PARAMETER_VALUE", `Nothing is logged: ${why}`);
  if (trackingUri === undefined) {
    return invalid(
      "MLFLOW_TRACKING_URI is not set. Local jobs have it by themselves; elsewhere the job's environment names a server.",
    );
  }
  try {
    if (readTrackingUri(trackingUri).kind !== "folder") return undefined;
    return invalid(
      `MLFLOW_TRACKING_URI is the folder ${trackingUri}, which is the launcher's: a program inside a job logs to a server (https://…, or an ARN).`,
    );
  } catch (error) {
    return invalid((error as Error).message);
  }
}
