/** Names and stages in a model registry: MLflow's rules for them (`mlflow/utils/validation.py`), in its words (pure). */

import { posix, sep } from "node:path";
import type { Tag } from "../core/entities.ts";
import { keyProblem } from "../core/entry-key.ts";
import { LIMITS } from "../core/limits.ts";
import { invalid } from "../core/mlflow-error.ts";
import type { ModelStage } from "../core/registry-entities.ts";

/** In MLflow's order. */
export const STAGES: readonly ModelStage[] = ["None", "Staging", "Production", "Archived"];
const ACTIVE: readonly ModelStage[] = ["Staging", "Production"];
/** A folder's name is no longer, on any disk. */
const MOST_NAME_BYTES = 255;
/** The alias that every model has: its greatest version. */
const LATEST = "latest";

/** @throws MlflowError for a name that no model may have: it is a folder's here */
export function checkModelName(name: string): void {
  if (typeof name !== "string" || name.trim() === "") {
    throw invalid("Missing value for required parameter 'name'.");
  }
  if (/[/:]/.test(name)) {
    throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  }
  if (name.includes(sep)) {
    throw invalid(`Invalid name: '${name}'. Registered model name cannot contain path separator`);
  }
  if (name.includes("%")) {
    throw invalid(`Invalid name: '${name}'. Registered model name cannot contain '%' character`);
  }
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) {
    throw invalid(`'name' exceeds the maximum length of ${MOST_NAME_BYTES} bytes`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it ends a path for the system
  if (posix.normalize(name) !== name || /^\.\.?$|\u0000/.test(name)) {
    throw invalid(
      `Invalid value "${name}" for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such.`,
    );
  }
}

/** @throws MlflowError for what may be no alias's name at all */
export function checkAlias(alias: string): void {
  if (alias === "") throw invalid("Registered model alias name cannot be empty.");
  if (!/^[\p{L}\p{N}_-]+$/u.test(alias)) {
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  if ([...alias].length > LIMITS.aliasLength) {
    throw invalid(
      `'Registered model alias name' exceeds the maximum length of ${LIMITS.aliasLength} characters`,
    );
  }
}

/** @throws MlflowError for the names that aliases of one's own may not have */
export function checkNewAlias(alias: string): void {
  checkAlias(alias);
  if (isLatest(alias)) throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
}

/** Whether it is the alias that every model has. */
export function isLatest(alias: string): boolean {
  return alias.toLowerCase() === LATEST;
}

/** @throws MlflowError for one that is none */
export function readStage(stage: string): ModelStage {
  const found = STAGES.find((each) => each.toLowerCase() === stage.toLowerCase());
  if (found === undefined) {
    throw invalid(
      `Invalid Model Version stage: ${stage}. Value must be one of ${STAGES.join(", ")}.`,
    );
  }
  return found;
}

/** @throws MlflowError for a stage whose other versions cannot be archived */
export function checkArchiving(stage: ModelStage): void {
  if (!ACTIVE.includes(stage)) {
    throw invalid(
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ${ACTIVE.join(", ")}`,
    );
  }
}

/** @throws MlflowError for what is no whole number */
export function readVersion(version: string): number {
  if (!/^\d{1,15}$/.test(version)) {
    throw invalid(`Parameter 'version' must be an integer, got '${version}'.`);
  }
  return Number(version);
}

/** @throws MlflowError with the first that is wrong; values are not cut here, as those of runs are */
export function checkRegistryTags(tags: readonly Tag[]): void {
  for (const { key, value } of tags) {
    const problem = keyProblem(key);
    if (problem !== undefined) throw invalid(`Invalid name: ${JSON.stringify(key)} ${problem}`);
    if (value.length > LIMITS.registryTagValueLength) {
      throw invalid(
        `'value' exceeds the maximum length of ${LIMITS.registryTagValueLength} characters`,
      );
    }
  }
}
