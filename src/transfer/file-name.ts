/** File names as bytes: their order, and whether they can be names of objects. */

/**
 * The order of S3's listings and of archives: by UTF-8 bytes. JavaScript's own order puts U+10000 before U+FFEE.
 *
 * @param left - a name
 * @param right - another
 */
export function compareNames(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/**
 * A name as a file system gave it, decoded; `undefined` when it is not valid UTF-8, so that it could not be written again
 * under the same name.
 *
 * @param bytes - the name's bytes
 */
export function decodeName(bytes: Uint8Array): string | undefined {
  const name = Buffer.from(bytes).toString("utf8");
  return Buffer.from(name).equals(bytes) ? name : undefined;
}
