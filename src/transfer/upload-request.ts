/** One object to be made in S3, in the words of S3's requests and of messages. */

import { createHash } from "node:crypto";
import { awsCall, isAbort } from "../aws/translate.ts";
import { TransferError } from "../errors.ts";
import type { Content } from "./content.ts";
import { describeFsError } from "./file-tree.ts";
import { formatS3Uri } from "./s3-uri.ts";

/** One object to be made. */
export interface UploadRequest {
  /** What is sent. */
  readonly content: Content;
  /** What it is called in messages. */
  readonly label: string;
  /** The bucket. */
  readonly bucket: string;
  /** The key. */
  readonly key: string;
  /** What the contents must be: they are checked before the object comes into being. */
  readonly expected?: { readonly bytes: number; readonly sha256: string } | undefined;
  /** A KMS key to encrypt with. Default: see `useKms`. */
  readonly kmsKey?: string | undefined;
  /** Without a key of one's own: encrypts with the account's `aws/s3` key. Default: `false`, as the bucket is set up. */
  readonly useKms?: boolean | undefined;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
}

/** What S3 is asked for with each request about an object. */
export interface Place {
  readonly Bucket: string;
  readonly Key: string;
  readonly ExpectedBucketOwner?: string;
}

/** The error for contents that are not what they were. */
export function changed(request: UploadRequest): TransferError {
  const message = `${request.label} changed while it was read, so it was not uploaded. Let whatever writes it finish, and try again.`;
  return new TransferError(message, [{ source: request.label, cause: new Error("changed") }]);
}

/** Reads, and names the contents in what goes wrong. */
export async function reading<T>(request: UploadRequest, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new TransferError(
      `${request.label} ${describeFsError(error)}.`,
      [{ source: request.label, cause: error }],
      { cause: error },
    );
  }
}

/** Asks S3, and names contents and place in what goes wrong. */
export async function call<T>(request: UploadRequest, send: () => Promise<T>): Promise<T> {
  try {
    return await awsCall(`upload ${request.label} to ${uri(request)}`, send);
  } catch (error) {
    throw isAbort(error) ? error : asTransferError(request.label, error);
  }
}

function asTransferError(source: string, error: unknown): TransferError {
  return new TransferError((error as Error).message, [{ source, cause: error }], { cause: error });
}

/** Where the object lies. */
export function uri({ bucket, key }: UploadRequest): string {
  return formatS3Uri({ bucket, key });
}

/** What names the object in each request. */
export function place({ bucket, key, expectedBucketOwner }: UploadRequest): Place {
  return {
    Bucket: bucket,
    Key: key,
    ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
  };
}

/** How the object is to be encrypted. */
export function encryption({
  kmsKey,
  useKms = false,
}: Pick<UploadRequest, "kmsKey" | "useKms">): Encryption {
  if (kmsKey !== undefined) {
    return { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey };
  }
  return useKms ? { ServerSideEncryption: "aws:kms" } : {};
}

/** Members of S3's requests about encryption. */
export interface Encryption {
  readonly ServerSideEncryption?: "aws:kms";
  readonly SSEKMSKeyId?: string;
}

/** The SHA-256 of bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** S3's form of a CRC32: four bytes, the highest first, in base64. */
export function base64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}
