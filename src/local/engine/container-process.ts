/** The process that a container is to its runner: started by a shell that joins its outputs, watched until nothing of it is left. */

import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { constants } from "node:os";
import type { Duplex, Readable, Writable } from "node:stream";
import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import type { Container } from "./engine.ts";

/**
 * What is run inside, before the program: it tells its process id on descriptor 3 ("the container is made"), waits for an answer,
 * closes what is the engine's, and becomes the program. Without an answer the runner is dead, and may have died before the
 * engine had asked the kernel to end the container with it: so nothing is run. That it could still be told is not enough,
 * since a dying runner's descriptors outlive its main thread for a moment.
 */
export const ENTER = 'echo "$$" >&3 && read -r go <&3 || exit; exec "$@" 3>&- 4>&- 5>&-';

/**
 * Two pipes would lose the order of stdout and stderr, so a shell joins them and becomes the engine's command. A guard ends the container with
 * its runner: it reads descriptor 6, which ends only when the runner does, and kills its process group (`kill -9 -$$`: dash knows no
 * `--` before it). Where the kernel is asked to do that as well, the guard covers the moment before it was asked. It is nobody's
 * child, since a program may wait for all of its own.
 *
 * @param litter - what an engine that is killed leaves outside the job's folder, as the shell's pattern
 */
const guarded = (litter: string | undefined): string => {
  const sweep = litter === undefined ? "" : `rm -f ${litter}; `;
  return `( ( cat <&6; ${sweep}kill -9 -$$ ) >/dev/null 2>&1 3>&- 4>&- 5<&- & ); exec "$@" 2>&1 6<&-`;
};

/** An escaped process may hold the output open after the end; what it would still write is nobody's. In milliseconds. */
const OUTPUT_AFTER_END = 2000;
/** What is kept of the output of an engine that could not make its container, in bytes. */
const COMPLAINT = 4096;
/** An engine that has not made its container by then never will. In milliseconds. */
const START_LIMIT = 30_000;

/** How often, and how many milliseconds apart, the processes of a tracing engine are looked for. */
const TRACED_ATTEMPTS = 40;
const TRACED_PAUSE = 25;

/** How often a program is looked at that does not handle SIGTERM yet. In milliseconds. */
const HANDLER_PAUSE = 50;
/** SIGTERM that is found blocked so many times in a row is blocked for good. */
const BLOCKED_LOOKS = 10;
const SIGTERM_BIT = 1n << BigInt(constants.signals.SIGTERM - 1);

/** How to start one. */
export interface ContainerCommand {
  /** The engine's program and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** The environment that it starts with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Whether the engine's process ends by itself once the program has been killed, after all that the program started. Default: `false`. */
  readonly endsLast?: boolean;
  /** Written to descriptor 5, which is closed then. */
  readonly input?: string;
  /**
   * Whether the engine's process traces the program's: it ends with the last of them, so the program's exit code comes as the second
   * line of descriptor 3, and what is left then is ended one by one for the engine to tidy up after itself.
   */
  readonly traces?: boolean;
  /** What the engine leaves outside the job's folder when it is killed with its runner: a pattern of the shell's, with `$$` for its process id. */
  readonly litter?: string;
  /**
   * Whether the program is process 1 of its own namespace, to which the kernel passes no signal that it does not handle: SIGTERM then waits
   * until the program has come so far as to handle it.
   */
  readonly isInit?: boolean;
  /** Finds the process id to signal in the first line of descriptor 4; else it is what was told on descriptor 3. */
  readonly findPid?: (status: string) => number;
}

/**
 * Starts it and waits until the container is made.
 *
 * @throws Error with what the engine said when it ended before that
 */
