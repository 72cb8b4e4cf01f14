import { execFile } from "node:child_process";
import { appendFileSync } from "node:fs";
import { appendFile, mkdir, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { SageMakerError, TransferError } from "../../src/errors.ts";
import type { ProgressEvent } from "../../src/training/events.ts";
import { describeSource, locateSource, stageSource } from "../../src/transfer/stage.ts";
import { answerWith, ownCloud, type TransferCloud } from "../helpers/transfer-cloud.ts";
import { ownFolder, writeTree } from "../helpers/transfer-folders.ts";

const run = promisify(execFile);
const MIB = 1024 * 1024;

async function stage(cloud: TransferCloud, path: string, signal?: AbortSignal) {
  const source = await describeSource(path);
  const { uri } = await locateSource(source, { ...cloud, prefix: "p" });
  return await stageSource(source, { session: cloud.session, uri, signal });
}

/** The error that a promise ends with. */
async function failure(promise: Promise<unknown>): Promise<TransferError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(TransferError.isInstance(error), String(error)).toBe(true);
  return error as TransferError;
}

describe("describeSource", () => {
  it("lists a folder's files in the order of their bytes, hidden ones included, empty folders not", async () => {
    const folder = await ownFolder();
    await writeTree(folder, {
      "b/c.csv": "22",
      "a.csv": "1",
      ".hidden": "",
      "b-1": "",
      "hollow/": "",
    });

    const source = await describeSource(folder);

    expect(source.files.map(({ name, bytes }) => [name, bytes])).toEqual([
      [".hidden", 0],
      ["a.csv", 1],
      ["b-1", 0],
      ["b/c.csv", 2],
    ]);
    expect(source.bytes).toBe(3);
    expect(source.label).toBe(folder);
  });

  it.skipIf(process.platform === "win32")(
    "takes what Python takes as a file URL: a relative path behind two slashes",
    async () => {
      const folder = relative(process.cwd(), await ownFolder());
      await writeTree(folder, { "a b/x.csv": "1" });

      for (const url of [
        `file://${folder}/a b`,
        `FILE://${folder}/a%20b`,
        `file://./${folder}/a b`,
      ]) {
        expect((await describeSource(url)).files.map(({ name }) => name)).toEqual(["x.csv"]);
      }
    },
  );

  it("gives equal data an equal digest, wherever it lies and however old it is", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { "one/x.csv": "1", "one/y/z": "2", "two/x.csv": "1", "two/y/z": "2" });
    await utimes(join(folder, "two", "x.csv"), 0, 0);

    const [one, two, file, url, value] = await Promise.all([
      describeSource(join(folder, "one")),
      describeSource(join(folder, "two")),
      describeSource(join(folder, "one", "x.csv")),
      describeSource(pathToFileURL(join(folder, "one", "x.csv")).href),
      describeSource({ fileName: "x.csv", contents: "1" }),
    ]);

    expect(one.digest).toBe(two.digest);
    expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([file.digest, url.digest, value.digest]).size).toBe(1);
    expect(file.digest).not.toBe(one.digest);
  });

  it("tells names, sizes and contents apart", async () => {
    const trees: Record<string, string>[] = [
      { "a/b": "1", c: "" },
      { "a/c": "1", c: "" },
      { "a/b": "2", c: "" },
      { "a/b": "", c: "1" },
      { "a/b": "1" },
      { "a\nb": "1", c: "" },
    ];
    const digests = new Set<string>();
    for (const tree of trees) {
      const folder = await ownFolder();
      await writeTree(folder, tree);
      digests.add((await describeSource(folder)).digest);
    }
    expect(digests.size).toBe(trees.length);
  });

  it("follows links to files and folders, and takes no notice of where they lead", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { "real/x": "1", "elsewhere/y": "2" });
    await symlink("../elsewhere", join(folder, "real", "linked"));
    await symlink("x", join(folder, "real", "same"));

    const { files } = await describeSource(join(folder, "real"));

    expect(files.map(({ name }) => name)).toEqual(["linked/y", "same", "x"]);
  });

  it("names everything that is in the way, at once", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { "ok.csv": "1", "sub/ok": "" });
    await run("mkfifo", [join(folder, "pipe")]);
    await symlink("..", join(folder, "sub", "up"));
    await symlink("nowhere", join(folder, "sub", "dangling"));
    await symlink("loop", join(folder, "loop"));
    await writeFile(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), "");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));

    const error = await failure(describeSource(folder));
    await new Promise((resolve) => server.close(resolve));

    expect(error.message).toContain("6 problems");
    expect(error.message).toContain("pipe is a FIFO, not a file.");
    expect(error.message).toContain("socket is a socket, not a file.");
    expect(error.message).toContain("up is a link to a folder that it lies in");
    expect(error.message).toContain("dangling is a link to nowhere, which does not exist.");
    expect(error.message).toContain(
      "loop is a link to loop, which is a link that runs in a circle.",
    );
    expect(error.message).toContain("not valid UTF-8");
    expect(error.failures).toHaveLength(6);
  });

  it("refuses a missing file, an empty folder and a device, each by name", async () => {
    const folder = await ownFolder();
    await mkdir(join(folder, "empty", "hollow"), { recursive: true });

    expect((await failure(describeSource(join(folder, "train.csv")))).message).toBe(
      `${join(folder, "train.csv")} does not exist.`,
    );
    expect((await failure(describeSource(join(folder, "empty")))).message).toBe(
      `${join(folder, "empty")} holds no files.`,
    );
    expect((await failure(describeSource("/dev/null"))).message).toBe(
      "/dev/null is a device, not a file.",
    );
    expect((await failure(describeSource({ fileName: "a/b", contents: "" }))).message).toContain(
      '"a/b"',
    );
  });

  it.skipIf(process.getuid?.() !== 0)(
    "names a file and a folder that may not be read (run as another user: root may read everything)",
    async () => {
      const folder = await ownFolder();
      await writeTree(folder, { "data/a": "1", "data/secret": "2", "data/closed/b": "3" });
      await run("chmod", ["755", folder]);
      await run("chmod", ["000", join(folder, "data", "secret"), join(folder, "data", "closed")]);
      const { geteuid, seteuid } = process;

      seteuid?.(65534);
      let error: TransferError;
      try {
        error = await failure(describeSource(join(folder, "data")));
      } finally {
        seteuid?.(0);
      }

      expect(geteuid?.()).toBe(0);
      expect(error.message).toContain("secret may not be read by this user.");
      expect(error.message).toContain("closed may not be read by this user.");
    },
  );

  it("refuses a file that changes while it is read", async () => {
    const folder = await ownFolder();
    const path = join(folder, "growing.csv");
    await writeFile(path, Buffer.alloc(3 * MIB));
    const error = await failure(
      describeSource(folder, { onProgress: () => appendFileSync(path, "more") }),
    );
    expect(error.message).toContain("growing.csv changes while it is read");
  });

  it("stops when aborted, with the signal's reason", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { big: Buffer.alloc(20 * MIB) });
    const controller = new AbortController();
    await expect(
      describeSource(folder, {
        signal: controller.signal,
        onProgress: () => controller.abort(new Error("enough")),
      }),
    ).rejects.toThrow("enough");
    await expect(
      describeSource(folder, { signal: AbortSignal.abort(new Error("before")) }),
    ).rejects.toThrow("before");
  });
});

