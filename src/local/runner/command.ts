/** The command of a container, as Docker would make it of an image without an entry point, and as it would refuse it. */

import { open, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { isExecutable } from "../engine/executables.ts";
import { type HostFolder, placeOf } from "../opt-ml.ts";
import { algorithmError, JobFailure } from "./failure-reason.ts";
import type { JobRequest } from "./job-request.ts";

/** Docker's exit codes for a command that is not there, and for one that may not be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * The words of the command: `train` unless the request says otherwise. An entry point alone gets no arguments; arguments alone take
 * the place of `train`.
 */
export function commandWords({
  entrypoint,
  arguments: args,
}: Pick<JobRequest, "entrypoint" | "arguments">): readonly string[] {
  return entrypoint.length === 0 && args.length === 0 ? ["train"] : [...entrypoint, ...args];
}

/** A command that can be run. */
export interface Command {
  /** With the program's path in the container in place of its name. */
  readonly words: readonly string[];
  /** The program's file on this machine, where that is known. */
  readonly file: string | undefined;
}

/**
 * Finds the program of a command as the container would.
 *
 * @param words - see {@link commandWords}
 * @param path - the container's PATH
 * @param program - the program folder, the container's working folder
 * @param host - for programs that lie below /opt/ml
 * @param mounts - whether the container has an /opt/ml of its own
 * @throws JobFailure AlgorithmError in Docker's words, with a hint
 */
export async function findCommand(
  words: readonly string[],
  path: string,
  program: string,
  host: HostFolder,
  mounts: boolean,
): Promise<Command> {
  const [name = "", ...rest] = mounts ? words : words.map((word) => withoutMounts(word, host));
  const outside = (inside: string): string | undefined => {
    if (mounts && inside.startsWith("/opt/ml/")) return placeOf(host, inside);
    // What a container makes in its own /tmp is not known before.
    return mounts && inside.startsWith("/tmp/") && !inside.startsWith(`${program}/`)
      ? undefined
      : inside;
  };
  if (name.includes("/")) {
    const inside = isAbsolute(name) ? name : resolve(program, name);
    const file = outside(inside);
    if (file !== undefined) await check(name, file);
    return { words: [inside, ...rest], file };
  }
  let blocked: string | undefined;
  for (const folder of path.split(":")) {
    if (!folder.startsWith("/")) continue;
    const inside = join(folder, name);
    const file = outside(inside) ?? inside;
    if (await isExecutable(file)) {
      await checkShebang(name, file);
      return { words: [inside, ...rest], file };
    }
    if ((await stat(file).catch(() => undefined))?.isFile() === true) blocked ??= file;
  }
  throw refused(
    `exec: ${JSON.stringify(name)}: executable file not found in $PATH`,
    NOT_FOUND,
    blocked === undefined
      ? `the program folder ${program} has no program of that name`
      : `${blocked} is not executable: chmod +x it`,
  );
}

/** An engine without mounts has no /opt/ml to give: a word that is a path there is the host's own. */
function withoutMounts(word: string, host: HostFolder): string {
  return word.startsWith("/opt/ml/") ? placeOf(host, word) : word;
}

async function check(name: string, file: string): Promise<void> {
  const quoted = JSON.stringify(name);
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined) {
    throw refused(`exec: ${quoted}: stat ${name}: no such file or directory`, NOT_FOUND);
  }
  if (!(await isExecutable(file))) {
    throw refused(
      `exec: ${quoted}: permission denied`,
      NOT_EXECUTABLE,
      stats.isFile() ? `${file} is not executable: chmod +x it` : undefined,
    );
  }
  await checkShebang(name, file);
}

/** The kernel looks for an interpreter whose name ends in a carriage return, and says only that something is not there. */
async function checkShebang(name: string, file: string): Promise<void> {
  const first = await firstLine(file);
  if (!first.startsWith("#!") || !first.endsWith("\r")) return;
  throw refused(
    `exec ${name}: no such file or directory`,
    NOT_FOUND,
    `the first line of ${file} ends in CRLF: save it with LF line ends`,
  );
}

/** A program's first line without its line feed; "" when it has none that is short enough to be a shebang. */
export async function firstLine(file: string): Promise<string> {
  const handle = await open(await realpath(file), "r").catch(() => undefined);
  if (handle === undefined) return "";
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const text = buffer.toString("latin1", 0, bytesRead);
    const end = text.indexOf("\n");
    return end === -1 ? "" : text.slice(0, end);
  } finally {
    await handle.close();
  }
}

function refused(words: string, exitCode: number, hint?: string): JobFailure {
  const line = hint === undefined ? words : `${words} (${hint})`;
  return new JobFailure(algorithmError(line, exitCode), { logLine: line });
}
