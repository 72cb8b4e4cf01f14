/** What a job leaves: model and output, from the hosts' folders to the object store. */

import { createReadStream } from "node:fs";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { packTarGz } from "../../transfer/archive.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { HostFolder } from "../opt-ml.ts";
import type { PutOptions } from "../services/s3/bucket-store.ts";
import { hasCode } from "../services/s3/node-errors.ts";
import type { ObjectStore } from "../services/s3/object-store.ts";
import { JobFailure } from "./failure-reason.ts";
import { words } from "./objects-to-files.ts";
import { isOwnFolder, plainFiles } from "./plain-files.ts";

/** What is uploaded, and where to. */
export interface ArtifactPlan {
  readonly jobName: string;
  /** The request's S3OutputPath. */
  readonly outputPath: string;
  /** Archives; else plain files. */
  readonly compress: boolean;
  readonly hosts: readonly HostFolder[];
}

/** Where objects go to: the object store, or what stands for it. */
export type ObjectTarget = Pick<ObjectStore, "put">;

/** S3 keeps this checksum of whatever comes without one. */
const CHECKED: PutOptions = { algorithms: ["CRC64NVME"] };

/**
 * Uploads `model` and `output/data` of all hosts, merged: where two hosts wrote the same file the later host's counts. A folder that is
 * empty leaves nothing.
 *
 * @throws JobFailure `ClientError: Artifact upload failed:…`
 */
export async function uploadArtifacts(store: ObjectTarget, plan: ArtifactPlan): Promise<void> {
  const [first, ...others] = plan.hosts;
  if (first === undefined) return;
  for (const [folder, name] of [
    ["model", "model"],
    [join("output", "data"), "output"],
  ] as const) {
    const merged = join(first.ml, folder);
    try {
      const isThere = await isOwnFolder(merged);
      let count = isThere ? (await readdir(merged)).length : 0;
      for (const { ml } of others) {
        const source = join(ml, folder);
        if (!(await isOwnFolder(source))) continue;
        count += await mergeInto(merged, source);
      }
      if (count === 0) continue;
    } catch (error) {
      throw uploadFailure(words(error), error);
    }
    if (plan.compress) await uploadArchive(store, plan, merged, `${name}.tar.gz`);
    else await uploadFiles(store, plan, merged, folder === "model" ? "model" : "data");
  }
}

/** As DescribeTrainingJob names it. */
function outputFolder(outputPath: string, jobName: string): string {
  return `${outputPath.replace(/\/+$/, "")}/${jobName}/output`;
}

async function uploadArchive(
  store: ObjectTarget,
  { jobName, outputPath }: ArtifactPlan,
  folder: string,
  name: string,
): Promise<void> {
  const uri = `${outputFolder(outputPath, jobName)}/${name}`;
  const archive = packTarGz(folder);
  try {
    const { bucket, key } = parseS3Uri(uri);
    await store.put(bucket, key, archive, CHECKED);
  } catch (error) {
    throw uploadFileFailure(uri, error);
  } finally {
    archive.destroy();
  }
}

async function uploadFiles(
  store: ObjectTarget,
  { jobName, outputPath }: ArtifactPlan,
  folder: string,
  name: string,
): Promise<void> {
  for await (const file of plainFiles(folder)) {
    const uri = `${outputFolder(outputPath, jobName)}/${name}/${file.name}`;
    const body = createReadStream(file.path);
    try {
      const { bucket, key } = parseS3Uri(uri);
      await store.put(bucket, key, body, CHECKED);
    } catch (error) {
      throw uploadFileFailure(uri, error);
    } finally {
      body.destroy();
    }
  }
}

/**
 * Moves what lies in `source` into `target`; what stands in the way goes. Hosts have ended, so nothing is copied.
 *
 * @returns how much it was
 */
async function mergeInto(target: string, source: string): Promise<number> {
  await mkdir(target, { recursive: true });
  const entries = await readdir(source, { withFileTypes: true });
  for (const entry of entries) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    const there = await lstat(to).catch(() => undefined);
    if (entry.isDirectory() && there?.isDirectory() === true) {
      await mergeInto(to, from);
      continue;
    }
    if (there !== undefined) await rm(to, { recursive: true, force: true });
    await rename(from, to);
  }
  return entries.length;
}

/** A file that could not be sent. */
export function uploadFileFailure(uri: string, error: unknown): JobFailure {
  if (hasCode(error, "ENOSPC", "EDQUOT")) return uploadFailure("Insufficient disk space", error);
  return uploadFailure(`Unable to upload file to ${uri} (${words(error)})`, error);
}

/** Something that could not be sent. */
export function uploadFailure(text: string, cause: unknown): JobFailure {
  return new JobFailure(`ClientError: Artifact upload failed:${text}`, { cause });
}
