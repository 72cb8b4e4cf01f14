/** An append-only NDJSON file whose lines are commits, shared by several processes without a lock. */

import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, readSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import {
  generationPath,
  linesOf,
  newestGeneration,
  openIfThere,
  readHead,
  readSnapshot,
  sweep,
  writeGeneration,
} from "./journal-files.ts";

/** What a journal's lines add up to. Every process folds the same lines and so comes to the same state. */
export interface Fold<O> {
  /** How many lines a snapshot of the state has. */
  readonly size: number;
  /** Forgets everything. */
  clear(): void;
  /** Takes lines of a snapshot, each ended by a line break, in the order in which {@link Fold.snapshot} gave them. */
  restore(lines: string): void;
  /** Carries out a record's line, or finds it void; the answer goes to the record's writer. */
  apply(line: string): O;
  /** The state, a line each. */
  snapshot(): Iterable<string>;
}

/** Thrown when a journal's folder is not there (any more). */
export class JournalGoneError extends Error {
  override readonly name: string = "JournalGoneError";
}

/**
 * A line ends with a tab, which JSON allows there and has nowhere else: a line that was torn by the death of its writer
 * cannot be taken for a whole one.
 */
const END = "\t\n";
const SEAL = '{"seal":true}';
const READ_BYTES = 1 << 16;
/** More than the longest line has: that of an object in 10,000 parts. */
const MOST_READ_BYTES = 1 << 22;
/** Fewer lines than this are not worth a new generation. */
const LEAST_TAIL = 2_000;

/**
 * Lines are commits: a line that stands in the file is carried out by whoever reads it, in the file's order, and each
 * process reads on from where it stopped before it answers.
 *
 * A new generation needs no lock. Whoever finds the file too long appends a `seal`; what stands behind the first seal
 * is void, and its writer repeats it in the next generation. That is the fold of everything before the seal, so anyone
 * can write it; it is put in place with `link`, which only the first can do. If the one who sealed dies, the next
 * writer does it. Nothing is ever waited for.
 *
 * The newest generation is the one to use, always. A process that slept may bring an old name back with its `link`,
 * but never the newest: a generation is removed only when a newer one is in place.
 *
 * @internal
 */
export class Journal<R extends object, O> {
  readonly #folder: string;
  readonly #fold: Fold<O>;
  /** 0: nothing is loaded. */
  #generation = 0;
  /** Tells a folder that was removed and made again. */
  #inode = 0;
  #offset = 0;
  #sealed: boolean = false;
  /** Lines read behind the snapshot. */
  #tail = 0;
  #busy: Promise<void> | undefined;
  #buffer: Buffer | undefined;

  /**
   * @param folder - holds the generations
   * @param fold - the state, kept by this journal from now on
   */
  constructor(folder: string, fold: Fold<O>) {
    this.#folder = folder;
    this.#fold = fold;
  }

  /** Which generation this process reads; 0 before the first. */
  get generation(): number {
    return this.#generation;
  }

  /** Makes a journal where there is none; an existing one stays as it is. */
  static async create(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    if (newestGeneration(folder) === undefined) await writeGeneration(folder, 1, []);
  }

  /**
   * Reads what has been committed since the last time, and looks at the state.
   *
   * @param look - called in the turn in which the state is whole; what comes after may find it changed, or half loaded
   * @throws JournalGoneError when the journal has been removed
   */
  async read<T>(look: () => T): Promise<T> {
    return await this.#within(false, look);
  }

  /**
   * Appends records and tells what became of each.
   *
   * @param records - they count one by one, in this order
   * @param before - called in the same turn in which they are written; what it throws keeps them from being written
   * @returns what the fold answered, in the records' order
   * @throws JournalGoneError when the journal has been removed; any other error leaves open whether a record counts
   */
  async append(records: readonly R[], before?: () => void): Promise<O[]> {
    const outcomes: O[] = [];
    while (outcomes.length < records.length) {
      const writer = randomUUID();
      const lines = records
        .slice(outcomes.length)
        .map((record) => `${JSON.stringify({ ...record, w: writer })}${END}`);
      // A line torn by the death of its writer is ended by the next writer's leading newline.
      const data = Buffer.from(`\n${lines.join("")}`);
      await this.#within(true, (fd) => {
        before?.();
        if (writeSync(fd, data) !== data.length) throw new Error("The disk is full.");
        outcomes.push(...this.#drain(fd, writer));
        // What stands behind a seal is void, and is repeated.
        if (outcomes.length < records.length && !this.#sealed) {
          throw new Error(`Lines vanished from ${this.#folder}.`);
        }
        if (this.#tail >= Math.max(LEAST_TAIL, this.#fold.size / 8)) this.#seal(fd);
      });
    }
    return outcomes;
  }

