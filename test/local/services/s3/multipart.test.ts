import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import type { CompletedPart, S3ServiceException } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestS3, testS3 } from "../../../helpers/s3-client.ts";

const Bucket = "multipart";
const FIVE = 5 * 2 ** 20;
const big = randomBytes(FIVE);
const small = randomBytes(1_000);

let cloud: TestS3;
beforeAll(async () => {
  cloud = await testS3();
  await cloud.s3.createBucket({ Bucket });
});
afterAll(() => cloud.close());

const errorOf = async (work: Promise<unknown>): Promise<S3ServiceException> =>
  await work.then(
    () => {
      throw new Error("It did not fail.");
    },
    (error: S3ServiceException) => error,
  );

const md5 = (data: Uint8Array): Buffer => createHash("md5").update(data).digest();
const multipartEtag = (...parts: Uint8Array[]): string =>
  `"${md5(Buffer.concat(parts.map(md5))).toString("hex")}-${parts.length}"`;

const begin = async (Key: string, options: Record<string, unknown> = {}): Promise<string> =>
  (await cloud.s3.createMultipartUpload({ Bucket, Key, ...options })).UploadId ?? "";

const upload = async (
  Key: string,
  UploadId: string,
  parts: Uint8Array[],
): Promise<CompletedPart[]> =>
  await Promise.all(
    parts.map(async (Body, i) => {
      const PartNumber = i + 1;
      const { $metadata: _, ...part } = await cloud.s3.uploadPart({
        Bucket,
        Key,
        UploadId,
        PartNumber,
        Body,
      });
      return { ...part, PartNumber };
    }),
  );

const complete = (
  Key: string,
  UploadId: string,
  Parts: CompletedPart[],
  options: Record<string, unknown> = {},
) =>
  cloud.s3.completeMultipartUpload({
    Bucket,
    Key,
    UploadId,
    MultipartUpload: { Parts },
    ...options,
  });

const uploadFolders = async (): Promise<string[]> => {
  const folder = join(cloud.folder, "s3", "buckets");
  const [name = ""] = await readdir(folder);
  return await readdir(join(folder, name, "uploads"));
};

const firstPart = (Key: string) =>
  cloud.s3.getObjectAttributes({ Bucket, Key, ObjectAttributes: ["ObjectParts"], MaxParts: 1 });

