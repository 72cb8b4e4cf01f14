/** Points of metrics as they are found in a job's log, on their way to its run, unless the job's programs log them themselves. */

import { untilAborted } from "../../training/abort.ts";
import type { Metric } from "../core/entities.ts";
import { asKey } from "../core/entry-key.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import { readTrackingUri } from "../core/tracking-uri.ts";
import { judge, NOBODYS, type Owner, oursUpTo } from "./metric-owner.ts";
import type { RunClient } from "./run-client.ts";
import { isRunOf } from "./run-facts.ts";
import { Troubles } from "./troubles.ts";

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
/** So many points are handed to the client at once, which keeps twice as many while nobody answers. */
const SENT_AT_ONCE = 5000;
/** The host whose metrics bear their plain names. */
const FIRST_HOST = "algo-1";

/** The metrics of one run. */
export class LiveMetrics {
  readonly #client: RunClient;
  readonly #runId: string;
  readonly #jobName: string;
  readonly #onFailure: (error: unknown) => void;
  readonly #owners = new Map<string, Owner>();
  /** Stands between a metric's name and a host's; not known yet of a server, behind which may be a folder. */
  #hostMark: "/" | "." | undefined;
  #waiting: MetricPoint[] = [];
  #timer: NodeJS.Timeout | undefined;
  #delayMs = FLUSH_MS;
  #sending: Promise<void> = Promise.resolve();
  /** Cuts off what was sent by and by. */
  #cutOff = new AbortController();
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
    this.#hostMark = readTrackingUri(client.trackingUri).kind === "folder" ? "." : undefined;
    this.#onFailure = onFailure;
  }

  /** How many points there was no room for while nobody answered. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes a point; it is sent by and by. */
  add(point: MetricPoint): void {
    // After the first that is lost all are: what is logged has no gap, and the log tells the rest.
    if (this.#lost > 0 || this.#waiting.length >= MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(point);
    this.#later();
  }

  /**
   * Sends what waits.
   *
   * @throws what it fails with: the points are kept for the next time; the signal's reason, and nothing is under way then
   */
  async flush({ signal }: CallOptions = {}): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // One after the other: what is whose is told by what was written before.
    const sent = this.#sending.then(async () => await this.#write({ signal }));
    this.#sending = sent.catch(() => {});
    try {
      await untilAborted(sent, signal);
    } catch (error) {
      if (signal?.aborted) this.#cutOff.abort(signal.reason);
      throw error;
    }
  }

  /** Sends nothing by itself any more, until there is another point; what waits is kept. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#cutOff.abort(new DOMException("nobody waits for it", "AbortError"));
  }

  /** Forgets what waits: it is there already. */
  drop(): void {
    this.pause();
    this.#waiting = [];
  }

  /** Nobody is kept alive by it: whoever waits for the end flushes. */
  #later(): void {
    this.#timer ??= setTimeout(() => this.#send(), this.#delayMs).unref();
  }

  #send(): void {
    this.#cutOff = new AbortController();
    const { signal } = this.#cutOff;
    this.flush({ signal }).then(
      () => {
        this.#delayMs = FLUSH_MS;
      },
      (error: unknown) => {
        if (signal.aborted) return;
        this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_MS);
        this.#later();
        this.#onFailure(error);
      },
    );
  }

  async #write(options: CallOptions): Promise<void> {
    const troubles = new Troubles(options.signal);
    // What was kept goes first: while nobody answers, nothing more is handed over.
    await troubles.during(() => this.#client.flush(options));
    const points = this.#waiting;
    this.#waiting = [];
    try {
      // The plain names first: it is the others that a folder has no place for.
      const ofFirst = points.filter(({ host }) => host === FIRST_HOST);
      const ofOthers = points.filter(({ host }) => host !== FIRST_HOST);
      await this.#log(ofFirst, troubles, options);
      await this.#findMark(ofOthers, troubles, options);
      await this.#log(ofOthers, troubles, options);
    } catch (error) {
      // What the client has taken by then is known by its steps, and not logged again.
      this.#waiting = [...points, ...this.#waiting];
      throw error;
    }
    troubles.throwRefusal();
  }

  async #log(
    points: readonly MetricPoint[],
    troubles: Troubles,
    options: CallOptions,
  ): Promise<void> {
    let ours = points.length === 0 ? [] : await this.#ours(points.map(this.#metric), options);
    while (ours.length > 0) {
      const some = ours.slice(0, SENT_AT_ONCE);
      ours = ours.slice(SENT_AT_ONCE);
      // From here on the client keeps what it could not send.
      for (const point of some) this.#owners.set(point.key, oursUpTo(point));
      await this.#client.logBatch(this.#runId, { metrics: some }, options);
      await troubles.during(() => this.#client.flush(options));
    }
  }

  /** Tries how metrics of other hosts may be called, with one whose plain name is there. */
  async #findMark(
    points: readonly MetricPoint[],
    troubles: Troubles,
    options: CallOptions,
  ): Promise<void> {
    const [any] = points;
    if (this.#hostMark !== undefined || any === undefined) {
      return;
    }
    const keys = await this.#storedKeys(options);
    const point = points.find(({ name }) => keys.has(asKey(name))) ?? any;
    const own = new Troubles(options.signal);
    await this.#log([point], own, options);
    const isThere = (await this.#storedKeys(options)).has(this.#metric(point).key);
    if (isThere) await troubles.during(async () => own.throwRefusal());
    this.#hostMark = isThere ? "/" : ".";
  }

  async #storedKeys(options: CallOptions): Promise<Set<string>> {
    const { data } = await this.#client.getRunRecord(this.#runId, options);
    return new Set(data.metrics.map(({ key }) => key));
  }

  readonly #metric = ({ name, host, value, step, time }: MetricPoint): Metric => {
    const key = asKey(host === FIRST_HOST ? name : `${name}${this.#hostMark ?? "/"}${host}`);
    return { key, value, step, timestamp: time.getTime() };
  };

  /** Of these, what is to be logged. */
  async #ours(points: readonly Metric[], options: CallOptions): Promise<Metric[]> {
    const { data } = await this.#client.getRunRecord(this.#runId, options);
    if (!isRunOf(data.tags, this.#jobName)) {
      return [];
    }
    const stored = new Map(data.metrics.map((metric) => [metric.key, metric]));
    const through = new Map<string, number>();
    for (const [key, some] of byKey(points)) {
      const last = stored.get(key);
      const before = this.#owners.get(key) ?? (await this.#firstLook(some, last, options));
      const owner = judge(before, last, some);
      this.#owners.set(key, owner);
      through.set(key, owner === "theirs" ? Number.POSITIVE_INFINITY : owner.through);
    }
    // Who waits for a job twice sees its values twice.
    return points.filter(({ key, step }) => {
      const isNew = step > (through.get(key) ?? -1);
      if (isNew) through.set(key, step);
      return isNew;
    });
  }

  /** A metric that has points already is ours when somebody before us, or we, wrote the same first one. */
  async #firstLook(
    [first]: readonly Metric[],
    last: Metric | undefined,
    options: CallOptions,
  ): Promise<Owner> {
    if (first === undefined || last === undefined) {
      return NOBODYS;
    }
    const history = this.#client.metricHistory(this.#runId, first.key, options);
    for await (const { step, timestamp } of history) {
      if (step === first.step && timestamp === first.timestamp) {
        return oursUpTo(first);
      }
    }
    return "theirs";
  }
}

function byKey(points: readonly Metric[]): Map<string, Metric[]> {
  const groups = new Map<string, Metric[]>();
  for (const point of points) {
    const group = groups.get(point.key);
    if (group === undefined) groups.set(point.key, [point]);
    else group.push(point);
  }
  return groups;
}
