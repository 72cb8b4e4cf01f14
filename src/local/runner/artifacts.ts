/** What a job leaves: model and output, from the hosts' folders to the object store. */

import { createReadStream } from "node:fs";
import { lstat, mkdir, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { packTarGz } from "../../transfer/archive.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { HostFolder } from "../opt-ml.ts";
import { hasCode } from "../services/s3/node-errors.ts";
import type { ObjectStore } from "../services/s3/object-store.ts";
import { JobFailure } from "./failure-reason.ts";

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
      for (const { ml } of others) await mergeInto(merged, join(ml, folder));
      if (await isEmpty(merged)) continue;
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
    await store.put(bucket, key, archive);
  } catch (error) {
    throw fileFailure(uri, error);
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
    const path = relative(folder, file).split(sep).join("/");
    const uri = `${outputFolder(outputPath, jobName)}/${name}/${path}`;
    const body = createReadStream(file);
    try {
      const { bucket, key } = parseS3Uri(uri);
      await store.put(bucket, key, body);
    } catch (error) {
      throw fileFailure(uri, error);
    } finally {
      body.destroy();
    }
  }
}

/** All files, and those that links inside the folder lead to. What a link elsewhere leads to is not the job's to give away. */
async function* plainFiles(folder: string): AsyncGenerator<string> {
  const root = await realpath(folder);
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) yield path;
      else if (entry.isSymbolicLink()) {
        const target = await realpath(path).catch(() => "");
        if (target.startsWith(`${root}${sep}`) && (await stat(target)).isFile()) yield path;
      }
    }
  }
}

/** Moves what lies in `source` into `target`; what stands in the way goes. Hosts have ended, so nothing is copied. */
async function mergeInto(target: string, source: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    const there = await lstat(to).catch(() => undefined);
    if (entry.isDirectory() && there?.isDirectory() === true) {
      await mergeInto(to, from);
      continue;
    }
    if (there !== undefined) await rm(to, { recursive: true, force: true });
    await rename(from, to);
  }
}

/** A program may have removed the folder: it wrote nothing then. */
async function isEmpty(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  });
  return names.length === 0;
}

function fileFailure(uri: string, error: unknown): JobFailure {
  if (hasCode(error, "ENOSPC", "EDQUOT")) return uploadFailure("Insufficient disk space", error);
  return uploadFailure(`Unable to upload file to ${uri} (${words(error)})`, error);
}

function uploadFailure(text: string, cause: unknown): JobFailure {
  return new JobFailure(`ClientError: Artifact upload failed:${text}`, { cause });
}

function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${String(error.code)}: ${error.message}` : error.message;
}
