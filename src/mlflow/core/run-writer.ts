/** What is logged to one run, on its way to the store: collected, in order, in batches, one at a time. */

import { splitBatch } from "./batches.ts";
import type { LogBatch, Metric, Param, Tag } from "./entities.ts";
import { LIMITS } from "./limits.ts";
import { MlflowError } from "./mlflow-error.ts";

/** How a writer sends. */
export interface RunWriterOptions {
  /** Sends one batch within the limits, as persistently as it should. */
  readonly send: (batch: LogBatch) => Promise<void>;
  /** What is logged waits so long for company, in milliseconds. */
  readonly delayMs: number;
  /** So many entries may wait; who logs more waits for room. */
  readonly mostWaiting: number;
  /** Told of what failed while nobody waited for it. */
  readonly onFailure: (error: unknown) => void;
}

/** Entries on their way to one run. */
export class RunWriter {
  readonly #options: RunWriterOptions;
  #metrics: Metric[] = [];
  #params: Param[] = [];
  #tags: Tag[] = [];
  /** Cut already, in order; the first one is being sent, or could not be sent. */
  #batches: LogBatch[] = [];
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What the last sending failed with. */
  #failure: { readonly error: unknown } | undefined;
  /** Somebody waits in `flush`, and is told there. */
  #awaited = 0;

  constructor(options: RunWriterOptions) {
    this.#options = options;
  }

  /** How many entries wait. */
  get waiting(): number {
    const cut = this.#batches.reduce((sum, batch) => sum + size(batch), 0);
    return cut + this.#metrics.length + this.#params.length + this.#tags.length;
  }

  /**
   * Takes entries. Resolves at once while there is room for more, else when there is room again.
   *
   * @throws what the sending failed with, when there is no more room
   */
  async log({ metrics = [], params = [], tags = [] }: LogBatch): Promise<void> {
    // Arguments of a call are bounded: batches of a caller's may be of any size.
    for (const metric of metrics) this.#metrics.push(metric);
    for (const param of params) this.#params.push(param);
    for (const tag of tags) this.#tags.push(tag);
    const open = this.#metrics.length + this.#params.length + this.#tags.length;
    if (open >= LIMITS.entriesPerBatch) {
      this.#start();
    } else if (open > 0 && this.#sending === undefined) {
      // Not unref'd: a script that ends without a flush still sends what it has logged.
      this.#timer ??= setTimeout(() => this.#start(), this.#options.delayMs);
    }
    if (this.waiting > this.#options.mostWaiting) {
      await this.flush();
    }
  }

  /**
   * Sends all that waits, what could not be sent before included.
   *
   * @throws what the sending fails with: what no server answered for is kept, for the next flush; what was refused is dropped
   */
  async flush(): Promise<void> {
    this.#awaited += 1;
    try {
      do {
        this.#start();
        await this.#sending;
        if (this.#failure !== undefined) {
          throw this.#failure.error;
        }
      } while (this.waiting > 0);
    } finally {
      this.#awaited -= 1;
    }
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#failure !== undefined && this.#awaited === 0) {
        this.#options.onFailure(this.#failure.error);
      }
    });
  }

  async #sendAll(): Promise<void> {
    this.#failure = undefined;
    for (;;) {
      if (this.#batches.length === 0) {
        this.#cut();
      }
      const [batch] = this.#batches;
      if (batch === undefined) {
        return;
      }
      try {
        // The very same batch again after a failure: servers take that, whether or not they had it already.
        await this.#options.send(batch);
      } catch (error) {
        this.#failure ??= { error };
        if (!isRefusal(error)) {
          return;
        }
        this.#batches.splice(0, 1, ...takeApart(batch));
        continue;
      }
      this.#batches.shift();
    }
  }

  #cut(): void {
    const [metrics, params, tags] = [this.#metrics, this.#params, this.#tags];
    this.#metrics = [];
    this.#params = [];
    this.#tags = [];
    this.#batches = splitBatch({ metrics, params, tags });
  }
}

/** The store has understood, and will not take it: trying again would not help. */
function isRefusal(error: unknown): boolean {
  const { status = 0 } = MlflowError.isInstance(error) ? error : {};
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}

/** One entry that is refused takes no other with it: nothing is left of a batch of one. */
function takeApart({ metrics = [], params = [], tags = [] }: LogBatch): LogBatch[] {
  if (metrics.length + params.length + tags.length <= 1) {
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

function size({ metrics = [], params = [], tags = [] }: LogBatch): number {
  return metrics.length + params.length + tags.length;
}
