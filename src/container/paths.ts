/** Where a job's files lie: `/opt/ml`, or the folders that the environment names. */

import { join, resolve } from "node:path";

/** Environment variables, as in `process.env`. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * The folders and files that SageMaker gives to a training job.
 *
 * A `SM_…` variable of the SageMaker training toolkit wins over `SAGEMAKER_BASE_DIR`, and that over `/opt/ml`.
 *
 * @example
 * ```ts
 * const { modelDir, outputDataDir } = optMlPaths();
 * ```
 */
export interface OptMlPaths {
  /** The folder that holds all others: `SAGEMAKER_BASE_DIR`, else `/opt/ml`. */
  readonly baseDir: string;
  /** What the job was given: `input`. */
  readonly inputDir: string;
  /** The job's configuration files: `input/config`. */
  readonly inputConfigDir: string;
  /** What is written here becomes `model.tar.gz`: `model`. */
  readonly modelDir: string;
  /** `output`. */
  readonly outputDir: string;
  /** What is written here becomes `output.tar.gz`: `output/data`. */
  readonly outputDataDir: string;
  /** Its first 1,024 characters become the job's FailureReason: `output/failure`. */
  readonly failureFile: string;
}

/**
 * Where the job's files lie. It reads variables only, no files.
 *
 * @param env - environment variables; `process.env` unless given
 *
 * @example
 * ```ts
 * import { join } from "node:path";
 *
 * const model = join(optMlPaths().modelDir, "model.json");
 * ```
 */
export function optMlPaths(env: EnvironmentVariables = process.env): OptMlPaths {
  const folder = (name: string, otherwise: string): string => resolve(env[name] || otherwise);
  const baseDir = folder("SAGEMAKER_BASE_DIR", "/opt/ml");
  const inputDir = folder("SM_INPUT_DIR", join(baseDir, "input"));
  const outputDir = folder("SM_OUTPUT_DIR", join(baseDir, "output"));
  return {
    baseDir,
    inputDir,
    inputConfigDir: folder("SM_INPUT_CONFIG_DIR", join(inputDir, "config")),
    modelDir: folder("SM_MODEL_DIR", join(baseDir, "model")),
    outputDir,
    outputDataDir: folder("SM_OUTPUT_DATA_DIR", join(outputDir, "data")),
    // The Python SDK's drivers (v3) name the file; the platform does not.
    failureFile: folder("SM_OUTPUT_FAILURE", join(outputDir, "failure")),
  };
}
