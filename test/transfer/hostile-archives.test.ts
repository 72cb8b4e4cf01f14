import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { downloadArchive } from "../../src/transfer/artifact.ts";
import { ownCloud } from "../helpers/transfer-cloud.ts";
import { readTree, writeTree } from "../helpers/transfer-folders.ts";
import { rawTar, rawTarGz } from "../helpers/transfer-tar.ts";

const KEY = "out/my-job/output/model.tar.gz";
const GOOD = { name: "good", body: "1" };
const OUT = { type: "2", linkname: "../../x" };
/** An archive with one byte of its first header changed. */
const changed = (at: number, byte: number): Buffer => {
  const tar = gunzipSync(rawTarGz([GOOD]));
  tar[at] = byte;
  return gzipSync(tar);
};
const whole = rawTarGz([GOOD, { name: "large", body: "x".repeat(9000) }]);
const tail = (at: number): Buffer => {
  const bytes = Buffer.from(whole);
  bytes[bytes.length - at] = (bytes[bytes.length - at] ?? 0) ^ 1;
  return bytes;
};
/** GNU's way to a name that is longer than 100 bytes. */
const long = (name: string, type = "L"): Buffer =>
  rawTarGz([{ name: "././@LongLink", type, body: `${name}\0` }, { name: "short" }]);

