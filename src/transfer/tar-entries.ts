/**
 * Reads the entries of a tar archive, one after the other. What readers of tar disagree about is refused, not guessed: an archive
 * must be to whoever checks it what it is to whoever unpacks it.
 */

import { ByteReader } from "./byte-reader.ts";
import { extendedHeader } from "./tar-extended.ts";
import { checkSum, isZero, octalOrBinary, textOf } from "./tar-fields.ts";

/** What an entry can be; `other` are kinds that nothing is known of. */
export type EntryKind =
  | "file"
  | "hard link"
  | "symbolic link"
  | "character device"
  | "block device"
  | "folder"
  | "fifo"
  | "sparse file"
  | "other";

/** One entry. */
export interface TarEntry {
  readonly kind: EntryKind;
  readonly name: string;
  /** What a link leads to; empty for all else. */
  readonly target: string;
  readonly mode: number;
  /** Of its contents, in bytes. Not a safe integer where the archive says nonsense. */
  readonly size: number;
  /** The contents, to be read before the next entry is asked for; what is left of them is read over. */
  readonly contents: AsyncIterable<Uint8Array>;
}

const BLOCK_BYTES = 512;
/** The most that is kept of what an archive says of one entry: no path is as long, and other attributes are of no use here. */
const MOST_HEADER_BYTES = 1024 * 1024;

const KINDS: Readonly<Record<string, EntryKind>> = {
  "\0": "file",
  "0": "file",
  "1": "hard link",
  "2": "symbolic link",
  "3": "character device",
  "4": "block device",
  "5": "folder",
  "6": "fifo",
  // Contiguous: a file, where nothing else is known of it (POSIX).
  "7": "file",
  S: "sparse file",
};

/** Headers that say more of the next entry, or of all that follow (`g`). */
const EXTENSIONS = "gxKL";

/**
 * The entries of an archive, up to the block of zeros that ends it; behind that there may be zeros only.
 *
 * @param chunks - the archive's bytes, not compressed
 * @throws Error with `Unexpected end of data`, or what is wrong with a header
 */
export async function* tarEntries(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarEntry, void, void> {
  const bytes = new ByteReader(chunks);
  try {
    let extensions = new Map<string, Buffer>();
    for (;;) {
      const block = await bytes.read(BLOCK_BYTES);
      if (isZero(block)) break;
      checkSum(block);
      const type = block.toString("latin1", 156, 157);
      const size = octalOrBinary(block, 124, 12);
      if (EXTENSIONS.includes(type)) {
        if (extensions.has(type)) {
          throw new Error("two extended headers of one kind follow each other");
        }
        const body = await extension(bytes, size);
        if (type === "g") checkGlobal(body);
        else extensions.set(type, body);
        continue;
      }
      const entry = described(block, type, size, extensions);
      extensions = new Map();
      yield* withContents(bytes, entry);
    }
    if (extensions.size > 0) {
      throw new Error("an extended header has no entry behind it");
    }
    await restIsZero(bytes);
  } finally {
    await bytes.close();
  }
}

async function extension(bytes: ByteReader, size: number): Promise<Buffer> {
  if (!(size <= MOST_HEADER_BYTES)) {
    throw new Error(`an extended header has ${size} bytes, more than ${MOST_HEADER_BYTES}`);
  }
  const body = await bytes.read(size);
  await bytes.skip(padding(size));
  return body;
}

/** Some readers heed what a global header says of names and sizes, some do not. */
function checkGlobal(body: Buffer): void {
  const { path, target, size, isSparse } = extendedHeader(body);
  if (path !== undefined || target !== undefined || size !== undefined || isSparse) {
    throw new Error("a global header says of all entries what can only be said of one");
  }
}

/** What the header and those before it say of an entry. POSIX's own go before GNU's. */
function described(
  block: Buffer,
  type: string,
  size: number,
  extensions: ReadonlyMap<string, Buffer>,
): Omit<TarEntry, "contents"> {
  const pax = extendedHeader(extensions.get("x") ?? Buffer.alloc(0));
  const long = (kind: string): string | undefined => {
    const body = extensions.get(kind);
    return body && textOf(body, 0, body.length);
  };
  const name = pax.path ?? long("L") ?? headerName(block);
  const kind = pax.isSparse ? "sparse file" : (KINDS[type] ?? "other");
  const isLink = kind === "hard link" || kind === "symbolic link";
  return {
    // Archives from before there were folders have them as files whose names end in a slash.
    kind: kind === "file" && name.endsWith("/") ? "folder" : kind,
    name,
    target: isLink ? (pax.target ?? long("K") ?? textOf(block, 157, 100)) : "",
    mode: octalOrBinary(block, 100, 8),
    size: pax.size ?? size,
  };
}

/** The prefix is POSIX's; GNU's headers, told by their magic, have other fields there, and older ones nothing. */
function headerName(block: Buffer): string {
  const name = textOf(block, 0, 100);
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? textOf(block, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

async function* withContents(
  bytes: ByteReader,
  entry: Omit<TarEntry, "contents">,
): AsyncGenerator<TarEntry, void, void> {
  // Whatever the size of a folder says: nobody has seen one with contents (POSIX lets systems say how large it may become).
  const { size } = entry.kind === "folder" ? { size: 0 } : entry;
  let left = size;
  const contents = async function* (): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const piece = await bytes.some(left);
      left -= piece.length;
      yield piece;
    }
  };
  yield { ...entry, contents: contents() };
  await bytes.skip(left + padding(size));
}

/** Up to the end of the last block. */
function padding(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Records are filled up with zeros. A second archive behind the first is read by some and dropped in silence by others. */
async function restIsZero(bytes: ByteReader): Promise<void> {
  for (;;) {
    const piece = await bytes.some(Number.POSITIVE_INFINITY, { mayEnd: true });
    if (piece.length === 0) return;
    if (!isZero(piece)) {
      throw new Error("it goes on behind the mark of its end");
    }
  }
}
