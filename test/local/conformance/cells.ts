/** One cell of the conformance tests: an engine and a user. Its jobs are run by a process of that user's. */

import { spawn, spawnSync } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { compiled } from "../../helpers/child-program.ts";
import {
  ENGINES,
  type EngineName,
  type Evidences,
  USERS,
  type User,
  type WorkerLine,
} from "./evidence.ts";
import { JOBS, type JobName } from "./jobs.ts";
import type { MemoryBound } from "./memory-bound.ts";

const WORKER = compiled("test/local/conformance/jobs-worker.ts");
/** `nobody`, on each Linux. */
const NOBODY = 65_534;
const DROP = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups"];
const isRoot = process.getuid?.() === 0;

/** An engine and a user. */
export interface Cell {
  readonly engine: EngineName;
  readonly user: User;
  /** Why this process cannot have jobs run by that user. */
  readonly noUser: string | undefined;
}

/** What came of one. */
export type CellResult = { readonly missing: string } | { readonly evidence: Evidences };

function noUser(user: User): string | undefined {
  if (process.platform !== "linux") return "the items are looked at in Linux's /proc";
  if (user === "root") return isRoot ? undefined : "these tests do not run as root";
  if (!isRoot) return undefined;
  const looked = spawnSync("setpriv", [...DROP, "test", "-r", WORKER]);
  if (looked.error !== undefined) return "there is no setpriv to become an ordinary user with";
  return looked.status === 0 ? undefined : "an ordinary user may not read these tests";
}

/** All of them. */
export const CELLS: readonly Cell[] = USERS.flatMap((user) => {
  const missing = noUser(user);
  return ENGINES.map((engine) => ({ engine, user, noUser: missing }));
});

/** The folder of a user's jobs. Below /var/tmp, since a sandbox has a /tmp of its own. */
export async function userFolder(user: User): Promise<string> {
  const folder = await mkdtemp(join("/var/tmp", "conformance-"));
  if (isRoot && user !== "root") await chown(folder, NOBODY, NOBODY);
  return folder;
}

/**
 * Runs the jobs of one cell.
 *
 * @param memory - bounds the memory of the greedy job, which is left out without it
 * @throws Error with the worker's words when it broke down
 */
export async function runCell(
  { engine, user }: Cell,
  folder: string,
  memory: MemoryBound | undefined,
): Promise<CellResult> {
  const names = Object.keys(JOBS) as JobName[];
  const jobs = names.filter((name) => name !== "greedy" || memory !== undefined);
  const node = [process.execPath, WORKER];
  const words = isRoot && user !== "root" ? ["setpriv", ...DROP, ...node] : node;
  const [file = "", ...argv] = [...words, JSON.stringify({ engine, jobs })];
  const child = spawn(file, argv, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...{ PATH: process.env["PATH"], HOME: folder, TMPDIR: folder },
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      SECRET_OF_THE_LAUNCHER: "x",
    },
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  let result: CellResult | undefined;
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as WorkerLine;
    if ("greedy" in line) await memory?.bound(line.greedy);
    else result = line;
  }
  await closed;
  if (result === undefined) throw new Error(`The worker broke down: ${errors}`);
  return result;
}

/** Removes a user's folder. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
