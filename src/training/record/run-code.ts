/** The code of a run: where it lies, and what it is. Reads S3; changes nothing. */

import { awsErrorStatus } from "../../aws/translate.ts";
import type { Session } from "../../session.ts";
import { isS3Uri, parseS3Uri } from "../../transfer/s3-uri.ts";
import { CODE_CHANNEL } from "../code/code-channels.ts";
import { parsedText, SUBMIT_DIRECTORY } from "../code/toolkit-hyperparameters.ts";
import type { RunCode } from "../run-record.ts";
import { type DataDigest, reason } from "./data-digest.ts";

/** What of a request tells where the code is. */
interface CodeRequest {
  readonly HyperParameters?: Readonly<Record<string, string>> | undefined;
  readonly AlgorithmSpecification?:
    | { readonly ContainerEntrypoint?: readonly string[] | undefined }
    | undefined;
  readonly InputDataConfig?:
    | readonly {
        readonly ChannelName?: string | undefined;
        readonly DataSource?:
          | { readonly S3DataSource?: { readonly S3Uri?: string | undefined } | undefined }
          | undefined;
      }[]
    | undefined;
}

/** Where script mode's code lies in S3. */
export interface CodePlace {
  readonly uri: string;
  /** One object, which the training toolkit unpacks. Else plain files in a channel. */
  readonly isArchive: boolean;
}

/**
 * Where a request's code lies; `undefined` without script mode, and where that cannot be told.
 *
 * @param request - as it is sent
 */
export function codePlace(request: CodeRequest): CodePlace | undefined {
  const { HyperParameters, AlgorithmSpecification, InputDataConfig = [] } = request;
  const channel = InputDataConfig.find(({ ChannelName }) => ChannelName === CODE_CHANNEL);
  const channelUri = channel?.DataSource?.S3DataSource?.S3Uri;
  const submitted = parsedText(HyperParameters?.[SUBMIT_DIRECTORY]);
  if (submitted !== undefined) {
    // Without a network the archive comes as a channel.
    const uri = isS3Uri(submitted) ? submitted : channelUri;
    return uri === undefined ? undefined : { uri, isArchive: true };
  }
  const [, script = ""] = AlgorithmSpecification?.ContainerEntrypoint ?? [];
  return channelUri !== undefined && startsDriver(script)
    ? { uri: channelUri, isArchive: false }
    : undefined;
}

/** Whether a container's entry point is script mode's driver, by its second word. */
function startsDriver(script: string): boolean {
  return /^\/opt\/ml\/input\/data\/(?:code\/\.sagemaker|sagemaker_driver)\/run\.sh$/.test(script);
}

/**
 * What is known of a run's code.
 *
 * @param request - as it is sent
 * @param known - `digest`: of code that was prepared for this run; `recorded`: the code of the run that this one repeats
 * @param session - whose S3
 * @param signal - stops the asking
 */
export async function codeOfRun(
  request: CodeRequest,
  known: { readonly digest: string | undefined; readonly recorded: RunCode | undefined },
  session: Session,
  signal: AbortSignal | undefined,
): Promise<RunCode | undefined> {
  const { digest, recorded } = known;
  const place = codePlace(request);
  if (place === undefined) {
    return digest === undefined ? undefined : { digest };
  }
  // Before it is staged, there is none.
  const etag = place.isArchive ? (await archiveAt(place.uri, session, signal)).digest : undefined;
  const found = { uri: place.uri, ...(etag !== undefined && { etag }) };
  if (digest !== undefined) {
    return { ...found, digest };
  }
  // That plain files are the same, their channel's digest says.
  const isRecorded = recorded?.uri === place.uri && recorded.etag === etag;
  return isRecorded ? { ...recorded, ...found } : found;
}

/**
 * An archive, by its ETag; no files where there is none.
 *
 * @param uri - where it lies
 * @param session - whose S3
 * @param signal - stops the asking
 */
export async function archiveAt(
  uri: string,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<DataDigest> {
  try {
    const { bucket, key } = parseS3Uri(uri);
    const s3 = await session.clients.s3();
    const { ETag, ContentLength: bytes } = await s3.headObject(
      { Bucket: bucket, Key: key },
      { ...(signal && { abortSignal: signal }) },
    );
    return {
      ...(ETag !== undefined && { digest: ETag.replaceAll('"', "") }),
      ...(bytes !== undefined && { bytes }),
      files: 1,
    };
  } catch (error) {
    return awsErrorStatus(error) === 404
      ? { files: 0 }
      : { unknown: reason(error, `look at ${uri}`, signal) };
  }
}
