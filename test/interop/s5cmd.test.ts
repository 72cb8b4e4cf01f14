/** s5cmd, a fast S3 client written in Go: many requests at once, over HTTP against the local cloud. */

import { readFile, rm, writeFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { readBucket, readFiles, writeFiles } from "./client.ts";
import { digest, fileClientOf, LARGE } from "./file-client.ts";
import { installed, lacking } from "./installed.ts";

const S5CMD = installed("s5cmd/bin/s5cmd");
const {
  test,
  client,
  path,
  out: s5,
} = fileClientOf(lacking(S5CMD), S5CMD, (url) => ({ S3_ENDPOINT_URL: url }));

const FILES: Record<string, string> = {
  "a.csv": "1",
  "deep/b.csv": "22",
  "deep/er/c.txt": "333",
  "with space & plus+.csv": "4444",
  "ü/日本語😀.txt": "55555",
};

describe("s5cmd", () => {
  test("mb, ls", async () => {
    expect(await s5("mb", "s3://s5c")).toBe("mb s3://s5c");
    expect(await s5("ls")).toMatch(/ s3:\/\/s5c$/m);
    expect((await client().fail(["mb", "s3://s5c"])).err).toContain("BucketAlreadyOwnedByYou");
  });

  test("sync goes up, and sends nothing a second time", async () => {
    await writeFiles(path("up"), FILES);
    const sent = await s5("sync", "up/", "s3://s5c/sync/");
    expect(sent.split("\n")).toHaveLength(5);
    const expected = Object.entries(FILES).map(([name, text]) => [`sync/${name}`, text]);
    expect(await readBucket(client(), "s5c", "sync/")).toEqual(Object.fromEntries(expected));
    expect(await s5("sync", "up/", "s3://s5c/sync/")).toBe("");
  });

  test("sync comes down, and fetches nothing a second time", async () => {
    await s5("sync", "s3://s5c/sync/*", "down/");
    expect(await readFiles(path("down"))).toEqual(await readFiles(path("up")));
    expect(await s5("sync", "--size-only", "s3://s5c/sync/*", "down/")).toBe("");
  });

  test("sync --delete takes away what is no longer there, up and down", async () => {
    await rm(path("up", "a.csv"));
    expect(await s5("sync", "--delete", "up/", "s3://s5c/sync/")).toBe("rm s3://s5c/sync/a.csv");
    await s5("sync", "--delete", "--size-only", "s3://s5c/sync/*", "down/");
    expect(await readFiles(path("down"))).toEqual(await readFiles(path("up")));
  });

  test("sync from bucket to bucket", async () => {
    await s5("mb", "s3://s5c-copy");
    await s5("sync", "s3://s5c/sync/*", "s3://s5c-copy/");
    expect(Object.values(await readBucket(client(), "s5c-copy"))).toEqual(
      Object.values(await readBucket(client(), "s5c", "sync/")),
    );
  });

  test("cp with wildcards, both ways", async () => {
    await s5("cp", "up/deep/*", "s3://s5c/wild/");
    expect(Object.keys(await readBucket(client(), "s5c", "wild/"))).toEqual([
      "wild/b.csv",
      "wild/er/c.txt",
    ]);
    await s5("cp", "s3://s5c/wild/*.csv", "wild/");
    expect(Object.keys(await readFiles(path("wild")))).toEqual(["b.csv"]);
    await s5("cp", "--exclude", "*.txt", "s3://s5c/wild/*", "s3://s5c/wild-copy/");
    expect(Object.keys(await readBucket(client(), "s5c", "wild-copy/"))).toEqual([
      "wild-copy/b.csv",
    ]);
  });

  test("a large file goes up in parts and comes down by ranges", async () => {
    await writeFile(path("large.bin"), LARGE);
    await s5("cp", "--part-size", "5", "--concurrency", "4", "large.bin", "s3://s5c/large.bin");
    const told = await client().cloud.s3.headObject({ Bucket: "s5c", Key: "large.bin" });
    expect([told.ContentLength, told.ETag]).toEqual([LARGE.length, expect.stringMatching(/-3"$/)]);
    await s5("cp", "--part-size", "5", "--concurrency", "4", "s3://s5c/large.bin", "large.down");
    expect(digest(await readFile(path("large.down")))).toBe(digest(LARGE));
  });

  test("a large object is copied inside S3", async () => {
    await s5("cp", "s3://s5c/large.bin", "s3://s5c/large.copy");
    const { bytes } = await client().run(["cat", "s3://s5c/large.copy"]);
    expect(digest(bytes)).toBe(digest(LARGE));
  });

  test("cp keeps metadata and content headers", async () => {
    await s5(
      ...["cp", "--content-type", "text/x-own", "--cache-control", "max-age=5"],
      ...["--metadata", "team=claims", "up/deep/b.csv", "s3://s5c/described"],
    );
    expect(await client().cloud.s3.headObject({ Bucket: "s5c", Key: "described" })).toMatchObject({
      ContentType: "text/x-own",
      CacheControl: "max-age=5",
      Metadata: { team: "claims" },
    });
  });

  test("pipe takes standard input, cat gives it back", async () => {
    await client().run(["pipe", "s3://s5c/piped"], { input: "from a pipe" });
    expect(await s5("cat", "s3://s5c/piped")).toBe("from a pipe");
    await client().run(["pipe", "s3://s5c/piped.bin"], { input: LARGE });
    const { bytes } = await client().run(["cat", "s3://s5c/piped.bin"]);
    expect(digest(bytes)).toBe(digest(LARGE));
  });

  test("mv, up, inside and down, leaves nothing behind", async () => {
    await writeFiles(path("mv"), { "x ü.txt": "moved" });
    await s5("mv", "mv/x ü.txt", "s3://s5c/mv/x ü.txt");
    await s5("mv", "s3://s5c/mv/x ü.txt", "s3://s5c/mv/y+z.txt");
    expect(await readBucket(client(), "s5c", "mv/")).toEqual({ "mv/y+z.txt": "moved" });
    await s5("mv", "s3://s5c/mv/*", "mv/");
    expect(await readFiles(path("mv"))).toEqual({ "y+z.txt": "moved" });
    expect(await readBucket(client(), "s5c", "mv/")).toEqual({});
  });

  test("ls and du add up, by prefix, wildcard and storage class", async () => {
    expect(await s5("ls", "s3://s5c/sync/")).toMatch(/ DIR {2}deep\/$/m);
    expect((await s5("ls", "s3://s5c/sync/*")).split("\n")).toHaveLength(4);
    expect(await s5("ls", "--etag", "s3://s5c/large.bin")).toMatch(/[0-9a-f]{32}-3/);
    expect(await s5("du", "s3://s5c/sync/*")).toBe("14 bytes in 4 objects: s3://s5c/sync/*");
    expect(await s5("du", "--group", "s3://s5c/sync/*")).toContain("[STANDARD]");
    expect(await s5("--json", "head", "s3://s5c/large.bin")).toContain(`"size":${LARGE.length}`);
  });

  test("presign makes a URL that is read without a client", async () => {
    const url = await s5("presign", "--expire", "1m", "s3://s5c/piped");
    expect(await (await fetch(url)).text()).toBe("from a pipe");
  });

  test("run does a list of commands at once", async () => {
    const commands = Array.from({ length: 60 }, (_, n) => `cp up/deep/b.csv s3://s5c/run/${n}`);
    await client().run(["run"], { input: commands.join("\n") });
    expect(Object.keys(await readBucket(client(), "s5c", "run/"))).toHaveLength(60);
  });

  test("rm takes one, many by wildcard, and more than 1,000 at once", async () => {
    const files = Object.fromEntries(Array.from({ length: 1_050 }, (_, n) => [`${n}`, "x"]));
    await writeFiles(path("many"), files);
    await s5("cp", "many/", "s3://s5c/many/");
    expect(await s5("du", "s3://s5c/many/*")).toContain("1050 bytes in 1050 objects");
    await s5("rm", "s3://s5c/many/1");
    await s5("rm", "s3://s5c/many/*");
    expect(await readBucket(client(), "s5c", "many/")).toEqual({});
  });

  test("what is not there is told", async () => {
    expect((await client().fail(["cat", "s3://s5c/never"])).err).toContain("not found");
    expect((await client().fail(["ls", "s3://s5c-never/"])).err).toContain("NoSuchBucket");
    expect((await client().fail(["ls", "s3://s5c/never/*"])).err).toContain("no object found");
  });

  test("rb wants an empty bucket; no upload is left behind", async () => {
    expect((await client().fail(["rb", "s3://s5c"])).err).toContain("BucketNotEmpty");
    const { Uploads = [] } = await client().cloud.s3.listMultipartUploads({ Bucket: "s5c" });
    expect(Uploads).toEqual([]);
    await s5("rm", "s3://s5c/*");
    await s5("rb", "s3://s5c");
  });
});