/** Forty of them, and what each is refused with. */
const ARCHIVES: readonly (readonly [string, Buffer, RegExp])[] = [
  ["a name that leads out", rawTarGz([GOOD, { name: "../evil" }]), /"\.\.\/evil" is refused/],
  [
    "a name that leads out in the middle",
    rawTarGz([GOOD, { name: "a/../../evil" }]),
    /is refused.*"\.\."/,
  ],
  ["the folder above", rawTarGz([GOOD, { name: "..", type: "5" }]), /"\.\." is refused/],
  ["an absolute name", rawTarGz([GOOD, { name: "/tmp/evil" }]), /absolute/],
  ["two slashes", rawTarGz([GOOD, { name: "//evil" }]), /absolute/],
  ["an absolute folder", rawTarGz([GOOD, { name: "/evil/", type: "5" }]), /absolute/],
  ["no name", rawTarGz([GOOD, { name: "" }]), /has no name/],
  [
    "a name that is no UTF-8",
    rawTarGz([{ name: "x", nameBytes: Buffer.from([0xff, 0xfe]) }]),
    /UTF-8/,
  ],
  ["a NUL in an extended name", rawTarGz([{ name: "x", pax: { path: "a\0/../../evil" } }]), /NUL/],
  [
    "an extended name that is absolute",
    rawTarGz([{ name: "x", pax: { path: "/evil" } }]),
    /absolute/,
  ],
  [
    "an extended name that leads out",
    rawTarGz([{ name: "x", pax: { path: "../evil" } }]),
    /is refused.*"\.\."/,
  ],
  [
    "an extended link that leads out",
    rawTarGz([{ name: "l", type: "2", pax: { linkpath: "../../x" } }]),
    /out of the folder/,
  ],
  [
    "an extended hard link that leads out",
    rawTarGz([{ name: "h", type: "1", pax: { linkpath: "../victim" } }]),
    /hard link out/,
  ],
  ["GNU's long name that leads out", long(`../${"evil/".repeat(30)}x`), /is refused.*"\.\."/],
  ["GNU's long name that is absolute", long(`/${"evil/".repeat(30)}x`), /absolute/],
  [
    "a name longer than files have",
    rawTarGz([{ name: "x", pax: { path: "n".repeat(300) } }]),
    /could not be written: ENAMETOOLONG/,
  ],
  [
    "a path deeper than systems take",
    rawTarGz([{ name: "x", pax: { path: "d/".repeat(5000) } }]),
    /could not be written: ENAMETOOLONG/,
  ],
  ["a link out", rawTarGz([{ name: "l", ...OUT }]), /"l" is refused/],
  [
    "an absolute link",
    rawTarGz([{ name: "l", type: "2", linkname: "/etc/passwd" }]),
    /out of the folder/,
  ],
  [
    "a link to a drive",
    rawTarGz([{ name: "l", type: "2", linkname: "C:\\x" }]),
    /out of the folder/,
  ],
  ["a link to nothing", rawTarGz([{ name: "l", type: "2" }]), /cannot be a file's name/],
  [
    "links in a circle",
    rawTarGz([
      { name: "p", type: "2", linkname: "q" },
      { name: "q", type: "2", linkname: "p" },
    ]),
    /circle/,
  ],
  [
    "a link out through another",
    rawTarGz([
      { name: "a/b/up", type: "2", linkname: "../.." },
      { name: "z", type: "2", linkname: "a/b/up/.." },
    ]),
    /"z" is refused/,
  ],
  [
    "a write through a link",
    rawTarGz([{ name: "l", type: "2", linkname: "." }, { name: "l/x" }]),
    /behind the link/,
  ],
  [
    "a folder behind a link",
    rawTarGz([
      { name: "l", type: "2", linkname: "." },
      { name: "l/x/y", type: "5" },
    ]),
    /behind the link/,
  ],
  [
    "a hard link behind a link",
    rawTarGz([
      { name: "l", type: "2", linkname: "." },
      { name: "l/h", type: "1", linkname: "good" },
    ]),
    /behind the link/,
  ],
  [
    "a file over a link",
    rawTarGz([{ name: "l", type: "2", linkname: "x" }, { name: "l" }]),
    /"l" is refused/,
  ],
  ["a hard link out", rawTarGz([{ name: "h", type: "1", linkname: "../victim" }]), /hard link out/],
  [
    "an absolute hard link",
    rawTarGz([{ name: "h", type: "1", linkname: "/etc/passwd" }]),
    /hard link out/,
  ],
  [
    "a hard link to a link",
    rawTarGz([
      { name: "l", type: "2", linkname: "x" },
      { name: "h", type: "1", linkname: "l" },
    ]),
    /no file of this archive/,
  ],
  ["a character device", rawTarGz([{ name: "d", type: "3" }]), /character device/],
  ["a block device", rawTarGz([{ name: "d", type: "4" }]), /block device/],
  ["a FIFO", rawTarGz([{ name: "f", type: "6" }]), /fifo/],
  ["a kind that nobody knows", rawTarGz([{ name: "k", type: "Z" }]), /is refused/],
  ["a sparse file", rawTarGz([{ name: "s", pax: { "GNU.sparse.major": "1" } }]), /sparse/],
  ["a name twice", rawTarGz([GOOD, { name: "./good" }]), /exists already/],
  ["a folder where a file is", rawTarGz([GOOD, { name: "good/b" }]), /no folder/],
  [
    "a size beyond all measure",
    rawTarGz([{ name: "a", pax: { size: "99999999999999999999" } }]),
    /bytes/,
  ],
  [
    "a size beyond the disk",
    rawTarGz([{ name: "a", pax: { size: "9000000000000000" } }]),
    /disk is full/,
  ],
  ["a wrong checksum of a header", changed(150, 0x39), /corrupt/],
  ["a wrong checksum of all", tail(6), /corrupt/],
  ["a wrong length of all", tail(2), /corrupt/],
  ["an end that is missing", whole.subarray(0, whole.length - 20), /cut off/],
  ["a last block that is missing", gzipSync(rawTar([GOOD]).subarray(0, 700)), /cut off/],
  ["no archive at all", Buffer.from("<html>"), /corrupt, or not a tar.gz/],
];

describe("a hostile archive is refused by name", () => {
  it.each(ARCHIVES)("with %s, and nothing of it stays", async (_, archive, words) => {
    const cloud = await ownCloud();
    await cloud.put({ [KEY]: archive });
    await writeTree(cloud.folder, { victim: "safe", "model/mine": "kept" });
    const before = (await readdir(cloud.folder)).sort();
    const folder = join(cloud.folder, "model");
    const uri = `s3://${cloud.bucket}/${KEY}`;
    await expect(downloadArchive(cloud.session, uri, folder, { job: "my-job" })).rejects.toThrow(
      words,
    );
    expect(await readTree(folder)).toEqual({ mine: "kept" });
    expect((await readdir(cloud.folder)).sort()).toEqual(before);
  });

  it("and there are forty at least", () => {
    expect(ARCHIVES.length).toBeGreaterThanOrEqual(40);
  });
});
