/** Where the files of defaults lie, and their texts: on this machine or in S3. */

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { isAbsolute, join, posix, win32 } from "node:path";
import { awsErrorCode, awsErrorStatus, isAbort, translate } from "../aws/translate.ts";
import type { S3 } from "../aws/types.ts";
import type { Environment } from "../environment.ts";
import { SageMakerError } from "../errors.ts";
import { formatS3Uri, isS3Uri, parseS3Uri } from "../transfer/s3-uri.ts";

/** One place to look at. */
export interface ConfigPlace {
  /** A file, a folder, or an `s3://` URI of one. */
  readonly location: string;
  /** The environment variable that names it; `undefined` for the place where nothing need be. */
  readonly variable: string | undefined;
}

/** The machine that the places belong to. */
export interface Machine {
  /** As `process.platform`. */
  readonly platform: NodeJS.Platform;
  /** The home folder. */
  readonly home: string;
}

/** A file that was found. */
export interface ConfigText {
  /** Its path or URI. */
  readonly name: string;
  readonly text: string;
}

const APP = "sagemaker";
const FILE = "config.yaml";
/** A configuration has a few kilobytes; whatever is larger is something else. */
const MAX_BYTES = 1024 * 1024;

/**
 * The administrator's place, then the user's, as the Python SDK has them on each platform.
 *
 * @param environment - overrides, and where the platform's folders lie
 * @param machine - the platform and the home folder
 */
export function configPlaces(environment: Environment["config"], machine: Machine): ConfigPlace[] {
  const { adminOverride, userOverride } = environment;
  return [
    adminOverride === ""
      ? { location: siteFile(environment, machine), variable: undefined }
      : { location: adminOverride, variable: "SAGEMAKER_ADMIN_CONFIG_OVERRIDE" },
    userOverride === ""
      ? { location: userFile(environment, machine), variable: undefined }
      : { location: userOverride, variable: "SAGEMAKER_USER_CONFIG_OVERRIDE" },
  ];
}

function siteFile(environment: Environment["config"], { platform }: Machine): string {
  if (platform === "win32") {
    return win32.join(environment.programData || "C:\\ProgramData", APP, APP, FILE);
  }
  const [first = ""] = environment.xdgConfigDirs.split(":").filter((folder) => isAbsolute(folder));
  const standard = platform === "darwin" ? "/Library/Application Support" : "/etc/xdg";
  return posix.join(first || standard, APP, FILE);
}

function userFile(environment: Environment["config"], { platform, home }: Machine): string {
  if (platform === "win32") {
    const base = environment.localAppData || win32.join(home, "AppData", "Local");
    return win32.join(base, APP, APP, FILE);
  }
  const { xdgConfigHome } = environment;
  const standard = platform === "darwin" ? "Library/Application Support" : ".config";
  const base = isAbsolute(xdgConfigHome) ? xdgConfigHome : posix.join(home, standard);
  return posix.join(base, APP, FILE);
}

/**
 * The text at a place on this machine; `undefined` where nothing is.
 *
 * @param location - a file, or a folder that holds `config.yaml`
 * @throws {@link SageMakerError} when it cannot be read, or is too large
 */
export async function readLocalConfig(
  location: string,
  signal: AbortSignal | undefined,
): Promise<ConfigText | undefined> {
  const name = (await isFolder(location)) ? join(location, FILE) : location;
  if ((await isFolder(name)) !== false) {
    return undefined;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Read to one byte beyond the limit: a device has no size that could be asked for.
    for await (const chunk of createReadStream(name, { end: MAX_BYTES, signal })) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    if (isAbort(error)) {
      throw signal?.reason ?? error;
    }
    throw new SageMakerError(`The defaults in ${name} cannot be read: ${words(error)}.`, {
      cause: error,
    });
  }
  refuseLarge(name, bytes);
  return { name, text: Buffer.concat(chunks).toString("utf8") };
}

/** `undefined` where nothing is, or nothing that this user may know of. */
async function isFolder(path: string): Promise<boolean | undefined> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return undefined;
  }
}

/**
 * The text at a place in S3; `undefined` where nothing is.
 *
 * @param uri - an object, or a folder that holds `config.yaml`
 * @throws {@link SageMakerError} when it cannot be read, or is too large
 */
export async function readS3Config(
  uri: string,
  s3: S3,
  signal: AbortSignal | undefined,
): Promise<ConfigText | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  const inFolder = posix.join(key, FILE);
  const keys = key === "" || key.endsWith("/") ? [inFolder] : [key, inFolder];
  let denied: unknown;
  for (const candidate of keys) {
    try {
      return await getText(s3, bucket, candidate, signal);
    } catch (error) {
      if (awsErrorCode(error) === "NoSuchBucket") {
        return undefined;
      }
      // Who may not list a bucket is denied what is not there.
      if (awsErrorStatus(error) === 403) {
        denied ??= error;
      } else if (awsErrorStatus(error) !== 404) {
        throw translate(error, `read the defaults in ${formatS3Uri({ bucket, key: candidate })}`);
      }
    }
  }
  if (denied !== undefined) {
    throw translate(denied, `read the defaults in ${uri}`);
  }
  return undefined;
}

async function getText(
  s3: S3,
  bucket: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ConfigText> {
  const name = formatS3Uri({ bucket, key });
  const { Body, ContentLength = 0 } = await s3.getObject(
    { Bucket: bucket, Key: key },
    { ...(signal && { abortSignal: signal }) },
  );
  if (ContentLength > MAX_BYTES && Body !== undefined && "destroy" in Body) {
    Body.destroy();
  }
  refuseLarge(name, ContentLength);
  return { name, text: (await Body?.transformToString("utf8")) ?? "" };
}

function refuseLarge(name: string, bytes: number): void {
  if (bytes > MAX_BYTES) {
    throw new SageMakerError(
      `${name} has more than ${MAX_BYTES} bytes, which no configuration has. Name the right file.`,
    );
  }
}

/** Whether a place lies in S3. */
export function isInS3({ location }: ConfigPlace): boolean {
  return isS3Uri(location);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
