/** Multipart uploads on disk. That one is under way stands in its bucket's journal; its parts lie in a folder of its own. */

import { randomUUID } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BodySource, readStretch, writeBody } from "./body-file.ts";
import type {
  ChecksumAlgorithm,
  Checksums,
  Entry,
  Upload,
  WriteCondition,
} from "./bucket-journal.ts";
import type { BucketStore } from "./bucket-store.ts";
import { checksumAlgorithms } from "./checksums.ts";
import { checkDigests, checksumMismatch, type ExpectedDigests } from "./digest-check.ts";
import { hasCode } from "./node-errors.ts";
import type { ObjectInfo } from "./object-info.ts";
import { chooseParts, compositeChecksum, multipartEtag, type NamedPart } from "./part-choice.ts";
import { appendPart, createPartList, readParts, type UploadedPart } from "./part-list.ts";
import { S3Error } from "./s3-error.ts";

/** How an upload begins. */
export interface BeginOptions {
  /** Headers of the object to be, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** User metadata of the object to be. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** The checksum that every part has, and the object. Default: none. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
  /** Of what the object's checksum is. Default: of the checksums of the parts. */
  readonly checksumType?: "FULL_OBJECT" | "COMPOSITE" | undefined;
}

/** What the uploader says of a part. */
export interface PartOptions {
  readonly algorithms?: readonly ChecksumAlgorithm[];
  readonly expected?: ExpectedDigests;
  /** Checksums that come behind the body: asked for when it has been read. */
  readonly trailing?: (() => Checksums) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the completing request says besides the parts. */
export interface CompleteOptions {
  readonly condition?: WriteCondition | undefined;
  /** Of the whole object. */
  readonly checksums?: Checksums;
  /** Bytes of the whole object. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @internal */
export class MultipartStore {
  readonly #bucket: BucketStore;

  constructor(bucket: BucketStore) {
    this.#bucket = bucket;
  }

  /** Begins an upload and gives its id. */
  async begin(key: string, options: BeginOptions = {}): Promise<string> {
    const { headers = {}, metadata = {}, tags = {}, algorithm, checksumType } = options;
    const id = `${randomUUID()}${randomUUID()}`.replaceAll("-", "");
    const folder = this.#bucket.uploadFolder(id);
    await this.#bucket.look(() => true);
    await mkdir(folder).catch(goneWith("NoSuchBucket"));
    await createPartList(folder);
    const [verdict] = await this.#bucket.commit([
      {
        begin: id,
        k: key,
        t: Date.now(),
        ...(Object.keys(headers).length > 0 && { h: headers }),
        ...(Object.keys(metadata).length > 0 && { m: metadata }),
        ...(Object.keys(tags).length > 0 && { g: tags }),
        ...(algorithm && { a: algorithm }),
        ...(algorithm && checksumType !== "FULL_OBJECT" && { ct: "COMPOSITE" }),
      },
    ]);
    if (verdict?.ok !== true) throw new S3Error("NoSuchBucket");
    return id;
  }

  /**
   * An upload under way.
   *
   * @throws S3Error `NoSuchUpload`
   */
  async upload(id: string, key: string): Promise<Upload> {
    const upload = await this.#bucket.look((fold) => fold.uploads.get(id));
    if (upload?.k !== key) throw new S3Error("NoSuchUpload", { UploadId: id });
    return upload;
  }

  /** All uploads under way. */
  async uploads(): Promise<Upload[]> {
    return await this.#bucket.look((fold) => [...fold.uploads.values()]);
  }