describe("A multipart upload", () => {
  it("becomes one object", async () => {
    const Key = "whole";
    const id = await begin(Key, { ContentType: "text/csv", Metadata: { a: "1" } });
    const parts = await upload(Key, id, [big, small]);
    const done = await complete(Key, id, parts);
    const got = await cloud.s3.getObject({ Bucket, Key });
    const body = Buffer.from((await got.Body?.transformToByteArray()) ?? []);

    expect(done).toMatchObject({ ETag: multipartEtag(big, small), Bucket, Key });
    expect(got).toMatchObject({
      ETag: multipartEtag(big, small),
      ContentType: "text/csv",
      Metadata: { a: "1" },
      ContentLength: FIVE + 1_000,
    });
    expect(body.equals(Buffer.concat([big, small]))).toBe(true);
    expect(await uploadFolders()).toEqual([]);
  });

  it("is read part by part", async () => {
    const read = async (PartNumber: number) => {
      const got = await cloud.s3.getObject({ Bucket, Key: "whole", PartNumber });
      await got.Body?.transformToByteArray();
      return got;
    };

    expect(await read(2)).toMatchObject({
      PartsCount: 2,
      ContentLength: 1_000,
      ContentRange: `bytes ${FIVE}-${FIVE + 999}/${FIVE + 1_000}`,
      $metadata: { httpStatusCode: 206 },
    });
    expect((await errorOf(read(3))).name).toBe("InvalidPartNumber");
    // Without checksums S3 tells of them how many they are.
    const { ObjectParts } = await firstPart("whole");
    expect(ObjectParts).toMatchObject({ TotalPartsCount: 2, IsTruncated: true });
    expect(ObjectParts?.Parts).toBeUndefined();
  });

  it("takes the last part that was put under a number, and leaves out what is not named", async () => {
    const Key = "again";
    const id = await begin(Key);
    await upload(Key, id, [small, small, small]);
    const [part] = await upload(Key, id, [big]);
    const done = await complete(Key, id, part ? [part] : []);

    expect(done.ETag).toBe(multipartEtag(big));
  });

  it("checks order, ETags and sizes of the parts", async () => {
    const Key = "checked";
    const id = await begin(Key);
    const [first, second] = await upload(Key, id, [small, small]);
    if (first === undefined || second === undefined) throw new Error("No parts.");

    expect((await errorOf(complete(Key, id, [second, first]))).name).toBe("InvalidPartOrder");
    expect((await errorOf(complete(Key, id, [first, first]))).name).toBe("InvalidPartOrder");
    expect((await errorOf(complete(Key, id, [{ ...first, ETag: '"x"' }]))).name).toBe(
      "InvalidPart",
    );
    expect((await errorOf(complete(Key, id, [{ ...first, PartNumber: 9 }]))).name).toBe(
      "InvalidPart",
    );
    expect((await errorOf(complete(Key, id, []))).name).toBe("MalformedXML");
    expect(await errorOf(complete(Key, id, [first, second]))).toMatchObject({
      name: "EntityTooSmall",
      message: "Your proposed upload is smaller than the minimum allowed size",
      PartNumber: "1",
      MinSizeAllowed: "5242880",
    });
    expect((await errorOf(complete(Key, id, [first], { MpuObjectSize: 7 }))).name).toBe(
      "InvalidRequest",
    );
    await complete(Key, id, [first], { MpuObjectSize: 1_000 });
  });

  it("answers who asks again, and nobody else", async () => {
    const Key = "twice";
    const id = await begin(Key);
    const parts = await upload(Key, id, [small]);
    const first = await complete(Key, id, parts);
    const second = await complete(Key, id, parts);
    await cloud.s3.putObject({ Bucket, Key, Body: "other" });

    expect(second.ETag).toBe(first.ETag);
    expect(await errorOf(complete(Key, id, parts))).toMatchObject({
      name: "NoSuchUpload",
      $metadata: { httpStatusCode: 404 },
    });
  });

  it("lets one of two completions with If-None-Match win, and the loser's upload live", async () => {
    const Key = "first";
    const ids = [await begin(Key), await begin(Key)];
    const [won, lost] = await Promise.all(
      ids.map(async (id) => {
        const parts = await upload(Key, id, [small]);
        return await complete(Key, id, parts, { IfNoneMatch: "*" }).then(
          () => "won",
          (error: S3ServiceException) => error.name,
        );
      }),
    );

    expect([won, lost].sort()).toEqual(["PreconditionFailed", "won"]);
    const left = await cloud.s3.listMultipartUploads({ Bucket, Prefix: Key });
    expect(left.Uploads).toHaveLength(1);
    await cloud.s3.abortMultipartUpload({
      Bucket,
      Key,
      UploadId: left.Uploads?.[0]?.UploadId ?? "",
    });
  });

  it("is given up with everything it had", async () => {
    const Key = "aborted";
    const UploadId = await begin(Key);
    await upload(Key, UploadId, [small]);
    await cloud.s3.abortMultipartUpload({ Bucket, Key, UploadId });
    const again = cloud.s3.abortMultipartUpload({ Bucket, Key, UploadId });

    expect((await errorOf(again)).name).toBe("NoSuchUpload");
    expect((await errorOf(upload(Key, UploadId, [small]))).name).toBe("NoSuchUpload");
    expect((await errorOf(complete(Key, UploadId, [{ PartNumber: 1, ETag: "x" }]))).name).toBe(
      "NoSuchUpload",
    );
    expect(await uploadFolders()).toEqual([]);
  });

  it("belongs to its key", async () => {
    const id = await begin("mine");
    const other = cloud.s3.listParts({ Bucket, Key: "other", UploadId: id });

    expect((await errorOf(other)).name).toBe("NoSuchUpload");
    await cloud.s3.abortMultipartUpload({ Bucket, Key: "mine", UploadId: id });
    const outside = cloud.s3.listParts({ Bucket, Key: "mine", UploadId: "../../journal" });
    expect((await errorOf(outside)).name).toBe("NoSuchUpload");
  });

  it("keeps no part whose sender went away or said it wrong", async () => {
    const Key = "partial";
    const UploadId = await begin(Key);
    const [folder = ""] = await uploadFolders();
    const files = join(cloud.folder, "s3", "buckets");
    const [bucket = ""] = await readdir(files);
    const wrong = cloud.s3.uploadPart({
      Bucket,
      Key,
      UploadId,
      PartNumber: 1,
      Body: small,
      ChecksumCRC32: "AAAAAA==",
    });
    expect((await errorOf(wrong)).name).toBe("BadDigest");
    const broken = cloud.s3.uploadPart({
      Bucket,
      Key,
      UploadId,
      PartNumber: 1,
      ContentLength: 100,
      Body: Readable.from(
        (async function* () {
          yield Buffer.alloc(10);
          throw new Error("gone");
        })(),
      ),
    });
    await expect(broken).rejects.toThrow();

    expect(await readdir(join(files, bucket, "uploads", folder))).toEqual(["parts.ndjson"]);
    expect((await cloud.s3.listParts({ Bucket, Key, UploadId })).Parts).toBeUndefined();
    await cloud.s3.abortMultipartUpload({ Bucket, Key, UploadId });
  });

  it.each([0, 10_001])("has no part %d", async (PartNumber) => {
    const UploadId = await begin("numbers");
    const part = cloud.s3.uploadPart({ Bucket, Key: "numbers", UploadId, PartNumber, Body: small });

    expect(await errorOf(part)).toMatchObject({
      name: "InvalidArgument",
      message: "Part number must be an integer between 1 and 10000, inclusive",
    });
    await cloud.s3.abortMultipartUpload({ Bucket, Key: "numbers", UploadId });
  });
});

