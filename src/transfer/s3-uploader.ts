/** Local files, texts and bytes to any place in S3, as the Python SDK's S3Uploader does it. */

import { awsCall } from "../aws/translate.ts";
import { TransferError } from "../errors.ts";
import { Session } from "../session.ts";
import type { TreeFile } from "./file-tree.ts";
import type { OnProgress } from "./progress.ts";
import { formatS3Uri, parseS3Uri } from "./s3-uri.ts";

/** Options of {@link S3Uploader}'s methods. */
export interface S3UploaderOptions {
  /** Whose S3 it goes to. Default: `new Session()`. */
  readonly session?: Session | undefined;
  /** The id or ARN of a KMS key to encrypt with (SSE-KMS). Default: as the bucket is set up. */
  readonly kmsKey?: string | undefined;
  /** The account that must own the bucket; S3 refuses otherwise. Default: any. */
  readonly expectedBucketOwner?: string | undefined;
  /** Stops the upload; no part of a file stays behind. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the progress, a few times a second. */
  readonly onProgress?: OnProgress | undefined;
}

const FILES_AT_A_TIME = 16;

/**
 * Uploads to S3.
 *
 * @example
 * ```ts
 * const session = new Session();
 * await S3Uploader.upload("data/", "s3://my-bucket/data", { session });
 * await S3Uploader.uploadStringAsFileBody("{}", "s3://my-bucket/config.json", { session });
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: Python's class of that name
export class S3Uploader {
  /**
   * Uploads a file or a folder. What belongs to a folder is what staging takes: links are followed, hidden files included.
   *
   * @param localPath - a file or folder, as a path or a `file://` URL
   * @param desiredS3Uri - the prefix that the file's name, or the names below the folder, are added to
   * @param options - see {@link S3UploaderOptions}
   * @returns the URI of the file, or `desiredS3Uri` for a folder
   * @throws {@link TransferError} when files cannot be read or sent: all of them are named
   */
  static async upload(
    localPath: string | URL,
    desiredS3Uri: string,
    options: S3UploaderOptions = {},
  ): Promise<string> {
    const { session = new Session(), kmsKey, expectedBucketOwner, signal, onProgress } = options;
    const { bucket, key } = parseS3Uri(desiredS3Uri);
    const work = await import("./transfer-work.ts");
    const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
    const { files, problems, isFolder } = await work.walkTree(work.localPath(localPath), {
      signal,
    });
    if (problems.length > 0) {
      throw work.treeError(String(localPath), problems);
    }
    const meter = new work.ProgressMeter({
      phase: "stage",
      totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      totalFiles: files.length,
      onProgress,
    });
    const uploader = new work.Uploader(await session.clients.s3(), {
      signal,
      onBytes: (bytes) => meter.addBytes(bytes),
    });
    const send = async ({ name, path }: TreeFile): Promise<void> => {
      await uploader.upload({
        content: path,
        label: path,
        bucket,
        key: `${prefix}${name}`,
        kmsKey,
        expectedBucketOwner,
      });
      meter.addFile();
    };
    const failures = await work.forEachBounded(files, { limit: FILES_AT_A_TIME, signal }, send);
    if (failures.length > 0) {
      throw work.failedFiles(
        `${failures.length} files of ${localPath} were not uploaded`,
        failures,
      );
    }
    meter.end();
    return isFolder
      ? desiredS3Uri
      : formatS3Uri({ bucket, key: `${prefix}${files[0]?.name ?? ""}` });
  }

  /**
   * Uploads text, as UTF-8.
   *
   * @param body - the text
   * @param desiredS3Uri - the object
   * @param options - see {@link S3UploaderOptions}
   * @returns `desiredS3Uri`
   * @throws {@link SageMakerError} when the URI names no object, or S3 refuses
   */
  static async uploadStringAsFileBody(
    body: string,
    desiredS3Uri: string,
    options: S3UploaderOptions = {},
  ): Promise<string> {
    return await S3Uploader.uploadBytes(Buffer.from(body), desiredS3Uri, options);
  }

  /**
   * Uploads bytes, or a stream of them, whose length need not be known.
   *
   * @param b - the bytes
   * @param desiredS3Uri - the object
   * @param options - see {@link S3UploaderOptions}
   * @returns `desiredS3Uri`
   * @throws {@link SageMakerError} when the URI names no object, or S3 refuses
   */
  static async uploadBytes(
    b: Uint8Array | AsyncIterable<Uint8Array>,
    desiredS3Uri: string,
    options: S3UploaderOptions = {},
  ): Promise<string> {
    const { session = new Session(), kmsKey, expectedBucketOwner, signal, onProgress } = options;
    const { bucket, key } = parseS3Uri(desiredS3Uri);
    if (key === "" || key.endsWith("/")) {
      throw new TransferError(`${desiredS3Uri} names no object: add a file's name.`);
    }
    const work = await import("./transfer-work.ts");
    const meter = new work.ProgressMeter({
      phase: "stage",
      totalFiles: 1,
      ...(b instanceof Uint8Array && { totalBytes: b.length }),
      onProgress,
    });
    const s3 = await session.clients.s3();
    if (b instanceof Uint8Array) {
      const onBytes = (bytes: number): void => meter.addBytes(bytes);
      await new work.Uploader(s3, { signal, onBytes }).upload({
        content: b,
        label: "the contents",
        bucket,
        key,
        kmsKey,
        expectedBucketOwner,
      });
    } else {
      let loaded = 0;
      await awsCall(`upload a stream to ${desiredS3Uri}`, async () => {
        await work.uploadStream({
          s3,
          bucket,
          key,
          body: b,
          parameters: {
            ...(kmsKey !== undefined && { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey }),
            ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
          },
          signal,
          onLoaded: (bytes) => {
            meter.addBytes(bytes - loaded);
            loaded = bytes;
          },
        });
      }).catch(work.orAbort(signal));
    }
    meter.addFile();
    meter.end();
    return desiredS3Uri;
  }
}
