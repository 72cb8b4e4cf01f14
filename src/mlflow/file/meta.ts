/** `meta.yaml` of experiments and runs, in MLflow's own words. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify, type Tags } from "yaml";
import type { ExperimentRecord, RunInfo, RunStatus } from "../core/entities.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import { ignoreMissing, writeWhole } from "./run-folder.ts";

/** MLflow's numbers for them (`RunStatus` of `service.proto`). */
const STATUSES: Readonly<Record<RunStatus, number>> = {
  RUNNING: 1,
  SCHEDULED: 2,
  FINISHED: 3,
  FAILED: 4,
  KILLED: 5,
};
const LOCAL_SOURCE = 4;

/** An experiment's `meta.yaml`: its tags lie in files of their own. */
export type ExperimentMeta = Omit<ExperimentRecord, "tags">;

/** @returns `undefined` when there is no experiment in this folder */
export async function readExperimentMeta(folder: string): Promise<ExperimentMeta | undefined> {
  const meta = await readMeta(folder);
  if (meta === undefined) return undefined;
  const [created, updated] = [meta["creation_time"], meta["last_update_time"]];
  return {
    experimentId: String(meta["experiment_id"]),
    name: String(meta["name"]),
    artifactLocation: String(meta["artifact_location"] ?? ""),
    lifecycleStage: meta["lifecycle_stage"] === "deleted" ? "deleted" : "active",
    ...(created != null && { creationTime: Number(created) }),
    ...(updated != null && { lastUpdateTime: Number(updated) }),
  };
}

/** Writes an experiment's `meta.yaml`. */
export async function writeExperimentMeta(folder: string, meta: ExperimentMeta): Promise<void> {
  await writeMeta(folder, {
    artifact_location: meta.artifactLocation,
    creation_time: meta.creationTime ?? null,
    experiment_id: meta.experimentId,
    last_update_time: meta.lastUpdateTime ?? null,
    lifecycle_stage: meta.lifecycleStage,
    name: meta.name,
  });
}

/** @returns `undefined` when there is no run in this folder */
export async function readRunMeta(folder: string): Promise<RunInfo | undefined> {
  const meta = await readMeta(folder);
  if (meta === undefined) return undefined;
  const status = Object.entries(STATUSES).find(([, number]) => number === meta["status"]);
  const [user, end] = [meta["user_id"], meta["end_time"]];
  return {
    runId: String(meta["run_id"] ?? meta["run_uuid"]),
    experimentId: String(meta["experiment_id"]),
    runName: String(meta["run_name"] ?? meta["name"] ?? ""),
    ...(typeof user === "string" && { userId: user }),
    status: (status?.[0] ?? "RUNNING") as RunStatus,
    startTime: Number(meta["start_time"] ?? 0),
    ...(end != null && { endTime: Number(end) }),
    artifactUri: String(meta["artifact_uri"] ?? ""),
    lifecycleStage: meta["lifecycle_stage"] === "deleted" ? "deleted" : "active",
  };
}

/** Writes a run's `meta.yaml`, with what older releases of MLflow look for in it. */
export async function writeRunMeta(folder: string, info: RunInfo): Promise<void> {
  await writeMeta(folder, {
    artifact_uri: info.artifactUri,
    deleted_time: info.lifecycleStage === "deleted" ? Date.now() : null,
    end_time: info.endTime ?? null,
    entry_point_name: "",
    experiment_id: info.experimentId,
    lifecycle_stage: info.lifecycleStage,
    run_id: info.runId,
    run_name: info.runName,
    run_uuid: info.runId,
    source_name: "",
    source_type: LOCAL_SOURCE,
    source_version: "",
    start_time: info.startTime,
    status: STATUSES[info.status],
    tags: [],
    user_id: info.userId ?? "",
  });
}

/** What `meta.yaml` holds; `undefined` without one. */
export async function readMeta(folder: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(join(folder, "meta.yaml"), "utf8").catch(ignoreMissing);
  if (text === undefined) return undefined;
  let meta: unknown;
  try {
    meta = parse(text, { maxAliasCount: 0, customTags: withoutOddNumbers });
  } catch (error) {
    throw malformed(folder, error);
  }
  if (typeof meta !== "object" || meta === null) throw malformed(folder);
  return meta as Record<string, unknown>;
}

/** Writes `meta.yaml`, whole. */
export async function writeMeta(
  folder: string,
  meta: Readonly<Record<string, unknown>>,
): Promise<void> {
  const quoted = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } as const;
  await writeWhole(join(folder, "meta.yaml"), stringify(meta, { lineWidth: 0, ...quoted }));
}

/**
 * MLflow's YAML is 1.1, ours 1.2. To write, quotes make a text the same in both: `2024-01-01`, `yes` or `12:30` would be none there. To
 * read, what is a text there and a number only here is left alone: `1e-3`, `0o14`.
 */
function withoutOddNumbers(tags: Tags): Tags {
  return tags.filter(
    (tag) => typeof tag === "string" || !["EXP", "OCT", "HEX"].includes(String(tag.format)),
  );
}

function malformed(folder: string, cause?: unknown): MlflowError {
  return new MlflowError(
    "INTERNAL_ERROR",
    `${join(folder, "meta.yaml")} is malformed: move its folder away, or mend it.`,
    { ...(cause !== undefined && { cause }) },
  );
}
