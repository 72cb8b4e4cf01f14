/** `aws s3`: what people type, over HTTP against the local cloud. */

import { createHash, randomBytes } from "node:crypto";
import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { eventually } from "../helpers/cloud-fixture.ts";
import { awsClient, awsIsLacking } from "./aws.ts";
import { readBucket, readFiles, writeFiles } from "./client.ts";
import { testWith } from "./needs.ts";

const test = (name: string, run: () => Promise<void>): void => testWith(awsIsLacking, name, run);
const client = awsClient();
const MIB = 1024 * 1024;
/** More than two parts of 5 MiB, the last one short. */
const LARGE = randomBytes(11 * MIB + 7);
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const path = (...names: string[]): string => join(client().folder, ...names);
const s3 = async (...args: string[]): Promise<string> => (await client().run(["s3", ...args])).out;

describe("aws s3 mb, ls, rb", () => {
  test("a bucket is made and listed", async () => {
    expect(await s3("mb", "s3://cli")).toBe("make_bucket: cli");
    expect(await s3("ls")).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d cli$/);
  });

  test("one that is there is not made again", async () => {
    expect((await client().fail(["s3", "mb", "s3://cli"])).err).toContain(
      "(BucketAlreadyOwnedByYou)",
    );
  });

  test("what is not there is told", async () => {
    expect((await client().fail(["s3", "ls", "s3://cli-never"])).err).toContain("(NoSuchBucket)");
    expect((await client().fail(["s3", "ls", "s3://cli/never/"])).exitCode).toBe(1);
  });

  test("rb refuses a bucket with objects, and empties it with --force", async () => {
    await s3("mb", "s3://cli-full");
    for (const key of ["a", "b/c", "b/d/"]) {
      await client().cloud.s3.putObject({ Bucket: "cli-full", Key: key, Body: "x" });
    }
    expect((await client().fail(["s3", "rb", "s3://cli-full"])).err).toContain("(BucketNotEmpty)");
    expect(await s3("rb", "s3://cli-full", "--force")).toContain("remove_bucket: cli-full");
    expect(await s3("ls")).not.toContain("cli-full");
  });
});

describe("aws s3 cp", () => {
  test("a file goes up and comes down", async () => {
    await writeFiles(path("up"), { "one.csv": "a,b\n" });
    expect(await s3("cp", "up/one.csv", "s3://cli/cp/")).toContain(
      "upload: up/one.csv to s3://cli/cp/one.csv",
    );
    await s3("cp", "s3://cli/cp/one.csv", "down.csv");
    expect(await readFile(path("down.csv"), "utf8")).toBe("a,b\n");
    const told = await client().cloud.s3.headObject({ Bucket: "cli", Key: "cp/one.csv" });
    expect(told.ContentType).toBe("text/csv");
  });

  test("standard input goes up, standard output takes what comes down", async () => {
    await client().run(["s3", "cp", "-", "s3://cli/stream"], { input: "from a pipe" });
    expect(await s3("cp", "s3://cli/stream", "-")).toBe("from a pipe");
  });

  test("a large standard input is sent in parts, and comes down by ranges", async () => {
    await client().run(
      ["s3", "cp", "-", "s3://cli/large-stream", "--expected-size", String(LARGE.length)],
      { input: LARGE },
    );
    const { bytes } = await client().run(["s3", "cp", "s3://cli/large-stream", "-"]);
    expect(digest(bytes)).toBe(digest(LARGE));
    const told = await client().cloud.s3.headObject({ Bucket: "cli", Key: "large-stream" });
    expect(told.ETag).toMatch(/-2"$/);
  });

  test("a file above multipart_threshold is sent in parts of multipart_chunksize", async () => {
    await client().run(["configure", "set", "default.s3.multipart_threshold", "5MB"]);
    await client().run(["configure", "set", "default.s3.multipart_chunksize", "5MB"]);
    await writeFile(path("large.bin"), LARGE);
    await s3("cp", "large.bin", "s3://cli/large.bin");
    const told = await client().cloud.s3.headObject({
      Bucket: "cli",
      Key: "large.bin",
      ChecksumMode: "ENABLED",
    });
    expect(told.ETag).toMatch(/-3"$/);
    expect(told.ContentLength).toBe(LARGE.length);
    await s3("cp", "s3://cli/large.bin", "large.down");
    expect(digest(await readFile(path("large.down")))).toBe(digest(LARGE));
    await rm(path("large.down"));
  });

  test("a large object is copied in parts, inside S3", async () => {
    await s3("cp", "s3://cli/large.bin", "s3://cli/large.copy");
    const told = await client().cloud.s3.headObject({ Bucket: "cli", Key: "large.copy" });
    expect(told.ETag).toMatch(/-3"$/);
    const { bytes } = await client().run(["s3", "cp", "s3://cli/large.copy", "-"]);
    expect(digest(bytes)).toBe(digest(LARGE));
  });

  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
    test(`--checksum-algorithm ${algorithm}, small and in parts`, async () => {
      for (const name of ["up/one.csv", "large.bin"]) {
        const uri = `s3://cli/sums/${algorithm}`;
        await s3("cp", name, uri, "--checksum-algorithm", algorithm);
        const told = await client().cloud.s3.headObject({
          Bucket: "cli",
          Key: `sums/${algorithm}`,
          ChecksumMode: "ENABLED",
        });
        expect(told[`Checksum${algorithm}`]).toBeTypeOf("string");
        await s3("cp", uri, "sum", "--checksum-mode", "ENABLED");
        expect(digest(await readFile(path("sum")))).toBe(digest(await readFile(path(name))));
      }
    });
  }

  test("metadata, content headers, storage class and a type of one's own are kept", async () => {
    await s3(
      ...["cp", "up/one.csv", "s3://cli/described", "--metadata", "team=claims,round=2"],
      ...["--content-type", "text/x-own", "--cache-control", "max-age=60"],
      ...["--content-disposition", "attachment", "--content-language", "de"],
      ...["--content-encoding", "identity", "--storage-class", "STANDARD_IA"],
    );
    expect(await client().cloud.s3.headObject({ Bucket: "cli", Key: "described" })).toMatchObject({
      Metadata: { team: "claims", round: "2" },
      ContentType: "text/x-own",
      CacheControl: "max-age=60",
      ContentDisposition: "attachment",
      ContentLanguage: "de",
      ContentEncoding: "identity",
      StorageClass: "STANDARD_IA",
    });
  });

  test("copies take metadata and tags along, or replace them", async () => {
    const { s3: sdk } = client().cloud;
    await sdk.putObject({
      Bucket: "cli",
      Key: "tagged",
      Body: "small",
      Tagging: "a=1&b=%C3%BC",
      Metadata: { kept: "yes" },
    });
    await s3("cp", "s3://cli/tagged", "s3://cli/tagged.copy");
    const { TagSet } = await sdk.getObjectTagging({ Bucket: "cli", Key: "tagged.copy" });
    expect(TagSet).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "ü" },
    ]);
    expect((await sdk.headObject({ Bucket: "cli", Key: "tagged.copy" })).Metadata).toEqual({
      kept: "yes",
    });
    await s3(
      ...["cp", "s3://cli/cp/one.csv", "s3://cli/replaced", "--metadata-directive", "REPLACE"],
      ...["--metadata", "new=yes"],
    );
    expect((await sdk.headObject({ Bucket: "cli", Key: "replaced" })).Metadata).toEqual({
      new: "yes",
    });
  });

  test("an object that is not there fails, with S3's words", async () => {
    expect((await client().fail(["s3", "cp", "s3://cli/never", "x"])).err).toContain("(404)");
  });
});

