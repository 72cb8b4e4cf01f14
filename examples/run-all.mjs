// @ts-check
/** Runs every example on the built package, each in a working folder of its own; shows what a failing one printed. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const root = join(here, "..");
const TSX = join(root, "node_modules/tsx/dist/cli.mjs");
const LIMIT_MS = 300_000;

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<{ code: number, output: string }>}
 */
async function run(args, cwd) {
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd,
      // Empty files in place of the defaults of whoever runs this.
      env: {
        ...process.env,
        SAGEMAKER_ADMIN_CONFIG_OVERRIDE: devNull,
        SAGEMAKER_USER_CONFIG_OVERRIDE: devNull,
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MS,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
      });
    }
    child.on("close", (code, signal) => {
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\n(${signal})` });
    });
  });
}

/**
 * @param {string} name
 * @param {readonly string[]} args
 */
async function example(name, args) {
  const folder = await mkdtemp(join(tmpdir(), "example-"));
  const started = Date.now();
  try {
    const { code, output } = await run(args, folder);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (code !== 0) console.log(`${output}\n${name} ended with exit code ${code}.`);
    return code === 0;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const build = spawnSync("npm", ["run", "build", "--silent"], { cwd: root, stdio: "inherit" });
if (build.status !== 0) process.exit(1);

const scripts = (await readdir(here)).filter((name) => name.endsWith(".ts")).toSorted();
let failed = 0;
for (const name of scripts) {
  if (!(await example(name, [TSX, join(here, name)]))) failed += 1;
}
const quickstart = join(here, "glm/quickstart.mjs");
if (existsSync(quickstart) && !(await example("glm/quickstart.mjs", [quickstart]))) failed += 1;

console.log(failed === 0 ? "All examples ran to their end." : `${failed} of the examples failed.`);
process.exitCode = failed === 0 ? 0 : 1;
