import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../../src/training/events.ts";
import { packTarGz } from "../../src/transfer/archive.ts";
import { downloadArchive, downloadFolder } from "../../src/transfer/artifact.ts";
import { moveIn } from "../../src/transfer/move-in.ts";
import { answerWith, dropAfter, ownCloud, type TransferCloud } from "../helpers/transfer-cloud.ts";
import { smallDisk } from "../helpers/transfer-disk.ts";
import { ownFolder, readTree, writeTree } from "../helpers/transfer-folders.ts";
import { rawTarGz } from "../helpers/transfer-tar.ts";

const run = promisify(execFile);
const MIB = 1024 * 1024;
const KEY = "out/my-job/output/model.tar.gz";

/** A cloud in which a job has left a model. */
async function trained(files: Record<string, string | Uint8Array>): Promise<TransferCloud> {
  const cloud = await ownCloud();
  const model = join(cloud.folder, "trained");
  await writeTree(model, files);
  await cloud.put({ [KEY]: await buffer(packTarGz(model)) });
  return cloud;
}

const uriOf = ({ bucket }: TransferCloud): string => `s3://${bucket}/${KEY}`;
const noise = (bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  let state = 1;
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    buffer.writeUInt32LE((state ^ (state >>> 13)) >>> 0, at);
  }
  return buffer;
};

