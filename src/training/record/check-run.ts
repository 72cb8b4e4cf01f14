/** Whether what went into a run is still there, and still the same. Reads, and changes nothing. */

import { readFile } from "node:fs/promises";
import { translate } from "../../aws/translate.ts";
import { type Finding, SageMakerError } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { isS3Uri } from "../../transfer/s3-uri.ts";
import type { EstimatorOptions } from "../options.ts";
import { parseRunRecord, type RunChannel, type RunRecord } from "../run-record.ts";
import { folderDigest } from "./data-digest.ts";
import { bringsCode } from "./from-run.ts";
import { channelInS3 } from "./gather.ts";
import { askForImage } from "./image-digest.ts";
import { readRecord } from "./record-store.ts";
import { archiveAt, codePlace } from "./run-code.ts";

/**
 * A record from where it lies.
 *
 * @param place - an `s3://` URI of a `run.json`, or of the job's folder with a slash at its end; or a local path
 * @param session - whose S3
 * @param signal - ends the reading
 * @throws {@link SageMakerError} when there is none
 */
export async function loadRunRecord(
  place: string,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<RunRecord> {
  const file = place.endsWith("/") ? `${place}run.json` : place;
  if (!isS3Uri(file)) {
    const text = await readFile(file, { encoding: "utf8", signal }).catch((error: unknown) => {
      throw translate(error, `read the run record ${file}`);
    });
    return parseRunRecord(text, file);
  }
  const found = await readRecord(session, file, signal);
  if (found === undefined) {
    throw new SageMakerError(`There is no run record at ${file}.`);
  }
  return found.record;
}

/**
 * What of a run is gone, or is no longer what it was. What the caller puts in its place is not looked at.
 *
 * @param record - the run
 * @param changes - what the caller changes
 * @param session - where it shall run
 * @param signal - ends the work
 * @returns errors for what is gone, warnings for what has changed, notes for what could not be looked at
 */
export async function checkRun(
  record: RunRecord,
  changes: Partial<EstimatorOptions>,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const place = codePlace(record.request);
  const isOurs = !bringsCode(changes);
  const [image, code, ...channels] = await Promise.all([
    changes.imageUri === undefined ? checkImage(record, session, signal) : [],
    place?.isArchive && isOurs ? checkArchive(record, place.uri, session, signal) : [],
    ...Object.entries(record.channels).map(([name, channel]) => {
      const isCode = place !== undefined && channel.uri === place.uri;
      // An archive is looked at as such, also where it comes as a channel.
      return isCode && (place.isArchive || !isOurs)
        ? []
        : checkChannel({ name, isCode }, channel, typeOf(record, name), session, signal);
    }),
  ]);
  return [...image, ...code, ...channels.flat()];
}

/** The archive that the training toolkit fetches. */
async function checkArchive(
  { code }: RunRecord,
  uri: string,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const now = await archiveAt(uri, session, signal);
  if (now.unknown !== undefined) {
    return [note("sourceDir", now.unknown)];
  }
  if (now.files === 0) {
    return [codeIsGone(uri)];
  }
  return code?.etag === undefined || code.etag === now.digest
    ? []
    : [
        changed(
          "sourceDir",
          `The code at ${uri} is not that of the run: its ETag was ${code.etag}, and is ${now.digest}.`,
          GIVE_CODE,
        ),
      ];
}

const GIVE_CODE = "Give the run's code: changes: { sourceDir: …, entryPoint: … }";

function codeIsGone(uri: string): Finding {
  return {
    severity: "error",
    path: "sourceDir",
    message: `The code of the run is gone: nothing lies at ${uri}.`,
    hint: `${GIVE_CODE}.`,
  };
}

async function checkChannel(
  { name, isCode }: { readonly name: string; readonly isCode: boolean },
  before: RunChannel,
  type: string | undefined,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const { uri } = before;
  if (uri === undefined || (before.source !== "s3" && before.source !== "staged")) {
    return [];
  }
  const path = isCode ? "sourceDir" : `inputs.${name}`;
  const now = await channelInS3(uri, type, session, signal);
  if (now.unknown !== undefined) {
    return before.unknown === undefined ? [note(path, now.unknown)] : [];
  }
  if (now.files === 0 && isCode) {
    return [codeIsGone(uri)];
  }
  if (now.files === 0) {
    return [
      {
        severity: "error",
        path,
        message: `The data of the run are gone: nothing lies under ${uri}.`,
      },
    ];
  }
  const isSame =
    before.digest === undefined ||
    (before.digest === now.digest &&
      (before.source === "s3" || (before.files === now.files && before.bytes === now.bytes)));
  return isSame
    ? []
    : [
        changed(
          path,
          `The ${isCode ? "code" : "data"} under ${uri} ${isCode ? "is not that" : "are not those"} of the run: ${amount(before)} then, ${amount(now)} now.`,
          isCode ? GIVE_CODE : "Give the run's data to fit() from elsewhere",
        ),
      ];
}

async function checkImage(
  { image }: RunRecord,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const { kind, uri, digest } = image;
  if (uri === undefined || digest === undefined) {
    return [];
  }
  if (kind === "program") {
    const folder = await session.local?.program?.(uri);
    if (folder === undefined) {
      const message = `The program folder of the run is gone, or the local cloud does not know it: ${uri}.`;
      return [{ severity: "error", path: "imageUri", message }];
    }
    const now = await folderDigest(folder, signal);
    if (now.unknown !== undefined) return [note("imageUri", now.unknown)];
    return now.digest === digest
      ? []
      : [
          changed(
            "imageUri",
            `The program folder ${uri} is not what it was: its digest was ${digest}, and is ${now.digest}.`,
            "Bring it back to what it was",
          ),
        ];
  }
  if (kind !== "image" || session.local !== undefined) {
    return [];
  }
  const { facts, findings: found } = await askForImage(uri, { session, signal });
  const { imageDigest } = facts;
  const repository = uri.replace(/@.*$|:[^:/]*$/, "");
  return imageDigest === undefined || imageDigest === digest
    ? found
    : [
        ...found,
        changed(
          "imageUri",
          `The image ${uri} is not the one of the run: its digest was ${digest}, and is ${imageDigest}.`,
          `Name the run's own: changes: { imageUri: "${repository}@${digest}" }`,
        ),
      ];
}

function typeOf({ request }: RunRecord, channel: string): string | undefined {
  const channels = (request["InputDataConfig"] ?? []) as readonly {
    readonly ChannelName?: string;
    readonly DataSource?: { readonly S3DataSource?: { readonly S3DataType?: string } };
  }[];
  return channels.find(({ ChannelName }) => ChannelName === channel)?.DataSource?.S3DataSource
    ?.S3DataType;
}

function changed(path: string, message: string, hint: string): Finding {
  const otherwise = "or go on with what is there now: allowChanged: true";
  return { severity: "warning", path, message, hint: `${hint}, ${otherwise}.` };
}

function note(path: string, reason: string): Finding {
  return {
    severity: "note",
    path,
    message: `It was not checked whether it is the same: ${reason}`,
  };
}

function amount({ files, bytes }: Pick<RunChannel, "files" | "bytes">): string {
  return files === undefined ? "not listed" : `${files} files of ${bytes} bytes`;
}
