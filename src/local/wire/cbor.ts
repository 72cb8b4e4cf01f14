/**
 * CBOR (RFC 8949), as far as Smithy's RPC protocol speaks it. Numbers are written as doubles, which whole ones too must be where the
 * service's model says so: the AWS SDK's own writer (`@smithy/core/cbor`) makes integers of them.
 */

import type { WireValue } from "./message.ts";

/** The services' requests go some ten levels deep. */
const DEEPEST = 128;
/** The size that says: until a break. */
const INDEFINITE = 31;
const BREAK = 0xff;
/** Tag 1: seconds since 1970. */
const EPOCH_TAG = 0xc1;

/** Bytes that are no CBOR, or more than these protocols use. */
export class CborError extends Error {
  override readonly name: string = "CborError";
}

/**
 * The value that the bytes hold. Maps become objects; tags are read over, so that a time is its number of seconds.
 *
 * @throws CborError
 */
export function readCbor(bytes: Buffer): unknown {
  const reader = new Reader(bytes);
  const value = reader.item(0);
  if (!reader.isAtEnd) throw new CborError("Something follows the value.");
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  item(depth: number): unknown {
    if (depth > DEEPEST) throw new CborError("The value is nested too deeply.");
    const head = this.#take(1).readUInt8();
    const [major, size] = [head >> 5, head & 0x1f];
    switch (major) {
      case 0:
        return this.#number(size);
      case 1:
        return -1 - this.#number(size);
      case 2:
        return Buffer.concat(this.#chunks(major, size));
      case 3:
        return Buffer.concat(this.#chunks(major, size)).toString("utf8");
      case 4: {
        const list: unknown[] = [];
        for (const _ of this.#members(size)) list.push(this.item(depth + 1));
        return list;
      }
      case 5: {
        const entries: [string, unknown][] = [];
        for (const _ of this.#members(size)) {
          entries.push([String(this.item(depth + 1)), this.item(depth + 1)]);
        }
        return Object.fromEntries(entries);
      }
      case 6:
        this.#number(size);
        return this.item(depth + 1);
      default:
        return this.#simple(size);
    }
  }

  /** Ends where the length says so, or at a break. Bytes are there for each member, so a great length costs nothing. */
  *#members(size: number): Generator<undefined> {
    if (size !== INDEFINITE) {
      for (let left = this.#number(size); left > 0; left -= 1) yield undefined;
      return;
    }
    while (this.#bytes[this.#at] !== BREAK) yield undefined;
    this.#at += 1;
  }

  #chunks(major: number, size: number): Buffer[] {
    if (size !== INDEFINITE) return [this.#take(this.#number(size))];
    const chunks: Buffer[] = [];
    for (const _ of this.#members(size)) {
      const head = this.#take(1).readUInt8();
      if (head >> 5 !== major) throw new CborError("A part of a text is no text.");
      chunks.push(this.#take(this.#number(head & 0x1f)));
    }
    return chunks;
  }

  #number(size: number): number {
    if (size < 24) return size;
    if (size === 24) return this.#take(1).readUInt8();
    if (size === 25) return this.#take(2).readUInt16BE();
    if (size === 26) return this.#take(4).readUInt32BE();
    if (size === 27) return Number(this.#take(8).readBigUInt64BE());
    throw new CborError("A number has no such size.");
  }

  #simple(size: number): unknown {
    if (size === 20 || size === 21) return size === 21;
    // JSON has but one: undefined is read as null too.
    if (size === 22 || size === 23) return null;
    if (size === 25) return half(this.#take(2).readUInt16BE());
    if (size === 26) return this.#take(4).readFloatBE();
    if (size === 27) return this.#take(8).readDoubleBE();
    throw new CborError("There is no such simple value.");
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new CborError("The value stops before its end.");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** A float of 16 bits: a sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A value as bytes. Members that are undefined are left out. */
export function writeCbor(value: WireValue): Buffer {
  const parts: Buffer[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: WireValue, parts: Buffer[]): void {
  if (typeof value === "string") {
    const text = Buffer.from(value, "utf8");
    parts.push(head(3, text.length), text);
  } else if (typeof value === "number") {
    const double = Buffer.alloc(9);
    double[0] = 0xfb;
    double.writeDoubleBE(value, 1);
    parts.push(double);
  } else if (typeof value === "boolean") {
    parts.push(Buffer.from([value ? 0xf5 : 0xf4]));
  } else if (value instanceof Date) {
    parts.push(Buffer.from([EPOCH_TAG]));
    write(value.getTime() / 1000, parts);
  } else if (isList(value)) {
    parts.push(head(4, value.length));
    for (const member of value) write(member, parts);
  } else {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    parts.push(head(5, members.length));
    for (const [name, member] of members) {
      write(name, parts);
      write(member as WireValue, parts);
    }
  }
}

function isList(value: WireValue): value is readonly WireValue[] {
  return Array.isArray(value);
}

function head(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size]);
  const bytes = Buffer.alloc(5);
  bytes[0] = (major << 5) | 26;
  bytes.writeUInt32BE(size, 1);
  return bytes;
}