describe("downloadArchive", () => {
  it("unpacks on the way, into a folder that it makes, and leaves nothing else there", async () => {
    const cloud = await trained({ "model.json": "{}", "weights/a.bin": "1" });
    const folder = join(cloud.folder, "deep", "model");
    const events: ProgressEvent[] = [];

    await downloadArchive(cloud.session, uriOf(cloud), folder, {
      job: "my-job",
      onProgress: (event) => void events.push(event),
    });

    expect(await readTree(folder)).toEqual({
      "model.json": "{}",
      "weights/": "",
      "weights/a.bin": "1",
    });
    const last = events.at(-1);
    expect(last).toMatchObject({ phase: "download", files: 2 });
    expect(last?.bytes).toBe(last?.totalBytes);
  });

  it("keeps to a folder of its own until all is good", async () => {
    const cloud = await trained({ "model.json": "{}" });
    const folder = join(cloud.folder, "model");
    await writeTree(folder, {
      ".incomplete-my-job/left-over": "of a run that was killed",
      mine: "kept",
    });
    let seen: string[] = [];
    cloud.breakWith(({ method }, answer) =>
      method === "GET"
        ? readdir(folder, { recursive: true }).then((names) => {
            seen = names;
            return answer();
          })
        : undefined,
    );
    await downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job" });
    expect(new Set(seen)).toEqual(new Set([".incomplete-my-job", "mine"]));
    expect(await readTree(folder)).toEqual({ "model.json": "{}", mine: "kept" });
  });

  it("lists the names that exist, unless they may be replaced", async () => {
    const cloud = await trained({ "model.json": "new", "w/a": "new", "w/b": "new", other: "new" });
    const folder = join(cloud.folder, "model");
    const before = { "model.json": "old", "w/a": "old", "w/c": "mine" };
    await writeTree(folder, before);

    await expect(
      downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job" }),
    ).rejects.toThrow(/exist already: (model\.json, w\/a|w\/a, model\.json)\. Nothing was changed/);
    expect(await readTree(folder)).toEqual({ ...before, "w/": "" });

    await downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job", overwrite: true });
    expect(await readTree(folder)).toEqual({
      "model.json": "new",
      other: "new",
      "w/": "",
      "w/a": "new",
      "w/b": "new",
      "w/c": "mine",
    });
  });

  it("never replaces a folder by a file, nor a file by a folder, nor writes through a link", async () => {
    const cloud = await trained({ a: "1", "b/c": "2", "d/e": "3" });
    const folder = join(cloud.folder, "model");
    await writeTree(cloud.folder, { "model/a/x": "mine", "model/b": "mine", "outside/": "" });
    await symlink("../outside", join(folder, "d"));
    await expect(
      downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job", overwrite: true }),
    ).rejects.toThrow(/exist already: (a|b|d)(, (a|b|d)){2}\. A folder is not replaced by a file/);
    expect(await readTree(join(cloud.folder, "outside"))).toEqual({});
  });

  it("says of a job without a model that it has none", async () => {
    const cloud = await ownCloud();
    const folder = join(cloud.folder, "model");
    await expect(
      downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job" }),
    ).rejects.toThrow(
      `Training job my-job wrote no model: there is nothing at ${uriOf(cloud)}. A job's model is what lies in /opt/ml/model`,
    );
    await expect(
      downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job", what: "output" }),
    ).rejects.toThrow("wrote no output");
    await expect(
      downloadFolder(cloud.session, uriOf(cloud), folder, { job: "my-job" }),
    ).rejects.toThrow("my-job wrote no model");
    expect(await readTree(cloud.folder)).not.toHaveProperty("model/");
  });

  it("says what S3's refusal may mean", async () => {
    const cloud = await ownCloud();
    cloud.breakWith(() => answerWith(403, "AccessDenied"));
    await expect(
      downloadArchive(cloud.session, uriOf(cloud), cloud.folder, { job: "my-job" }),
    ).rejects.toThrow(/AccessDenied.*object that does not exist/);
  });

  it("takes dropped connections up where they were", async () => {
    const contents = noise(5 * MIB);
    const cloud = await trained({ "weights.bin": contents });
    let drops = 0;
    const asked: (string | undefined)[] = [];
    cloud.breakWith(({ method, headers }, answer) => {
      if (method !== "GET") return undefined;
      asked.push(headers["range"]);
      if (headers["range"] !== undefined) expect(headers["if-match"]).toMatch(/^"/);
      drops += 1;
      return drops <= 3 ? dropAfter(MIB, answer) : undefined;
    });
    const folder = join(cloud.folder, "model");
    await downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job" });
    expect(asked).toHaveLength(4);
    expect(asked[0]).toBeUndefined();
    expect(await readTree(folder)).toEqual({ "weights.bin": contents.toString("utf8") });
  });

  it("refuses an archive that was replaced while it was read", async () => {
    const cloud = await trained({ "weights.bin": noise(3 * MIB) });
    let isFirst = true;
    cloud.breakWith(({ method }, answer) => {
      if (method !== "GET" || !isFirst) return undefined;
      isFirst = false;
      return dropAfter(MIB, async () => {
        const response = await answer();
        await cloud.s3.putObject({ Bucket: cloud.bucket, Key: KEY, Body: noise(4 * MIB) });
        return response;
      });
    });
    const folder = join(cloud.folder, "model");
    await expect(
      downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job" }),
    ).rejects.toThrow("replaced or deleted while it was read");
    expect(await readTree(cloud.folder)).not.toHaveProperty("model/");
  });

  it.each([
    [
      "a name that leads out",
      rawTarGz([{ name: "good", body: "1" }, { name: "../evil" }]),
      /"\.\.\/evil" is refused/,
    ],
    ["an absolute name", rawTarGz([{ name: "/tmp/evil" }]), /"\/tmp\/evil" is refused/],
    ["a link out", rawTarGz([{ name: "l", type: "2", linkname: "../../x" }]), /"l" is refused/],
    [
      "a hard link out",
      rawTarGz([{ name: "h", type: "1", linkname: "../victim" }]),
      /"h" is refused/,
    ],
    [
      "a write through a link",
      rawTarGz([{ name: "l", type: "2", linkname: "." }, { name: "l/x" }]),
      /"l\/x" is refused/,
    ],
    ["a device", rawTarGz([{ name: "d", type: "3" }]), /"d" is refused/],
    [
      "an end that is missing",
      rawTarGz([{ name: "good", body: noise(9000) }]).subarray(0, 5000),
      /^The archive s3:\/\/\S+ is cut off/,
    ],
    [
      "something that is no archive",
      Buffer.from("<html>"),
      /^The archive s3:\S+ is corrupt, or not/,
    ],
  ])("leaves nothing behind of an archive with %s", async (_, archive, words) => {
    const cloud = await ownCloud();
    await cloud.put({ [KEY]: archive });
    await writeTree(cloud.folder, { victim: "safe", "model/mine": "kept" });
    const folder = join(cloud.folder, "model");
    await expect(
      downloadArchive(cloud.session, uriOf(cloud), folder, { job: "my-job" }),
    ).rejects.toThrow(words);
    expect(await readTree(folder)).toEqual({ mine: "kept" });
    expect(await readdir(cloud.folder)).toEqual(expect.not.arrayContaining(["evil", "x"]));
  });

  it.each(["before", "request", "body"])(
    "leaves nothing behind when aborted: %s",
    async (phase) => {
      const cloud = await trained({ "weights.bin": noise(5 * MIB) });
      const controller = new AbortController();
      if (phase === "before") controller.abort(new Error("enough"));
      cloud.breakWith(({ method }, answer) => {
        if (method !== "GET" || phase === "before") return undefined;
        if (phase === "request") controller.abort(new Error("enough"));
        return answer();
      });
      const folder = join(cloud.folder, "model");
      await expect(
        downloadArchive(cloud.session, uriOf(cloud), folder, {
          job: "my-job",
          signal: controller.signal,
          onProgress: () => controller.abort(new Error("enough")),
        }),
      ).rejects.toThrow("enough");
      expect(await readTree(cloud.folder)).not.toHaveProperty("model/");
    },
  );

  it("says how much a full disk lacks, and leaves nothing behind", async ({ skip }) => {
    const disk = await smallDisk(2 * MIB);
    if (disk === undefined) return skip("no small disk can be mounted here");
    const cloud = await trained({ "weights.bin": noise(4 * MIB) });
    await expect(
      downloadArchive(cloud.session, uriOf(cloud), disk, { job: "my-job" }),
    ).rejects.toThrow(`The disk is full: the archive's entry "weights.bin" needs ${4 * MIB} bytes`);
    expect(await readdir(disk)).toEqual([]);
  });
});

describe("downloadFolder", () => {
  it("brings the files of an uncompressed output, with or without a slash at its end", async () => {
    const cloud = await ownCloud();
    await cloud.put({ "o/model/model.json": "{}", "o/model/w/a": "1", "o/model-2/x": "no" });
    for (const [index, uri] of [
      `s3://${cloud.bucket}/o/model`,
      `s3://${cloud.bucket}/o/model/`,
    ].entries()) {
      const folder = join(cloud.folder, `model-${index}`);
      await downloadFolder(cloud.session, uri, folder, { job: "my-job" });
      expect(await readTree(folder)).toEqual({ "model.json": "{}", "w/": "", "w/a": "1" });
    }
  });

  it("lists the names that exist before it brings anything", async () => {
    const cloud = await ownCloud();
    await cloud.put({ "o/a": "new", "o/b": "new" });
    const folder = join(cloud.folder, "model");
    await writeTree(folder, { a: "old" });
    await expect(
      downloadFolder(cloud.session, `s3://${cloud.bucket}/o/`, folder, { job: "my-job" }),
    ).rejects.toThrow("exist already: a.");
    expect(cloud.requests).toEqual([`GET /${cloud.bucket}/`]);
    await downloadFolder(cloud.session, `s3://${cloud.bucket}/o/`, folder, {
      job: "my-job",
      overwrite: true,
    });
    expect(await readTree(folder)).toEqual({ a: "new", b: "new" });
  });

  it("leaves nothing behind when a file fails", async () => {
    const cloud = await ownCloud();
    await cloud.put({ "o/a": "1", "o/b": "2" });
    cloud.breakWith(({ path }) =>
      path.endsWith("/b") ? answerWith(403, "AccessDenied") : undefined,
    );
    const folder = join(cloud.folder, "model");
    await expect(
      downloadFolder(cloud.session, `s3://${cloud.bucket}/o`, folder, { job: "my-job" }),
    ).rejects.toThrow("AccessDenied");
    expect(await readTree(cloud.folder)).not.toHaveProperty("model/");
  });
});

describe("moveIn", () => {
  it("puts everything back when a move fails in the middle", async ({ skip }) => {
    const folder = await ownFolder();
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    await writeTree(folder, {
      "from/a": "new",
      "from/b/stuck": "new",
      "to/a": "old",
      "to/b/mine": "kept",
    });
    await run("chattr", ["+i", join(to, "b")]).catch(() => {});
    try {
      const isStuck = await writeFile(join(to, "b", "probe"), "").then(
        () => rm(join(to, "b", "probe")).then(() => false),
        () => true,
      );
      if (!isStuck) return skip("no folder can be made immutable here");
      await expect(moveIn(from, to, { overwrite: true })).rejects.toThrow(
        "everything was put back",
      );
    } finally {
      await run("chattr", ["-i", join(to, "b")]).catch(() => {});
    }
    expect(await readTree(to)).toEqual({ a: "old", "b/": "", "b/mine": "kept" });
    expect(await readTree(from)).toEqual({ a: "new", "b/": "", "b/stuck": "new" });
    expect(await readdir(folder)).toHaveLength(2);
  });

  it("moves what can be run, links and empty folders as they are", async () => {
    const folder = await ownFolder();
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    await writeTree(folder, { "from/run": "", "to/": "" });
    await chmod(join(from, "run"), 0o755);
    await symlink("run", join(from, "link"));
    await mkdir(join(from, "hollow"));
    await moveIn(from, to, { overwrite: false });
    expect(await readTree(to)).toEqual({ "hollow/": "", link: "-> run", run: "" });
  });
});
