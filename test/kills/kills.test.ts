/**
 * kill -9 at random moments: of the program that calls `fit()`, of a job's runner, of the program that listens. `KILLS` says how
 * many (`npm run test:kill`: 200), `KILL_SEED` repeats the moments of a run.
 */

import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually } from "../helpers/cloud-fixture.ts";
import { ENGINES } from "../helpers/engines.ts";
import { KillClient } from "../helpers/kill-client.ts";
import { KillScene, type Started } from "../helpers/kill-scene.ts";
import { objectsOf } from "../helpers/kill-traces.ts";
import { seededRandom } from "../helpers/random.ts";

const COUNT = Number(process.env["KILLS"] ?? 9);
const SEED = Number(process.env["KILL_SEED"] ?? Date.now() % 2 ** 31);
/** Kills in one folder, one after the other; then a new one is taken. */
const IN_ONE_FOLDER = 9;
const LANES = Math.max(2, Math.min(4, cpus().length));
const PATIENCE = 60_000 + COUNT * 20_000;

const VICTIMS = ["launcher", "runner", "server"] as const;
type Victim = (typeof VICTIMS)[number];

/** What is killed, how, and when: a share of the time that it would live. */
interface Kill {
  readonly number: number;
  readonly victim: Victim;
  readonly engine: string;
  readonly moment: number;
  readonly seed: number;
}

/** What came of the kills. */
const counts: Record<string, number> = {};
const count = (what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

function plan(random: () => number): Kill[] {
  return Array.from({ length: COUNT }, (_, number) => ({
    number,
    victim: VICTIMS[number % VICTIMS.length] ?? "runner",
    // Each has its turn; the first, which is the one that is chosen where it works, every other time.
    engine: (number % 2 === 0 ? ENGINES[0] : ENGINES[(number >> 1) % ENGINES.length]) ?? "process",
    moment: random(),
    seed: Math.floor(random() * 2 ** 31),
  }));
}

async function printed({ text, ended }: Started, pattern: RegExp): Promise<string> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const found = await eventually(
    async () => pattern.exec(text())?.[0] ?? (over ? "" : undefined),
    `${pattern} is printed`,
    60_000,
  );
  if (found === "") throw new Error(`It ended without printing ${pattern}: ${text()}`);
  return found;
}

/** How long the parts of an undisturbed run take here, in milliseconds. */
interface Lives {
  /** From the first line of the script to its end. */
  readonly launcher: number;
  /** From the start of the job's runner to the job's end. */
  readonly runner: number;
}

async function undisturbed(scene: KillScene): Promise<Lives> {
  await scene.data("first");
  const fit = scene.start("kill-fit", "first", ENGINES[0] ?? "process");
  await printed(fit, /begins/);
  const begun = performance.now();
  await eventually(async () => await scene.runner("first"), "the runner starts");
  const started = performance.now();
  expect(await printed(fit, /"status".*/)).toContain("Completed");
  const over = performance.now();
  await fit.ended;
  return { launcher: over - begun, runner: over - started };
}

async function killLauncher(scene: KillScene, kill: Kill, lives: Lives): Promise<void> {
  const job = `job-${kill.number}`;
  await scene.data(job);
  const fit = scene.start("kill-fit", job, kill.engine);
  await printed(fit, /begins/);
  await delay(kill.moment * lives.launcher);
  fit.child.kill("SIGKILL");
  await fit.ended;
  count(`launcher: job ${(await scene.settled()).get(job) ?? "not created"}`);
}

async function killRunner(scene: KillScene, { number, engine, moment }: Kill, lives: Lives) {
  const job = `job-${number}`;
  await scene.data(job);
  const fit = scene.start("kill-fit", job, engine);
  const pid = await eventually(async () => await scene.runner(job), "the runner starts", 60_000);
  await delay(moment * lives.runner);
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    count("runner: had ended before");
  }
  // Whoever waits for the job is told, within bounds.
  const told = JSON.parse(await printed(fit, /\{"status".*\}/)) as { readonly status: string };
  await fit.ended;
  const status = (await scene.settled()).get(job);
  expect(told.status).toBe(status);
  count(`runner: job ${status}`);
}

async function killServer(scene: KillScene, kill: Kill, client: KillClient) {
  const { number, seed, engine, moment } = kill;
  await scene.data(`job-${number}`, true);
  const server = scene.start("kill-server", engine);
  const url = await printed(server, /http:\S+/);
  const killed = delay(20 + moment * 1500).then(() => server.child.kill("SIGKILL"));
  await Promise.all([client.write(url, `job-${number}`), killed, server.ended]);
  // The next one takes up where it was.
  const next = scene.start("kill-server", engine);
  await printed(next, /http:\S+/);
  expect(client.wrong(await objectsOf(scene.s3, "objects")), `seed ${seed}`).toEqual([]);
  next.child.stdin?.end();
  await next.ended;
  count(`server: job ${(await scene.settled()).get(`job-${number}`) ?? "not created"}`);
}

async function killOne(scene: KillScene, kill: Kill, lives: Lives, client: KillClient) {
  if (kill.victim === "launcher") await killLauncher(scene, kill, lives);
  else if (kill.victim === "runner") await killRunner(scene, kill, lives);
  else await killServer(scene, kill, client);
  await scene.clean();
}

async function oneFolder(kills: readonly Kill[]): Promise<void> {
  const scene = await KillScene.create();
  const client = new KillClient(seededRandom(kills[0]?.seed ?? 0));
  const lives = await undisturbed(scene);
  for (const kill of kills) {
    try {
      await killOne(scene, kill, lives, client);
    } catch (error) {
      const where = `KILL_SEED=${SEED}, ${JSON.stringify(kill)} in ${scene.folder}`;
      throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    if (COUNT > 20) console.log(`${kill.number}: ${kill.victim} by ${kill.engine} is killed`);
  }
  await scene.remove();
}

describe("kill -9 at a random moment", () => {
  // Processes and mounts are looked for in /proc.
  const given = process.platform === "linux" ? it : it.skip;
  given(
    `${COUNT} times: state recovers, no job hangs, nothing is half written, no process and no mount stays`,
    async () => {
      console.log(`KILL_SEED=${SEED} KILLS=${COUNT}`);
      const kills = plan(seededRandom(SEED));
      const size = Math.max(1, Math.min(IN_ONE_FOLDER, Math.ceil(COUNT / LANES)));
      const folders: Kill[][] = [];
      while (kills.length > 0) folders.push(kills.splice(0, size));
      const failures: unknown[] = [];
      const lane = async (): Promise<void> => {
        for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
          await oneFolder(next).catch((error: unknown) => {
            console.log(error);
            failures.push(error);
          });
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      console.log(JSON.stringify(counts));
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("\n"));
    },
    PATIENCE,
  );
});
