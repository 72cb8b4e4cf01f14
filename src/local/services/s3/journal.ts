/** An append-only NDJSON file whose lines are commits, shared by several processes without a lock. */

import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from "node:fs";
import { link, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./node-errors.ts";

/** What a journal's lines add up to. Every process folds the same lines and so comes to the same state. */
export interface Fold<O> {
  /** How many lines a snapshot of the state has. */
  readonly size: number;
  /** Forgets everything. */
  clear(): void;
  /** Takes a line of a snapshot; the lines come in the order in which {@link Fold.snapshot} gave them. */
  restore(line: string): void;
  /** Carries out a record's line, or finds it void; the answer goes to the record's writer. */
  apply(line: string): O;
  /** The state, a line each. */
  snapshot(): Iterable<string>;
}

/** Thrown when a journal's folder is not there (any more). */
export class JournalGoneError extends Error {
  override readonly name: string = "JournalGoneError";
}

/** A generation begins with a line of this many bytes, so that the snapshot's length can be filled in last. */
const HEADER_BYTES = 64;
/**
 * A line ends with a tab, which JSON allows there and has nowhere else: a line that was torn by the death of its writer
 * cannot be taken for a whole one.
 */
const END = "\t\n";
const SEAL = '{"seal":true}';
const READ_BYTES = 1 << 16;
const LOAD_BYTES = 1 << 22;
/** Fewer lines than this are not worth a new generation. */
const LEAST_TAIL = 2_000;
/** Temporary files older than this were left by a process that died. */
const STALE_MS = 3_600_000;

const GENERATION = /^(\d{10})\.ndjson$/;
const generationFile = (generation: number): string =>
  `${String(generation).padStart(10, "0")}.ndjson`;

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
        if (this.#tail >= Math.max(LEAST_TAIL, this.#fold.size / 4)) this.#seal(fd);
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
    return join(this.#folder, generationFile(generation));
  }

  /** Reads a generation from its beginning. */
  async #load(generation: number): Promise<void> {
    this.#generation = 0;
    this.#fold.clear();
    const handle = await open(this.#path(generation), "r").catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    });
    // A newer one has just taken its place: the caller looks again.
    if (handle === undefined) return;
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      await handle.read(header, 0, HEADER_BYTES, 0);
      const end = snapshotEnd(header);
      const buffer = Buffer.allocUnsafe(Math.min(LOAD_BYTES, end));
      const rest: Buffer[] = [];
      for (let offset = HEADER_BYTES; offset < end; ) {
        const length = Math.min(buffer.length, end - offset);
        const { bytesRead } = await handle.read(buffer, 0, length, offset);
        if (bytesRead === 0) throw new Error(`${this.#path(generation)} ends too early.`);
        offset += bytesRead;
        const cut = buffer.lastIndexOf(0x0a, bytesRead - 1) + 1;
        if (cut > 0) {
          const head = buffer.subarray(0, cut);
          const text = (rest.length > 0 ? Buffer.concat([...rest, head]) : head).toString();
          rest.length = 0;
          for (const line of linesOf(text)) this.#fold.restore(line);
        }
        if (cut < bytesRead) rest.push(Buffer.from(buffer.subarray(cut, bytesRead)));
      }
      this.#begin(generation, end, (await handle.stat()).ino);
    } finally {
      await handle.close();
    }
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
      // A line is at most as long as what waits, so that a longer buffer is always enough in the end.
      if (buffer === undefined || (buffer.length < waiting && buffer.length < LOAD_BYTES)) {
        buffer = Buffer.allocUnsafe(Math.min(Math.max(waiting, READ_BYTES), LOAD_BYTES));
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
    const fd = openIfThere(this.#path(next), false);
    if (fd === undefined) {
      this.#generation = 0;
      return;
    }
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      readSync(fd, header, 0, HEADER_BYTES, 0);
      // The state at the seal is what the new generation begins with, whoever wrote it.
      this.#begin(next, snapshotEnd(header), fstatSync(fd).ino);
    } finally {
      closeSync(fd);
    }
    await sweep(this.#folder, next);
  }
}

/** The newest generation's number; `undefined` without any. */
function newestGeneration(folder: string): number | undefined {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  let newest: number | undefined;
  for (const name of names) {
    const generation = Number(GENERATION.exec(name)?.[1] ?? 0);
    if (generation > (newest ?? 0)) newest = generation;
  }
  return newest;
}

function openIfThere(path: string, writing: boolean): number | undefined {
  try {
    return openSync(path, writing ? constants.O_RDWR | constants.O_APPEND : constants.O_RDONLY);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Writes a whole generation beside the journal and puts it in place, unless another has. */
async function writeGeneration(
  folder: string,
  generation: number,
  lines: Iterable<string>,
): Promise<void> {
  const path = join(folder, generationFile(generation));
  const temporary = `${path}.${randomUUID()}.incomplete`;
  const handle = await open(temporary, "wx");
  try {
    let position = HEADER_BYTES;
    const write = async (text: string): Promise<void> => {
      const data = Buffer.from(text);
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await handle.write(data, done, data.length - done, position);
        done += bytesWritten;
        position += bytesWritten;
      }
    };
    let text = "";
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length >= READ_BYTES * 4) {
        await write(text);
        text = "";
      }
    }
    await write(text);
    const header = `{"snapshotEnd":${position}}`.padEnd(HEADER_BYTES - 1);
    await handle.write(`${header}\n`, 0);
    // The one place that waits for the disk: a power cut must not take the old generation and the new one.
    await handle.sync();
    await handle.close();
    await link(temporary, path).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
  } finally {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
  }
}

/** Removes the generations before `newest`, and what dead processes left. */
async function sweep(folder: string, newest: number): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  });
  for (const name of names) {
    const generation = GENERATION.exec(name)?.[1];
    const path = join(folder, name);
    const old =
      generation === undefined ? await isStale(path, STALE_MS) : Number(generation) < newest;
    if (old) await rm(path, { force: true });
  }
}

/** Whether nothing has happened to a file for so long that its writer must have died. */
export async function isStale(path: string, ageMs: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return false;
  return Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > ageMs;
}

function snapshotEnd(header: Buffer): number {
  const { snapshotEnd: end }: { snapshotEnd: number } = JSON.parse(header.toString());
  return end;
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const stop = end === -1 ? text.length : end;
    if (stop > start) yield text.slice(start, stop);
    start = stop + 1;
  }
}
