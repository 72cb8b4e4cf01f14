import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { NoSuchBucket, NoSuchKey, S3ServiceException, type Tag } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT, type TestS3, testS3 } from "../../../helpers/s3-client.ts";

const Bucket = "objects";
const md5 = (data: Buffer | string): string => createHash("md5").update(data).digest("hex");

let cloud: TestS3;
beforeAll(async () => {
  cloud = await testS3();
  await cloud.s3.createBucket({ Bucket });
});
afterAll(() => cloud.close());

const errorOf = async (work: Promise<unknown>): Promise<S3ServiceException> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof S3ServiceException) return error;
  throw new Error("It did not fail as S3 does.", { cause: error });
};

/** Files in the bucket's folder of bodies. */
const bodies = async (bucket = Bucket): Promise<string[]> => {
  const folder = join(cloud.folder, "s3", "buckets");
  const [name = ""] = (await readdir(folder)).filter((entry) => entry.startsWith(`${bucket}.`));
  return await readdir(join(folder, name, "bodies"));
};

describe("PutObject and GetObject", () => {
  it("give back a buffer with its MD5 as ETag", async () => {
    const put = await cloud.s3.putObject({ Bucket, Key: "hello", Body: "hello, world" });
    const got = await cloud.s3.getObject({ Bucket, Key: "hello" });

    expect(put.ETag).toBe(`"${md5("hello, world")}"`);
    expect(put.ChecksumCRC32).toBe("/6tyOg==");
    expect(put.ChecksumType).toBe("FULL_OBJECT");
    expect(await got.Body?.transformToString()).toBe("hello, world");
    expect(got).toMatchObject({
      ETag: put.ETag,
      ContentLength: 12,
      AcceptRanges: "bytes",
    });
    expect(Math.abs((got.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it("give back a stream that came in signed chunks with a trailing checksum", async () => {
    const data = randomBytes(700_000);
    const Body = Readable.from([data.subarray(0, 300_000), data.subarray(300_000)]);
    const put = await cloud.s3.putObject({
      Bucket,
      Key: "stream",
      Body,
      ContentLength: data.length,
    });
    const got = await cloud.s3.getObject({ Bucket, Key: "stream", ChecksumMode: "ENABLED" });

    expect(put.ETag).toBe(`"${md5(data)}"`);
    expect(got.ContentEncoding).toBeUndefined();
    expect(got.ChecksumCRC32).toBe(put.ChecksumCRC32);
    expect(data.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  it("keep an empty object", async () => {
    await cloud.s3.putObject({ Bucket, Key: "empty", Body: "" });
    const got = await cloud.s3.getObject({ Bucket, Key: "empty" });

    expect(got.ContentLength).toBe(0);
    expect(await got.Body?.transformToString()).toBe("");
  });

  it("keep content headers and user metadata", async () => {
    const kept = {
      CacheControl: "max-age=5",
      ContentDisposition: 'attachment; filename="a.csv"',
      ContentEncoding: "gzip",
      ContentLanguage: "de",
      ContentType: "text/csv",
      Metadata: { one: "1", "two-words": "a  b", encoded: "=?UTF-8?B?w6k=?=" },
      StorageClass: "STANDARD_IA",
    } as const;
    await cloud.s3.putObject({
      Bucket,
      Key: "headers",
      Body: Readable.from([Buffer.from("x")]),
      ContentLength: 1,
      Expires: new Date(1_700_000_000_000),
      ...kept,
    });

    const head = await cloud.s3.headObject({ Bucket, Key: "headers" });

    expect(head).toMatchObject(kept);
    expect(head.ExpiresString).toBe("Tue, 14 Nov 2023 22:13:20 GMT");
    expect(head.ContentLength).toBe(1);
  });

  it("give metadata that no header can carry as RFC 2047 has it", async () => {
    await cloud.s3.putObject({ Bucket, Key: "utf8", Body: "", Metadata: { city: "Zürich 東京" } });

    const { Metadata } = await cloud.s3.headObject({ Bucket, Key: "utf8" });

    expect(Metadata?.["city"]).toBe(`=?UTF-8?B?${Buffer.from("Zürich 東京").toString("base64")}?=`);
  });

  it("tell the type that S3 gives to an object without one", async () => {
    await cloud.store.put(Bucket, "typeless", Buffer.from("x"));

    expect((await cloud.s3.headObject({ Bucket, Key: "typeless" })).ContentType).toBe(
      "binary/octet-stream",
    );
  });

  it("refuse more than 2 KB of metadata", async () => {
    const put = (length: number): Promise<unknown> =>
      cloud.s3.putObject({ Bucket, Key: "meta", Body: "", Metadata: { k: "v".repeat(length) } });

    await put(2047);
    expect(await errorOf(put(2048))).toMatchObject({
      name: "MetadataTooLarge",
      message: "Your metadata headers exceed the maximum allowed metadata size",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("answer with the headers that the query asks for", async () => {
    await cloud.s3.putObject({ Bucket, Key: "override", Body: "x", ContentType: "text/plain" });
    const got = await cloud.s3.getObject({
      Bucket,
      Key: "override",
      ResponseContentType: "application/json",
      ResponseContentDisposition: "inline",
      ResponseCacheControl: "no-store",
    });
    await got.Body?.transformToString();

    expect(got).toMatchObject({
      ContentType: "application/json",
      ContentDisposition: "inline",
      CacheControl: "no-store",
    });
  });

  it("tell what is missing in S3's words", async () => {
    const key = await errorOf(cloud.s3.getObject({ Bucket, Key: "no such key" }));
    const bucket = await errorOf(cloud.s3.getObject({ Bucket: "no-such-bucket", Key: "k" }));
    const head = await errorOf(cloud.s3.headObject({ Bucket, Key: "no such key" }));

    expect(key).toBeInstanceOf(NoSuchKey);
    expect(key.message).toBe("The specified key does not exist.");
    expect(key.$metadata.requestId).toMatch(/^[0-9A-F]{16}$/);
    expect(bucket).toBeInstanceOf(NoSuchBucket);
    expect(bucket.message).toBe("The specified bucket does not exist");
    expect(head).toMatchObject({ name: "NotFound", $metadata: { httpStatusCode: 404 } });
  });

  it("keep tags", async () => {
    await cloud.s3.putObject({ Bucket, Key: "tagged", Body: "x", Tagging: "a=1&b=two%20words" });
    const first = await cloud.s3.getObjectTagging({ Bucket, Key: "tagged" });
    await cloud.s3.putObjectTagging({
      Bucket,
      Key: "tagged",
      Tagging: { TagSet: [{ Key: "c", Value: "ü + @/:=_-." }] },
    });
    const second = await cloud.s3.getObjectTagging({ Bucket, Key: "tagged" });
    const head = await cloud.s3.headObject({ Bucket, Key: "tagged" });
    await cloud.s3.deleteObjectTagging({ Bucket, Key: "tagged" });
    const third = await cloud.s3.getObjectTagging({ Bucket, Key: "tagged" });

    expect(first.TagSet).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "two words" },
    ]);
    expect(second.TagSet).toEqual([{ Key: "c", Value: "ü + @/:=_-." }]);
    expect(head.TagCount).toBe(1);
    expect(third.TagSet).toEqual([]);
  });
});

describe("Tags", () => {
  const eleven = Array.from({ length: 11 }, (_, at) => `k${at}=v`).join("&");
  const query =
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
  it.each([
    [eleven, "BadRequest", "Object tags cannot be greater than 10"],
    [`${"k".repeat(129)}=v`, "InvalidTag", "The TagKey you have provided is invalid"],
    ["=v", "InvalidTag", "The TagKey you have provided is invalid"],
    ["a%3Cb=v", "InvalidTag", "The TagKey you have provided is invalid"],
    [`k=${"v".repeat(257)}`, "InvalidTag", "The TagValue you have provided is invalid"],
    ["k=a%2Cb", "InvalidTag", "The TagValue you have provided is invalid"],
    ["aws:k=v", "InvalidTag", "System tags cannot be added/updated by requester"],
    ["k=1&k=2", "InvalidArgument", query],
    ["k=%zz", "InvalidArgument", query],
  ])("of a put are refused as S3 does: %s", async (Tagging, name, message) => {
    const target = { Bucket, Key: "untagged", Tagging };
    await cloud.s3.putObject({ Bucket, Key: "tag-source", Body: "x" });
    const copy = { CopySource: `${Bucket}/tag-source`, TaggingDirective: "REPLACE" } as const;
    for (const work of [
      cloud.s3.putObject({ ...target, Body: "x" }),
      cloud.s3.createMultipartUpload(target),
      cloud.s3.copyObject({ ...target, ...copy }),
    ]) {
      expect(await errorOf(work)).toMatchObject({ name, message });
    }
    expect(await cloud.store.get(Bucket, "untagged")).toBeUndefined();
  });

  it("in a document are held to the same", async () => {
    const put = (TagSet: Tag[]) =>
      errorOf(cloud.s3.putObjectTagging({ Bucket, Key: "tag-source", Tagging: { TagSet } }));
    const k = { Key: "k", Value: "v" };
    expect(await put([k, k])).toMatchObject({
      name: "InvalidTag",
      message: "Cannot provide multiple Tags with the same key",
    });
    expect(await put([{ Key: "k", Value: "<3" }])).toMatchObject({ name: "InvalidTag" });
    expect(await put([{ Key: "k" } as Tag])).toMatchObject({ name: "MalformedXML" });
  });
});

describe("Ranges", () => {
  const data = randomBytes(600_000);
  beforeAll(() => cloud.s3.putObject({ Bucket, Key: "range", Body: data }));

  const read = async (Range: string) => {
    const got = await cloud.s3.getObject({ Bucket, Key: "range", Range, ChecksumMode: "ENABLED" });
    return { ...got, bytes: Buffer.from((await got.Body?.transformToByteArray()) ?? []) };
  };

  it.each([
    ["bytes=0-9", 0, 10],
    ["bytes=10-599999", 10, 600_000],
    ["bytes=599999-", 599_999, 600_000],
    ["bytes=100-9999999", 100, 600_000],
    ["bytes=-5", 599_995, 600_000],
    ["bytes=-9999999", 0, 600_000],
  ])("%s", async (range, start, end) => {
    const got = await read(range);

    expect(got.bytes.equals(data.subarray(start, end))).toBe(true);
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got.ContentRange).toBe(`bytes ${start}-${end - 1}/600000`);
    expect(got.ContentLength).toBe(end - start);
    expect(got.ChecksumCRC32).toBeUndefined();
  });

  it.each(["bytes=0-1,5-6", "bytes=9-1", "lines=0-1", "bytes=-"])(
    "%s is read over",
    async (range) => {
      const got = await read(range);

      expect(got.$metadata.httpStatusCode).toBe(200);
      expect(got.bytes.equals(data)).toBe(true);
    },
  );

  it.each(["bytes=600000-", "bytes=700000-700001", "bytes=-0"])("%s is refused", async (range) => {
    const { status, headers, text } = await cloud.send({
      path: `/${Bucket}/range`,
      headers: { range },
    });

    expect(status).toBe(416);
    expect(headers["content-range"]).toBe("bytes */600000");
    expect(text).toContain("<Code>InvalidRange</Code>");
    expect(text).toContain("<ActualObjectSize>600000</ActualObjectSize>");
  });
});

describe("Conditions of a read", () => {
  let etag = "";
  const before = new Date(Date.now() - 86_400_000);
  const after = new Date(Date.now() + 86_400_000);
  beforeAll(async () => {
    const put = await cloud.s3.putObject({ Bucket, Key: "conditions", Body: "x" });
    etag = put.ETag ?? "";
  });
  const status = async (conditions: Record<string, unknown>): Promise<number | undefined> => {
    const head = await cloud.s3
      .headObject({ Bucket, Key: "conditions", ...conditions })
      .catch((error: unknown) => error as S3ServiceException);
    return head.$metadata.httpStatusCode;
  };

  it("follow S3's precedence", async () => {
    expect(await status({ IfMatch: etag })).toBe(200);
    expect(await status({ IfMatch: "*" })).toBe(200);
    expect(await status({ IfMatch: '"other"' })).toBe(412);
    expect(await status({ IfNoneMatch: etag })).toBe(304);
    expect(await status({ IfNoneMatch: `"other", ${etag}` })).toBe(304);
    expect(await status({ IfNoneMatch: '"other"' })).toBe(200);
    expect(await status({ IfModifiedSince: before })).toBe(200);
    expect(await status({ IfModifiedSince: after })).toBe(304);
    expect(await status({ IfUnmodifiedSince: before })).toBe(412);
    expect(await status({ IfUnmodifiedSince: after })).toBe(200);
    expect(await status({ IfMatch: etag, IfUnmodifiedSince: before })).toBe(200);
    expect(await status({ IfNoneMatch: etag, IfModifiedSince: before })).toBe(304);
    expect(await status({ IfNoneMatch: '"other"', IfModifiedSince: after })).toBe(200);
  });

  it("answer a GET with the condition that failed", async () => {
    const error = await errorOf(
      cloud.s3.getObject({ Bucket, Key: "conditions", IfMatch: '"other"' }),
    );
    const unchanged = await cloud.send({
      path: `/${Bucket}/conditions`,
      headers: { "if-none-match": etag },
    });

    expect(error).toMatchObject({
      name: "PreconditionFailed",
      message: "At least one of the pre-conditions you specified did not hold",
    });
    expect(unchanged).toMatchObject({ status: 304, text: "" });
    expect(unchanged.headers["etag"]).toBe(etag);
  });
});

describe("Conditions of a write", () => {
  it("let one of many first writers win, and leave nothing of the others", async () => {
    const writers = Array.from({ length: 20 }, (_, i) =>
      cloud.s3.putObject({ Bucket, Key: "first", Body: `writer ${i}`, IfNoneMatch: "*" }).then(
        () => i,
        (error: S3ServiceException) => error.name,
      ),
    );
    const count = (await bodies()).length;
    const outcomes = await Promise.all(writers);
    const winners = outcomes.filter((outcome) => typeof outcome === "number");
    const got = await cloud.s3.getObject({ Bucket, Key: "first" });

    expect(winners).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "PreconditionFailed")).toHaveLength(19);
    expect(await got.Body?.transformToString()).toBe(`writer ${winners[0]}`);
    expect((await bodies()).length).toBeLessThanOrEqual(count + 1);
  });

  it("replace what has the ETag", async () => {
    const { ETag } = await cloud.s3.putObject({ Bucket, Key: "match", Body: "1" });
    await cloud.s3.putObject({ Bucket, Key: "match", Body: "2", ...(ETag && { IfMatch: ETag }) });
    const again = (Key: string): Promise<unknown> =>
      cloud.s3.putObject({ Bucket, Key, Body: "3", IfMatch: ETag ?? "" });

    expect((await errorOf(again("match"))).name).toBe("PreconditionFailed");
    expect((await errorOf(again("none"))).name).toBe("NoSuchKey");
  });

  it("say that S3 has no other If-None-Match", async () => {
    const put = cloud.s3.putObject({ Bucket, Key: "x", Body: "", IfNoneMatch: '"etag"' });

    expect(await errorOf(put)).toMatchObject({
      name: "NotImplemented",
      message: "A header you provided implies functionality that is not implemented",
      $metadata: { httpStatusCode: 501 },
    });
  });

  it("delete what has the ETag", async () => {
    const { ETag = "" } = await cloud.s3.putObject({ Bucket, Key: "delete-if", Body: "1" });
    const wrong = cloud.s3.deleteObject({ Bucket, Key: "delete-if", IfMatch: '"other"' });

    expect((await errorOf(wrong)).name).toBe("PreconditionFailed");
    await cloud.s3.deleteObject({ Bucket, Key: "delete-if", IfMatch: ETag });
    expect(await cloud.store.get(Bucket, "delete-if")).toBeUndefined();
  });
});

describe("Digests", () => {
  const Body = "123456789";

  it.each([
    ["CRC32", "y/Q5Jg=="],
    ["CRC32C", "4waSgw=="],
    ["CRC64NVME", "rosUhgp5mIg="],
    ["SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="],
    ["SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="],
  ] as const)("%s is computed, kept, told and verified", async (algorithm, value) => {
    const name = `Checksum${algorithm}` as const;
    const Key = `checksum/${algorithm}`;
    const put = await cloud.s3.putObject({ Bucket, Key, Body, ChecksumAlgorithm: algorithm });
    const streamed = await cloud.s3.putObject({
      Bucket,
      Key,
      Body: Readable.from([Buffer.from(Body)]),
      ContentLength: Body.length,
      ChecksumAlgorithm: algorithm,
    });
    const head = await cloud.s3.headObject({ Bucket, Key, ChecksumMode: "ENABLED" });
    const plain = await cloud.s3.headObject({ Bucket, Key });
    const got = await cloud.s3.getObject({ Bucket, Key, ChecksumMode: "ENABLED" });

    expect(put[name]).toBe(value);
    expect(streamed[name]).toBe(value);
    expect(head[name]).toBe(value);
    expect(head.ChecksumType).toBe("FULL_OBJECT");
    expect(plain[name]).toBeUndefined();
    expect(await got.Body?.transformToString()).toBe(Body);
    const wrong = Buffer.from(value, "base64").fill(7).toString("base64");
    const error = await errorOf(cloud.s3.putObject({ Bucket, Key, Body, [name]: wrong }));
    expect(error).toMatchObject({
      name: "BadDigest",
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
      $metadata: { httpStatusCode: 400 },
    });
    const malformed = cloud.s3.putObject({ Bucket, Key, Body, [name]: "AAA" });
    expect((await errorOf(malformed)).message).toBe(
      `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`,
    );
  });

  it("verify Content-MD5", async () => {
    const wrong = Buffer.from(md5("other"), "hex").toString("base64");
    const put = (ContentMD5: string): Promise<unknown> =>
      cloud.s3.putObject({ Bucket, Key: "md5", Body, ContentMD5 });

    expect(await errorOf(put(wrong))).toMatchObject({
      name: "BadDigest",
      message: "The Content-MD5 you specified did not match what we received.",
    });
    expect(await errorOf(put("abc"))).toMatchObject({
      name: "InvalidDigest",
      message: "The Content-MD5 you specified was invalid",
    });
    expect(await cloud.store.get(Bucket, "md5")).toBeUndefined();
  });

  it("verify the SHA-256 that the request was signed with", async () => {
    const { status, text } = await cloud.send({
      method: "PUT",
      path: `/${Bucket}/sha`,
      headers: { "x-amz-content-sha256": "0".repeat(64) },
      body: Buffer.from(Body),
    });

    expect(status).toBe(400);
    expect(text).toContain("<Code>XAmzContentSHA256Mismatch</Code>");
    expect(text).toContain(
      `<S3ComputedContentSHA256>${createHash("sha256").update(Body).digest("hex")}</S3ComputedContentSHA256>`,
    );
  });

  it("notice a body that is shorter than it says", async () => {
    const { status, text } = await cloud.send({
      method: "PUT",
      path: `/${Bucket}/short`,
      headers: { "content-length": "10" },
      body: Buffer.from(Body),
    });

    expect(status).toBe(400);
    expect(text).toContain("<Code>IncompleteBody</Code>");
  });

  it("notice a wrong trailing checksum, a missing one, and chunks that stop", async () => {
    const put = async (body: string): Promise<string> => {
      const { text } = await cloud.send({
        method: "PUT",
        path: `/${Bucket}/chunked`,
        headers: {
          "content-encoding": "aws-chunked",
          "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
          "x-amz-decoded-content-length": "9",
          "x-amz-trailer": "x-amz-checksum-crc32",
        },
        body: Readable.from([Buffer.from(body)]),
      });
      return /<Code>(.*)<\/Code>/.exec(text)?.[1] ?? "ok";
    };

    expect(await put(`9\r\n${Body}\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n`)).toBe("ok");
    expect(await put(`9\r\n${Body}\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`)).toBe(
      "BadDigest",
    );
    expect(await put(`9\r\n${Body}\r\n0\r\n\r\n`)).toBe("MalformedTrailerError");
    expect(await put(`9\r\n${Body}\r\n`)).toBe("IncompleteBody");
    expect(await put(`8\r\n12345678\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n`)).toBe(
      "IncompleteBody",
    );
  });

  it("take one checksum only", async () => {
    const put = cloud.s3.putObject({
      Bucket,
      Key: "two",
      Body,
      ChecksumCRC32: "y/Q5Jg==",
      ChecksumSHA1: "98O8HYCOBHMq32eZZczDTKeuNEE=",
    });

    expect((await errorOf(put)).name).toBe("InvalidRequest");
  });
});

describe("CopyObject", () => {
  beforeAll(() =>
    cloud.s3.putObject({
      Bucket,
      Key: "source/ü +%&?.txt",
      Body: "copy me",
      ContentType: "text/plain",
      Metadata: { a: "1" },
      Tagging: "t=1",
    }),
  );
  const CopySource = `${Bucket}/${encodeURIComponent("source/ü +%&?.txt")}`;

  it("copies body, headers, metadata and tags", async () => {
    const copy = await cloud.s3.copyObject({ Bucket, Key: "copy", CopySource });
    const got = await cloud.s3.getObject({ Bucket, Key: "copy" });

    expect(copy.CopyObjectResult?.ETag).toBe(`"${md5("copy me")}"`);
    expect(await got.Body?.transformToString()).toBe("copy me");
    expect(got).toMatchObject({ ContentType: "text/plain", Metadata: { a: "1" }, TagCount: 1 });
  });

  it("replaces headers and metadata", async () => {
    await cloud.s3.copyObject({
      Bucket,
      Key: "copy",
      CopySource: `/${CopySource}`,
      MetadataDirective: "REPLACE",
      ContentType: "text/csv",
      Metadata: { b: "2" },
      ChecksumAlgorithm: "SHA256",
    });
    const head = await cloud.s3.headObject({ Bucket, Key: "copy", ChecksumMode: "ENABLED" });

    expect(head).toMatchObject({ ContentType: "text/csv", Metadata: { b: "2" } });
    expect(head.ChecksumSHA256).toBe(createHash("sha256").update("copy me").digest("base64"));
  });

  it("honours the conditions on its source", async () => {
    const copy = (options: Record<string, unknown>): Promise<unknown> =>
      cloud.s3.copyObject({ Bucket, Key: "copy", CopySource, ...options });
    const sameETag = `"${md5("copy me")}"`;

    expect((await errorOf(copy({ CopySourceIfMatch: '"x"' }))).name).toBe("PreconditionFailed");
    expect((await errorOf(copy({ CopySourceIfNoneMatch: sameETag }))).name).toBe(
      "PreconditionFailed",
    );
    expect((await errorOf(copy({ CopySource: `${Bucket}/none` }))).name).toBe("NoSuchKey");
  });

  it("refuses to copy an object to itself without a change", async () => {
    await cloud.s3.putObject({ Bucket, Key: "self", Body: "x", ContentType: "text/plain" });
    const self = { Bucket, Key: "self", CopySource: `${Bucket}/self` };

    expect((await errorOf(cloud.s3.copyObject(self))).name).toBe("InvalidRequest");
    await cloud.s3.copyObject({ ...self, MetadataDirective: "REPLACE", Metadata: { n: "1" } });
    expect((await cloud.s3.headObject({ Bucket, Key: "self" })).Metadata).toEqual({ n: "1" });
  });
});

describe("DeleteObject and DeleteObjects", () => {
  it("delete what is there and do not miss what is not", async () => {
    await cloud.s3.putObject({ Bucket, Key: "gone", Body: "x" });
    const first = await cloud.s3.deleteObject({ Bucket, Key: "gone" });
    const second = await cloud.s3.deleteObject({ Bucket, Key: "gone" });

    expect(first.$metadata.httpStatusCode).toBe(204);
    expect(second.$metadata.httpStatusCode).toBe(204);
  });

  it("delete many at once, quietly or not", async () => {
    const keys = ["many/1", "many/<2>&", "many/ 3 ", "many/\u0001"];
    for (const Key of keys) await cloud.s3.putObject({ Bucket, Key, Body: "x" });
    const Objects = [...keys, "many/none"].map((Key) => ({ Key }));
    const loud = await cloud.s3.deleteObjects({ Bucket, Delete: { Objects } });
    const quiet = await cloud.s3.deleteObjects({ Bucket, Delete: { Objects, Quiet: true } });

    expect(loud.Deleted?.map(({ Key }) => Key)).toEqual(Objects.map(({ Key }) => Key));
    expect(quiet.Deleted).toBeUndefined();
    expect((await cloud.store.list(Bucket, { prefix: "many/" })).objects).toEqual([]);
  });

  it("delete each if it has the ETag, and say which had not", async () => {
    const ETag = (await cloud.s3.putObject({ Bucket, Key: "if/1", Body: "1" })).ETag;
    for (const Key of ["if/2", "if/3"]) await cloud.s3.putObject({ Bucket, Key, Body: Key });
    const Objects = [
      { Key: "if/1", ETag },
      { Key: "if/2", ETag },
      { Key: "if/3", ETag: "*" },
      { Key: "if/4", ETag: "*" },
      { Key: "if/5" },
    ];
    const answer = await cloud.s3.deleteObjects({ Bucket, Delete: { Objects } });
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(["if/1", "if/3", "if/5"]);
    expect(answer.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ["if/2", "PreconditionFailed"],
      ["if/4", "NoSuchKey"],
    ]);
    const left = await cloud.store.list(Bucket, { prefix: "if/" });
    expect(left.objects.map(({ key }) => key)).toEqual(["if/2"]);
  });

  it("delete nothing under conditions that only directory buckets know", async () => {
    const target = { Bucket, Key: "conditional" };
    await cloud.s3.putObject({ ...target, Body: "1" });
    for (const work of [
      cloud.s3.deleteObject({ ...target, IfMatchSize: 1 }),
      cloud.s3.deleteObject({ ...target, IfMatchLastModifiedTime: new Date() }),
      cloud.s3.deleteObjects({ Bucket, Delete: { Objects: [{ Key: target.Key, Size: 1 }] } }),
    ]) {
      expect((await errorOf(work)).name).toBe("NotImplemented");
    }
    expect(await cloud.store.get(Bucket, target.Key)).toBeDefined();
  });

  it("want a digest of the list", async () => {
    const { status, text } = await cloud.send({
      method: "POST",
      path: `/${Bucket}`,
      query: { delete: "" },
      body: Buffer.from("<Delete><Object><Key>k</Key></Object></Delete>"),
    });

    expect(status).toBe(400);
    expect(text).toContain("Missing required header for this request: Content-MD5");
  });

  it("remove the bodies", async () => {
    const Bucket = "bodies";
    await cloud.s3.createBucket({ Bucket });
    for (let i = 0; i < 3; i += 1) await cloud.s3.putObject({ Bucket, Key: "k", Body: "x" });
    const one = await bodies(Bucket);
    await cloud.s3.deleteObject({ Bucket, Key: "k" });

    expect(one).toHaveLength(1);
    expect(await bodies(Bucket)).toEqual([]);
  });
});

describe("Keys of every kind", () => {
  it("live side by side", async () => {
    const Bucket = "keys";
    await cloud.s3.createBucket({ Bucket });
    const keys = [
      "a",
      "a/",
      "a/b",
      "a//b",
      "/leading",
      "A",
      "a/../b",
      "a/b/../..",
      "dir/.",
      "dir/...",
      "CON",
      "über/ﬀ/\u{1f600}",
      "e\u0301",
      "\u00e9",
      "with space +%2F?&=#",
      "quote\"'<>",
      "back\\slash",
      "tab\tand\nnewline",
      "\u{10000}",
      "\uffee",
      "x".repeat(1024),
      "ü".repeat(512),
    ];
    for (const Key of keys) await cloud.s3.putObject({ Bucket, Key, Body: `body of ${Key}` });
    const listed = await cloud.s3.listObjectsV2({ Bucket, EncodingType: "url" });

    for (const Key of keys) {
      const got = await cloud.s3.getObject({ Bucket, Key });
      expect(await got.Body?.transformToString()).toBe(`body of ${Key}`);
    }
    expect(listed.Contents?.map(({ Key }) => decodeURIComponent(Key ?? ""))).toEqual(
      keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });

  it.each(["x".repeat(1025), `${"ü".repeat(512)}x`])(
    "are refused over 1,024 bytes",
    async (Key) => {
      expect(await errorOf(cloud.s3.putObject({ Bucket, Key, Body: "" }))).toMatchObject({
        name: "KeyTooLongError",
        message: "Your key is too long",
      });
    },
  );

  it.each(["..", "../x", "a/../../x", "a/../.."])("are refused as S3 does: %s", async (Key) => {
    expect(await errorOf(cloud.s3.putObject({ Bucket, Key, Body: "" }))).toMatchObject({
      name: "InvalidURI",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("must be UTF-8", async () => {
    const { status, text } = await cloud.send({ path: `/${Bucket}/%ff` });

    expect(status).toBe(400);
    expect(text).toContain("<Code>InvalidURI</Code>");
  });
});

describe("A sender that goes away", () => {
  it("leaves nothing behind", async () => {
    const count = (await bodies()).length;
    const abort = new AbortController();
    const source = new Readable({ read() {} });
    source.push(Buffer.alloc(100_000));
    const put = cloud.s3.putObject(
      { Bucket, Key: "aborted", Body: source, ContentLength: 200_000 },
      { abortSignal: abort.signal },
    );
    await expect.poll(async () => (await bodies()).length).toBe(count + 1);
    abort.abort();

    await expect(put).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(async () => (await bodies()).length).toBe(count);
    expect(await cloud.store.get(Bucket, "aborted")).toBeUndefined();
  });

  it("leaves nothing behind when its stream fails", async () => {
    const count = (await bodies()).length;
    const Body = Readable.from(
      (async function* () {
        yield Buffer.alloc(100_000);
        throw new Error("The disk was pulled out.");
      })(),
    );
    const put = cloud.s3.putObject({ Bucket, Key: "failed", Body, ContentLength: 200_000 });

    await expect(put).rejects.toThrow();
    expect((await bodies()).length).toBe(count);
  });

  it("lets a read be given up", async () => {
    await cloud.s3.putObject({ Bucket, Key: "large", Body: Buffer.alloc(4_000_000) });
    const abort = new AbortController();
    const got = await cloud.s3.getObject({ Bucket, Key: "large" }, { abortSignal: abort.signal });
    abort.abort();

    await expect(got.Body?.transformToByteArray()).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("What is not there or not allowed", () => {
  it("is refused for another account's bucket", async () => {
    const other = { Bucket, Key: "hello", ExpectedBucketOwner: "210987654321" };

    expect((await errorOf(cloud.s3.headObject(other))).$metadata.httpStatusCode).toBe(403);
    expect(await errorOf(cloud.s3.putObject(other))).toMatchObject({
      name: "AccessDenied",
      message: "Access Denied",
    });
    await cloud.s3.headObject({ Bucket, Key: "hello", ExpectedBucketOwner: ACCOUNT });
  });

  it("names the operation that is missing", async () => {
    expect(await errorOf(cloud.s3.getObjectAcl({ Bucket, Key: "hello" }))).toMatchObject({
      name: "NotImplemented",
      message:
        "A header you provided implies functionality that is not implemented: the local cloud has no S3 GetObjectAcl (GET ?acl).",
      $metadata: { httpStatusCode: 501 },
    });
    expect((await errorOf(cloud.s3.getBucketPolicy({ Bucket }))).message).toContain(
      "GetBucketPolicy",
    );
    expect(
      (
        await errorOf(
          cloud.s3.putBucketVersioning({
            Bucket,
            VersioningConfiguration: { Status: "Enabled" },
          }),
        )
      ).message,
    ).toContain("PutBucketVersioning");
  });

  it("names the header whose promise is not kept", async () => {
    const { status, text } = await cloud.send({
      method: "PUT",
      path: `/${Bucket}/secret`,
      headers: { "x-amz-server-side-encryption-customer-algorithm": "AES256" },
    });

    expect(status).toBe(501);
    expect(text).toContain("<Header>x-amz-server-side-encryption-customer-algorithm</Header>");
  });

  it.each([
    ["x-amz-storage-class", "ODD", 400, "InvalidStorageClass"],
    ["x-amz-server-side-encryption", "odd", 400, "InvalidArgument"],
    ["x-amz-checksum-sha512", "AAAA", 501, "NotImplemented"],
    ["x-amz-checksum-xxhash3", "AAAA", 501, "NotImplemented"],
  ])("refuses %s: %s, and keeps nothing", async (header, value, status, code) => {
    const path = `/${Bucket}/odd`;
    const answer = await cloud.send({ method: "PUT", path, headers: { [header]: value } });

    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(code)]);
    expect((await cloud.send({ method: "GET", path })).status).toBe(404);
  });

  it("refuses a copy with a checksum that is not had here", async () => {
    await cloud.s3.putObject({ Bucket, Key: "source", Body: "a" });
    const { text } = await cloud.send({
      method: "PUT",
      path: `/${Bucket}/copy-of-source`,
      headers: {
        "x-amz-copy-source": `${Bucket}/source`,
        "x-amz-checksum-algorithm": "XXHASH3",
      },
    });

    expect(text).toContain("Checksum algorithm provided is unsupported");
  });

  it("refuses ACLs as new buckets do", async () => {
    const put = (ACL: "private" | "public-read"): Promise<unknown> =>
      cloud.s3.putObject({ Bucket, Key: "acl", Body: "", ACL });

    await put("private");
    expect((await errorOf(put("public-read"))).name).toBe("AccessControlListNotSupported");
  });

  it("gives back what was said of encryption", async () => {
    const put = await cloud.s3.putObject({
      Bucket,
      Key: "kms",
      Body: "x",
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "key-1",
    });
    const head = await cloud.s3.headObject({ Bucket, Key: "kms" });

    expect(put).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: "key-1" });
    expect(head).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: "key-1" });
  });

  it("has no other versions", async () => {
    await cloud.s3.headObject({ Bucket, Key: "hello", VersionId: "null" });
    const got = cloud.s3.getObject({ Bucket, Key: "hello", VersionId: "abc" });

    expect((await errorOf(got)).message).toBe("Invalid version id specified");
  });

  it("tells attributes", async () => {
    await cloud.s3.putObject({ Bucket, Key: "attributes", Body: "123456789" });
    const attributes = await cloud.s3.getObjectAttributes({
      Bucket,
      Key: "attributes",
      ObjectAttributes: ["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"],
    });

    expect(attributes).toMatchObject({
      ETag: md5("123456789"),
      Checksum: { ChecksumCRC32: "y/Q5Jg==", ChecksumType: "FULL_OBJECT" },
      ObjectSize: 9,
      StorageClass: "STANDARD",
    });
  });

  it.each([
    ["", "InvalidRequest", {}],
    ["ETag,Size", "InvalidArgument", {}],
    ["ETag", "InvalidArgument", { "x-amz-max-parts": "-1" }],
    ["ETag", "InvalidArgument", { "x-amz-part-number-marker": "x" }],
  ])("refuses attributes that there are none of: %j", async (wanted, code, headers) => {
    const { status, text } = await cloud.send({
      method: "GET",
      path: `/${Bucket}/attributes`,
      query: { attributes: "" },
      headers: { "x-amz-object-attributes": wanted, ...headers },
    });
    expect(status).toBe(400);
    expect(text).toContain(`<Code>${code}</Code>`);
  });
});
