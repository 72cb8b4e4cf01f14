/** What a launcher leaves of a run: its record beside the output, its digest as a tag, and an object by which it is found again. */

import { dirname } from "node:path";
import { awsErrorCode, translate } from "../../aws/translate.ts";
import type { Session } from "../../session.ts";
import { localPath } from "../../transfer/source.ts";
import type { TrainingJobEvent } from "../events.ts";
import { isLocalPath } from "../input-findings.ts";
import type { EstimatorOptions } from "../options.ts";
import type { PreparedJob } from "../prepare.ts";
import type { TrainingJobRequest } from "../request.ts";
import { RUN_DIGEST_TAG, type RunGit, type RunRecord, runRecordUri } from "../run-record.ts";
import { sentence } from "../sentence.ts";
import { gatherRun, type PreparedRun, versions } from "./gather.ts";
import { createRecord, put } from "./record-store.ts";
import { runDigest } from "./run-digest.ts";
import { indexEntryUri } from "./run-index.ts";

/** A job that was just created. */
export interface StartedRun {
  readonly name: string;
  readonly arn: string;
  readonly session: Session;
}

/** How a start is recorded. */
export interface RecordContext {
  readonly prepared: PreparedRun & Pick<PreparedJob, "needsDefaultBucket" | "codeGit">;
  /** The estimator's: where its code lies. */
  readonly options: Pick<EstimatorOptions, "sourceDir" | "entryPoint" | "gitConfig" | "imageUri">;
  /** As it was sent. */
  readonly request: TrainingJobRequest;
  /** Whether it is written down, or only gathered. */
  readonly write: boolean;
  /** Tells what could not be written. */
  readonly emit: (event: TrainingJobEvent) => void;
}

/** What came of recording a start. */
export interface RecordedStart {
  /** The record, as far as it could be gathered. */
  readonly record: RunRecord | undefined;
  /** Whether it lies beside the job's output. */
  readonly written: boolean;
}

/** The job runs and bills meanwhile: nobody waits longer for its record, in milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Records the start of a job. Never rejects: a job trains whether it is recorded or not, and what could not be written is told
 * as a warning.
 *
 * @param job - the job
 * @param context - what was started
 */
export async function recordStart(job: StartedRun, context: RecordContext): Promise<RecordedStart> {
  const { session } = job;
  const { prepared, request, write, emit } = context;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const warn = (code: string, message: string): void =>
    emit({ type: "warning", time: new Date(), code, message });
  let record: RunRecord | undefined;
  try {
    const startedAt = new Date().toISOString();
    const [run, git, own] = await Promise.all([
      gatherRun(request, prepared, session, signal),
      prepared.codeGit ??
        // Of code that is taken from where a run had it, the run's own record tells.
        (prepared.recordedCode ? undefined : gitOfCode(context.options, session, signal)),
      versions(),
    ]);
    record = {
      schemaVersion: 1,
      job: { name: job.name, arn: job.arn },
      startedAt,
      ...run,
      // The digest says what the code was; the commit says where to find it.
      ...((run.code ?? git) && { code: { ...run.code, ...(git && { git }) } }),
      digest: runDigest(run),
      versions: own,
    };
    if (!write) {
      return { record, written: false };
    }
    const uri = runRecordUri(request.OutputDataConfig?.S3OutputPath ?? "", job.name);
    const expectedBucketOwner = prepared.needsDefaultBucket
      ? await ownerOf(uri, session, signal)
      : undefined;
    const kmsKeyId = request.OutputDataConfig?.KmsKeyId;
    const [written] = await Promise.all([
      createRecord(session, uri, record, { kmsKeyId, expectedBucketOwner, signal }).then(
        () => true,
        (error: unknown) => {
          warn(
            "run-record",
            `${words(error, `write ${uri}`)} The job goes on without a run record.`,
          );
          return false;
        },
      ),
      record.digest.value === undefined
        ? undefined
        : publish(job, record, record.digest.value, uri, signal, warn),
    ]);
    return { record, written };
  } catch (error) {
    warn("run-record", `${words(error, "record the run")} The job goes on without a run record.`);
    return { record, written: false };
  }
}

/** The tag, and the entry in the index. */
async function publish(
  { name, arn, session }: StartedRun,
  record: RunRecord,
  digest: string,
  uri: string,
  signal: AbortSignal,
  warn: (code: string, message: string) => void,
): Promise<void> {
  const tag = async (): Promise<void> => {
    const sagemaker = await session.clients.sagemaker();
    await sagemaker.addTags(
      { ResourceArn: arn, Tags: [{ Key: RUN_DIGEST_TAG, Value: digest }] },
      { abortSignal: signal },
    );
  };
  const index = async (): Promise<void> => {
    const entry = { schemaVersion: 1, job: record.job, startedAt: record.startedAt, record: uri };
    await put(session, await indexEntryUri(session, digest, name, signal), JSON.stringify(entry), {
      expectedBucketOwner: await session.defaultBucketOwner({ signal }),
      signal,
    });
  };
  await Promise.all([
    tag().catch((error: unknown) =>
      warn(
        "run-tag",
        `${words(error, `tag training job ${name} with its run's digest`)} The job goes on without the tag.`,
      ),
    ),
    index().catch((error: unknown) => {
      // A default bucket that nothing else needs is not made for this; reuse makes it.
      if (awsErrorCode(error) === "NoSuchBucket") return;
      warn(
        "run-index",
        `${words(error, `note training job ${name} among the runs that can be reused`)} The job goes on, and reuse will not find it.`,
      );
    }),
  ]);
}

/** The work tree that the code of this machine lies in: `sourceDir`, the entry point's folder, or the program folder. */
async function gitOfCode(
  { sourceDir, entryPoint, gitConfig, imageUri = "" }: RecordContext["options"],
  session: Session,
  signal: AbortSignal,
): Promise<RunGit | undefined> {
  if (gitConfig !== undefined) {
    return undefined;
  }
  const script = sourceDir ?? (entryPoint && dirname(entryPoint));
  const folder =
    script === undefined ? await session.local?.program?.(imageUri) : isLocalPath(script) && script;
  if (!folder) {
    return undefined;
  }
  const { gitState } = await import("../code/git-state.ts");
  return await gitState(localPath(folder), signal);
}

async function ownerOf(
  uri: string,
  session: Session,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bucket = await session.defaultBucketName({ signal });
  return uri.startsWith(`s3://${bucket}/`)
    ? await session.defaultBucketOwner({ signal })
    : undefined;
}

function words(error: unknown, action: string): string {
  const ours = translate(error, action);
  const message = ours instanceof Error ? ours.message : String(ours);
  return sentence(message);
}
