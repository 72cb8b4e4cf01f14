/** When the instances of spot jobs are reclaimed: the option of the local cloud. */

import { SageMakerError } from "../errors.ts";
import type { SpotPlan } from "./services/sagemaker/job.ts";

/**
 * When the instances of spot jobs are reclaimed. Each interruption is SIGTERM, `stopGraceSeconds`, SIGKILL; then the job begins anew, with
 * nothing but its checkpoints.
 *
 * @example
 * ```ts
 * const cloud = new LocalCloud({ spotInterruptions: { whenLogged: /^epoch 3/ } });
 * ```
 */
export interface SpotInterruptions {
  /**
   * Seconds of training until they are: of the first attempt, or of each attempt in turn (those after the last one run undisturbed).
   * Default: never.
   */
  readonly afterSeconds?: number | readonly number[];
  /** They are when a line of the job's log matches; each expression counts once in a job. Default: never. */
  readonly whenLogged?: RegExp | readonly RegExp[];
  /** Seconds until there are instances again. Default: 0. */
  readonly capacityAfterSeconds?: number;
}

/**
 * The option as a job keeps it.
 *
 * @throws SageMakerError when a number is none that time can have
 */
export function spotPlan(given: SpotInterruptions): SpotPlan {
  const afterSeconds = [given.afterSeconds ?? []].flat();
  const { capacityAfterSeconds = 0 } = given;
  for (const seconds of [...afterSeconds, capacityAfterSeconds]) {
    // Longer ones are more than Node's timers know.
    if (!(seconds >= 0 && seconds <= 2_000_000)) {
      throw new SageMakerError(
        `spotInterruptions: ${seconds} is no number of seconds between 0 and 2,000,000.`,
      );
    }
  }
  return {
    afterSeconds,
    whenLogged: [given.whenLogged ?? []].flat().map(({ source, flags }) => ({
      // These make an expression remember where it was.
      ...{ source, flags: flags.replace(/[gy]/g, "") },
    })),
    capacityAfterSeconds,
  };
}
