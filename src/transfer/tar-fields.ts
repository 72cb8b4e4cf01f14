/** The fields of a tar header (pure). */

const SPACE = 0x20;

/** Whether all bytes are zeros. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}

/**
 * Holds a header against the sum that it bears.
 *
 * @throws Error when it is not the one
 */
export function checkSum(block: Buffer): void {
  let sum = 0;
  for (let at = 0; at < block.length; at += 1) {
    // The sum is taken with its own field full of spaces.
    sum += at >= 148 && at < 156 ? SPACE : (block[at] ?? 0);
  }
  if (octalOrBinary(block, 148, 8) !== sum) {
    throw new Error("a header has another checksum than it says");
  }
}

/** A text up to its NUL. */
export function textOf(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}

/**
 * A number: octal digits as POSIX has them, or GNU's binary form, which the highest bit tells.
 *
 * @throws Error when it is neither, or negative
 */
export function octalOrBinary(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  const first = field[0] ?? 0;
  if (first >= 0x80) {
    if ((first & 0x40) !== 0) throw new Error("a header has a negative number");
    return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, first & 0x3f);
  }
  const [, digits] = /^[ \0]*([0-7]*)(?:[ \0].*)?$/s.exec(field.toString("latin1")) ?? [];
  if (digits === undefined) throw new Error("a header has no number where one belongs");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}