/** What a Linux file name can hold, and a key. */
const ODD: Record<string, string> = {
  "with space.txt": "1",
  "plus+percent%20.txt": "2",
  "quotes'\"<&>.txt": "3",
  "ü/日本語/😀.txt": "4",
  "question?hash#equals=;comma,.txt": "5",
  "back\\slash:colon|pipe*star.txt": "6",
  "brackets[1]{2}(3)~!@$^`.txt": "7",
  ".hidden": "8",
  "-dash": "9",
};

describe("aws s3 sync", () => {
  const keyed = (prefix: string, files: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${prefix}${name}`, text]));

  test("keys with every odd character go up and come down", async () => {
    await writeFiles(path("odd"), ODD);
    await s3("sync", "odd", "s3://cli/odd");
    expect(await readBucket(client(), "cli", "odd/")).toEqual(keyed("odd/", ODD));
    await s3("sync", "s3://cli/odd", "odd.down");
    expect(await readFiles(path("odd.down"))).toEqual(await readFiles(path("odd")));
  });

  test("what is there already is not sent again", async () => {
    expect(await s3("sync", "odd", "s3://cli/odd")).toBe("");
    expect(await s3("sync", "s3://cli/odd", "odd.down")).toBe("");
    expect(await s3("sync", "s3://cli/odd", "s3://cli/odd.copy", "--quiet")).toBe("");
    expect(await s3("sync", "s3://cli/odd", "s3://cli/odd.copy")).toBe("");
    expect(await readBucket(client(), "cli", "odd.copy/")).toEqual(keyed("odd.copy/", ODD));
  });

  test("--delete takes away what is no longer there, up and down", async () => {
    await rm(path("odd", ".hidden"));
    expect(await s3("sync", "odd", "s3://cli/odd", "--delete")).toBe(
      "delete: s3://cli/odd/.hidden",
    );
    expect(await readBucket(client(), "cli", "odd/")).not.toHaveProperty("odd/.hidden");
    expect(await s3("sync", "s3://cli/odd", "odd.down", "--delete")).toContain("delete: odd.down/");
    expect(await readFiles(path("odd.down"))).not.toHaveProperty(".hidden");
  });

  test("--exclude and --include choose", async () => {
    await writeFiles(path("chosen"), {
      "a.csv": "1",
      "b.txt": "2",
      "deep/c.csv": "3",
      "d.log": "4",
    });
    await s3("sync", "chosen", "s3://cli/chosen", "--exclude", "*", "--include", "*.csv");
    expect(Object.keys(await readBucket(client(), "cli", "chosen/"))).toEqual([
      "chosen/a.csv",
      "chosen/deep/c.csv",
    ]);
    // What is excluded is not deleted either.
    await s3("sync", "chosen", "s3://cli/chosen", "--exclude", "*.csv", "--delete");
    expect(Object.keys(await readBucket(client(), "cli", "chosen/"))).toEqual([
      "chosen/a.csv",
      "chosen/b.txt",
      "chosen/d.log",
      "chosen/deep/c.csv",
    ]);
  });

  test("--exact-timestamps fetches what has the same size and another time", async () => {
    await client().cloud.s3.putObject({ Bucket: "cli", Key: "exact/x", Body: "old" });
    await s3("sync", "s3://cli/exact", "exact");
    // An older file of the same size is taken for good enough.
    await writeFile(path("exact", "x"), "new");
    await utimes(path("exact", "x"), new Date(), new Date(Date.now() - 60_000));
    expect(await s3("sync", "s3://cli/exact", "exact")).toBe("");
    expect(await s3("sync", "s3://cli/exact", "exact", "--exact-timestamps")).toContain(
      "download:",
    );
    expect(await readFile(path("exact", "x"), "utf8")).toBe("old");
  });

  test("--size-only and --dryrun", async () => {
    await writeFile(path("exact", "x"), "abc");
    expect(await s3("sync", "exact", "s3://cli/exact", "--size-only")).toBe("");
    expect(await s3("sync", "exact", "s3://cli/exact-dry", "--dryrun")).toContain(
      "(dryrun) upload:",
    );
    expect(await readBucket(client(), "cli", "exact-dry/")).toEqual({});
  });

  test("1,100 objects are more than one page", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1_100 }, (_, n) => [`${n % 7}/${n}.txt`, String(n)]),
    );
    await writeFiles(path("many"), files);
    await s3("sync", "many", "s3://cli/many", "--quiet");
    const listed = await s3("ls", "s3://cli/many/", "--recursive", "--summarize");
    expect(listed).toContain("Total Objects: 1100");
    expect(listed).toContain(`Total Size: ${Object.values(files).join("").length}`);
    expect(listed.match(/ many\/\d\/\d+\.txt$/gm)).toHaveLength(1_100);
    await s3("rm", "s3://cli/many/", "--recursive", "--quiet");
    expect(await readBucket(client(), "cli", "many/")).toEqual({});
  });
});

describe("aws s3 mv, rm, ls, presign", () => {
  test("ls tells folders and objects, for people if they like", async () => {
    const listed = await s3("ls", "s3://cli/");
    expect(listed).toMatch(/^ {27}PRE odd\/$/m);
    expect(listed).toMatch(/^[-\d]{10} [:\d]{8} +11534343 large\.bin$/m);
    expect(await s3("ls", "s3://cli/large.bin", "--human-readable")).toContain(
      "11.0 MiB large.bin",
    );
    expect(await s3("ls", "s3://cli/odd/", "--recursive", "--page-size", "2")).toContain("日本語");
  });

  test("mv up, inside and down leaves nothing behind", async () => {
    await writeFiles(path("mv"), { "x.txt": "moved" });
    await s3("mv", "mv/x.txt", "s3://cli/mv/x.txt");
    expect(await readFiles(path("mv"))).toEqual({});
    await s3("mv", "s3://cli/mv/x.txt", "s3://cli/mv/y ü.txt");
    expect(await readBucket(client(), "cli", "mv/")).toEqual({ "mv/y ü.txt": "moved" });
    await s3("mv", "s3://cli/mv/", "mv", "--recursive");
    expect(await readFiles(path("mv"))).toEqual({ "y ü.txt": "moved" });
    expect(await readBucket(client(), "cli", "mv/")).toEqual({});
  });

  test("rm takes one, or what is chosen below a prefix", async () => {
    await s3("rm", "s3://cli/chosen/a.csv");
    await s3("rm", "s3://cli/chosen/", "--recursive", "--exclude", "*.log");
    expect(Object.keys(await readBucket(client(), "cli", "chosen/"))).toEqual(["chosen/d.log"]);
  });

  test("a presigned URL is read without a client, until its time is over", async () => {
    const url = await s3("presign", "s3://cli/mv/ü&.txt", "--expires-in", "60");
    await client().cloud.s3.putObject({ Bucket: "cli", Key: "mv/ü&.txt", Body: "for the bearer" });
    expect(await (await fetch(url)).text()).toBe("for the bearer");
    const ranged = await fetch(url, { headers: { range: "bytes=4-6" } });
    expect([ranged.status, await ranged.text()]).toEqual([206, "the"]);
    const brief = await s3("presign", "s3://cli/mv/ü&.txt", "--expires-in", "1");
    const refusal = await eventually(async () => {
      const response = await fetch(brief);
      const words = await response.text();
      return response.status === 403 ? words : undefined;
    }, "the URL has expired");
    expect(refusal).toContain("<Code>AccessDenied</Code>");
  });

  test("no upload is left behind", async () => {
    const { Uploads = [] } = await client().cloud.s3.listMultipartUploads({ Bucket: "cli" });
    expect(Uploads).toEqual([]);
  });
});
