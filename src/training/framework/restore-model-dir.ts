/** TensorFlow's `model_dir` of a job that is repeated. Pure. */

import type { RestoredJob } from "../describe-options.ts";
import { usualModelDir } from "./prepare-framework.ts";

/**
 * TensorFlow's estimator tells each job to write under its own name: the next one is told so too, and does not write over the
 * model of the job that it comes from. A place of the caller's own stays.
 *
 * @param jobName - the name of the job that was
 * @param job - what made it
 */
export function restoreModelDir(jobName: string, job: RestoredJob): RestoredJob {
  const { hyperparameters: { model_dir: modelDir, ...others } = {}, ...options } = job.options;
  const usual = usualModelDir(options.outputPath ?? "", jobName);
  return modelDir === JSON.stringify(usual) && options.entryPoint !== undefined
    ? {
        ...job,
        options: {
          ...options,
          hyperparameters: others,
          framework: { name: "tensorflow", ownImage: true, refused: [] },
        },
      }
    : job;
}