export async function startContainer(command: ContainerCommand): Promise<Container> {
  const child = spawn("/bin/sh", ["-c", guarded(command.litter), "container", ...command.argv], {
    cwd: command.folder,
    env: command.environment,
    // A process group of its own, for the guard to end.
    detached: true,
    stdio: ["ignore", "pipe", "ignore", "pipe", "pipe", "pipe", "pipe"],
  });
  const output = child.stdio[1] as Readable;
  const ready = child.stdio[3] as Duplex;
  const status = child.stdio[4] as Readable;
  const input = (child.stdio as readonly unknown[])[5] as Writable;
  // The engine may end before it has read all of its arguments; its exit tells more than the broken pipe.
  input.on("error", () => undefined);
  input.end(command.input ?? "");
  const told = collect(ready);
  const state = collect(status);
  const exited = exitOf(child);
  const pid = await firstOf(
    Promise.all([told.firstLine, command.findPid === undefined ? "" : state.firstLine]).then(
      ([made = "", line = ""]) => command.findPid?.(line) ?? Number(made),
    ),
    exited.then(() => undefined),
  );
  // Never 0, 1 or -1: those are other processes' ids, or all of them.
  if (pid === undefined || !Number.isSafeInteger(pid) || pid <= 1) {
    child.kill("SIGKILL");
    endGroup(child);
    const complaint = await readComplaint(output);
    throw new Error(complaint === "" ? "it ended without a word" : complaint);
  }
  ready.write("go\n");
  let running = true;
  const ended = (
    command.traces === true
      ? Promise.race([told.secondLine.then((line) => Number(line ?? 1)), exited])
      : exited
  ).then(async (code) => {
    running = false;
    if (command.traces === true) await endTraced(child, exited);
    endGroup(child);
    if (!output.readableEnded) {
      const timer = setTimeout(() => output.destroy(), OUTPUT_AFTER_END);
      output.once("close", () => clearTimeout(timer));
    }
    return code;
  });
  const signal = (name: "SIGTERM" | "SIGKILL"): void => {
    if (running) sendSignal(pid, name);
  };
  return {
    output,
    ended,
    terminate: () => {
      if (command.isInit === true)
        void whenHandled(pid, () => running).then(() => signal("SIGTERM"));
      else signal("SIGTERM");
    },
    kill: () => {
      signal("SIGKILL");
      if (command.traces !== true && command.endsLast !== true && running) endGroup(child);
    },
  };
}

async function firstOf<T>(wanted: Promise<T>, ended: Promise<undefined>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), START_LIMIT);
  });
  try {
    return await Promise.race([wanted, ended, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The exit code as a shell says it: 128 and the signal's number when a signal ended it. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("exit", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/**
 * When a process handles SIGTERM, or keeps it blocked to read it in another way, or has ended, or nobody can tell. A shell
 * blocks every signal for the moment in which it starts a process: what comes in that moment is lost on process 1, so only
 * what stays blocked counts.
 */
async function whenHandled(pid: number, isRunning: () => boolean): Promise<void> {
  let blocked = 0;
  while (isRunning()) {
    const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
    const has = (name: string): boolean =>
      (BigInt(`0x${status.match(`${name}:\\s*(\\w+)`)?.[1] ?? "0"}`) & SIGTERM_BIT) !== 0n;
    if (status === "" || has("SigCgt")) return;
    blocked = has("SigBlk") ? blocked + 1 : 0;
    if (blocked >= BLOCKED_LOOKS) return;
    await setTimeoutAsync(HANDLER_PAUSE);
  }
}

/** Ends what is left of the group: the guard, and what the program started and left behind. */
function endGroup(child: ChildProcess): void {
  if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
}

/** Ends what the engine traces until it ends by itself, wherever its processes have moved to; after a while it is left to its group's end. */
async function endTraced(child: ChildProcess, exited: Promise<number>): Promise<void> {
  let over = false;
  void exited.then(() => {
    over = true;
  });
  for (let attempt = 0; attempt < TRACED_ATTEMPTS && !over; attempt += 1) {
    for (const name of await readdir("/proc").catch(() => [])) {
      if (!/^\d+$/.test(name)) continue;
      const text = await readFile(`/proc/${name}/status`, "latin1").catch(() => "");
      if (text.includes(`TracerPid:\t${child.pid}\n`)) sendSignal(Number(name), "SIGKILL");
    }
    await Promise.race([exited, setTimeoutAsync(TRACED_PAUSE)]);
  }
}

function sendSignal(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself in the meantime.
  }
}

/** The first lines of a stream. */
function collect(stream: Readable): {
  readonly firstLine: Promise<string | undefined>;
  readonly secondLine: Promise<string | undefined>;
} {
  let text = "";
  const waiting: ((line: string | undefined) => void)[] = [];
  const line = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      waiting.push(resolve);
    });
  const firstLine = line();
  const secondLine = line();
  let given = 0;
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    // Two short lines are all that is expected here.
    if (text.length < COMPLAINT) text += chunk;
    for (const found of text.split("\n").slice(given, -1)) {
      waiting.shift()?.(found);
      given += 1;
    }
  });
  stream.on("error", () => undefined);
  return { firstLine, secondLine };
}

async function readComplaint(output: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => output.destroy(), OUTPUT_AFTER_END);
  try {
    for await (const chunk of output as AsyncIterable<Buffer>) {
      if (bytes < COMPLAINT) chunks.push(chunk);
      bytes += chunk.length;
    }
  } catch {
    // Destroyed: what has been read is all there is.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).subarray(0, COMPLAINT).toString("utf8").trim();
}
