/** The end of a run into its record: by whoever sees it, as often as they like. */

import { translate } from "../../aws/translate.ts";
import { SageMakerError } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { listObjects } from "../../transfer/listing.ts";
import { anySignal, forEachBounded, orAbort } from "../../transfer/pool.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { WarningEvent } from "../events.ts";
import { outcomeOf, tellsEnd, withOutcome } from "../run-outcome.ts";
import {
  jobOutputUri,
  MOST_ARTIFACTS,
  type RunArtifact,
  type RunRecord,
  runRecordUri,
} from "../run-record.ts";
import type { JobDescription } from "../status-poller.ts";
import { changeRecord, readRecord } from "./record-store.ts";

/** So many objects are asked for their checksum, one call each; of the others size and ETag must do. */
const MOST_CHECKSUMS = 16;
const CHECKSUM = /^Checksum(?!Type)(.+)$/;

/** How an outcome is added. */
interface RecordEndOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onFound?: () => void;
}

/**
 * Adds the outcome of a job that has ended to its record.
 *
 * @param session - where the job ran
 * @param description - the last one
 * @param options - `signal`: ends the work; `onFound`: told that there is a record
 * @returns the record as it is now; `undefined` when the job has none
 * @throws SageMakerError when the record may not be read or written
 */
export async function recordEnd(
  session: Session,
  description: JobDescription,
  { signal, onFound }: RecordEndOptions = {},
): Promise<RunRecord | undefined> {
  const { TrainingJobName: name = "", OutputDataConfig } = description;
  const output = OutputDataConfig?.S3OutputPath ?? "";
  let found: Promise<Artifacts> | undefined;
  return await changeRecord(
    session,
    runRecordUri(output, name),
    async (record) => {
      onFound?.();
      if (record.job.arn !== description.TrainingJobArn || tellsEnd(record, description)) {
        return record;
      }
      found ??= listArtifacts(session, jobOutputUri(output, name), signal);
      const { artifacts, more } = await found;
      const outcome = outcomeOf(description, artifacts, more);
      return outcome === undefined ? record : withOutcome(record, outcome);
    },
    { kmsKeyId: OutputDataConfig?.KmsKeyId, signal },
  );
}

interface Artifacts {
  /** `undefined` when they could not be listed. */
  readonly artifacts: readonly RunArtifact[] | undefined;
  readonly more: boolean;
}

/**
 * The objects that a job left: names, sizes, ETags.
 *
 * @param session - whose S3
 * @param uri - the job's `output/`
 * @param signal - ends the listing
 * @throws the AWS SDK's error
 */
export async function listOutput(
  session: Session,
  uri: string,
  signal?: AbortSignal,
): Promise<{ readonly found: readonly RunArtifact[]; readonly more: boolean }> {
  const { bucket, key } = parseS3Uri(uri);
  const found: RunArtifact[] = [];
  const s3 = await session.clients.s3();
  for await (const object of listObjects({ s3, bucket, prefix: key, signal })) {
    if (found.length === MOST_ARTIFACTS) {
      return { found, more: true };
    }
    found.push({
      uri: `s3://${bucket}/${object.key}`,
      bytes: object.bytes,
      ...(object.etag !== undefined && { etag: object.etag.replaceAll('"', "") }),
    });
  }
  return { found, more: false };
}

/** The objects, with the checksums that S3 keeps. */
async function listArtifacts(
  session: Session,
  uri: string,
  signal: AbortSignal | undefined,
): Promise<Artifacts> {
  try {
    const { found, more } = await listOutput(session, uri, signal);
    const s3 = await session.clients.s3();
    const { bucket } = parseS3Uri(uri);
    const checksums = new Map<RunArtifact, Record<string, string>>();
    const asked = found.slice(0, MOST_CHECKSUMS);
    // What fails is left out: a caller who may list but not read has sizes and ETags.
    await forEachBounded(asked, { limit: 4, signal }, async (artifact) => {
      const Key = artifact.uri.slice(`s3://${bucket}/`.length);
      const head = await s3.headObject(
        { Bucket: bucket, Key, ChecksumMode: "ENABLED" },
        { ...(signal && { abortSignal: signal }) },
      );
      const own = Object.entries(head).flatMap(([name, value]): [string, string][] => {
        const algorithm = CHECKSUM.exec(name)?.[1];
        return algorithm !== undefined && typeof value === "string" ? [[algorithm, value]] : [];
      });
      if (own.length > 0) checksums.set(artifact, Object.fromEntries(own));
    });
    const artifacts = found.map((artifact) => {
      const own = checksums.get(artifact);
      return own === undefined ? artifact : { ...artifact, checksums: own };
    });
    return { artifacts, more };
  } catch (error) {
    signal?.throwIfAborted();
    session.logger.debug((translate(error, `list ${uri}`) as Error).message);
    return { artifacts: undefined, more: false };
  }
}

/** Nobody waits longer for an outcome to be written, in milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * Adds the outcome when a wait sees the end. Never rejects but for an abort.
 *
 * @param session - where the job ran
 * @param description - the last one
 * @param recorded - whether this process recorded the start; `undefined` when another did, if anybody
 * @param signal - ends the work
 * @returns what could not be written, for the caller to tell
 */
export async function recordSeenEnd(
  session: Session,
  description: JobDescription,
  recorded: Promise<boolean> | undefined,
  signal: AbortSignal | undefined,
): Promise<WarningEvent | undefined> {
  // That there is no record was told at the start.
  if ((await recorded) === false) {
    return undefined;
  }
  let isThere = recorded !== undefined;
  try {
    await recordEnd(session, description, {
      signal: anySignal(signal, AbortSignal.timeout(PATIENCE_MS)),
      onFound: () => {
        isThere = true;
      },
    });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    const { message } = translate(error, "write the run's outcome") as Error;
    if (!isThere) {
      // Most jobs that were not started here have no record, and S3 may refuse to say so.
      session.logger.debug(message);
      return undefined;
    }
    return {
      type: "warning",
      time: new Date(),
      code: "run-record",
      message: `${message} The run record has no outcome yet; job.runRecord() adds it.`,
    };
  }
}

/**
 * A job's record, with its outcome if the job has ended.
 *
 * @param session - where the job ran
 * @param description - what the service says of it now
 * @param signal - ends the work
 * @throws {@link SageMakerError} when there is none, or it may not be read
 */
export async function runRecordOf(
  session: Session,
  description: JobDescription,
  signal: AbortSignal | undefined,
): Promise<RunRecord> {
  const { TrainingJobName: name = "", OutputDataConfig } = description;
  const uri = runRecordUri(OutputDataConfig?.S3OutputPath ?? "", name);
  let record: RunRecord | undefined;
  try {
    record = await recordEnd(session, description, { signal });
  } catch (error) {
    // Who may read a record but not write it is told what lies there.
    record = (await readRecord(session, uri, signal).catch(orAbort(signal)))?.record;
    session.logger.warn((translate(error, `write the run record ${uri}`) as Error).message);
  }
  if (record === undefined) {
    throw new SageMakerError(
      `Training job ${name} has no run record at ${uri}: it was not started by this library's fit(), or the record was not written.`,
    );
  }
  return record;
}
