/** Log groups and streams on disk: a folder a group, a file of lines a stream. Any number of processes may write and read. */

import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { END_LINE, formatEvent, type StoredLogEvent } from "./log-line.ts";
import { decodeName, encodeName } from "./log-names.ts";
import { readBackward, readForward } from "./log-reader.ts";

/** A log group. */
export interface LogGroupInfo {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A log stream. Times are milliseconds since 1970. */
export interface LogStreamInfo {
  readonly name: string;
  readonly createdAt: number;
  /** Bytes on disk. */
  readonly size: number;
}

/** The first and the last event of a stream. */
export interface LogStreamEnds {
  readonly first: StoredLogEvent | undefined;
  readonly last: StoredLogEvent | undefined;
}

const GROUP_FILE = "group.json";
const STREAM_SUFFIX = ".ndjson";
/** Unlike the flag `a`, it does not create. */
const APPEND_EXISTING = constants.O_WRONLY | constants.O_APPEND;

/**
 * The log groups and streams of a local cloud.
 *
 * @example
 * ```ts
 * const logs = new LogStore(join(root, "logs"));
 * logs.append("/aws/sagemaker/TrainingJobs", "job/algo-1-1700000000", [{ timestamp: Date.now(), message: "epoch 1" }]);
 * logs.closeStream("/aws/sagemaker/TrainingJobs", "job/algo-1-1700000000");
 * ```
 */
export class LogStore {
  readonly #folder: string;
  readonly #makeRoot: () => void;

  /**
   * @param folder - where the groups lie; nothing is read or written yet
   * @param makeRoot - makes what `folder` lies in, before a group is made. Default: nothing more than the folders themselves
   */
  constructor(folder: string, makeRoot: () => void = () => {}) {
    this.#folder = folder;
    this.#makeRoot = makeRoot;
  }

