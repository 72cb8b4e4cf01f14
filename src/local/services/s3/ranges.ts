/** The stretch of an object that a read asks for. */

/** A stretch, in bytes. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

const RANGE = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i;

/**
 * Reads a `Range` header against an object's size.
 *
 * @returns `undefined` for what S3 ignores (no range, several ranges, other units); `unsatisfiable` for status 416
 */
export function parseRange(
  header: string | undefined,
  size: number,
): Stretch | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = RANGE.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, length };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, length: end - start + 1 };
}
