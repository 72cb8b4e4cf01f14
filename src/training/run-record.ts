/**
 * What was run, exactly, and what came of it: `run.json` beside a job's output. The record as a value, for the core and for the
 * local cloud's runner. Pure.
 */

import { SageMakerError } from "../errors.ts";
import type { Redaction } from "./redact.ts";

/** The image, algorithm or program folder that was run. */
export interface RunImage {
  /** `image`: a container image. `program`: a program folder of the local cloud. `algorithm`: an algorithm's ARN. `none`: a serverless job. */
  readonly kind: "image" | "program" | "algorithm" | "none";
  /** The URI, folder or ARN as the request has it. */
  readonly uri?: string;
  /**
   * What it held: an image's digest as the registry has it, `sha256:…`; of a program folder the SHA-256 of its files, without
   * `node_modules` and `.git`.
   */
  readonly digest?: string;
  /** Why there is no digest. */
  readonly unknown?: string;
}

/** The state of the Git work tree that the code or the program folder lies in. */
export interface RunGit {
  /** The commit that is checked out. */
  readonly commit: string;
  /** Whether files differ from that commit, untracked ones included. */
  readonly dirty: boolean;
  /** The branch, unless none is checked out. */
  readonly branch?: string;
  /** Where it came from, without user and password. */
  readonly remote?: string;
}

/** The code that was run. */
export interface RunCode {
  /** The SHA-256 of what script mode delivered, in hexadecimal. */
  readonly digest?: string;
  /** Where it lies in S3: the archive for the training toolkit, or the files of the channel. */
  readonly uri?: string;
  /** The archive's ETag, as S3 has it. */
  readonly etag?: string;
  /** The work tree of `sourceDir` or, without it, of the program folder. */
  readonly git?: RunGit;
}

/** What a channel held. */
export interface RunChannel {
  /** Where the data lay: staged by this library, in S3 before, or not in S3. */
  readonly source: "staged" | "s3" | "file-system" | "dataset";
  /** The data's place: an `s3://` URI, a file system's path, an ARN. */
  readonly uri?: string;
  /** Staged data: the SHA-256 of names, sizes and contents. Data in S3: that of the listing: keys, sizes and ETags. */
  readonly digest?: string;
  /** How many files. */
  readonly files?: number;
  /** Their size in all, in bytes. */
  readonly bytes?: number;
  /** Why there is no digest. */
  readonly unknown?: string;
}

/** What the checkpoints' place held when the job was started. */
export interface RunCheckpoints {
  /** The `s3://` URI. */
  readonly uri: string;
  /** Nothing lay there: the job began from the beginning. `undefined` when that is not known. */
  readonly empty?: boolean;
}

/** One digest of everything that went in, by which the same run is found again. */
export interface RunDigest {
  /** A SHA-256 in hexadecimal; absent when something that went in has no digest of its own. */
  readonly value?: string;
  /** Why there is none: everything that is not known. */
  readonly unknown: readonly string[];
}

/** An object that a job left. */
export interface RunArtifact {
  /** Its `s3://` URI. */
  readonly uri: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Its ETag, without quotes. */
  readonly etag?: string;
  /** The checksum that S3 keeps of it, base64, by algorithm: `{ CRC64NVME: "…" }`. */
  readonly checksums?: Readonly<Record<string, string>>;
}

/** What came of a run. */
export interface RunOutcome {
  /** How it ended. */
  readonly status: "Completed" | "Failed" | "Stopped";
  /** `Completed`, `Failed`, `Stopped`, `MaxRuntimeExceeded` … */
  readonly secondaryStatus: string;
  /** Which of `instancePreferences` the service selected; absent without them, and before. */
  readonly instanceType?: string;
  /** How many of them. */
  readonly instanceCount?: number;
  /** The service's reason, when it failed; without secrets. */
  readonly failureReason?: string;
  /** When the training began, in ISO 8601. */
  readonly trainingStartedAt?: string;
  /** When it ended, in ISO 8601. */
  readonly trainingEndedAt?: string;
  /** Seconds of training on each instance. */
  readonly trainingSeconds?: number;
  /** Seconds paid for on each instance. */
  readonly billableSeconds?: number;
  /** The metrics' last values. */
  readonly metrics: Readonly<Record<string, number>>;
  /** What lies under the job's `output/`, in the order of keys; absent when it could not be listed. */
  readonly artifacts?: readonly RunArtifact[];
  /** There are more artifacts than are listed: so many are listed at most. */
  readonly moreArtifacts?: boolean;
}