describe("locateSource", () => {
  it("puts the digest into the prefix, and changes nothing", async () => {
    const cloud = await ownCloud();
    const source = await describeSource({ fileName: "x.json", contents: "{}" });

    const place = await locateSource(source, { ...cloud, prefix: "team/a" });

    expect(place).toEqual({
      uri: `s3://${cloud.bucket}/team/a/sagemaker-estimator/inputs/${source.digest}/`,
      present: false,
      missing: source.files,
    });
    expect(cloud.requests).toEqual([`GET /${cloud.bucket}/`]);
    expect((await locateSource(source, { ...cloud })).uri).toBe(
      `s3://${cloud.bucket}/sagemaker-estimator/inputs/${source.digest}/`,
    );
  });

  it("takes a bucket that does not exist as one that holds nothing", async () => {
    const cloud = await ownCloud();
    const source = await describeSource({ fileName: "x.json", contents: "{}" });
    const place = await locateSource(source, { ...cloud, bucket: "not-there-yet" });
    expect(place.present).toBe(false);
  });

  it("does not know when it did not ask, or could not", async () => {
    const cloud = await ownCloud();
    const source = await describeSource({ fileName: "x.json", contents: "{}" });
    expect((await locateSource(source, { ...cloud, ask: false })).present).toBeUndefined();
    expect(cloud.requests).toEqual([]);

    cloud.breakWith(() => answerWith(403, "AccessDenied"));
    const place = await locateSource(source, { ...cloud });
    expect(place.present).toBeUndefined();
    expect(SageMakerError.isInstance(place.problem)).toBe(true);
  });

  it("refuses names that are too long for a key", async () => {
    const cloud = await ownCloud();
    const folder = await ownFolder();
    const long = `${"d".repeat(240)}/`.repeat(4);
    await writeTree(folder, { [`${long}x`]: "" });
    const source = await describeSource(folder);
    await expect(locateSource(source, { ...cloud })).rejects.toThrow("more than 1024 bytes");
  });
});