  /** The parts of an upload, by number. */
  async parts(id: string): Promise<UploadedPart[]> {
    const parts = await readParts(this.#bucket.uploadFolder(id));
    if (parts === undefined) throw new S3Error("NoSuchUpload", { UploadId: id });
    return parts;
  }

  /** Puts a part; the last one of a number counts. */
  async putPart(
    upload: Upload,
    partNumber: number,
    source: BodySource,
    options: PartOptions = {},
  ): Promise<UploadedPart> {
    const { algorithms = [], expected = {}, trailing, signal } = options;
    const folder = this.#bucket.uploadFolder(upload.begin);
    const file = randomUUID();
    const path = join(folder, file);
    const digests = await writeBody(path, source, {
      algorithms,
      sha256: expected.sha256 !== undefined,
      signal,
    }).catch(goneWith("NoSuchUpload"));
    let listed = false;
    try {
      checkDigests(digests, expected);
      checkDigests(digests, { checksums: trailing?.() ?? {} });
      signal?.throwIfAborted();
      const part: UploadedPart = {
        partNumber,
        file,
        size: digests.size,
        etag: digests.md5.toString("hex"),
        lastModified: Date.now(),
        checksums: digests.checksums,
      };
      listed = await appendPart(folder, part);
      if (!listed) throw new S3Error("NoSuchUpload", { UploadId: upload.begin });
      return part;
    } finally {
      if (!listed) await rm(path, { force: true });
    }
  }

  /** Gives an upload up. */
  async abort(upload: Upload): Promise<void> {
    const [verdict] = await this.#bucket.commit([{ abort: upload.begin }]);
    if (verdict?.ok !== true) throw new S3Error("NoSuchUpload", { UploadId: upload.begin });
    await this.#removeFolder(upload.begin);
  }

  /**
   * Makes the object out of its parts. Of several who ask at the same time one makes it.
   *
   * @throws S3Error `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `BadDigest`, `PreconditionFailed`, `NoSuchUpload` …
   */
  async complete(
    upload: Upload,
    named: readonly NamedPart[],
    options: CompleteOptions = {},
  ): Promise<ObjectInfo> {
    const { condition, signal } = options;
    const parts = chooseParts(upload, named, await this.parts(upload.begin));
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    if (options.size !== undefined && options.size !== size) {
      throw new S3Error(
        "InvalidRequest",
        {},
        {
          message: `The provided 'x-amz-mp-object-size' header value ${options.size} does not match what was computed: ${size}`,
        },
      );
    }
    const whole = upload.a !== undefined && upload.ct === undefined ? upload.a : undefined;
    const id = randomUUID();
    const digests = await writeBody(this.#bucket.bodyPath(id), this.#bytes(upload.begin, parts), {
      md5: false,
      algorithms: whole === undefined ? [] : [whole],
      signal,
      limit: Number.POSITIVE_INFINITY,
    }).catch(goneWith("NoSuchUpload"));
    const describe = async (): Promise<Entry> => {
      const checksums =
        whole === undefined ? await compositeChecksum(upload.a, parts) : digests.checksums;
      for (const algorithm of checksumAlgorithms) {
        const said = options.checksums?.[algorithm];
        // A composite checksum may be given without the number of parts behind it.
        const is = checksums[algorithm];
        if (said !== undefined && said !== is && said !== is?.replace(/-\d+$/, "")) {
          throw checksumMismatch(algorithm);
        }
      }
      return {
        put: upload.k,
        b: id,
        s: size,
        e: multipartEtag(parts),
        t: Date.now(),
        ...(upload.h && { h: upload.h }),
        ...(upload.m && { m: upload.m }),
        ...(upload.g && { g: upload.g }),
        ...(upload.a && { c: checksums }),
        ...(upload.ct && { ct: upload.ct }),
        p: parts.map(({ partNumber: n, size: s, checksums: c }) => ({
          n,
          s,
          ...(upload.a && { c }),
        })),
        u: upload.begin,
      };
    };
    const info = await this.#bucket.commitBody(id, describe, condition);
    await this.#removeFolder(upload.begin);
    return info;
  }

  /** The object that this upload became, if it is still there: the answer for who asks again. */
  async completed(id: string, key: string): Promise<ObjectInfo | undefined> {
    const entry = await this.#bucket.look((fold) => fold.get(key));
    return entry?.u === id ? this.#bucket.info(entry) : undefined;
  }

  async *#bytes(id: string, parts: readonly UploadedPart[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const handle = await open(join(this.#bucket.uploadFolder(id), part.file), "r");
      try {
        yield* readStretch(handle, 0, part.size);
      } finally {
        await handle.close();
      }
    }
  }

  async #removeFolder(id: string): Promise<void> {
    await rm(this.#bucket.uploadFolder(id), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A folder that is gone means that what it belongs to is gone. */
function goneWith(code: "NoSuchBucket" | "NoSuchUpload"): (error: unknown) => never {
  return (error) => {
    throw hasCode(error, "ENOENT") ? new S3Error(code, {}, { cause: error }) : error;
  };
}
