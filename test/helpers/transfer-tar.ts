/** Archives as a hostile or careless hand makes them: every field can be set, nothing is checked. */

import { gzipSync } from "node:zlib";

/** One entry, as written. */
export interface RawEntry {
  readonly name: string;
  readonly body?: string | Uint8Array;
  /** The type flag: `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` FIFO, `S` sparse. */
  readonly type?: string;
  readonly linkname?: string;
  readonly mode?: number;
  /** The size that the header claims, or its field's bytes. Default: the body's. */
  readonly size?: number | Uint8Array;
  /** Extended records that come before it. */
  readonly pax?: Readonly<Record<string, string>>;
  /** The extended records' bytes, instead of `pax`. */
  readonly paxBytes?: Uint8Array;
  /** The name's bytes, instead of `name` in UTF-8. */
  readonly nameBytes?: Uint8Array;
}

/** A tar archive with its end. */
export function rawTar(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.map(rawEntry), Buffer.alloc(1024)]);
}

/** The same, compressed. */
export function rawTarGz(entries: readonly RawEntry[]): Buffer {
  return gzipSync(rawTar(entries));
}

function rawEntry(entry: RawEntry): Buffer {
  const body = Buffer.from(entry.body ?? "");
  const pax = entry.paxBytes ?? (entry.pax && paxRecords(entry.pax));
  return Buffer.concat([
    ...(pax ? [header({ name: "PaxHeader", type: "x" }, pax.length), padded(pax)] : []),
    header(entry, entry.size ?? body.length),
    padded(body),
  ]);
}

function header(
  { name, nameBytes, type = "0", linkname = "", mode = 0o644 }: RawEntry,
  size: number | Uint8Array,
): Buffer {
  const block = Buffer.alloc(512);
  Buffer.from(nameBytes ?? Buffer.from(name)).copy(block, 0, 0, 100);
  block.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  block.write("0000000\0".repeat(2), 108);
  if (typeof size === "number") block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else block.set(size, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(linkname, 157, 100);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** Extended records, as a header of type `x` or `g` has them in its body. */
export function paxRecords(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([name, value]) => {
    const rest = Buffer.byteLength(` ${name}=${value}\n`);
    let length = rest + String(rest).length;
    length = rest + String(length).length;
    return `${length} ${name}=${value}\n`;
  });
  return Buffer.from(lines.join(""));
}

function padded(body: Uint8Array): Buffer {
  return Buffer.concat([body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