/**
 * A run: what went in, and what came of it. Written to `<outputPath>/<job>/run.json` when a job is started; the outcome is added
 * by whoever sees the end.
 *
 * @example
 * ```ts
 * const record = await job.runRecord();
 * console.log(record.image.digest, record.channels["train"]?.digest, record.outcome?.metrics);
 * ```
 */
export interface RunRecord {
  /** The form of this record. */
  readonly schemaVersion: 1;
  /** The training job. */
  readonly job: {
    /** Its name. */
    readonly name: string;
    /** Its ARN. */
    readonly arn: string;
  };
  /** When it was started, in ISO 8601, by the launcher's clock. */
  readonly startedAt: string;
  /** The CreateTrainingJob request, in the service's words; `[redacted]` stands where a secret was. */
  readonly request: Readonly<Record<string, unknown>>;
  /** What was taken out of the request. */
  readonly redacted: readonly Redaction[];
  /** What was run. */
  readonly image: RunImage;
  /** The code, where it is known. */
  readonly code?: RunCode;
  /** What each channel held. */
  readonly channels: Readonly<Record<string, RunChannel>>;
  /** What the job could go on from, where checkpoints are kept. */
  readonly checkpoints?: RunCheckpoints;
  /** What identifies the run by all that went in. */
  readonly digest: RunDigest;
  /** Versions of what started it: `sagemaker-estimator`, `node`. */
  readonly versions: Readonly<Record<string, string>>;
  /** What came of it; absent until somebody has seen the end. */
  readonly outcome?: RunOutcome;
}

/** The tag that a job bears: the digest of all that went into it. */
export const RUN_DIGEST_TAG = "sagemaker-estimator:run-digest";
/** So many artifacts are listed at most. */
export const MOST_ARTIFACTS = 1000;
/** How often a change is tried again when somebody else's came in between. */
export const WRITE_ATTEMPTS = 8;

/**
 * Where a job's record lies.
 *
 * @param outputPath - the request's `S3OutputPath`
 * @param jobName - the job's name
 */
export function runRecordUri(outputPath: string, jobName: string): string {
  return `${jobFolderUri(outputPath, jobName)}run.json`;
}

/**
 * Where a job's artifacts lie; ends in a slash.
 *
 * @param outputPath - the request's `S3OutputPath`
 * @param jobName - the job's name
 */
export function jobOutputUri(outputPath: string, jobName: string): string {
  return `${jobFolderUri(outputPath, jobName)}output/`;
}

function jobFolderUri(outputPath: string, jobName: string): string {
  return `${outputPath.replace(/\/+$/, "")}/${jobName}/`;
}

/** A record as the object's text. */
export function formatRunRecord(record: RunRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/**
 * A record out of the object's text. Members that this version does not know are kept.
 *
 * @param text - the text
 * @param where - the URI or path, for the error
 * @throws {@link SageMakerError} when it is no record, or a newer one than this version reads
 */
export function parseRunRecord(text: string, where: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SageMakerError(`${where} is no run record: it is not JSON.`, { cause: error });
  }
  const { schemaVersion, job, request, channels } = (value ?? {}) as Partial<RunRecord>;
  if (typeof schemaVersion === "number" && schemaVersion > 1) {
    throw new SageMakerError(
      `${where} is a run record of version ${schemaVersion}; this version of sagemaker-estimator reads version 1. Update it.`,
    );
  }
  if (schemaVersion !== 1 || typeof job?.name !== "string" || !request || !channels) {
    throw new SageMakerError(
      `${where} is no run record: it lacks schemaVersion, job, request or channels.`,
    );
  }
  return value as RunRecord;
}

/**
 * JSON with the members of objects in the order of their names and without what is `undefined`: equal values have equal texts.
 *
 * @param value - what JSON can say
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(
          Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)),
        )
      : member,
  );
}
