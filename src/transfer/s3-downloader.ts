/** Objects from any place in S3 to files, texts and bytes, as the Python SDK's S3Downloader does it. */

import { awsCall } from "../aws/translate.ts";
import { TransferError } from "../errors.ts";
import { Session } from "../session.ts";
import type { OnProgress } from "./progress.ts";
import { formatS3Uri, parseS3Uri } from "./s3-uri.ts";

/** Options of {@link S3Downloader}'s methods. */
export interface S3DownloaderOptions {
  /** Whose S3 is read. Default: `new Session()`. */
  readonly session?: Session | undefined;
  /** The account that must own the bucket; S3 refuses otherwise. Default: any. */
  readonly expectedBucketOwner?: string | undefined;
  /** Stops the download; what is whole stays, the rest does not. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the progress, a few times a second. Only `download()` tells any. */
  readonly onProgress?: OnProgress | undefined;
}

/** What is read into memory; more is for `download()`. */
const MOST_BYTES = 512 * 1024 * 1024;

/**
 * Downloads from S3. Objects encrypted with KMS are decrypted by S3; no key is named.
 *
 * @example
 * ```ts
 * const session = new Session();
 * const files = await S3Downloader.download("s3://my-bucket/results/", "results/", { session });
 * const config = JSON.parse(await S3Downloader.readFile("s3://my-bucket/config.json", { session }));
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: Python's class of that name
export class S3Downloader {
  /**
   * Downloads an object, or everything under a prefix. A URI that ends in `/` is a folder; any other is the object of that
   * key if there is one, else the folder of that name. Files that exist are replaced, each of them whole or not at all.
   *
   * @param s3Uri - the object or prefix
   * @param localPath - the folder that it goes to; made if need be
   * @param options - see {@link S3DownloaderOptions}
   * @returns the paths of the files
   * @throws {@link TransferError} when there is nothing, keys cannot be files in the folder, there is not enough space, or
   *   files failed: all of them are named
   */
  static async download(
    s3Uri: string,
    localPath: string,
    options: S3DownloaderOptions = {},
  ): Promise<string[]> {
    const { session = new Session(), ...rest } = options;
    const { downloadTree } = await import("./transfer-work.ts");
    return await downloadTree(s3Uri, localPath, { s3: await session.clients.s3(), ...rest });
  }

  /**
   * Reads an object as UTF-8 text.
   *
   * @param s3Uri - the object
   * @param options - see {@link S3DownloaderOptions}
   * @throws {@link SageMakerError} as {@link S3Downloader.readBytes}
   */
  static async readFile(s3Uri: string, options: S3DownloaderOptions = {}): Promise<string> {
    const bytes = await S3Downloader.readBytes(s3Uri, options);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  }

  /**
   * Reads an object into memory.
   *
   * @param s3Uri - the object, of at most 512 MiB
   * @param options - see {@link S3DownloaderOptions}
   * @throws {@link SageMakerError} when there is no such object, it is too large, or S3 refuses
   */
  static async readBytes(s3Uri: string, options: S3DownloaderOptions = {}): Promise<Uint8Array> {
    const { session = new Session(), expectedBucketOwner, signal } = options;
    const place = parseS3Uri(s3Uri);
    const { openObject, orAbort } = await import("./transfer-work.ts");
    const s3 = await session.clients.s3();
    return await awsCall(`read ${s3Uri}`, async () => {
      const object = await openObject({ s3, ...place, expectedBucketOwner, signal });
      return await readAll(object.chunks, object.bytes, s3Uri);
    }).catch(orAbort(signal));
  }

  /**
   * Lists objects.
   *
   * @param s3Uri - what their URIs begin with, as plain text: `s3://my-bucket/a` also lists `ab`
   * @param options - see {@link S3DownloaderOptions}
   * @returns their URIs, in the order of their keys' bytes
   * @throws {@link SageMakerError} when S3 refuses
   */
  static async list(s3Uri: string, options: S3DownloaderOptions = {}): Promise<string[]> {
    const { session = new Session(), expectedBucketOwner, signal } = options;
    const { bucket, key: prefix } = parseS3Uri(s3Uri);
    const { listObjects, orAbort } = await import("./transfer-work.ts");
    const s3 = await session.clients.s3();
    const uris: string[] = [];
    await awsCall(`list ${s3Uri}`, async () => {
      for await (const { key } of listObjects({
        s3,
        bucket,
        prefix,
        expectedBucketOwner,
        signal,
      })) {
        uris.push(formatS3Uri({ bucket, key }));
      }
    }).catch(orAbort(signal));
    return uris;
  }
}

async function readAll(
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
  uri: string,
): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafe(Math.min(bytes, MOST_BYTES));
  let position = 0;
  for await (const chunk of chunks) {
    if (bytes > MOST_BYTES) {
      throw new TransferError(
        `${uri} has ${bytes} bytes, too many to be read into memory. Bring it to a file with S3Downloader.download().`,
      );
    }
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}
