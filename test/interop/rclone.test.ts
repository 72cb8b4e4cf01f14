/** rclone, a client of many stores written in Go: it knows S3 from several vendors, over HTTP against the local cloud. */

import { createHash } from "node:crypto";
import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { REGION, readBucket, readFiles, writeFiles } from "./client.ts";
import { digest, fileClientOf, LARGE } from "./file-client.ts";
import { lackingProgram } from "./installed.ts";

const {
  test,
  client,
  path,
  out: rclone,
} = fileClientOf(lackingProgram("rclone"), "rclone", (url) => ({
  RCLONE_CONFIG_S3_TYPE: "s3",
  // As "AWS" it names the bucket in the host, which an IP address cannot have.
  RCLONE_CONFIG_S3_PROVIDER: "Other",
  RCLONE_CONFIG_S3_ENV_AUTH: "true",
  RCLONE_CONFIG_S3_REGION: REGION,
  RCLONE_CONFIG_S3_LOCATION_CONSTRAINT: REGION,
  RCLONE_CONFIG_S3_ENDPOINT: url,
  RCLONE_CONFIG_S3_FORCE_PATH_STYLE: "true",
  RCLONE_RETRIES: "1",
  RCLONE_LOW_LEVEL_RETRIES: "1",
}));

const FILES: Record<string, string> = {
  "a.csv": "1",
  "deep/b.csv": "22",
  "deep/er/c.txt": "333",
  "with space & plus+ %25.csv": "4444",
  "ü/日本語😀.txt": "55555",
  "quotes'\"<&>;#?.txt": "666666",
};

