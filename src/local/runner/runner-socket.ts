/** The runner's socket: proof of life that no other process can give, and the way to wake it. */

import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { hasCode } from "../services/s3/node-errors.ts";

/** Longer paths are cut in silence by Node 20 and 22: Linux takes 107 bytes, macOS 103. */
const PATH_LIMIT = 103;
/** A question or an answer is a short word. */
const WORD_LIMIT = 64;
/** Whoever connects and says nothing is let go. In milliseconds. */
const SILENCE = 5000;

/** What the runner is asked. */
export type Question = "ping" | "stop";

/**
 * - `answered`: it lives and listens
 * - `silent`: it lives (the system took the call) but does not answer: asleep, or busy
 * - `dead`: nobody listens there
 * - `unknown`: this user may not ask
 */
export type Answer = "answered" | "silent" | "dead" | "unknown";

/**
 * Listens for a job's questions.
 *
 * @returns the path, `""` when no socket can be made here (the journal is the way then), and the server
 */
export async function listenForQuestions(
  jobFolder: string,
  onStop: () => void,
): Promise<{ readonly path: string; readonly server: Server | undefined }> {
  const server = createServer((socket) => {
    let word = "";
    socket.setEncoding("utf8");
    socket.setTimeout(SILENCE, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      word += chunk;
      if (word.length > WORD_LIMIT) socket.destroy();
      if (!word.endsWith("\n")) return;
      if (word.trim() === "stop") onStop();
      socket.end("yes\n");
    });
  });
  for (const folder of [tmpdir(), "/tmp"]) {
    const path = socketPath(folder, jobFolder);
    if (path === undefined) continue;
    const outcome = await tryListen(server, path);
    if (outcome === "listens") return { path, server };
    if (outcome === "taken") break;
  }
  return { path: "", server: undefined };
}

async function tryListen(server: Server, path: string): Promise<"listens" | "taken" | "failed"> {
  if (await listen(server, path)) return "listens";
  // The name is taken: by a runner of this job that lives, or by what a dead one left.
  const owner = await ask(path, "ping", SILENCE);
  if (owner === "answered" || owner === "silent") return "taken";
  if (owner !== "dead") return "failed";
  rmSync(path, { force: true });
  return (await listen(server, path)) ? "listens" : "failed";
}

async function listen(server: Server, path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const failed = (): void => resolve(false);
    server.once("error", failed);
    server.listen(path, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}

/** A short name in a folder that is this user's alone; undefined when there is none to be had. */
function socketPath(parent: string, jobFolder: string): string | undefined {
  const { uid } = userInfo();
  const folder = join(parent, `sagemaker-${uid}`);
  const digest = createHash("sha256").update(jobFolder).digest("hex").slice(0, 24);
  const path = join(folder, `${digest}.sock`);
  if (Buffer.byteLength(path) > PATH_LIMIT) return undefined;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) return undefined;
  }
  try {
    // Somebody else may have been there first, with a folder or a link of their own.
    const stats = lstatSync(folder);
    if (!stats.isDirectory() || stats.uid !== uid) return undefined;
    if ((stats.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return path;
  } catch {
    return undefined;
  }
}

/** Asks a runner. @param limit - milliseconds to wait for the answer */
export async function ask(path: string, question: Question, limit: number): Promise<Answer> {
  return await new Promise((resolve) => {
    let connected = false;
    const socket = connect(path);
    const finish = (answer: Answer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(limit, () => finish("silent"));
    socket.once("connect", () => {
      connected = true;
      socket.write(`${question}\n`);
    });
    socket.once("data", () => finish("answered"));
    socket.once("error", (error) => {
      if (hasCode(error, "ECONNREFUSED", "ENOENT", "ENOTSOCK")) finish("dead");
      else if (hasCode(error, "EACCES", "EPERM")) finish("unknown");
      // EAGAIN: so many are waiting to ask that the system takes no more.
      else finish(connected ? "dead" : "silent");
    });
    socket.once("close", () => finish("dead"));
  });
}
