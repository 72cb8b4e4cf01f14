/** Points of metrics as they are found in a job's log, on their way to its run, unless the job's programs log them themselves. */

import type { Metric } from "../core/entities.ts";
import { asKey } from "../core/entry-key.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import { readTrackingUri } from "../core/tracking-uri.ts";
import type { RunClient } from "./run-client.ts";
import { isRunOf } from "./run-facts.ts";

/** A value that a metric definition found. */
export interface MetricPoint {
  /** The definition's name. */
  readonly name: string;
  /** The host that printed it: `algo-1` … */
  readonly host: string;
  readonly value: number;
  /** How many values of this metric came before it on this host. */
  readonly step: number;
  readonly time: Date;
}

/** So long may a point wait for others, and for a program that logs the same itself, in milliseconds. */
const FLUSH_MS = 1500;
/** After a failure it waits longer, up to this. */
const LONGEST_MS = 30_000;
/** So many points are kept for a server that does not answer: about 10 MB. */
const MOST_WAITING = 100_000;
/** The host whose metrics bear their plain names. */
const FIRST_HOST = "algo-1";

/** Whose a metric is: theirs is never written to, ours has been written up to a point. */
type Owner = "theirs" | { last: Pick<Metric, "step" | "timestamp"> | undefined };

/** The metrics of one run. */
export class LiveMetrics {
  readonly #client: RunClient;
  readonly #runId: string;
  readonly #jobName: string;
  readonly #hostMark: string;
  readonly #onFailure: (error: unknown) => void;
  readonly #owners = new Map<string, Owner>();
  #waiting: Metric[] = [];
  #timer: NodeJS.Timeout | undefined;
  #delayMs = FLUSH_MS;
  #sending: Promise<void> = Promise.resolve();
  #lost = 0;

  /**
   * @param client - logs
   * @param run - the run, and whose it must be
   * @param onFailure - told of what failed while nobody waited for it
   */
  constructor(
    client: RunClient,
    run: { readonly runId: string; readonly jobName: string },
    onFailure: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#runId = run.runId;
    this.#jobName = run.jobName;
    // In a folder a metric is a file, which nothing can lie below.
    this.#hostMark = readTrackingUri(client.trackingUri).kind === "folder" ? "." : "/";
    this.#onFailure = onFailure;
  }

  /** How many points there was no room for while nobody answered. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes a point; it is sent by and by. */
  add({ name, host, value, step, time }: MetricPoint): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    const key = asKey(host === FIRST_HOST ? name : `${name}${this.#hostMark}${host}`);
    this.#waiting.push({ key, value, step, timestamp: time.getTime() });
    this.#timer ??= setTimeout(() => this.#send(), this.#delayMs).unref();
  }

  /**
   * Sends what waits.
   *
   * @throws what it fails with; the points are kept for the next time
   */
  async flush(options: CallOptions = {}): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // One after the other: what is whose is told by what was written before.
    const sent = this.#sending.then(async () => await this.#write(options));
    this.#sending = sent.catch(() => {});
    await sent;
  }

  #send(): void {
    this.flush().then(
      () => {
        this.#delayMs = FLUSH_MS;
      },
      (error: unknown) => {
        this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_MS);
        this.#onFailure(error);
      },
    );
  }

  async #write(options: CallOptions): Promise<void> {
    if (this.#waiting.length === 0) {
      return;
    }
    const { data } = await this.#client.getRunRecord(this.#runId, options);
    const stored = new Map(data.metrics.map((metric) => [metric.key, metric]));
    const points = this.#waiting;
    if (!isRunOf(data.tags, this.#jobName)) {
      this.#waiting = [];
      return;
    }
    for (const point of points) {
      const { key } = point;
      this.#owners.set(
        key,
        this.#owners.get(key) ?? (await this.#ownerOf(point, stored.get(key), options)),
      );
    }
    for (const [key, owner] of this.#owners) {
      if (owner !== "theirs" && isForeign(stored.get(key), owner.last)) {
        this.#owners.set(key, "theirs");
      }
    }
    const ours = points.filter((point) => {
      const owner = this.#owners.get(point.key);
      if (owner === undefined || owner === "theirs" || point.step <= (owner.last?.step ?? -1)) {
        return false;
      }
      owner.last = point;
      return true;
    });
    // From here on the client keeps what it could not send.
    this.#waiting = this.#waiting.slice(points.length);
    await this.#client.logBatch(this.#runId, { metrics: ours });
    await this.#client.flush(options);
  }

  /** A metric that has points already is ours when somebody before us, or we, wrote the same first one. */
  async #ownerOf(first: Metric, last: Metric | undefined, options: CallOptions): Promise<Owner> {
    if (last === undefined) {
      return { last: undefined };
    }
    const history = this.#client.metricHistory(this.#runId, first.key, options);
    for await (const { step, timestamp } of history) {
      if (step === first.step && timestamp === first.timestamp) {
        return { last };
      }
    }
    return "theirs";
  }
}

/** Whether somebody else has written after us. */
function isForeign(
  stored: Pick<Metric, "step" | "timestamp"> | undefined,
  last: Pick<Metric, "step" | "timestamp"> | undefined,
): boolean {
  if (stored === undefined) {
    return false;
  }
  if (last === undefined) {
    return true;
  }
  return (
    stored.step > last.step || (stored.step === last.step && stored.timestamp !== last.timestamp)
  );
}
