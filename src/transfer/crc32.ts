/** The CRC32 of a whole from the CRC32s of its parts, so that parts that came in any order are checked without reading them again. */

/** The polynomial of CRC-32 (ISO 3309), its bits reversed. */
const POLYNOMIAL = 0xedb88320;
/** The polynomials x^0 and x^1 in that form: the highest bit stands for x^0. */
const ONE = 0x80000000;
const X = 0x40000000;

/**
 * The CRC32 of two pieces in a row.
 *
 * @param first - the first piece's
 * @param second - the second piece's
 * @param secondBytes - the second piece's length in bytes
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  // Appending n zero bytes multiplies by x^(8n), modulo the polynomial (as zlib's crc32_combine).
  return (multiply(power(secondBytes * 8), first) ^ second) >>> 0;
}

/** x^n modulo the polynomial, by squaring. */
function power(exponent: number): number {
  let result = ONE;
  let square = X;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      result = multiply(square, result);
    }
    square = multiply(square, square);
  }
  return result;
}

function multiply(left: number, right: number): number {
  let product = 0;
  let shifted = right;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((left & bit) !== 0) {
      product ^= shifted;
    }
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}
