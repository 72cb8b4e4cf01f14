/** `aws s3api`: single calls as the CLI makes them, and what it says when they are refused. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { answer, awsClient, awsIsLacking } from "./aws.ts";
import { writeFiles } from "./client.ts";
import { testWith } from "./needs.ts";

const test = (name: string, run: () => Promise<void>): void => testWith(awsIsLacking, name, run);
const client = awsClient();
const ON = ["--bucket", "cli-api", "--key"];
const MIB = 1024 * 1024;

const api = async (...args: string[]): Promise<Record<string, unknown>> =>
  await answer(client(), "s3api", ...args);
/** What stands before the words of an error: `An error occurred (NoSuchKey) when …`. */
const refusal = async (...args: string[]): Promise<string> => {
  const { err } = await client().fail(["s3api", ...args]);
  return /An error occurred \((\w+)\)/.exec(err)?.[1] ?? err;
};
const written = async (name = "out"): Promise<string> =>
  await readFile(join(client().folder, name), "utf8");

describe("aws s3api", () => {
  test("a bucket is made where it is said to be, and found", async () => {
    const at = ["--create-bucket-configuration", "LocationConstraint=eu-west-1"];
    expect(await api("create-bucket", "--bucket", "cli-api", ...at)).toEqual({
      Location: "/cli-api",
    });
    expect(await api("get-bucket-location", "--bucket", "cli-api")).toEqual({
      LocationConstraint: "eu-west-1",
    });
    expect(await api("head-bucket", "--bucket", "cli-api")).toMatchObject({
      BucketRegion: "eu-west-1",
    });
    await client().run(["s3api", "wait", "bucket-exists", "--bucket", "cli-api"]);
    expect(await refusal("create-bucket", "--bucket", "cli-elsewhere")).toBe(
      "IllegalLocationConstraintException",
    );
  });

  test("an object is put, with its body from a file", async () => {
    await writeFiles(client().folder, { body: "0123456789" });
    const put = await api("put-object", ...ON, "digits", "--body", "body", "--tagging", "a=1&b=2");
    expect(put["ETag"]).toBe('"781e5e245d69b566979b86e28d23f2c7"');
    await client().run(["s3api", "wait", "object-exists", ...ON, "digits"]);
  });

  for (const [range, text, told] of [
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=8-99", "89", "bytes 8-9/10"],
  ] as const) {
    test(`get-object --range ${range}`, async () => {
      const got = await api("get-object", ...ON, "digits", "--range", range, "out");
      expect([got["ContentRange"], got["ContentLength"]]).toEqual([told, text.length]);
      expect(await written()).toBe(text);
    });
  }

  test("a range beyond the end is refused", async () => {
    expect(await refusal("get-object", ...ON, "digits", "--range", "bytes=10-", "out")).toBe(
      "InvalidRange",
    );
  });

  test("conditions of reads", async () => {
    const etag = '"781e5e245d69b566979b86e28d23f2c7"';
    const get = ["get-object", ...ON, "digits"];
    await api(...get, "--if-match", etag, "out");
    expect(await refusal(...get, "--if-match", '"other"', "out")).toBe("PreconditionFailed");
    await api(...get, "--if-none-match", '"other"', "out");
    expect(await refusal(...get, "--if-none-match", etag, "out")).toBe("304");
    await api(...get, "--if-modified-since", "2020-01-01T00:00:00Z", "out");
    expect(await refusal(...get, "--if-modified-since", new Date().toISOString(), "out")).toBe(
      "304",
    );
    expect(await refusal(...get, "--if-unmodified-since", "2020-01-01T00:00:00Z", "out")).toBe(
      "PreconditionFailed",
    );
    expect(await refusal("head-object", ...ON, "digits", "--if-none-match", etag)).toBe("304");
  });

  test("conditions of writes", async () => {
    const put = ["put-object", ...ON, "once", "--body", "body"];
    const { ETag: etag } = await api(...put, "--if-none-match", "*");
    expect(await refusal(...put, "--if-none-match", "*")).toBe("PreconditionFailed");
    await api(...put, "--if-match", String(etag));
    expect(await refusal(...put, "--if-match", '"other"')).toBe("PreconditionFailed");
  });

  test("conditions of copies", async () => {
    const copy = ["copy-object", ...ON, "copied", "--copy-source", "cli-api/digits"];
    await api(...copy, "--copy-source-if-match", '"781e5e245d69b566979b86e28d23f2c7"');
    expect(await refusal(...copy, "--copy-source-if-match", '"other"')).toBe("PreconditionFailed");
    expect(
      await refusal(...copy, "--copy-source-if-none-match", '"781e5e245d69b566979b86e28d23f2c7"'),
    ).toBe("PreconditionFailed");
  });

  for (const [algorithm, option, value] of [
    ["CRC32", "--checksum-crc32", "poTHxg=="],
    ["CRC32C", "--checksum-crc32-c", "KAwGng=="],
    ["CRC64NVME", "--checksum-crc64-nvme", "Ffmx7kz9nB0="],
    ["SHA1", "--checksum-sha1", "h6zsF82dzSCnFsws9nQXtxyKcBY="],
    ["SHA256", "--checksum-sha256", "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII="],
  ] as const) {
    test(`${algorithm} is computed by the client, kept, told, and checked`, async () => {
      const put = ["put-object", ...ON, `sum-${algorithm}`, "--body", "body"];
      const told = await api(...put, "--checksum-algorithm", algorithm);
      const checksum = told[`Checksum${algorithm}`] as string;
      const head = await api(
        ...["head-object", ...ON, `sum-${algorithm}`, "--checksum-mode", "ENABLED"],
      );
      expect(head).toMatchObject({
        [`Checksum${algorithm}`]: checksum,
        ChecksumType: "FULL_OBJECT",
      });
      expect(checksum).toBe(value);
      const other = Buffer.from(checksum, "base64").map((byte) => byte ^ 1);
      const wrong = Buffer.from(other).toString("base64");
      expect(await refusal(...put, option, wrong)).toBe("BadDigest");
      const attributes = ["--object-attributes", "ETag", "Checksum", "ObjectSize"];
      expect(await api("get-object-attributes", ...ON, `sum-${algorithm}`, ...attributes)).toEqual({
        LastModified: expect.any(String),
        ETag: "781e5e245d69b566979b86e28d23f2c7",
        Checksum: { [`Checksum${algorithm}`]: checksum, ChecksumType: "FULL_OBJECT" },
        ObjectSize: 10,
      });
    });
  }

  test("tags are told, replaced and taken away", async () => {
    const tags = async (): Promise<unknown> =>
      (await api("get-object-tagging", ...ON, "digits"))["TagSet"];
    expect(await tags()).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ]);
    const set = JSON.stringify({ TagSet: [{ Key: "c ü", Value: "" }] });
    await api("put-object-tagging", ...ON, "digits", "--tagging", set);
    expect(await tags()).toEqual([{ Key: "c ü", Value: "" }]);
    await api("delete-object-tagging", ...ON, "digits");
    expect(await tags()).toEqual([]);
  });

  test("keys that no file could have", async () => {
    const keys = ["a//b", "a/../b/.", "trailing/", "new\nline", "tab\tand\u0001", " ", "%2F"];
    for (const key of keys) await api("put-object", ...ON, `odd/${key}`, "--body", "body");
    const listed = await api("list-objects-v2", "--bucket", "cli-api", "--prefix", "odd/");
    expect(new Set((listed["Contents"] as { Key: string }[]).map(({ Key }) => Key))).toEqual(
      new Set(keys.map((key) => `odd/${key}`)),
    );
    for (const key of keys) await api("get-object", ...ON, `odd/${key}`, "out");
    // Where S3 writes a control character into an answer that has no encoding-type, botocore cannot read the answer.
    await api("delete-object", ...ON, "odd/tab\tand\u0001");
    const Objects = keys.map((key) => ({ Key: `odd/${key.replace("\u0001", "")}` }));
    const done = await api(
      ...["delete-objects", "--bucket", "cli-api", "--delete", JSON.stringify({ Objects })],
    );
    expect(done["Deleted"]).toHaveLength(keys.length);
  });

  test("lists by page, delimiter and start", async () => {
    for (const key of ["l/a", "l/b/1", "l/b/2", "l/c"]) {
      await client().cloud.s3.putObject({ Bucket: "cli-api", Key: key, Body: "" });
    }
    const list = ["list-objects-v2", "--bucket", "cli-api", "--prefix", "l/"];
    expect(
      await api(
        ...list,
        "--delimiter",
        "/",
        "--query",
        "[Contents[].Key, CommonPrefixes[].Prefix]",
      ),
    ).toEqual([["l/a", "l/c"], ["l/b/"]]);
    expect(await api(...list, "--page-size", "1", "--query", "Contents[].Key")).toHaveLength(4);
    expect(await api(...list, "--start-after", "l/b/1", "--query", "Contents[].Key")).toEqual([
      "l/b/2",
      "l/c",
    ]);
    const first = await api(...list, "--max-items", "2");
    expect(first["NextToken"]).toBeTypeOf("string");
    const rest = await api(...list, "--starting-token", String(first["NextToken"]));
    expect((rest["Contents"] as { Key: string }[]).map(({ Key }) => Key)).toEqual(["l/b/2", "l/c"]);
  });

  test("a multipart upload by hand, a part of it copied", async () => {
    await writeFiles(client().folder, { "part.bin": Buffer.alloc(5 * MIB, "p") });
    const { UploadId } = await api("create-multipart-upload", ...ON, "by hand");
    const on = [...ON, "by hand", "--upload-id", String(UploadId)];
    const first = await api("upload-part", ...on, "--part-number", "1", "--body", "part.bin");
    const second = await api(
      ...["upload-part-copy", ...on, "--part-number", "2", "--copy-source", "cli-api/digits"],
      ...["--copy-source-range", "bytes=2-4"],
    );
    const listed = await api("list-parts", ...on, "--page-size", "1");
    expect((listed["Parts"] as { Size: number }[]).map(({ Size }) => Size)).toEqual([5 * MIB, 3]);
    const Parts = [
      { PartNumber: 1, ETag: first["ETag"] },
      { PartNumber: 2, ETag: (second["CopyPartResult"] as { ETag: string }).ETag },
    ];
    const done = await api(
      ...["complete-multipart-upload", ...on, "--multipart-upload", JSON.stringify({ Parts })],
    );
    expect(done["ETag"]).toMatch(/-2"$/);
    await api("get-object", ...ON, "by hand", "--part-number", "2", "out");
    expect(await written()).toBe("234");
  });

  test("another account's bucket is refused", async () => {
    expect(
      await refusal(
        "head-bucket",
        "--bucket",
        "cli-api",
        "--expected-bucket-owner",
        "999999999999",
      ),
    ).toBe("403");
    await api("head-bucket", "--bucket", "cli-api", "--expected-bucket-owner", "123456789012");
  });

  test("what this S3 has not is refused by name", async () => {
    expect((await client().fail(["s3api", "get-bucket-acl", "--bucket", "cli-api"])).err).toContain(
      "GetBucketAcl",
    );
  });
});
