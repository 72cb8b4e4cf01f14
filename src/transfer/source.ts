/** Local data as a value: its files, their size, and a digest that names it. Reads, and changes nothing. */

import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { TransferError } from "../errors.ts";
import { type Content, openContent } from "./content.ts";
import { treeError } from "./failures.ts";
import { compareNames } from "./file-name.ts";
import { describeFsError, type TreeProblem, walkTree } from "./file-tree.ts";
import { forEachBounded } from "./pool.ts";
import { type OnProgress, ProgressMeter } from "./progress.ts";

/** A value that is staged as one file. */
export interface FileContents {
  /** The file's name, without folders. */
  readonly fileName: string;
  /** What is in it; text is written as UTF-8. */
  readonly contents: string | Uint8Array;
}

/** One file of a {@link Source}. */
export interface SourceFile {
  /** Its name below the prefix, parts joined by `/`. */
  readonly name: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** The SHA-256 of its contents, in hexadecimal. */
  readonly sha256: string;
  /** Where it lies, or what is in it. */
  readonly content: Content;
}

/** Local data, as it was when it was described. */
export interface Source {
  /** What it is called in messages and plans: the path as given, or the file's name. */
  readonly label: string;
  /** The files, in the order of the UTF-8 bytes of their names. */
  readonly files: readonly SourceFile[];
  /** Their size in all. */
  readonly bytes: number;
  /** The SHA-256 of names, sizes and contents, in hexadecimal. Equal data has an equal digest, wherever it lies. */
  readonly digest: string;
}

/** How data is described. */
export interface DescribeOptions {
  /** Stops the reading; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how much was read; all of it is read, for the digest. */
  readonly onProgress?: OnProgress | undefined;
}

const CHUNK_BYTES = 1024 * 1024;
/** S3's limit is 1,024 bytes of a whole key; the prefix that staging adds takes its share, which is checked there. */
const MOST_NAME_BYTES = 1024;

/**
 * Describes a local file, a folder, or a value that is to be staged as a file. See {@link walkTree} for what belongs to a
 * folder.
 *
 * @param location - a path, a `file://` URL, or contents with a file name
 * @param options - see {@link DescribeOptions}
 * @throws {@link TransferError} that names everything in the way: what does not exist or may not be read, folders without
 *   files, sockets, FIFOs, links in a circle, names that cannot be keys, files that change while they are read
 * @example
 * ```ts
 * const source = await describeSource("data/");
 * console.log(source.files.length, source.bytes, source.digest);
 * ```
 */
export async function describeSource(
  location: string | URL | FileContents,
  options: DescribeOptions = {},
): Promise<Source> {
  const { signal } = options;
  signal?.throwIfAborted();
  if (typeof location === "object" && "contents" in location) {
    return describeContents(location);
  }
  const label = String(location);
  const tree = await walkTree(localPath(location), { signal });
  return await describeFiles(label, tree.files, { ...options, problems: tree.problems });
}

/** A file that is described. */
export interface FileToDescribe {
  /** Its name below the prefix, parts joined by `/`. */
  readonly name: string;
  /** Where it lies. */
  readonly path: string;
  /** Its size in bytes, as it was when it was found. */
  readonly bytes: number;
}

/** How files are described. */
export interface DescribeFilesOptions extends DescribeOptions {
  /** What was in the way when they were found: told with what is in the way now. */
  readonly problems?: readonly TreeProblem[];
  /** Values that are staged as files beside them. */
  readonly contents?: readonly FileContents[];
}

/**
 * Describes files that were found already, wherever they lie.
 *
 * @param label - what they are called together in messages and plans
 * @param files - their names are below one prefix, each there once
 * @param options - see {@link DescribeFilesOptions}
 * @throws {@link TransferError} that names everything in the way
 */
export async function describeFiles(
  label: string,
  files: readonly FileToDescribe[],
  options: DescribeFilesOptions = {},
): Promise<Source> {
  const { signal, onProgress, contents = [] } = options;
  const problems = [...(options.problems ?? [])];
  const meter = new ProgressMeter({
    phase: "stage",
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    totalFiles: files.length,
    onProgress,
  });
  const digests = new Map<FileToDescribe, string>();
  // Hashing is the work: more at a time than processors brings nothing.
  await forEachBounded(files, { limit: Math.min(4, cpus().length), signal }, async (file) => {
    try {
      digests.set(file, await hashFile(file, signal, (bytes) => meter.addBytes(bytes)));
      meter.addFile();
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(
        error instanceof FileChanged
          ? { path: file.path, reason: error.message }
          : { path: file.path, reason: describeFsError(error), cause: error },
      );
    }
  });
  problems.push(...files.filter(isNameTooLong).map(({ path }) => nameTooLong(path)));
  if (problems.length > 0) {
    throw treeError(label, problems);
  }
  meter.end();
  const described = files.map(
    (file): SourceFile => ({
      name: file.name,
      bytes: file.bytes,
      sha256: digests.get(file) ?? "",
      content: file.path,
    }),
  );
  const all = [...described, ...contents.map(contentFile)];
  return makeSource(
    label,
    all.sort((left, right) => compareNames(left.name, right.name)),
  );
}

/** `file://data/train`: to a browser that is a folder of the machine `data`, to the Python SDK the relative path. */
const RELATIVE_FILE_URL = /^file:\/\/(?!localhost(?:\/|$))([^/].*)$/i;

/**
 * The path that a path or a `file://` URL means. Where URLs cannot name other machines, what stands in a machine's place begins a
 * relative path, as in Python.
 *
 * @param location - either
 */
export function localPath(location: string | URL): string {
  const text = String(location);
  if (typeof location === "string" && !/^file:/i.test(text)) {
    return text;
  }
  const relative = process.platform === "win32" ? undefined : RELATIVE_FILE_URL.exec(text)?.[1];
  return relative === undefined ? fileURLToPath(location) : decodeURIComponent(relative);
}

function describeContents({ fileName, contents }: FileContents): Source {
  if (/[/\0]/.test(fileName) || ["", ".", ".."].includes(fileName)) {
    throw new TransferError(`${JSON.stringify(fileName)} cannot be a file's name.`);
  }
  return makeSource(fileName, [contentFile({ fileName, contents })]);
}

function contentFile({ fileName, contents }: FileContents): SourceFile {
  const content = Buffer.from(contents);
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { name: fileName, bytes: content.length, sha256, content };
}

function makeSource(label: string, files: readonly SourceFile[]): Source {
  const hash = createHash("sha256");
  for (const { name, bytes, sha256 } of files) {
    // No name holds a NUL, so that no two trees are written alike.
    hash.update(`${name}\0${bytes}\0${sha256}\n`);
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { label, files, bytes, digest: hash.digest("hex") };
}

class FileChanged extends Error {}

async function hashFile(
  file: FileToDescribe,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const reader = await openContent(file.path);
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, file.bytes + 1));
    let position = 0;
    for (let read = -1; read !== 0; position += read) {
      signal?.throwIfAborted();
      read = await reader.read(buffer, position);
      hash.update(buffer.subarray(0, read));
      onBytes(read);
    }
    if (position !== file.bytes) {
      throw new FileChanged("changes while it is read: let whatever writes it finish");
    }
    return hash.digest("hex");
  } finally {
    await reader.close();
  }
}

function isNameTooLong({ name }: FileToDescribe): boolean {
  return Buffer.byteLength(name) > MOST_NAME_BYTES;
}

function nameTooLong(path: string): TreeProblem {
  return { path, reason: `has too long a name: keys in S3 have at most ${MOST_NAME_BYTES} bytes` };
}
