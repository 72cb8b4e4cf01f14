/** Servers that nobody here wrote: each started in a folder and on a port of its own, asked whether it is ready, and ended. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const READY_WITHIN_MS = 120_000;

/** How a server starts. */
export interface ServerProgram {
  readonly name: string;
  readonly command: string;
  /** @param folder - the server's own */
  args(host: string, port: number, folder: string): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The path that answers 200 as soon as the server is ready. */
  readonly readyPath: string;
}

/** A server that runs. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Kills the process at once, as a crash does, and starts another over the same data. */
  restart(): Promise<void>;
  /** Ends the process and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it says that it is ready.
 *
 * @param program - how it starts
 */
export async function startServer(program: ServerProgram): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), "interop-server-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = (): ChildProcess =>
    spawn(program.command, program.args("127.0.0.1", port, folder), {
      cwd: folder,
      stdio: "ignore",
      // A group of its own: some servers are a process that starts the ones that answer.
      detached: true,
      env: { PATH: process.env["PATH"], HOME: folder, TMPDIR: folder, ...program.env },
    });
  let child = start();
  const kill = (): void => {
    if (child.pid !== undefined && isRunning(child)) process.kill(-child.pid, "SIGKILL");
  };
  // Whoever is ended before the end takes it along.
  process.once("exit", kill);
  const end = async (): Promise<void> => {
    if (!isRunning(child)) return;
    const gone = once(child, "exit");
    kill();
    await gone;
  };
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    await end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const restart = async (): Promise<void> => {
    await end();
    child = start();
    await readiness(program, url, child);
  };
  try {
    await readiness(program, url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, restart, stop };
}

async function readiness(program: ServerProgram, url: string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await delay(50)) {
    if (!isRunning(child)) {
      throw new Error(`${program.name} ended with exit code ${child.exitCode}.`);
    }
    const answer = await fetch(url + program.readyPath).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`${program.name} was not ready within ${READY_WITHIN_MS} ms.`);
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Not each takes port 0: one that was free a moment ago is the best that can be had. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
