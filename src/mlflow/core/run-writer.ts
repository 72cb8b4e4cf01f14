/** What is logged to one run, on its way to the store: collected, in order, in batches, one at a time. */

import { untilAborted } from "../../training/abort.ts";
import { splitBatch } from "./batches.ts";
import type { LogBatch, Metric, Param, Tag } from "./entities.ts";
import { LIMITS } from "./limits.ts";
import { isRefusal, MlflowError } from "./mlflow-error.ts";

/** How a writer sends. */
export interface RunWriterOptions {
  /** Sends one batch within the limits, as persistently as it should; heeds the signal. */
  readonly send: (batch: LogBatch, signal: AbortSignal) => Promise<void>;
  /** What is logged waits so long for company, in milliseconds. */
  readonly delayMs: number;
  /** So many entries may wait; who logs more waits for room. */
  readonly mostWaiting: number;
  /**
   * While no server answers, nobody waits for room: the oldest points of metrics that are not on their way give place to new
   * ones. Default: `false`, whoever logs then waits for another try, and is told when it fails.
   */
  readonly dropsOldest?: boolean;
  /** Told of what failed while nobody waited for it. */
  readonly onFailure: (error: unknown) => void;
}

/** What a sending failed with. */
interface Failure {
  readonly error: unknown;
}

/** Entries on their way to one run. */
export class RunWriter {
  readonly #options: RunWriterOptions;
  #metrics: Metric[] = [];
  #params: Param[] = [];
  #tags: Tag[] = [];
  /** Cut already, in order; the first one is being sent, or could not be sent. */
  #batches: LogBatch[] = [];
  #inBatches = 0;
  /** How often entries were cut into batches, and how many times all of them have gone. */
  #cuts = 0;
  #gone = 0;
  #sending: Promise<Failure | undefined> | undefined;
  /** Cuts it off. */
  #cutOff = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** Nobody answered the last time. */
  #isSilent: boolean = false;
  /** Somebody waits in `flush`, and is told there. */
  #awaited = 0;
  #dropped = 0;

  constructor(options: RunWriterOptions) {
    this.#options = options;
  }

  /** How many entries wait. */
  get waiting(): number {
    return this.#inBatches + this.#open;
  }

  /** How many points gave place to others while nobody answered. */
  get dropped(): number {
    return this.#dropped;
  }

