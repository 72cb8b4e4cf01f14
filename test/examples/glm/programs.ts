/** Runs the programs of the GLM container as SageMaker does: as processes, with a folder in place of `/opt/ml`. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import {
  type Ended,
  type Files,
  folderWith,
  type Running,
  startProgram,
} from "../../helpers/child-program.ts";
import { repository } from "../../helpers/repository.ts";

/** The program folder of the image, below a project that has the package. */
export const container: string = join(inject("userProject"), "glm-container");

/** The example's data, and a configuration for them. */
export const insurance = {
  file: join(repository, "examples/glm/data/insurance.csv"),
  config: {
    target: "Claims",
    predictors: ["District", "Group", "Age"],
    offset: { column: "Holders", transform: "log" },
    family: "poisson",
    link: "log",
  },
  /** R: glm(Claims ~ District + Group + Age + offset(log(Holders)), family = poisson). */
  reference: {
    estimates: {
      "(Intercept)": -1.82173991809,
      District2: 0.02586819091,
      District3: 0.0385239271,
      District4: 0.23420532798,
      "Group1-1.5l": 0.16133698,
      "Group1.5-2l": 0.39281049083,
      "Group>2l": 0.56341234112,
      "Age25-29": -0.19101010633,
      "Age30-35": -0.34495065825,
      "Age>35": -0.53667070639,
    },
    deviance: 51.42003275,
    aic: 388.741554,
  },
} as const;

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

/** Starts a program of the container: its name, or the path of a link to it. */
export function start(program: string, baseDir: string, args: readonly string[] = []): Running {
  return startProgram(program.includes("/") ? program : join(container, program), args, baseDir);
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
