/** Names of log groups and streams as file names: safe on every disk, and readable where that is possible. */

import { createHash } from "node:crypto";

/** Longer than this, a name is kept in the file and its hash names the file (file systems take 255 bytes). */
const LONGEST = 200;

/**
 * The file name of a group or stream. Capitals are escaped as well, since some disks take `A` and `a` for one.
 *
 * @param name - as the service knows it: `/aws/sagemaker/TrainingJobs`
 */
export function encodeName(name: string): string {
  // A lone surrogate, which JSON can carry, has no UTF-8 form; the replacement character stands for it.
  const encoded = Buffer.from(name, "utf8")
    .toString("latin1")
    .replace(
      /[^a-z0-9_\-.]|^\./g,
      (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
    );
  return encoded.length <= LONGEST
    ? encoded
    : `~${createHash("sha256").update(name).digest("hex")}`;
}

/**
 * The name that a file name stands for, or `undefined` when only the file itself tells it.
 *
 * @param encoded - what {@link encodeName} made
 */
export function decodeName(encoded: string): string | undefined {
  if (encoded.startsWith("~")) return undefined;
  const bytes = encoded.replace(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
