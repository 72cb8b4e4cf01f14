/** Runs the programs of the GLM container as SageMaker does: as processes, with a folder in place of `/opt/ml`. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The program folder of the image. */
export const container: string = join(root, "examples/glm/container");

/** The example's data. */
export const insuranceFile: string = join(root, "examples/glm/data/insurance.csv");

/** Variables with which a program takes `sagemaker-estimator/container` from source: tsx reads the paths of tsconfig.json. */
export const fromSource: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${import.meta.resolve("tsx")}`,
  TSX_TSCONFIG_PATH: join(root, "tsconfig.json"),
};

/** Files by path below a folder: a string is written as it is, anything else as JSON. */
export type Files = Readonly<Record<string, unknown>>;

/** A folder that is removed when the test is over. */
export async function folderWith(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "glm-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(
      join(folder, path),
      typeof content === "string" || content instanceof Uint8Array
        ? content
        : JSON.stringify(content),
    );
  }
  return folder;
}

/** What a job is started with. */
export interface Job {
  readonly config: unknown;
  readonly train: string;
  readonly test?: string;
  readonly hyperparameters?: Readonly<Record<string, string>>;
  /** More files below the base folder. */
  readonly files?: Files;
}

/** A folder in place of `/opt/ml`, as the platform leaves it for a training job. */
export async function jobFolder(job: Job): Promise<string> {
  const channel = {
    TrainingInputMode: "File",
    S3DistributionType: "FullyReplicated",
    RecordWrapperType: "None",
  };
  return folderWith({
    "input/config/hyperparameters.json": job.hyperparameters ?? {},
    "input/config/inputdataconfig.json": {
      config: channel,
      train: channel,
      ...(job.test !== undefined && { test: channel }),
    },
    "input/data/config/config.json": job.config,
    "input/data/train/train.csv": job.train,
    ...(job.test !== undefined && { "input/data/test/test.csv": job.test }),
    "model/.keep": "",
    "output/data/.keep": "",
    ...job.files,
  });
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the match when standard output has held the pattern. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a program of the container, with `sagemaker-estimator/container` taken from source. */
export function start(program: string, baseDir: string, args: readonly string[] = []): Running {
  const child = spawn(program.includes("/") ? program : join(container, program), args, {
    env: {
      PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
      SAGEMAKER_BASE_DIR: baseDir,
      ...fromSource,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let stdout = "";
  let stderr = "";
  const onText = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const look of onText) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const printed = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(stdout);
        if (match !== null) resolve(match);
      };
      onText.add(look);
      look();
      ended.then(() => reject(new Error(`ended without printing ${pattern}: ${stderr}`)), reject);
    });
  return { child, ended, printed };
}

/** Runs a program of the container to its end. */
export async function run(
  program: string,
  baseDir: string,
  args: readonly string[] = [],
): Promise<Ended> {
  return start(program, baseDir, args).ended;
}

/** A JSON file. */
export async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, "utf8"));
}