  get #open(): number {
    return this.#metrics.length + this.#params.length + this.#tags.length;
  }

  /**
   * Takes entries. Resolves at once while there is room for more, else when there is room again.
   *
   * @param batch - the entries
   * @param signal - ends the waiting for room, as that of {@link RunWriter.flush}
   * @throws what the sending failed with, when there is no more room. What is logged into a full writer whose server stays silent is not taken
   */
  async log(
    { metrics = [], params = [], tags = [] }: LogBatch,
    signal?: AbortSignal,
  ): Promise<void> {
    const { mostWaiting, dropsOldest = false } = this.#options;
    if (this.#isSilent && this.waiting >= mostWaiting) {
      if (!dropsOldest) await this.flush(signal);
      else this.#dropOldest();
    }
    // Arguments of a call are bounded: batches of a caller's may be of any size.
    for (const metric of metrics) this.#metrics.push(metric);
    for (const param of params) this.#params.push(param);
    for (const tag of tags) this.#tags.push(tag);
    this.#startSoon();
    if (this.waiting > mostWaiting && !(dropsOldest && this.#isSilent)) {
      await this.flush(signal);
    }
  }

  /**
   * Sends all that waits by now, what could not be sent before included.
   *
   * @param signal - ends the waiting, and the sending too unless somebody else waits for it: what a server does not answer would keep
   *   the process alive
   * @throws what the sending fails with: what no server answered for is kept, for the next flush; what was refused is dropped; the
   *   signal's reason
   */
  async flush(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    // Whoever goes on logging meanwhile does not hold this up.
    const last = this.#cuts + (this.#open > 0 ? 1 : 0);
    this.#awaited += 1;
    try {
      let failure: Failure | undefined;
      do {
        if (this.#gone < last) this.#start();
        const outcome = await untilAborted(this.#sending ?? Promise.resolve(undefined), signal);
        failure ??= outcome;
      } while (this.#gone < last && !this.#isSilent);
      if (failure !== undefined) {
        throw failure.error;
      }
    } catch (error) {
      if (signal?.aborted && this.#awaited === 1) {
        this.#cutOff.abort(signal.reason);
      }
      throw error;
    } finally {
      this.#awaited -= 1;
    }
  }

  /** A full batch goes now, another after a while, and none beside one that is on its way. */
  #startSoon(): void {
    if (this.#sending !== undefined || this.#open === 0) return;
    if (this.#open >= LIMITS.entriesPerBatch && !this.#isSilent) {
      this.#start();
    } else {
      // Not unref'd: a script that ends without a flush still sends what it has logged.
      this.#timer ??= setTimeout(() => this.#start(), this.#options.delayMs);
    }
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending !== undefined) return;
    this.#cutOff = new AbortController();
    const { signal } = this.#cutOff;
    this.#sending = this.#sendSome(signal).then((failure) => {
      this.#sending = undefined;
      if (failure !== undefined && this.#awaited === 0 && !signal.aborted) {
        this.#options.onFailure(failure.error);
      }
      // What nobody answered for waits for the next entry, or for a flush.
      if (!this.#isSilent) this.#startSoon();
      return failure;
    });
  }

  /** What was cut before, else what there is. */
  async #sendSome(signal: AbortSignal): Promise<Failure | undefined> {
    let failure: Failure | undefined;
    if (this.#batches.length === 0) {
      this.#cut();
    }
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      let rest: LogBatch[] = [];
      try {
        // The very same batch again after a failure: servers take that, whether or not they had it already.
        await this.#options.send(batch, signal);
        this.#isSilent = false;
      } catch (error) {
        failure ??= { error };
        this.#isSilent = !isRefusal(error);
        if (this.#isSilent) {
          return failure;
        }
        rest = takeApart(batch, error);
      }
      this.#batches.splice(0, 1, ...rest);
      this.#inBatches += sum(rest) - size(batch);
    }
    this.#gone = this.#cuts;
    return failure;
  }

  #cut(): void {
    const [metrics, params, tags] = [this.#metrics, this.#params, this.#tags];
    this.#metrics = [];
    this.#params = [];
    this.#tags = [];
    this.#batches = splitBatch({ metrics, params, tags });
    this.#inBatches = sum(this.#batches);
    this.#cuts += 1;
  }

  /** Some at once: an array's beginning is not for free. The first batch may have come there, and is sent again as it is. */
  #dropOldest(): void {
    const some = Math.ceil(this.#options.mostWaiting / 10);
    const kept: LogBatch[] = this.#batches.slice(0, 1);
    let dropped = 0;
    for (const batch of this.#batches.slice(1)) {
      const { metrics = [], params = [], tags = [] } = batch;
      const count = Math.min(metrics.length, some - dropped);
      dropped += count;
      if (count < size(batch)) kept.push({ metrics: metrics.slice(count), params, tags });
    }
    this.#batches = kept;
    this.#inBatches -= dropped;
    dropped += this.#metrics.splice(0, some - dropped).length;
    this.#dropped += dropped;
  }
}

/** One entry that is refused takes no other with it: nothing is left of a batch of one, or when it is the run that is refused. */
function takeApart(batch: LogBatch, error: unknown): LogBatch[] {
  const { metrics = [], params = [], tags = [] } = batch;
  if (size(batch) <= 1 || isAboutRun(error)) {
    return [];
  }
  if (params.length + tags.length === 0) {
    const half = Math.ceil(metrics.length / 2);
    return [{ metrics: metrics.slice(0, half) }, { metrics: metrics.slice(half) }];
  }
  return [
    ...params.map((param) => ({ params: [param] })),
    ...tags.map((tag) => ({ tags: [tag] })),
    ...(metrics.length > 0 ? [{ metrics }] : []),
  ];
}

/** There is no such run, or it was deleted. */
function isAboutRun(error: unknown): boolean {
  return (
    MlflowError.isInstance(error) &&
    (error.status === 404 || /must be in the 'active' state/.test(error.message))
  );
}

function size({ metrics = [], params = [], tags = [] }: LogBatch): number {
  return metrics.length + params.length + tags.length;
}

function sum(batches: readonly LogBatch[]): number {
  return batches.reduce((total, batch) => total + size(batch), 0);
}