describe("rclone", () => {
  test("mkdir, lsd", async () => {
    await rclone("mkdir", "s3:rclone");
    expect(await rclone("lsd", "s3:")).toMatch(/ rclone$/);
  });

  test("sync goes up with times and checksums, and sends nothing a second time", async () => {
    await writeFiles(path("up"), FILES);
    await rclone("sync", "up", "s3:rclone/sync");
    expect(Object.values(await readBucket(client(), "rclone", "sync/")).sort()).toEqual(
      Object.values(FILES).sort(),
    );
    const { err } = await client().run(["sync", "up", "s3:rclone/sync", "-v", "--stats-one-line"]);
    expect(err).toContain("There was nothing to transfer");
  });

  test("sync comes down, and fetches nothing a second time", async () => {
    await rclone("sync", "s3:rclone/sync", "down");
    expect(await readFiles(path("down"))).toEqual(FILES);
    const { err } = await client().run([
      "sync",
      "s3:rclone/sync",
      "down",
      "-v",
      "--stats-one-line",
    ]);
    expect(err).toContain("There was nothing to transfer");
  });

  test("check compares by MD5, finds what differs, and reads it all with --download", async () => {
    expect((await client().run(["check", "up", "s3:rclone/sync"])).err).toContain(
      "0 differences found",
    );
    await client().run(["check", "up", "s3:rclone/sync", "--download"]);
    await writeFile(path("down", "a.csv"), "2");
    expect((await client().fail(["check", "down", "s3:rclone/sync"])).err).toContain(
      "1 differences found",
    );
  });

  test("a new time is put on the object by a copy onto itself", async () => {
    const time = new Date("2021-02-03T04:05:06Z");
    await utimes(path("up", "a.csv"), time, time);
    await rclone("sync", "up", "s3:rclone/sync");
    const told = JSON.parse(await rclone("lsjson", "s3:rclone/sync/a.csv")) as {
      ModTime: string;
    }[];
    expect(new Date(told[0]?.ModTime ?? "").toISOString()).toBe(time.toISOString());
  });

  test("sync takes away what is no longer there, copy does not", async () => {
    await rm(path("up", "a.csv"));
    await rclone("copy", "up", "s3:rclone/sync");
    expect(await readBucket(client(), "rclone", "sync/")).toHaveProperty(["sync/a.csv"]);
    await rclone("sync", "up", "s3:rclone/sync");
    expect(await readBucket(client(), "rclone", "sync/")).not.toHaveProperty(["sync/a.csv"]);
  });

  test("lsjson, lsf, size and hashsum tell of objects", async () => {
    const listed = JSON.parse(await rclone("lsjson", "-R", "--hash", "s3:rclone/sync")) as {
      Path: string;
      Size: number;
      IsDir: boolean;
      Hashes?: { md5: string };
    }[];
    const files = listed.filter(({ IsDir }) => !IsDir);
    expect(Object.fromEntries(files.map(({ Path, Size }) => [Path, Size]))).toEqual({
      "deep/b.csv": 2,
      "deep/er/c.txt": 3,
      "with space & plus+ %25.csv": 4,
      "ü/日本語😀.txt": 5,
      "quotes'\"<&>;#?.txt": 6,
    });
    const md5 = createHash("md5").update("22").digest("hex");
    expect(files.find(({ Path }) => Path === "deep/b.csv")?.Hashes?.md5).toBe(md5);
    expect((await rclone("lsf", "s3:rclone/sync/deep")).split("\n")).toEqual(["b.csv", "er/"]);
    expect(JSON.parse(await rclone("size", "--json", "s3:rclone/sync"))).toMatchObject({
      count: 5,
      bytes: 20,
    });
  });

  test("a large file goes up in parts, and comes down in streams side by side", async () => {
    await writeFile(path("large.bin"), LARGE);
    await rclone(
      ...["copyto", "large.bin", "s3:rclone/large.bin", "--s3-upload-cutoff", "5M"],
      ...["--s3-chunk-size", "5M", "--s3-upload-concurrency", "3"],
    );
    const told = await client().cloud.s3.headObject({ Bucket: "rclone", Key: "large.bin" });
    expect(told.ETag).toMatch(/-3"$/);
    await rclone(
      ...["copyto", "s3:rclone/large.bin", "large.down", "--multi-thread-cutoff", "1M"],
      ...["--multi-thread-streams", "4"],
    );
    expect(digest(await readFile(path("large.down")))).toBe(digest(LARGE));
    // The MD5 of an object in parts is not its ETag: rclone keeps it in the metadata.
    expect(await rclone("md5sum", "s3:rclone/large.bin")).toContain(
      createHash("md5").update(LARGE).digest("hex"),
    );
  });

  test("rcat sends a stream of unknown length, cat gives it back", async () => {
    await client().run(["rcat", "s3:rclone/stream", "--s3-chunk-size", "5M"], { input: LARGE });
    expect(digest((await client().run(["cat", "s3:rclone/stream"])).bytes)).toBe(digest(LARGE));
    const { bytes } = await client().run([
      "cat",
      "--offset",
      "100",
      "--count",
      "7",
      "s3:rclone/stream",
    ]);
    expect(bytes.equals(LARGE.subarray(100, 107))).toBe(true);
  });

  test("copies and moves inside S3, whole and in parts", async () => {
    await rclone("copy", "s3:rclone/sync", "s3:rclone/copied");
    expect((await client().run(["check", "up", "s3:rclone/copied"])).err).toContain(
      "0 differences found",
    );
    await rclone("copyto", "s3:rclone/large.bin", "s3:rclone/large.copy", "--s3-copy-cutoff", "5M");
    const told = await client().cloud.s3.headObject({ Bucket: "rclone", Key: "large.copy" });
    expect([told.ContentLength, told.ETag]).toEqual([LARGE.length, expect.stringMatching(/-3"$/)]);
    await rclone("moveto", "s3:rclone/large.copy", "s3:rclone/moved ü.bin");
    expect(digest((await client().run(["cat", "s3:rclone/moved ü.bin"])).bytes)).toBe(
      digest(LARGE),
    );
    expect(await readBucket(client(), "rclone", "large.copy")).toEqual({});
  });

  test("--fast-list lists more than a page at once", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1_020 }, (_, n) => [`${n % 3}/${n}`, "x"]),
    );
    await writeFiles(path("many"), files);
    await rclone("copy", "many", "s3:rclone/many", "--transfers", "16");
    expect(
      JSON.parse(await rclone("size", "--json", "--fast-list", "s3:rclone/many")),
    ).toMatchObject({
      count: 1_020,
    });
  });

  test("link makes a URL that is read without a client", async () => {
    const url = await rclone("link", "--expire", "1m", "s3:rclone/sync/deep/b.csv");
    expect(await (await fetch(url)).text()).toBe("22");
  });

  test("delete takes what is chosen, deletefile one, purge all", async () => {
    await rclone("delete", "s3:rclone/copied", "--include", "*.csv");
    expect(Object.keys(await readBucket(client(), "rclone", "copied/"))).toHaveLength(3);
    await rclone("deletefile", "s3:rclone/copied/deep/er/c.txt");
    await rclone("purge", "s3:rclone/many");
    expect(await readBucket(client(), "rclone", "many/")).toEqual({});
  });

  test("unfinished uploads are listed and cleaned up", async () => {
    const { s3 } = client().cloud;
    await s3.createMultipartUpload({ Bucket: "rclone", Key: "unfinished" });
    expect(await rclone("backend", "list-multipart-uploads", "s3:rclone")).toContain("unfinished");
    await rclone("backend", "cleanup", "-o", "max-age=0s", "s3:rclone");
    expect((await s3.listMultipartUploads({ Bucket: "rclone" })).Uploads ?? []).toEqual([]);
  });

  test("purge takes the bucket, too", async () => {
    await rclone("purge", "s3:rclone");
    expect(await rclone("lsd", "s3:")).toBe("");
  });
});