describe("Checksums of uploads", () => {
  const crc = (data: Uint8Array): string => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(data));
    return bytes.toString("base64");
  };

  it("COMPOSITE: of the parts' checksums", async () => {
    const Key = "composite";
    const id = await begin(Key, { ChecksumAlgorithm: "SHA256" });
    const Parts = await Promise.all(
      [big, small].map(async (Body, i) => {
        const { ETag, ChecksumSHA256 } = await cloud.s3.uploadPart({
          Bucket,
          Key,
          UploadId: id,
          PartNumber: i + 1,
          Body,
          ChecksumAlgorithm: "SHA256",
        });
        return { PartNumber: i + 1, ETag, ChecksumSHA256 } as CompletedPart;
      }),
    );
    const bare = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }) as CompletedPart);
    expect((await errorOf(complete(Key, id, bare))).message).toContain(
      "The upload was created using a sha256 checksum.",
    );
    const done = await complete(Key, id, Parts);
    const head = await cloud.s3.headObject({ Bucket, Key, ChecksumMode: "ENABLED" });

    const sha = (data: Uint8Array): Buffer => createHash("sha256").update(data).digest();
    const value = `${sha(Buffer.concat([sha(big), sha(small)])).toString("base64")}-2`;
    expect(done).toMatchObject({ ChecksumSHA256: value, ChecksumType: "COMPOSITE" });
    expect(head).toMatchObject({ ChecksumSHA256: value, ChecksumType: "COMPOSITE" });
    const got = await cloud.s3.getObject({ Bucket, Key, ChecksumMode: "ENABLED" });
    expect((await got.Body?.transformToByteArray())?.length).toBe(FIVE + 1_000);
    const { ObjectParts } = await firstPart(Key);
    expect(ObjectParts).toMatchObject({ TotalPartsCount: 2, IsTruncated: true });
    expect(ObjectParts?.Parts).toEqual([
      { PartNumber: 1, Size: FIVE, ChecksumSHA256: sha(big).toString("base64") },
    ]);
  });

  it("FULL_OBJECT: of all bytes, verified when it is said", async () => {
    const Key = "full";
    const value = crc(Buffer.concat([big, small]));
    const id = await begin(Key, { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const parts = await upload(Key, id, [big, small]);
    const wrong = complete(Key, id, parts, {
      ChecksumCRC32: "AAAAAA==",
      ChecksumType: "FULL_OBJECT",
    });

    expect((await errorOf(wrong)).name).toBe("BadDigest");
    const other = complete(Key, id, parts, { ChecksumType: "COMPOSITE" });
    expect((await errorOf(other)).message).toBe(
      "The upload was created using the FULL_OBJECT checksum mode. The complete request must use the same checksum mode.",
    );
    const done = await complete(Key, id, parts, {
      ChecksumCRC32: value,
      ChecksumType: "FULL_OBJECT",
    });
    expect(done).toMatchObject({ ChecksumCRC32: value, ChecksumType: "FULL_OBJECT" });
    const got = await cloud.s3.getObject({ Bucket, Key, ChecksumMode: "ENABLED" });
    expect(got).toMatchObject({ ChecksumCRC32: value, ChecksumType: "FULL_OBJECT" });
    await got.Body?.transformToByteArray();
  });

  it("are of one kind in one upload, and of the kinds that S3 has", async () => {
    const Key = "kinds";
    const UploadId = await begin(Key, { ChecksumAlgorithm: "CRC32C" });
    const part = cloud.s3.uploadPart({
      Bucket,
      Key,
      UploadId,
      PartNumber: 1,
      Body: small,
      ChecksumAlgorithm: "SHA1",
    });

    expect((await errorOf(part)).message).toBe(
      "Checksum Type mismatch occurred, expected checksum Type: crc32c, actual checksum Type: sha1",
    );
    const sha = begin("x", { ChecksumAlgorithm: "SHA1", ChecksumType: "FULL_OBJECT" });
    expect((await errorOf(sha)).message).toBe(
      "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
    );
    const crc64 = begin("x", { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE" });
    expect((await errorOf(crc64)).name).toBe("InvalidRequest");
    await cloud.s3.abortMultipartUpload({ Bucket, Key, UploadId });
  });
});

describe("UploadPartCopy", () => {
  beforeAll(() => cloud.s3.putObject({ Bucket, Key: "copy source", Body: big }));

  it("copies an object or a range of it", async () => {
    const Key = "copied";
    const UploadId = await begin(Key);
    const CopySource = `${Bucket}/copy%20source`;
    const copy = async (PartNumber: number, CopySourceRange?: string): Promise<CompletedPart> => {
      const { CopyPartResult } = await cloud.s3.uploadPartCopy({
        Bucket,
        Key,
        UploadId,
        PartNumber,
        CopySource,
        ...(CopySourceRange && { CopySourceRange }),
      });
      return { PartNumber, ETag: CopyPartResult?.ETag } as CompletedPart;
    };
    const parts = [await copy(1), await copy(2, "bytes=10-19")];

    expect((await errorOf(copy(3, `bytes=0-${FIVE}`))).name).toBe("InvalidArgument");
    expect((await errorOf(copy(3, "bytes=-5"))).name).toBe("InvalidArgument");
    const done = await complete(Key, UploadId, parts);
    expect(done.ETag).toBe(multipartEtag(big, big.subarray(10, 20)));
  });
});

describe("Lists of parts and uploads", () => {
  it("page through the parts", async () => {
    const Key = "listed";
    const UploadId = await begin(Key);
    await upload(Key, UploadId, [small, small, small]);
    const first = await cloud.s3.listParts({ Bucket, Key, UploadId, MaxParts: 2 });
    const second = await cloud.s3.listParts({
      Bucket,
      Key,
      UploadId,
      PartNumberMarker: first.NextPartNumberMarker ?? "",
    });

    expect(first).toMatchObject({ IsTruncated: true, MaxParts: 2, NextPartNumberMarker: "2" });
    expect(first.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2]);
    expect(first.Parts?.[0]).toMatchObject({
      Size: 1_000,
      ETag: `"${md5(small).toString("hex")}"`,
    });
    expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
    await cloud.s3.abortMultipartUpload({ Bucket, Key, UploadId });
  });

  it("page through the uploads, rolled up or not", async () => {
    const keys = ["l/a", "l/b/1", "l/b/2", "l/b/2", "l/c"];
    const ids = new Map<string, string>();
    for (const key of keys) ids.set(await begin(key), key);
    const seen: string[] = [];
    let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (let more = true; more; ) {
      const page = await cloud.s3.listMultipartUploads({
        Bucket,
        Prefix: "l/",
        MaxUploads: 2,
        ...markers,
      });
      seen.push(...(page.Uploads ?? []).map(({ Key = "" }) => Key));
      more = page.IsTruncated ?? false;
      markers = {
        ...(page.NextKeyMarker && { KeyMarker: page.NextKeyMarker }),
        ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }),
      };
    }
    const rolled = await cloud.s3.listMultipartUploads({ Bucket, Prefix: "l/", Delimiter: "/" });

    expect(seen).toEqual(keys);
    expect(rolled.Uploads?.map(({ Key }) => Key)).toEqual(["l/a", "l/c"]);
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: "l/b/" }]);
    for (const [UploadId, Key] of ids) {
      await cloud.s3.abortMultipartUpload({ Bucket, Key, UploadId });
    }
  });
});

describe("lib-storage", () => {
  it("uploads a stream in parts", async () => {
    const data = Buffer.concat([big, big, small]);
    const uploader = new Upload({
      client: cloud.s3,
      params: { Bucket, Key: "lib-storage", Body: Readable.from([big, big, small]) },
      partSize: FIVE,
    });
    await uploader.done();
    const got = await cloud.s3.getObject({ Bucket, Key: "lib-storage", ChecksumMode: "ENABLED" });
    const body = Buffer.from((await got.Body?.transformToByteArray()) ?? []);

    expect(body.equals(data)).toBe(true);
    expect(got.ETag).toBe(multipartEtag(big, big, small));
  });
});
