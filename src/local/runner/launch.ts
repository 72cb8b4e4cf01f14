/** Starting a job's runner: a process of its own, in a session of its own, that outlives whoever starts it. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SageMakerError } from "../../errors.ts";
import { requirePlatform } from "../platform.ts";
import { JobStore } from "../services/sagemaker/job-store.ts";
import { processStartTime } from "./process-identity.ts";

/** What the package exports for programs that were bundled without their runner. */
const EXPORTED = "sagemaker-estimator/local/runner";
/** What a runner gets of its launcher's environment: above all none of its `AWS_*`, which a program could read there. */
const PASSED_ON = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ"],
  ...["LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "XDG_RUNTIME_DIR"],
];

/**
 * Starts the runner of a job that has been created. No terminal signal reaches it, and it goes on when this process ends.
 *
 * @param root - the local cloud's root
 * @param name - the training job's name
 * @throws {@link SageMakerError} when it cannot be started; the job has ended as Failed then
 * @example
 * ```ts
 * await launchRunner(".sagemaker-local", "glm-2026-01-01-00-00-00-000");
 * ```
 */
export async function launchRunner(root: string, name: string): Promise<void> {
  requirePlatform(process.platform);
  const store = new JobStore(join(root, "sagemaker"));
  const folder = store.jobFolder(name);
  let errors: FileHandle | undefined;
  try {
    errors = await open(join(folder, "runner.err"), "a");
    const child = spawn(process.execPath, [...runnerArguments(), resolve(root), name], {
      cwd: folder,
      env: passedOn(process.env),
      detached: true,
      // Never a pipe or an inherited stream: they would end with the launcher.
      stdio: ["ignore", errors.fd, errors.fd],
    });
    const pid = await spawned(child);
    child.unref();
    await store.append(name, {
      type: "launched",
      at: Date.now(),
      pid,
      startTime: (await processStartTime(pid)) ?? "",
    });
  } catch (error) {
    const reason = `The local runner of the job could not be started: ${error instanceof Error ? error.message : String(error)}`;
    await store.append(name, {
      ...{ type: "end", at: Date.now(), status: "Failed", secondaryStatus: "Failed" },
      message: "Training job failed",
      failureReason: `InternalServerError: ${reason}`.slice(0, 1024),
    });
    throw SageMakerError.isInstance(error) ? error : new SageMakerError(reason, { cause: error });
  } finally {
    await errors?.close();
  }
}

async function spawned(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      // Later errors are those of a process that runs: none is left to tell.
      child.on("error", () => undefined);
      if (child.pid === undefined) reject(new Error("it has no process id"));
      else resolve(child.pid);
    });
  });
}

function passedOn(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) =>
      environment[name] === undefined ? [] : [[name, environment[name]]],
    ),
  );
}

/** Node's arguments for the runner: the file beside this one, in whichever form this one is run. */
function runnerArguments(): string[] {
  const self = ownPath();
  // A bundle has another name, and the `main.js` beside it is somebody else's program.
  if (self !== undefined && /[\\/]runner[\\/]launch\.[jt]s$/.test(self)) {
    const isSource = self.endsWith(".ts");
    const beside = join(self, "..", isSource ? "main.ts" : "main.js");
    if (existsSync(beside)) return isSource ? fromSource(beside) : [beside];
  }
  const installed = resolveInstalled();
  if (installed !== undefined && existsSync(installed)) return [installed];
  throw new SageMakerError(
    "The local cloud's runner was not found beside this program, which seems to be bundled. " +
      'Mark the package as external ("sagemaker-estimator" and its subpaths) and keep it installed beside the bundle.',
  );
}

/** Undefined in a CommonJS bundle, where `import.meta` is empty. */
function ownPath(): string | undefined {
  const url: string | undefined = import.meta.url;
  return url?.startsWith("file:") === true ? fileURLToPath(url) : undefined;
}

/**
 * Where this package is run from its sources: the runner that it was built to before, if the variable names one, as in its own tests; else by
 * tsx where that is installed; else in Node's own way with TypeScript, where it has one.
 */
function fromSource(main: string): string[] {
  const built = process.env["SAGEMAKER_ESTIMATOR_RUNNER"];
  if (built !== undefined) return [built];
  try {
    return ["--import", import.meta.resolve("tsx"), main];
  } catch {
    return [main];
  }
}

function resolveInstalled(): string | undefined {
  try {
    return fileURLToPath(import.meta.resolve(EXPORTED));
  } catch {
    try {
      return createRequire(join(process.cwd(), "program.js")).resolve(EXPORTED);
    } catch {
      return undefined;
    }
  }
}
