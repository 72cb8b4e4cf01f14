/** The frame of a training program: environment in, failures out, SIGTERM as a signal. */

import { sendEverything } from "./before-end.ts";
import { describeError, reportFailure } from "./failure.ts";
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
 * However it ends, what was logged to {@link mlflow} is sent first.
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
  let ending: Promise<void> | undefined;
  const end = (error: unknown): Promise<void> => {
    ending ??= endWith(error, stop.signal, env);
    return ending;
  };
  const onError = (error: unknown): void => void end(error);
  // An unhandled rejection comes here too.
  process.on("uncaughtException", onError);
  try {
    const job = await trainingEnvironment({ env, signal: stop.signal });
    await main(job, stop.signal);
    if (ending === undefined) await sendEverything(stop.signal.aborted ? "KILLED" : "FINISHED");
  } catch (error) {
    await end(error);
  } finally {
    // What was thrown elsewhere ends the program, whatever became of the rest of it meanwhile.
    await ending;
    process.off("uncaughtException", onError);
    stop.dispose();
  }
}

/** Never comes back. */
async function endWith(error: unknown, stop: AbortSignal, env: EnvironmentVariables) {
  // What a stop interrupts is no failure: the job ends as Stopped, whatever the exit code.
  const isStop = stop.aborted && error === stop.reason;
  // First of all: what is sent may take its time, and the platform may end it.
  if (!isStop) reportFailure(error, { env });
  await sendEverything(isStop ? "KILLED" : "FAILED").catch((cause: unknown) => {
    process.stderr.write(`${describeError(cause)}\n`);
  });
  process.exit(isStop ? STOPPED : 1);
}
