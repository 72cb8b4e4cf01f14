/** The outcome of a local job into its run record, which whoever started the job has left beside its output. */

import { setTimeout as delay } from "node:timers/promises";
import { outcomeOf, withOutcome } from "../../training/run-outcome.ts";
import {
  formatRunRecord,
  jobOutputUri,
  MOST_ARTIFACTS,
  parseRunRecord,
  type RunArtifact,
  type RunRecord,
  runRecordUri,
  WRITE_ATTEMPTS,
} from "../../training/run-record.ts";
import { formatS3Uri, parseS3Uri } from "../../transfer/s3-uri.ts";
import { ObjectStore } from "../services/s3/object-store.ts";
import { S3Error } from "../services/s3/s3-error.ts";
import { describeTrainingJob } from "../services/sagemaker/describe-training-job.ts";
import type { JobEntry, JobRecord } from "../services/sagemaker/job.ts";
import { foldJob } from "../services/sagemaker/job-state.ts";

/**
 * Adds the outcome of a job, if it has a record. Others may add it at the same time: nobody's words are lost.
 *
 * @param folder - the object store's
 * @param job - the job
 * @param entries - its journal, with the end that is about to be written
 * @returns the record as it is now; `undefined` when the job has none
 * @throws when the record cannot be read or written
 */
export async function addOutcome(
  folder: string,
  job: JobRecord,
  entries: readonly JobEntry[],
): Promise<RunRecord | undefined> {
  const description = describeTrainingJob(job, foldJob(job, entries));
  const output = String((description["OutputDataConfig"] as { S3OutputPath: string }).S3OutputPath);
  const { bucket, key } = parseS3Uri(runRecordUri(output, job.name));
  const objects = new ObjectStore(folder);
  for (let attempt = 1; ; attempt += 1) {
    const opened = await objects.open(bucket, key);
    if (opened === undefined) return undefined;
    const { info, handle } = opened;
    const text = await handle.readFile("utf8").finally(() => handle.close());
    const record = parseRunRecord(text, formatS3Uri({ bucket, key }));
    if (record.job.arn !== job.arn) return undefined;
    const { artifacts, more } = await artifactsOf(objects, jobOutputUri(output, job.name));
    const outcome = outcomeOf(description, artifacts, more);
    const changed = outcome === undefined ? record : withOutcome(record, outcome);
    if (changed === record) return record;
    try {
      await objects.put(bucket, key, Buffer.from(formatRunRecord(changed)), {
        headers: info.headers,
        metadata: info.metadata,
        tags: info.tags,
        condition: { etag: info.etag },
      });
      return changed;
    } catch (error) {
      const isConflict = error instanceof S3Error && error.code === "PreconditionFailed";
      if (!isConflict || attempt >= WRITE_ATTEMPTS) throw error;
      await delay(Math.random() * 20 * attempt);
    }
  }
}

async function artifactsOf(
  objects: ObjectStore,
  uri: string,
): Promise<{ artifacts: RunArtifact[]; more: boolean }> {
  const { bucket, key: prefix } = parseS3Uri(uri);
  const { objects: found, more } = await objects.list(bucket, { prefix, limit: MOST_ARTIFACTS });
  const artifacts = found.map(({ key, size, etag, checksums }) => ({
    uri: formatS3Uri({ bucket, key }),
    bytes: size,
    etag,
    ...(Object.keys(checksums).length > 0 && { checksums: { ...checksums } }),
  }));
  return { artifacts, more };
}
