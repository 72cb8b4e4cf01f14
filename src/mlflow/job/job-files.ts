/** What a job left, as artifacts of its run: small files. A model of gigabytes stays where it is. */

import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CallOptions } from "../core/tracking-store.ts";
import type { RunClient } from "./run-client.ts";

/** A folder with more than this is not kept: its place in S3 is told by a tag. In bytes. */
export const MOST_BYTES = 50_000_000;
/** Nor one with more files than this. */
const MOST_FILES = 500;

/**
 * Keeps a folder among the artifacts, if it is small.
 *
 * @param client - logs
 * @param runId - the run
 * @param folder - what is to be kept
 * @param name - the folder among the artifacts
 */
export async function logFiles(
  client: RunClient,
  runId: string,
  folder: string,
  name: string,
  options: CallOptions = {},
): Promise<void> {
  if (await isSmall(folder)) {
    await client.logArtifacts(runId, folder, name, options);
  }
}

/** Whether there is something, and not too much. */
async function isSmall(folder: string): Promise<boolean> {
  let [bytes, files] = [0, 0];
  const directory = await opendir(folder, { recursive: true }).catch(() => undefined);
  if (directory === undefined) {
    return false;
  }
  for await (const entry of directory) {
    if (entry.isFile()) {
      files += 1;
      bytes += (await stat(join(entry.parentPath, entry.name))).size;
      if (files > MOST_FILES || bytes > MOST_BYTES) {
        return false;
      }
    }
  }
  return files > 0;
}
