/** Code as the archive that the SageMaker training toolkit in an image unpacks, at the place where Python puts it. */

import { createHash } from "node:crypto";
import type { Finding } from "../../errors.ts";
import { formatS3Uri, parseS3Uri, s3PathJoin } from "../../transfer/s3-uri.ts";
import type { Source } from "../../transfer/source.ts";
import {
  type ArchivePlace,
  findArchive,
  MOST_COPIED_BYTES,
  stageArchive,
} from "../../transfer/stage-archive.ts";
import type { EstimatorOptions } from "../options.ts";
import type { PreparedUpload } from "../prepared.ts";
import { codeChannel } from "./channel-delivery.ts";
import { CODE_CHANNEL } from "./code-channels.ts";
import { codePath } from "./code-path.ts";
import { type CodeContext, NO_CODE, type PreparedCode } from "./prepared-code.ts";
import { DEFAULT_LOG_LEVEL, inChannel, toolkitHyperparameters } from "./toolkit-hyperparameters.ts";

const ARCHIVE = "sourcedir.tar.gz";

/** Code of this machine. */
interface ToolkitCode {
  readonly source: Source;
  readonly entryPoint: string;
}

/**
 * Code of this machine, packed.
 *
 * @param options - the estimator's
 * @param code - the code
 * @param findings - what is wrong with it, no error among them
 * @param context - the session, the job, and how to go about it
 */
export async function toolkitDelivery(
  options: EstimatorOptions,
  { source, entryPoint }: ToolkitCode,
  findings: readonly Finding[],
  context: CodeContext,
): Promise<PreparedCode> {
  if (source.bytes > MOST_COPIED_BYTES / 2) {
    const message = `The code has ${source.bytes} bytes; at most ${MOST_COPIED_BYTES / 2} go into an archive.`;
    const hint = "Data belongs in a channel; a .sagemakerignore leaves it out of the code.";
    return {
      ...NO_CODE,
      findings: [...findings, { severity: "error", path: "sourceDir", message, hint }],
    };
  }
  const { session, ask, signal } = context;
  const place = await archivePlace(options, source, context);
  const { present, problem } = ask
    ? await findArchive(place, { session, signal })
    : { present: undefined, problem: undefined };
  const uri = formatS3Uri(place.target);
  const upload: PreparedUpload = {
    planned: {
      ...{ channel: CODE_CHANNEL, source: source.label, uri },
      ...{ files: source.files.length, bytes: source.bytes, present },
    },
    digest: source.digest,
    // What was uploaded for another job is copied for this one.
    always: true,
    stage: (stage) => stageArchive(source, place, stage),
  };
  const note: Finding[] =
    problem instanceof Error
      ? [
          {
            severity: "note",
            path: "sourceDir",
            message: `It was not checked whether this is staged already: ${problem.message}`,
          },
        ]
      : [];
  return {
    ...(await submitted(options, uri, entryPoint, context)),
    findings: [...findings, ...note],
    uploads: [upload],
    digest: source.digest,
  };
}

/**
 * An archive that lies in S3 already, used as it is.
 *
 * @param options - the estimator's
 * @param findings - what is wrong with it, no error among them
 * @param context - the session, the job, and how to go about it
 */
export async function toolkitDeliveryFromS3(
  options: EstimatorOptions,
  findings: readonly Finding[],
  context: CodeContext,
): Promise<PreparedCode> {
  const { sourceDir = "", entryPoint = "" } = options;
  return { ...(await submitted(options, sourceDir, codePath(entryPoint), context)), findings };
}

/** How the toolkit is told; without a network the archive comes as a channel. */
async function submitted(
  { enableNetworkIsolation, containerLogLevel = DEFAULT_LOG_LEVEL }: EstimatorOptions,
  uri: string,
  program: string,
  context: CodeContext,
): Promise<PreparedCode> {
  return {
    ...NO_CODE,
    channels: enableNetworkIsolation ? [codeChannel(CODE_CHANNEL, uri, context)] : [],
    hyperparameters: toolkitHyperparameters({
      ...{ program, logLevel: containerLogLevel, jobName: context.jobName },
      submitDirectory: enableNetworkIsolation ? inChannel(uri) : uri,
      region: await context.session.region(),
    }),
  };
}

/**
 * Python's places: `<codeLocation>/<job>/source/`, else the output's bucket without the output's prefix, else the default bucket
 * with its own. The shared archive lies in the same bucket, so that whoever may write the one may write the other.
 */
async function archivePlace(
  options: EstimatorOptions,
  source: Source,
  context: CodeContext,
): Promise<ArchivePlace> {
  const { codeLocation, outputKmsKey, outputPath } = options;
  const { session, jobName } = context;
  const output = parseS3Uri(context.outputPath).bucket;
  const isDefault = codeLocation === undefined && outputPath === undefined;
  const { bucket, key: prefix } =
    codeLocation === undefined
      ? { bucket: output, key: isDefault ? (await context.home.get()).prefix : "" }
      : parseS3Uri(codeLocation);
  const kmsKey = bucket === output ? outputKmsKey : undefined;
  const { encryptRepackedArtifacts = !session.clients.isForeign("s3") } = session.settings;
  // One content under two keys is two objects: a copy would have to read the one that the other's readers may not.
  const sealed = kmsKey === undefined ? "" : `-${sha256(kmsKey).slice(0, 16)}`;
  const shared = s3PathJoin(prefix, "sagemaker-estimator/code", `${source.digest}${sealed}`);
  return {
    shared: { bucket, key: s3PathJoin(shared, ARCHIVE) },
    target: { bucket, key: s3PathJoin(prefix, jobName, "source", ARCHIVE) },
    ...{ kmsKey, useKms: encryptRepackedArtifacts },
    expectedBucketOwner: await bucketOwner(bucket, context),
  };
}

/** A name that anyone can guess, and may have taken. Asked for only where the bucket may be it. */
async function bucketOwner(bucket: string, { session, signal }: CodeContext) {
  if (!/^sagemaker-[a-z0-9-]+-\d{12}$/.test(bucket)) {
    return undefined;
  }
  const options = signal === undefined ? {} : { signal };
  return bucket === (await session.defaultBucketName(options))
    ? await session.defaultBucketOwner(options)
    : undefined;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
