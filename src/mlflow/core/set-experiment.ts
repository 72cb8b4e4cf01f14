/** Experiments by name. */

import type { ExperimentRecord } from "./entities.ts";
import { MlflowError } from "./mlflow-error.ts";
import type { CallOptions, TrackingStore } from "./tracking-store.ts";

/** The experiment of this name, a deleted one too; `undefined` when there is none. */
export async function findExperiment(
  store: TrackingStore,
  name: string,
  options: CallOptions,
): Promise<ExperimentRecord | undefined> {
  try {
    return await store.getExperimentByName(name, options);
  } catch (error) {
    if (isCode(error, "RESOURCE_DOES_NOT_EXIST")) {
      return undefined;
    }
    throw error;
  }
}

/**
 * The experiment of this name: found, restored when it was deleted, or made.
 *
 * @returns its id
 */
export async function setExperiment(
  store: TrackingStore,
  name: string,
  options: CallOptions,
): Promise<string> {
  const found = await findExperiment(store, name, options);
  if (found?.lifecycleStage === "deleted") {
    await store.restoreExperiment(found.experimentId, options);
  }
  if (found !== undefined) {
    return found.experimentId;
  }
  try {
    return await store.createExperiment({ name }, options);
  } catch (error) {
    // Somebody else made it meanwhile, or an attempt of ours whose answer was lost.
    const made = isCode(error, "RESOURCE_ALREADY_EXISTS")
      ? await findExperiment(store, name, options)
      : undefined;
    if (made === undefined) {
      throw error;
    }
    return made.experimentId;
  }
}

function isCode(error: unknown, code: string): boolean {
  return MlflowError.isInstance(error) && error.errorCode === code;
}
