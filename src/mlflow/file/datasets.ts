/** Which data went into a run: `datasets/` of the experiment, `inputs/` of the run. */

import { createHash } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetInput } from "../core/entities.ts";
import { readMeta, writeMeta } from "./meta.ts";
import { ignoreMissing } from "./run-folder.ts";

/** Writes down that the data went into the run; once, however often it is told. */
export async function writeDatasets(
  experimentFolder: string,
  runFolder: string,
  runId: string,
  datasets: readonly DatasetInput[],
): Promise<void> {
  for (const { dataset, tags } of datasets) {
    // MLflow's own ids, so that it finds them.
    const datasetId = md5(dataset.name + dataset.digest);
    await writeOnce(join(experimentFolder, "datasets", datasetId), {
      digest: dataset.digest,
      name: dataset.name,
      profile: dataset.profile ?? null,
      schema: dataset.schema ?? null,
      source: dataset.source,
      source_type: dataset.sourceType,
    });
    await writeOnce(join(runFolder, "inputs", md5(datasetId + runId)), {
      destination_id: datasetId,
      destination_type: "RUN",
      source_id: datasetId,
      source_type: "DATASET",
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    });
  }
}

/** The data that went into a run. */
export async function readDatasets(
  experimentFolder: string,
  runFolder: string,
): Promise<DatasetInput[]> {
  const folder = join(runFolder, "inputs");
  const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
  const inputs: DatasetInput[] = [];
  for (const name of names.sort()) {
    const input = await readMeta(join(folder, name));
    if (input?.["source_type"] !== "DATASET") continue;
    const found = await readMeta(join(experimentFolder, "datasets", String(input["source_id"])));
    if (found === undefined) continue;
    const { schema, profile } = found;
    inputs.push({
      dataset: {
        name: String(found["name"]),
        digest: String(found["digest"]),
        sourceType: String(found["source_type"]),
        source: String(found["source"]),
        ...(typeof schema === "string" && { schema }),
        ...(typeof profile === "string" && { profile }),
      },
      tags: Object.entries((input["tags"] ?? {}) as Record<string, unknown>).map(
        ([key, value]) => ({ key, value: String(value) }),
      ),
    });
  }
  return inputs;
}

async function writeOnce(folder: string, meta: Readonly<Record<string, unknown>>): Promise<void> {
  if ((await readMeta(folder)) === undefined) {
    await mkdir(folder, { recursive: true });
    await writeMeta(folder, meta);
  }
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
