/** The folder that holds a local cloud's state: made by the first write, never by a look. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "./services/s3/node-errors.ts";

/**
 * Makes the folder, with a `.gitignore` of its own that keeps the state of local jobs, data among it, out of every commit.
 * What is there stays as it is, so any number of processes may do it, at any time. In one turn, since the log store
 * writes in one.
 *
 * @param root - the folder
 */
export function makeStateRoot(root: string): void {
  mkdirSync(root, { recursive: true });
  try {
    writeFileSync(join(root, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}
