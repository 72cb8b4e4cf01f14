import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { TransferError } from "../../src/errors.ts";
import type { ProgressEvent } from "../../src/training/events.ts";
import { Downloader } from "../../src/transfer/download.ts";
import { S3Downloader } from "../../src/transfer/s3-downloader.ts";
import { S3Uploader } from "../../src/transfer/s3-uploader.ts";
import { answerWith, dropAfter, ownCloud } from "../helpers/transfer-cloud.ts";
import { smallDisk } from "../helpers/transfer-disk.ts";
import { readTree, writeTree } from "../helpers/transfer-folders.ts";

const MIB = 1024 * 1024;
/** Bytes in which no part is like another. */
const varied = (bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) buffer.writeUInt32LE((at * 2654435761) >>> 0, at);
  return buffer;
};

describe("S3Downloader.download", () => {
  it("brings a prefix as a folder, and tells the paths", async () => {
    const cloud = await ownCloud();
    await cloud.put({
      "p/a.csv": "1",
      "p/b/c d+é?.csv": "2",
      "p/b/empty": "",
      "p/hollow/": "",
      "p-2/x": "no",
    });
    const target = join(cloud.folder, "t");

    for (const uri of [`s3://${cloud.bucket}/p/`, `s3://${cloud.bucket}/p`]) {
      const paths = await S3Downloader.download(uri, target, cloud);
      expect(paths).toEqual(["a.csv", "b/c d+é?.csv", "b/empty"].map((name) => join(target, name)));
      expect(await readTree(target)).toEqual({
        "a.csv": "1",
        "b/": "",
        "b/c d+é?.csv": "2",
        "b/empty": "",
        "hollow/": "",
      });
    }
  });

  it("brings a single object under its own name, without an extension too", async () => {
    const cloud = await ownCloud();
    await cloud.put({ "p/model": "1", "p/model.txt": "2", top: "3" });
    const target = join(cloud.folder, "t");
    expect(await S3Downloader.download(`s3://${cloud.bucket}/p/model`, target, cloud)).toEqual([
      join(target, "model"),
    ]);
    expect(await S3Downloader.download(`s3://${cloud.bucket}/top`, target, cloud)).toEqual([
      join(target, "top"),
    ]);
    expect(await readTree(target)).toEqual({ model: "1", top: "3" });
  });

  it("brings a whole bucket, over as many pages as there are", async () => {
    const cloud = await ownCloud();
    await cloud.put({ a: "1", "b/c d": "2", "b/é": "3", e: "4", f: "5" });
    cloud.breakWith(({ query }) => {
      if (query["list-type"] !== undefined) query["max-keys"] = "2";
      return undefined;
    });
    await S3Downloader.download(`s3://${cloud.bucket}`, join(cloud.folder, "t"), cloud);
    expect(await readTree(join(cloud.folder, "t"))).toEqual({
      a: "1",
      "b/": "",
      "b/c d": "2",
      "b/é": "3",
      e: "4",
      f: "5",
    });
    expect(cloud.requests.filter((request) => request === `GET /${cloud.bucket}/`)).toHaveLength(3);
  });

  it("brings large objects by ranges of the same version, and checks the whole", async () => {
    const cloud = await ownCloud();
    const contents = varied(37 * MIB + 5);
    await cloud.put({ large: contents });
    const ranges: string[] = [];
    cloud.breakWith(({ method, headers }) => {
      if (method === "GET" && headers["range"] !== undefined) {
        expect(headers["if-match"]).toMatch(/^"/);
        ranges.push(headers["range"]);
      }
      return undefined;
    });
    const events: ProgressEvent[] = [];

    const [path = ""] = await S3Downloader.download(`s3://${cloud.bucket}/large`, cloud.folder, {
      ...cloud,
      onProgress: (event) => void events.push(event),
    });

    expect((await readFile(path)).equals(contents)).toBe(true);
    expect(ranges.toSorted((a, b) => a.localeCompare(b))).toHaveLength(5);
    expect(events.at(-1)).toMatchObject({ phase: "download", bytes: contents.length, files: 1 });
  });

  it.each([
    ["small", 5 * MIB],
    ["large", 20 * MIB],
  ])("takes a dropped connection up where it was: %s", async (_, bytes) => {
    const cloud = await ownCloud();
    const contents = varied(bytes);
    await cloud.put({ file: contents });
    let drops = 0;
    const asked: (string | undefined)[] = [];
    cloud.breakWith(({ method, path, headers }, answer) => {
      if (method !== "GET" || !path.endsWith("/file")) return undefined;
      asked.push(headers["range"]);
      drops += 1;
      return drops <= 3 ? dropAfter(MIB + 7, answer) : undefined;
    });

    const [path = ""] = await S3Downloader.download(
      `s3://${cloud.bucket}/file`,
      cloud.folder,
      cloud,
    );

    expect((await readFile(path)).equals(contents)).toBe(true);
    const resumed = asked.filter(
      (range) => Number(/\d+/.exec(range ?? "0")?.[0]) % (8 * MIB) !== 0,
    );
    expect(resumed).toHaveLength(3);
  });

  it.each(["gone", "silent"] as const)(
    "gives up on a connection that brings nothing again and again (%s), and leaves nothing",
    async (how) => {
      const cloud = await ownCloud();
      await cloud.put({ file: varied(MIB) });
      cloud.breakWith(({ method, path }, answer) =>
        method === "GET" && path.endsWith("/file") ? dropAfter(0, answer, how) : undefined,
      );
      const downloader = new Downloader(cloud.s3, { stallMs: 50, retryMs: 1 });
      const path = join(cloud.folder, "t", "file");
      await expect(
        downloader.download({ bucket: cloud.bucket, key: "file", bytes: MIB, path }),
      ).rejects.toThrow(`broke off 9 times in a row after 0 of ${MIB} bytes`);
      expect(await readTree(join(cloud.folder, "t"))).toEqual({});
    },
  );

  it("tells every file that failed, and keeps those that are whole", async () => {
    const cloud = await ownCloud();
    await cloud.put({ "p/a": "1", "p/b": "2", "p/c": "3" });
    cloud.breakWith(({ path }) =>
      /[bc]$/.test(path) ? answerWith(403, "AccessDenied") : undefined,
    );
    const error = await S3Downloader.download(
      `s3://${cloud.bucket}/p`,
      join(cloud.folder, "t"),
      cloud,
    ).catch((reason: unknown) => reason);
    expect(TransferError.isInstance(error) && error.failures.map(({ source }) => source)).toEqual([
      "b",
      "c",
    ]);
    expect(await readTree(join(cloud.folder, "t"))).toEqual({ a: "1" });
  });

  it("refuses to go on with another version of the object", async () => {
    const cloud = await ownCloud();
    await cloud.put({ file: varied(3 * MIB) });
    let isFirst = true;
    cloud.breakWith(({ method, path }, answer) => {
      if (method !== "GET" || !path.endsWith("/file") || !isFirst) return undefined;
      isFirst = false;
      return dropAfter(MIB, async () => {
        const response = await answer();
        await cloud.s3.putObject({ Bucket: cloud.bucket, Key: "file", Body: "other" });
        return response;
      });
    });
    await expect(
      S3Downloader.download(`s3://${cloud.bucket}/file`, join(cloud.folder, "t"), cloud),
    ).rejects.toThrow("it was replaced or deleted while it was read");
    expect(await readTree(join(cloud.folder, "t"))).toEqual({});
  });

  it.each([
    ["in one piece", 3 * MIB],
    ["in ranges", 20 * MIB],
  ])("finds what was damaged on the way %s, and leaves nothing", async (_, bytes) => {
    const cloud = await ownCloud();
    await cloud.put({ file: varied(bytes) });
    cloud.breakWith(({ method, path }, answer) =>
      method === "GET" && path.endsWith("/file")
        ? answer().then((response) => {
            response.body?.once("data", (chunk: Buffer) => {
              chunk[0] = (chunk[0] ?? 0) ^ 255;
            });
            return response;
          })
        : undefined,
    );
    await expect(
      S3Downloader.download(`s3://${cloud.bucket}/file`, join(cloud.folder, "t"), cloud),
    ).rejects.toThrow(/checksum is wrong/);
    expect(await readTree(join(cloud.folder, "t"))).toEqual({});
  });

  it("takes the place of files that exist, but not of folders, and writes through no link", async () => {
    const cloud = await ownCloud();
    const target = join(cloud.folder, "t");
    await cloud.put({ "p/a": "new", "p/l": "new" });
    await writeTree(cloud.folder, { "t/a": "old", "t/a.incomplete": "left over", victim: "safe" });
    await symlink("../victim", join(target, "l"));
    await symlink("../victim", join(target, "l.incomplete"));
    await S3Downloader.download(`s3://${cloud.bucket}/p`, target, cloud);
    expect(await readTree(target)).toEqual({ a: "new", l: "new" });
    expect(await readFile(join(cloud.folder, "victim"), "utf8")).toBe("safe");

    await mkdir(join(cloud.folder, "u", "a"), { recursive: true });
    await expect(
      S3Downloader.download(`s3://${cloud.bucket}/p/a`, join(cloud.folder, "u"), cloud),
    ).rejects.toThrow(/u\/a could not be written/);
    expect(await readTree(join(cloud.folder, "u"))).toEqual({ "a/": "" });
  });

  it("refuses keys that would leave the folder, and those that clash, before it brings any", async () => {
    const cloud = await ownCloud();
    const target = join(cloud.folder, "deep", "t");
    await cloud.put({ "p/good": "1", "p/../evil": "2", "q/a": "1", "q/a/b": "2" });
    await expect(S3Downloader.download(`s3://${cloud.bucket}/p/`, target, cloud)).rejects.toThrow(
      '"p/../evil" would leave the folder by ".."',
    );
    await expect(S3Downloader.download(`s3://${cloud.bucket}/q/`, target, cloud)).rejects.toThrow(
      '"q/a/b" needs a folder where "q/a" is a file',
    );
    expect(await readTree(cloud.folder)).not.toHaveProperty("deep/");
  });

  it("says that there is nothing, that the bucket is not there, that it may not", async () => {
    const cloud = await ownCloud();
    const target = join(cloud.folder, "t");
    await expect(S3Downloader.download(`s3://${cloud.bucket}/none`, target, cloud)).rejects.toThrow(
      `s3://${cloud.bucket}/none is no object, and no object lies under it`,
    );
    await expect(
      S3Downloader.download("s3://no-such-bucket-here/x", target, cloud),
    ).rejects.toThrow("NoSuchBucket");
    await expect(S3Downloader.download("s3://", target, cloud)).rejects.toThrow("names no bucket");
    await cloud.put({ a: "1" });
    cloud.breakWith(({ path }) =>
      path.endsWith("/a") ? answerWith(403, "AccessDenied") : undefined,
    );
    await expect(S3Downloader.download(`s3://${cloud.bucket}/a`, target, cloud)).rejects.toThrow(
      "AccessDenied",
    );
    expect(await readTree(target)).toEqual({});
  });

  it.each(["list", "head", "range"])(
    "leaves nothing half-written when aborted at %s",
    async (phase) => {
      const cloud = await ownCloud();
      await cloud.put({ "p/large": varied(20 * MIB) });
      const controller = new AbortController();
      cloud.breakWith(({ method, query, headers }, answer) => {
        const at = {
          list: query["list-type"] !== undefined,
          head: method === "HEAD",
          range: headers["range"] !== undefined,
        }[phase];
        if (at === true) controller.abort(new Error("enough"));
        return at === true ? answer() : undefined;
      });
      await expect(
        S3Downloader.download(`s3://${cloud.bucket}/p`, join(cloud.folder, "t"), {
          ...cloud,
          signal: controller.signal,
        }),
      ).rejects.toThrow("enough");
      expect(await readTree(cloud.folder)).not.toHaveProperty("t/large");
      expect(await readTree(cloud.folder)).not.toHaveProperty("t/large.incomplete");
    },
  );

  it("says how much space is needed, before it begins", async ({ skip }) => {
    const disk = await smallDisk(2 * MIB);
    if (disk === undefined) return skip("no small disk can be mounted here");
    const cloud = await ownCloud();
    await cloud.put({ "p/a": varied(MIB), "p/b": varied(3 * MIB) });
    await expect(S3Downloader.download(`s3://${cloud.bucket}/p`, disk, cloud)).rejects.toThrow(
      new RegExp(`not enough space.*${4 * MIB} bytes are needed, \\d+ are free`),
    );
    expect(await readTree(disk)).toEqual({});
  });

  it("says how much space is needed, when the disk fills up on the way", async ({ skip }) => {
    const disk = await smallDisk(2 * MIB);
    if (disk === undefined) return skip("no small disk can be mounted here");
    const cloud = await ownCloud();
    await cloud.put({ file: varied(MIB) });
    cloud.breakWith(({ method, path }, answer) =>
      method === "GET" && path.endsWith("/file")
        ? writeFile(join(disk, "somebody-else"), varied(1.5 * MIB)).then(answer)
        : undefined,
    );
    await expect(S3Downloader.download(`s3://${cloud.bucket}/file`, disk, cloud)).rejects.toThrow(
      new RegExp(`The disk is full: .*file needs ${MIB} bytes`),
    );
    expect(Object.keys(await readTree(disk))).toEqual(["somebody-else"]);
  });
});

describe("S3Downloader.readFile, readBytes and list", () => {
  it("read an object as text and as bytes", async () => {
    const cloud = await ownCloud();
    await cloud.put({ "a?b#c.txt": "grüße", empty: "" });
    const uri = `s3://${cloud.bucket}/a?b#c.txt`;
    expect(await S3Downloader.readFile(uri, cloud)).toBe("grüße");
    expect(Buffer.from(await S3Downloader.readBytes(uri, cloud)).toString()).toBe("grüße");
    expect(await S3Downloader.readFile(`s3://${cloud.bucket}/empty`, cloud)).toBe("");
    await expect(S3Downloader.readFile(`s3://${cloud.bucket}/none`, cloud)).rejects.toThrow(
      "NoSuchKey",
    );
  });

  it("list by a plain prefix, with every kind of key", async () => {
    const cloud = await ownCloud();
    await cloud.put({ "p/a//b": "", "p/a b+c&d%20": "", "p/é": "", "p\u0001x": "", q: "" });
    expect(await S3Downloader.list(`s3://${cloud.bucket}/p`, cloud)).toEqual(
      ["p\u0001x", "p/a b+c&d%20", "p/a//b", "p/é"].map((key) => `s3://${cloud.bucket}/${key}`),
    );
    expect(await S3Downloader.list(`s3://${cloud.bucket}/none`, cloud)).toEqual([]);
    await expect(S3Downloader.list("s3://no-such-bucket-here", cloud)).rejects.toThrow(
      "NoSuchBucket",
    );
    await expect(
      S3Downloader.list(`s3://${cloud.bucket}`, {
        ...cloud,
        signal: AbortSignal.abort(new Error("enough")),
      }),
    ).rejects.toThrow("enough");
  });
});

describe("S3Uploader", () => {
  it("uploads a file and a folder, and tells where", async () => {
    const cloud = await ownCloud();
    const { bucket } = cloud;
    await writeTree(cloud.folder, { "d/a": "1", "d/b/c": "2" });
    expect(await S3Uploader.upload(join(cloud.folder, "d"), `s3://${bucket}/x`, cloud)).toBe(
      `s3://${bucket}/x`,
    );
    expect(await S3Uploader.upload(join(cloud.folder, "d/a"), `s3://${bucket}/y/`, cloud)).toBe(
      `s3://${bucket}/y/a`,
    );
    expect(await S3Uploader.upload(join(cloud.folder, "d/a"), `s3://${bucket}`, cloud)).toBe(
      `s3://${bucket}/a`,
    );
    expect(await cloud.keys()).toEqual(["a", "x/a", "x/b/c", "y/a"]);
  });

  it("uploads text and bytes, and tells where", async () => {
    const cloud = await ownCloud();
    const uri = `s3://${cloud.bucket}/t.txt`;
    expect(await S3Uploader.uploadStringAsFileBody("grüße", uri, cloud)).toBe(uri);
    expect(await S3Downloader.readFile(uri, cloud)).toBe("grüße");
    expect(await S3Uploader.uploadBytes(new Uint8Array([1, 2]), uri, cloud)).toBe(uri);
    expect([...(await S3Downloader.readBytes(uri, cloud))]).toEqual([1, 2]);
    await expect(
      S3Uploader.uploadBytes(new Uint8Array(), `s3://${cloud.bucket}/p/`, cloud),
    ).rejects.toThrow("names no object");
  });

  it("uploads streams of unknown length, small and large", async () => {
    const cloud = await ownCloud();
    const contents = varied(19 * MIB);
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < contents.length; at += MIB) yield contents.subarray(at, at + MIB);
    };
    const events: ProgressEvent[] = [];
    const options = { ...cloud, onProgress: (event: ProgressEvent) => void events.push(event) };
    await S3Uploader.uploadBytes(stream(), `s3://${cloud.bucket}/large`, options);
    expect(
      Buffer.from(await S3Downloader.readBytes(`s3://${cloud.bucket}/large`, cloud)).equals(
        contents,
      ),
    ).toBe(true);
    expect(events.at(-1)).toMatchObject({ bytes: contents.length, files: 1 });
    const few = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("few");
    };
    await S3Uploader.uploadBytes(few(), `s3://${cloud.bucket}/few`, cloud);
    expect(await S3Downloader.readFile(`s3://${cloud.bucket}/few`, cloud)).toBe("few");
  });

  it.each(["fails", "is aborted"])("leaves no part of a stream that %s", async (how) => {
    const cloud = await ownCloud();
    const controller = new AbortController();
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 20; count += 1) yield Buffer.alloc(MIB);
      if (how === "fails") throw new Error("enough");
      controller.abort(new Error("enough"));
      await new Promise(() => {});
    };
    await expect(
      S3Uploader.uploadBytes(stream(), `s3://${cloud.bucket}/x`, {
        ...cloud,
        signal: controller.signal,
      }),
    ).rejects.toThrow("enough");
    expect(await cloud.keys()).toEqual([]);
    expect(await cloud.openUploads()).toBe(0);
  });

  it("names a KMS key to S3", async () => {
    const cloud = await ownCloud();
    const seen: string[] = [];
    cloud.breakWith(({ headers }) => {
      seen.push(
        `${headers["x-amz-server-side-encryption"]} ${headers["x-amz-server-side-encryption-aws-kms-key-id"]}`,
      );
      return answerWith(400, "KMS.NotFoundException");
    });
    await expect(
      S3Uploader.uploadStringAsFileBody("x", `s3://${cloud.bucket}/x`, {
        ...cloud,
        kmsKey: "alias/mine",
      }),
    ).rejects.toThrow("NotFoundException");
    expect(seen).toEqual(["aws:kms alias/mine"]);
  });

  it("names what cannot be read", async () => {
    const cloud = await ownCloud();
    await promisify(execFile)("mkfifo", [join(cloud.folder, "pipe")]);
    await expect(
      S3Uploader.upload(join(cloud.folder, "none"), `s3://${cloud.bucket}/x`, cloud),
    ).rejects.toThrow("does not exist");
    await expect(
      S3Uploader.upload(join(cloud.folder, "pipe"), `s3://${cloud.bucket}/x`, cloud),
    ).rejects.toThrow("is a FIFO");
  });
});