  /** Ends this generation now. For tests and for a state that must be small. */
  async compact(): Promise<void> {
    await this.#within(true, (fd) => this.#seal(fd));
    await this.#within(true, (fd) => void this.#drain(fd));
  }

  /** The next writer begins the next generation. */
  #seal(fd: number): void {
    writeSync(fd, `\n${SEAL}${END}`);
  }

  /** Runs `work` on the newest generation read to its end, in the same turn. */
  async #within<T>(writing: boolean, work: (fd: number) => T): Promise<T> {
    for (;;) {
      if (this.#busy !== undefined) {
        await this.#busy.catch(() => {});
        continue;
      }
      const newest = newestGeneration(this.#folder);
      if (newest === undefined) throw new JournalGoneError(`${this.#folder} is gone.`);
      if (newest !== this.#generation) {
        await this.#alone(() => this.#load(newest));
        continue;
      }
      const fd = openIfThere(this.#path(newest), writing);
      if (fd === undefined) continue;
      try {
        const { ino, size } = fstatSync(fd);
        if (ino !== this.#inode || size < this.#offset) {
          this.#generation = 0;
          continue;
        }
        this.#drain(fd);
        // Between the seal and the next generation nothing can be committed: what was read is the state.
        if (!(writing && this.#sealed)) return work(fd);
      } finally {
        closeSync(fd);
      }
      await this.#alone(() => this.#advance());
    }
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    const busy = work().finally(() => {
      this.#busy = undefined;
    });
    this.#busy = busy;
    await busy;
  }

  #path(generation: number): string {
    return generationPath(this.#folder, generation);
  }

  /** Reads a generation from its beginning. */
  async #load(generation: number): Promise<void> {
    this.#generation = 0;
    this.#fold.clear();
    const snapshot = await readSnapshot(this.#path(generation), (lines) =>
      this.#fold.restore(lines),
    );
    // Without one, a newer one has just taken its place: the caller looks again.
    if (snapshot !== undefined) this.#begin(generation, snapshot.end, snapshot.inode);
  }

  #begin(generation: number, offset: number, inode: number): void {
    this.#generation = generation;
    this.#inode = inode;
    this.#offset = offset;
    this.#sealed = false;
    this.#tail = 0;
  }

  /** Carries out the lines that came since; gives the outcomes of those that `writer` wrote. */
  #drain(fd: number, writer?: string): O[] {
    const outcomes: O[] = [];
    let buffer = this.#buffer;
    while (!this.#sealed) {
      const waiting = fstatSync(fd).size - this.#offset;
      if (waiting <= 0) break;
      if (buffer === undefined || (buffer.length < waiting && buffer.length < MOST_READ_BYTES)) {
        buffer = Buffer.allocUnsafe(Math.min(Math.max(waiting, READ_BYTES), MOST_READ_BYTES));
      }
      const length = readSync(fd, buffer, 0, buffer.length, this.#offset);
      const cut = length === 0 ? 0 : buffer.lastIndexOf(0x0a, length - 1) + 1;
      if (cut === 0) break;
      this.#offset += cut;
      for (const line of linesOf(buffer.toString("utf8", 0, cut))) {
        if (!line.endsWith("\t")) continue;
        if (line.startsWith(SEAL)) {
          this.#sealed = true;
          break;
        }
        this.#tail += 1;
        const outcome = this.#fold.apply(line);
        if (writer !== undefined && line.endsWith(`"w":"${writer}"}\t`)) outcomes.push(outcome);
      }
    }
    // A buffer that was needed once for a long catch-up is not kept.
    this.#buffer = buffer !== undefined && buffer.length <= READ_BYTES ? buffer : undefined;
    return outcomes;
  }

  /** Sees to it that the generation after the sealed one is there, and goes on in it. */
  async #advance(): Promise<void> {
    const next = this.#generation + 1;
    if ((newestGeneration(this.#folder) ?? next) < next) {
      await writeGeneration(this.#folder, next, this.#fold.snapshot());
    }
    if (newestGeneration(this.#folder) !== next) {
      this.#generation = 0;
      return;
    }
    const head = readHead(this.#path(next));
    if (head === undefined) {
      this.#generation = 0;
      return;
    }
    // The state at the seal is what the new generation begins with, whoever wrote it.
    this.#begin(next, head.end, head.inode);
    await sweep(this.#folder, next);
  }
}