describe("stageSource", () => {
  it("sends a folder once; a second job, or another folder of the same contents, shares it", async () => {
    const cloud = await ownCloud();
    const files = { "a.csv": "1", "b/c d+é?.csv": "2", "b/empty": "" };
    await writeTree(
      cloud.folder,
      Object.fromEntries(Object.entries(files).map(([k, v]) => [`one/${k}`, v])),
    );
    await writeTree(
      cloud.folder,
      Object.fromEntries(Object.entries(files).map(([k, v]) => [`two/${k}`, v])),
    );

    const first = await stage(cloud, join(cloud.folder, "one"));
    expect(first).toMatchObject({ sentFiles: 3, sentBytes: 2 });
    const prefix = first.uri.slice(`s3://${cloud.bucket}/`.length);
    expect(await cloud.keys()).toEqual(Object.keys(files).map((name) => prefix + name));

    cloud.requests.length = 0;
    const second = await stage(cloud, join(cloud.folder, "two"));
    expect(second).toMatchObject({ uri: first.uri, sentFiles: 0, sentBytes: 0 });
    expect(cloud.requests.every((request) => request === `GET /${cloud.bucket}/`)).toBe(true);
    const source = await describeSource(join(cloud.folder, "two"));
    expect((await locateSource(source, { ...cloud, prefix: "p" })).present).toBe(true);
  });

  it("has S3 check each object by CRC32", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/small": "1", "d/large": Buffer.alloc(20 * MIB, "abc") });
    const checked = new Map<string, string | undefined>();
    cloud.breakWith((request) => {
      if (request.method === "PUT" || request.method === "POST") {
        const { partNumber, uploads, uploadId } = request.query;
        const what = `${partNumber ?? (uploads === undefined ? (uploadId ? "complete" : "whole") : "create")}`;
        checked.set(what, request.headers["x-amz-checksum-crc32"]);
      }
      return undefined;
    });

    const { uri } = await stage(cloud, join(cloud.folder, "d"));

    for (const what of ["whole", "1", "2", "3", "complete"]) {
      expect(checked.get(what), what).toMatch(/^.{8}$/);
    }
    const Key = `${uri.slice(`s3://${cloud.bucket}/`.length)}large`;
    const head = await cloud.s3.headObject({ Bucket: cloud.bucket, Key, ChecksumMode: "ENABLED" });
    expect(head).toMatchObject({ ContentLength: 20 * MIB, ChecksumType: "FULL_OBJECT" });
    expect(head.ChecksumCRC32).toBe(checked.get("complete"));
    expect(await cloud.openUploads()).toBe(0);
  });

  it("speaks to servers that know no checksums, when told so", async () => {
    const cloud = await ownCloud({ requestChecksumCalculation: "WHEN_REQUIRED" });
    await writeTree(cloud.folder, { "d/small": "1", "d/large": Buffer.alloc(9 * MIB) });
    const headers: string[] = [];
    cloud.breakWith((request) => {
      headers.push(...Object.keys(request.headers));
      return undefined;
    });
    expect(await stage(cloud, join(cloud.folder, "d"))).toMatchObject({ sentFiles: 2 });
    expect(headers.filter((name) => /checksum/i.test(name))).toEqual([]);
  });

  it("goes on where an interrupted staging was", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/a": "1", "d/b": "22", "d/c": "333" });
    const refused = new Set(["c"]);
    cloud.breakWith(({ method, path }) =>
      method === "PUT" && refused.has(path.slice(-1)) ? answerWith(403, "AccessDenied") : undefined,
    );
    const error = await failure(stage(cloud, join(cloud.folder, "d")));
    expect(error.failures.map(({ source }) => source)).toEqual(["c"]);
    expect(error.message).toContain("AccessDenied");

    refused.clear();
    expect(await stage(cloud, join(cloud.folder, "d"))).toMatchObject({
      sentFiles: 1,
      sentBytes: 3,
    });
  });

  it("sends an object again whose size is wrong", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/a": "right" });
    const { uri } = await stage(cloud, join(cloud.folder, "d"));
    await cloud.put({ [`${uri.slice(`s3://${cloud.bucket}/`.length)}a`]: "wrong size" });
    expect(await stage(cloud, join(cloud.folder, "d"))).toMatchObject({ sentFiles: 1 });
  });

  it("refuses what somebody else put under the prefix: the job would read it", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/a": "1" });
    const { uri } = await stage(cloud, join(cloud.folder, "d"));
    await cloud.put({ [`${uri.slice(`s3://${cloud.bucket}/`.length)}stray`]: "x" });
    expect((await failure(stage(cloud, join(cloud.folder, "d")))).message).toContain('"stray"');
  });

  it("tries again what failed for a moment", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/a": "1" });
    let left = 2;
    cloud.breakWith(({ method }) => {
      left -= method === "PUT" ? 1 : 0;
      return method === "PUT" && left >= 0 ? answerWith(503, "SlowDown") : undefined;
    });
    expect(await stage(cloud, join(cloud.folder, "d"))).toMatchObject({ sentFiles: 1 });
  });

  it("passes the expected owner on", async () => {
    const cloud = await ownCloud();
    const source = await describeSource({ fileName: "x", contents: "1" });
    const { uri } = await locateSource(source, { ...cloud });
    const { session } = cloud;
    await expect(
      stageSource(source, { session, uri, expectedBucketOwner: "999999999999" }),
    ).rejects.toThrow(/AccessDenied|Access Denied/);
    await stageSource(source, { session, uri, expectedBucketOwner: "123456789012" });
  });

  it("tells progress to its end", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/a": "1", "d/large": Buffer.alloc(20 * MIB) });
    const source = await describeSource(join(cloud.folder, "d"));
    const { uri } = await locateSource(source, { ...cloud });
    const events: ProgressEvent[] = [];
    await stageSource(source, {
      session: cloud.session,
      uri,
      onProgress: (event) => events.push(event),
    });
    expect(events.at(-1)).toMatchObject({
      type: "progress",
      phase: "stage",
      bytes: 20 * MIB + 1,
      totalBytes: 20 * MIB + 1,
      files: 2,
      totalFiles: 2,
    });
  });

  describe("leaves nothing that a later run could take for good, when a file", () => {
    it.each([
      ["small and of the same size", 5, (path: string) => writeFile(path, "other")],
      ["small and longer", 5, (path: string) => appendFile(path, "!")],
      ["gone", 5, (path: string) => rm(path)],
      [
        "large and of the same size",
        20 * MIB,
        async (path: string) => {
          await writeFile(path, Buffer.alloc(20 * MIB, 7));
        },
      ],
      ["large and shorter", 20 * MIB, (path: string) => writeFile(path, "short")],
    ])("has changed since it was described: %s", async (_, bytes, change) => {
      const cloud = await ownCloud();
      const path = join(cloud.folder, "d", "file.bin");
      await writeTree(cloud.folder, { "d/file.bin": Buffer.alloc(bytes, 1) });
      const source = await describeSource(join(cloud.folder, "d"));
      const { uri } = await locateSource(source, { ...cloud });
      const { mtime } = await stat(path);

      await change(path);
      await utimes(path, mtime, mtime).catch(() => {});

      const error = await failure(stageSource(source, { session: cloud.session, uri }));
      expect(error.message).toMatch(/file\.bin (changed while|does not exist)/);
      expect(error.failures[0]?.source).toBe("file.bin");
      expect(await cloud.keys()).toEqual([]);
      expect(await cloud.openUploads()).toBe(0);
    });

    it("changes while it is being sent", async () => {
      const cloud = await ownCloud();
      const path = join(cloud.folder, "d", "file.bin");
      await writeTree(cloud.folder, { "d/file.bin": Buffer.alloc(80 * MIB, 1) });
      cloud.breakWith(({ method, query }, answer) =>
        method === "PUT" && query["partNumber"] === "1"
          ? appendFile(path, "more").then(answer)
          : undefined,
      );

      const error = await failure(stage(cloud, join(cloud.folder, "d")));

      expect(error.message).toContain("file.bin changed while it was read");
      expect(await cloud.keys()).toEqual([]);
      expect(await cloud.openUploads()).toBe(0);
    });

    it("has a part that S3 refuses", async () => {
      const cloud = await ownCloud();
      await writeTree(cloud.folder, { "d/file.bin": Buffer.alloc(30 * MIB, 1) });
      cloud.breakWith(({ query }) =>
        query["partNumber"] === "2" ? answerWith(403, "AccessDenied") : undefined,
      );
      expect((await failure(stage(cloud, join(cloud.folder, "d")))).message).toContain(
        "AccessDenied",
      );
      expect(await cloud.keys()).toEqual([]);
      expect(await cloud.openUploads()).toBe(0);
    });

    it("was damaged on the way", async () => {
      const cloud = await ownCloud();
      await writeTree(cloud.folder, { "d/file.bin": "good" });
      cloud.breakWith((request, answer) => {
        if (request.method !== "PUT") {
          return undefined;
        }
        (request as { body?: unknown }).body = Buffer.from("evil");
        return answer();
      });
      const error = await failure(stage(cloud, join(cloud.folder, "d")));
      expect(error.message).toMatch(/BadDigest|ContentSHA256Mismatch|checksum|Checksum/);
      expect(await cloud.keys()).toEqual([]);
    });
  });

  it("says which upload may still cost money, when its parts cannot be removed", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/file.bin": Buffer.alloc(20 * MIB, 1) });
    cloud.breakWith(({ method, query }) =>
      method === "DELETE" || query["partNumber"] === "2"
        ? answerWith(403, "AccessDenied")
        : undefined,
    );
    const error = await failure(stage(cloud, join(cloud.folder, "d")));
    expect(error.message).toContain("abort-multipart-upload");
    expect(error.message).toContain("file.bin");
  });

  it.each(["list", "put", "create", "part", "complete"])(
    "leaves no part behind when aborted at %s, and rejects with the signal's reason",
    async (phase) => {
      const cloud = await ownCloud();
      await writeTree(cloud.folder, { "d/large": Buffer.alloc(30 * MIB), "d/small": "1" });
      const source = await describeSource(join(cloud.folder, "d"));
      const { uri } = await locateSource(source, { ...cloud });
      const controller = new AbortController();
      cloud.breakWith(({ method, query, path }, answer) => {
        const at = {
          list: query["list-type"] !== undefined,
          put: method === "PUT" && path.endsWith("small"),
          create: query["uploads"] !== undefined && method === "POST",
          part: query["partNumber"] === "2",
          complete: method === "POST" && query["uploadId"] !== undefined,
        }[phase];
        if (at !== true || controller.signal.aborted) {
          return undefined;
        }
        controller.abort(new Error("enough"));
        return answer();
      });

      await expect(
        stageSource(source, { session: cloud.session, uri, signal: controller.signal }),
      ).rejects.toThrow("enough");

      expect(await cloud.openUploads()).toBe(0);
      expect(await stageSource(source, { session: cloud.session, uri })).toMatchObject({ uri });
    },
  );

  it("is not disturbed by a folder that was moved, if its contents are there already", async () => {
    const cloud = await ownCloud();
    await writeTree(cloud.folder, { "d/a": "1" });
    const source = await describeSource(join(cloud.folder, "d"));
    await stage(cloud, join(cloud.folder, "d"));
    await rename(join(cloud.folder, "d"), join(cloud.folder, "e"));
    const { uri } = await locateSource(source, { ...cloud, prefix: "p" });
    expect(await stageSource(source, { session: cloud.session, uri })).toMatchObject({
      sentFiles: 0,
    });
  });
});
