/** Which engine runs the containers here: each kind is tried with a container that does nothing, the best first. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineChoice } from "../services/sagemaker/job.ts";
import { bubblewrapEngine } from "./bubblewrap.ts";
import { describeEngine, type Engine, OPT_ML } from "./engine.ts";
import { findOnPath, SYSTEM_PATH } from "./executables.ts";
import { type MachineView, viewMachine } from "./mounts.ts";
import { processEngine } from "./process.ts";
import { prootEngine } from "./proot.ts";
import { unshareEngine } from "./unshare.ts";

/** What was chosen. */
export interface ChosenEngine {
  readonly engine: Engine;
  /** Why a better one was not taken: each that was tried, and what was wrong; undefined when the first one did. */
  readonly note: string | undefined;
}

/** A way to a sandbox; its parts are looked for when it is tried. */
interface Candidate {
  readonly name: Exclude<EngineChoice, "auto" | "sandbox" | "process">;
  make(path: string, machine: MachineView, processes: "own" | "host"): Engine;
  readonly program: string;
  readonly variants: readonly ("own" | "host")[];
}

const CANDIDATES: readonly Candidate[] = [
  {
    name: "bubblewrap",
    program: "bwrap",
    variants: ["own", "host"],
    make: (path, machine, processes) => bubblewrapEngine({ path, machine, processes }),
  },
  {
    name: "unshare",
    program: "unshare",
    variants: ["own", "host"],
    make: (path, machine, processes) =>
      unshareEngine({ path, machine, processes, mapUser: process.getuid?.() !== 0 }),
  },
  {
    name: "proot",
    program: "proot",
    variants: ["own"],
    make: (path, machine) => prootEngine({ path, machine }),
  },
];
const HINT =
  'Install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap), or choose engine "process".';

const TRIAL = ["/bin/sh", "-c", `: >${OPT_ML}/probe`];
const STATX = [process.execPath, "-e", `fs.statSync("${OPT_ML}")`];

const chosen = new Map<string, Promise<ChosenEngine>>();

/**
 * The engine for a choice; tried once in a process, then remembered. Nothing is left on the machine.
 *
 * @param path - the launcher's PATH
 * @param parent - where the trials have their folders, which a process that is killed cannot remove. Default: the folder for
 *   temporary files
 * @throws Error when no engine of that kind works here: what was tried, what was wrong, what to do
 */
export async function chooseEngine(
  choice: EngineChoice,
  path: string,
  parent: string = tmpdir(),
): Promise<ChosenEngine> {
  const key = `${choice}\0${path}`;
  const known = chosen.get(key);
  if (known !== undefined) return await known;
  const trial = tryEngines(choice, path, parent);
  chosen.set(key, trial);
  return await trial;
}

async function tryEngines(
  choice: EngineChoice,
  path: string,
  parent: string,
): Promise<ChosenEngine> {
  if (process.platform === "win32") {
    throw new Error(
      "The local cloud runs no jobs on native Windows. Run it in WSL; staging and launching on AWS work here.",
    );
  }
  if (choice === "process") return { engine: processEngine(), note: undefined };
  const wrong: string[] = [];
  if (process.platform === "linux") {
    const machine = await viewMachine(path);
    const trial = (engine: Engine, command: readonly string[]) => probe(engine, parent, command);
    for (const candidate of CANDIDATES) {
      if (choice !== "auto" && choice !== "sandbox" && choice !== candidate.name) continue;
      const engine = await firstThatWorks(candidate, { path, machine, trial }, wrong);
      if (engine === undefined) continue;
      if (candidate.name === "proot" && (await trial(engine, STATX)) !== undefined) {
        wrong.push(
          `proot: this version does not know the system call statx, so that Node and others do not find files below ${OPT_ML}`,
        );
        // Then a program does better without a sandbox, which tells it where its files are.
        if (choice === "auto") continue;
      }
      return { engine, note: noteOf(wrong) };
    }
  } else {
    wrong.push(`${process.platform}: a sandbox takes Linux`);
  }
  if (choice === "auto") return { engine: processEngine(), note: noteOf(wrong) };
  throw new Error(`No ${choice} can be made here (${wrong.join("; ")}). ${HINT}`);
}

interface Surroundings {
  readonly path: string;
  readonly machine: MachineView;
  readonly trial: (engine: Engine, command: readonly string[]) => Promise<string | undefined>;
}

async function firstThatWorks(
  candidate: Candidate,
  { path, machine, trial }: Surroundings,
  wrong: string[],
): Promise<Engine | undefined> {
  const program = await findOnPath(candidate.program, `${path}:${SYSTEM_PATH}`);
  if (program === undefined) {
    wrong.push(`${candidate.name}: ${candidate.program} is not installed`);
    return undefined;
  }
  let complaint = "";
  for (const variant of candidate.variants) {
    const engine = candidate.make(program, machine, variant);
    const problem = await trial(engine, TRIAL);
    if (problem === undefined) return engine;
    // The first says what is really missing: the later variants do with less.
    complaint ||= problem;
  }
  wrong.push(`${candidate.name}: ${complaint}`);
  return undefined;
}

/** Runs a container that does next to nothing. @returns what went wrong */
async function probe(
  engine: Engine,
  parent: string,
  command: readonly string[],
): Promise<string | undefined> {
  const folder = await mkdtemp(join(parent, "sagemaker-probe-"));
  try {
    for (const name of ["ml", "tmp", "home", "scratch"]) await mkdir(join(folder, name));
    await writeFile(join(folder, "hosts"), "127.0.0.1 localhost\n");
    const container = await engine.start({
      folder,
      hostname: "algo-1",
      program: "/",
      command,
      environment: { PATH: SYSTEM_PATH },
      networkIsolation: false,
    });
    container.output.resume();
    const code = await container.ended;
    return code === 0 ? undefined : `its trial ended with exit code ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function noteOf(wrong: readonly string[]): string | undefined {
  return wrong.length === 0 ? undefined : `${wrong.join("; ")}. ${HINT}`;
}

/** What was chosen, in one line for people. */
export function announceEngine({ engine, note }: ChosenEngine): string {
  return `Local jobs run in: ${describeEngine(engine)}.${note === undefined ? "" : ` Better ones were not to be had: ${note}`}`;
}
