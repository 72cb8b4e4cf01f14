/** Multipart uploads on disk. That one is under way stands in its bucket's journal; its parts lie in a folder of its own. */

import { createHash, randomUUID } from "node:crypto";
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
import { checksumAlgorithms, startChecksum } from "./checksums.ts";
import { checkDigests, checksumMismatch, type ExpectedDigests } from "./digest-check.ts";
import { hasCode } from "./node-errors.ts";
import type { ObjectInfo } from "./object-info.ts";
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
  /** A function is asked when the body has been read. */
  readonly expected?: ExpectedDigests | (() => ExpectedDigests);
  readonly signal?: AbortSignal | undefined;
}

/** A part as the completing request names it. */
export interface NamedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Checksums;
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

/** S3's least size of all parts but the last: 5 MiB. */
const LEAST_PART = 5 * 2 ** 20;

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
    const { algorithms = [], expected = {}, signal } = options;
    const folder = this.#bucket.uploadFolder(upload.begin);
    const file = randomUUID();
    const path = join(folder, file);
    const said = typeof expected === "object" ? expected : undefined;
    const digests = await writeBody(path, source, {
      algorithms,
      sha256: said === undefined || said.sha256 !== undefined,
      signal,
    }).catch(goneWith("NoSuchUpload"));
    let listed = false;
    try {
      checkDigests(digests, typeof expected === "function" ? expected() : expected);
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
    const parts = this.#chosen(upload, named, await this.parts(upload.begin));
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

  /** The parts that were named, if they may make up an object. */
  #chosen(
    upload: Upload,
    named: readonly NamedPart[],
    parts: readonly UploadedPart[],
  ): UploadedPart[] {
    const byNumber = new Map(parts.map((part) => [part.partNumber, part]));
    let last = 0;
    const chosen = named.map((name) => {
      if (name.partNumber <= last) throw new S3Error("InvalidPartOrder");
      last = name.partNumber;
      const part = byNumber.get(name.partNumber);
      if (part === undefined || part.etag !== name.etag) throw invalidPart(upload, name);
      for (const algorithm of checksumAlgorithms) {
        const said = name.checksums[algorithm];
        if (said !== undefined && said !== part.checksums[algorithm]) {
          throw invalidPart(upload, name);
        }
      }
      if (upload.a !== undefined && upload.ct !== undefined && !name.checksums[upload.a]) {
        const lower = upload.a.toLowerCase();
        throw new S3Error(
          "InvalidRequest",
          {},
          {
            message: `The upload was created using a ${lower} checksum. The complete request must include the checksum for each part. It was missing for part ${name.partNumber} in the request.`,
          },
        );
      }
      return part;
    });
    for (const part of chosen.slice(0, -1)) {
      if (part.size >= LEAST_PART) continue;
      throw new S3Error("EntityTooSmall", {
        ProposedSize: String(part.size),
        MinSizeAllowed: String(LEAST_PART),
        PartNumber: String(part.partNumber),
        ETag: part.etag,
      });
    }
    return chosen;
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

/** S3's ETag of an object in parts: the MD5 of the parts' MD5s, and their number. */
function multipartEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part.etag, "hex");
  return `${hash.digest("hex")}-${parts.length}`;
}

async function compositeChecksum(
  algorithm: ChecksumAlgorithm | undefined,
  parts: readonly UploadedPart[],
): Promise<Checksums> {
  if (algorithm === undefined) return {};
  const checksum = await startChecksum(algorithm);
  for (const part of parts) {
    checksum.update(Buffer.from(part.checksums[algorithm] ?? "", "base64"));
  }
  const value = (await checksum.digest()).toString("base64");
  return { [algorithm]: `${value}-${parts.length}` };
}

function invalidPart(upload: Upload, part: NamedPart): S3Error {
  return new S3Error("InvalidPart", {
    UploadId: upload.begin,
    PartNumber: String(part.partNumber),
    ETag: part.etag,
  });
}

/** A folder that is gone means that what it belongs to is gone. */
function goneWith(code: "NoSuchBucket" | "NoSuchUpload"): (error: unknown) => never {
  return (error) => {
    throw hasCode(error, "ENOENT") ? new S3Error(code, {}, { cause: error }) : error;
  };
}
