/** The frame of a training program: environment in, failures out, SIGTERM as a signal. */

import { fail } from "./failure.ts";
import type { EnvironmentVariables } from "./paths.ts";
import { stopSignal } from "./stop-signal.ts";
import { type TrainingEnvironment, trainingEnvironment } from "./training-environment.ts";

/** Options of {@link runTraining}. */
export interface RunTrainingOptions {
  /** Environment variables. Default: `process.env`. */
  readonly env?: EnvironmentVariables;
}

/** 128 + 15: the exit code of a program that SIGTERM ended. */
const STOPPED = 143;

/**
 * Runs a training program as SageMaker expects it: whatever it throws, here or in a callback that nobody waits for, is printed,
 * written to `output/failure` and ends the process with exit code 1. SIGTERM (the job is stopped, or its time is over) and
 * SIGINT abort `signal`: save what is worth saving to the model folder within 120 seconds, then return, or rethrow the signal's reason.
 *
 * @param main - the program
 * @param options - environment variables to read
 *
 * @example
 * ```ts
 * import { printMetrics, runTraining } from "sagemaker-estimator/container";
 *
 * await runTraining(async (job, signal) => {
 *   const { epochs } = job.checkHyperparameters({ epochs: { type: "integer", default: 10 } });
 *   for (let epoch = 0; epoch < epochs && !signal.aborted; epoch++) {
 *     printMetrics({ epoch, loss: await trainOneEpoch(await job.channelFiles("train")) });
 *   }
 *   await saveModel(job.modelDir);
 * });
 * ```
 */
export async function runTraining(
  main: (job: TrainingEnvironment, signal: AbortSignal) => void | Promise<void>,
  options: RunTrainingOptions = {},
): Promise<void> {
  const { env = process.env } = options;
  const stop = stopSignal();
  const end = (error: unknown): void => {
    // What a stop interrupts is no failure: the job ends as Stopped, whatever the exit code.
    if (stop.signal.aborted && error === stop.signal.reason) process.exit(STOPPED);
    fail(error, { env });
  };
  // An unhandled rejection comes here too.
  process.on("uncaughtException", end);
  try {
    const job = await trainingEnvironment({ env, signal: stop.signal });
    await main(job, stop.signal);
  } catch (error) {
    end(error);
  } finally {
    process.off("uncaughtException", end);
    stop.dispose();
  }
}
