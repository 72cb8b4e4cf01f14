/** Removes from a bucket's folder what processes left that died. */

import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BucketFold } from "./bucket-journal.ts";
import { isStale } from "./journal-files.ts";

/** Bodies without an object, and parts without an upload, are litter when nothing has happened to them for this long. */
export const ORPHAN_MS = 3_600_000;

/**
 * Sweeps, at most once an hour, whichever process comes first.
 *
 * @param folder - the bucket's
 * @param look - reads what has been committed, and then looks at the state
 */
export async function sweepBucket(
  folder: string,
  look: <T>(look: (fold: BucketFold) => T) => Promise<T>,
): Promise<void> {
  const mark = join(folder, "swept");
  const last = await stat(mark).catch(() => undefined);
  if (last !== undefined && Date.now() - last.mtimeMs < ORPHAN_MS) return;
  await writeFile(mark, "");
  await utimes(mark, new Date(), new Date());
  const bodies = join(folder, "bodies");
  const uploads = join(folder, "uploads");
  // First what there is, then what is known: a body that is committed in between is known.
  const names = { bodies: await readdir(bodies), uploads: await readdir(uploads) };
  const unknown = await look((fold) => {
    const live = new Set(fold.bodies());
    return [
      ...names.bodies.filter((name) => !live.has(name)).map((name) => join(bodies, name)),
      ...names.uploads.filter((id) => !fold.uploads.has(id)).map((id) => join(uploads, id)),
    ];
  });
  for (const path of unknown) {
    if (await isStale(path, ORPHAN_MS)) await rm(path, { recursive: true, force: true });
  }
}