  /** Creates a group, whole or not at all; among racing processes one creates it. */
  createGroup(group: string): "created" | "exists" {
    this.#makeRoot();
    mkdirSync(this.#folder, { recursive: true });
    // A dot first keeps it out of every listing until it is whole.
    const draft = join(this.#folder, `.${randomUUID()}.incomplete`);
    mkdirSync(draft);
    try {
      writeFileSync(join(draft, GROUP_FILE), header(group));
      // A folder is renamed onto no folder but an empty one, and a group never is empty.
      renameSync(draft, this.#groupFolder(group));
      return "created";
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) return "exists";
      throw error;
    }
  }

  /** Creates a stream in a group that is there. */
  createStream(group: string, stream: string): "created" | "exists" | "no-group" {
    const draft = join(this.#groupFolder(group), `.${randomUUID()}.incomplete`);
    try {
      writeFileSync(draft, header(stream), { flag: "wx" });
      // A link, unlike a rename, is refused when the name is taken.
      linkSync(draft, this.streamPath(group, stream));
      return "created";
    } catch (error) {
      if (codeOf(error) === "EEXIST") return "exists";
      if (codeOf(error) === "ENOENT") return "no-group";
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /**
   * Appends events in one write, which processes that write to the same stream cannot tear apart.
   * Group and stream are created as needed.
   *
   * @param events - in order; times are milliseconds since 1970
   */
  append(
    group: string,
    stream: string,
    events: readonly { readonly timestamp: number; readonly message: string }[],
  ): void {
    if (events.length === 0) return;
    const ingestionTime = Date.now();
    this.#write(
      group,
      stream,
      events
        .map(({ timestamp, message }) => formatEvent({ timestamp, message, ingestionTime }))
        .join(""),
    );
  }

  /** Marks the end: nothing more will come, so readers need not wait. Events that do come afterwards are kept all the same. */
  closeStream(group: string, stream: string): void {
    this.#write(group, stream, END_LINE);
  }

  /** Whether there is such a group. */
  async hasGroup(group: string): Promise<boolean> {
    return (await this.#readGroup(encodeName(group))) !== undefined;
  }

  /** Whether there is such a stream. */
  async hasStream(group: string, stream: string): Promise<boolean> {
    return await stat(this.streamPath(group, stream)).then(
      () => true,
      () => false,
    );
  }

  /** All groups, by name. */
  async groups(): Promise<LogGroupInfo[]> {
    const groups: LogGroupInfo[] = [];
    for (const entry of await list(this.#folder)) {
      const group = await this.#readGroup(entry);
      if (group !== undefined) groups.push(group);
    }
    return groups.sort(byName);
  }

  /** The names of a group's streams that start with `prefix`, in order. */
  async streamNames(group: string, prefix = ""): Promise<string[]> {
    const folder = this.#groupFolder(group);
    const names: string[] = [];
    for (const entry of await list(folder)) {
      if (!entry.endsWith(STREAM_SUFFIX)) continue;
      const name =
        decodeName(entry.slice(0, -STREAM_SUFFIX.length)) ??
        (await readHeader(join(folder, entry)))?.name;
      if (name?.startsWith(prefix)) names.push(name);
    }
    return names.sort(compareBytes);
  }

  /** A stream, or `undefined`. */
  async stream(group: string, stream: string): Promise<LogStreamInfo | undefined> {
    const path = this.streamPath(group, stream);
    const head = await readHeader(path);
    if (head === undefined) return undefined;
    const { size } = await stat(path);
    return { name: stream, createdAt: head.createdAt, size };
  }

  /** The first and last event of a stream. */
  async ends(group: string, stream: string): Promise<LogStreamEnds> {
    const path = this.streamPath(group, stream);
    const one = { limit: 1 };
    const [head, tail] = await Promise.all([
      readForward(path, 0, one),
      readBackward(path, Number.POSITIVE_INFINITY, one),
    ]);
    return { first: head.events[0]?.event, last: tail.events.at(-1)?.event };
  }

  /** The file of a stream. */
  streamPath(group: string, stream: string): string {
    return join(this.#groupFolder(group), `${encodeName(stream)}${STREAM_SUFFIX}`);
  }

  #groupFolder(group: string): string {
    return join(this.#folder, encodeName(group));
  }

  async #readGroup(entry: string): Promise<LogGroupInfo | undefined> {
    try {
      return parseHeader(await readFile(join(this.#folder, entry, GROUP_FILE), "utf8"));
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
      throw error;
    }
  }

  #write(group: string, stream: string, lines: string): void {
    const path = this.streamPath(group, stream);
    let file: number;
    try {
      file = openForAppend(path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      if (this.createStream(group, stream) === "no-group") {
        this.createGroup(group);
        this.createStream(group, stream);
      }
      file = openForAppend(path);
    }
    try {
      const bytes = Buffer.from(lines);
      let written = writeSync(file, bytes);
      // A short write happens only when the disk is full; the next one then says so.
      while (written < bytes.length) written += writeSync(file, bytes, written);
    } finally {
      closeSync(file);
    }
  }
}

/** Never creates: a stream starts with its header. */
function openForAppend(path: string): number {
  return openSync(path, APPEND_EXISTING);
}

/** The first line of a stream's file, and all of a group's. */
function header(name: string): string {
  return `${JSON.stringify({ name, created: Date.now() })}\n`;
}

function parseHeader(line: string): { name: string; createdAt: number } | undefined {
  try {
    const { name, created } = JSON.parse(line) as { name: unknown; created: unknown };
    return typeof name === "string" && typeof created === "number"
      ? { name, createdAt: created }
      : undefined;
  } catch {
    return undefined;
  }
}

async function readHeader(path: string): Promise<{ name: string; createdAt: number } | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    // A name of 512 characters, each escaped as \uXXXX, still fits.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const end = buffer.indexOf(0x0a);
    return end === -1 || end >= bytesRead
      ? undefined
      : parseHeader(buffer.toString("utf8", 0, end));
  } finally {
    await file.close();
  }
}

/** The entries of a folder that are whole; none when it is not there. */
async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((entry) => !entry.startsWith("."));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** The service sorts by bytes, JavaScript by UTF-16 units. */
function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function byName(left: { name: string }, right: { name: string }): number {
  return compareBytes(left.name, right.name);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
