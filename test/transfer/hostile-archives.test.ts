import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { downloadArchive } from "../../src/transfer/artifact.ts";
import { ownCloud } from "../helpers/transfer-cloud.ts";
import { readTree, writeTree } from "../helpers/transfer-folders.ts";
import { paxRecords, type RawEntry, rawTar, rawTarGz } from "../helpers/transfer-tar.ts";

const KEY = "out/my-job/output/model.tar.gz";
const GOOD = { name: "good", body: "1" };
const symbolic = (name: string, linkname = ""): RawEntry => ({ name, type: "2", linkname });
const hard = (name: string, linkname: string): RawEntry => ({ name, type: "1", linkname });
const folder = (name: string): RawEntry => ({ name, type: "5" });
/** An extended header that says so much of an entry. */
const pax = (records: Readonly<Record<string, string>>, type = "0"): RawEntry => ({
  ...{ name: "x", type, pax: records },
});
const paxBytes = (text: string): RawEntry => ({ name: "x", paxBytes: Buffer.from(text) });
/** GNU's way to a name that is longer than 100 bytes. */
const long = (name: string): readonly RawEntry[] => [
  { name: "././@LongLink", type: "L", body: `${name}\0` },
  { name: "short" },
];
/** A size in GNU's binary form: what readers make of the bits that it never has differs. */
const binary = (first: number): Buffer => Buffer.from([first, ...Buffer.alloc(10), 1]);
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
const SECOND = rawTar([{ name: "smuggled" }]);
/** A tar archive whose bytes are all given. */
const raw = (...parts: readonly Uint8Array[]): Buffer => gzipSync(Buffer.concat(parts));

type Archive = readonly [string, readonly RawEntry[] | Buffer, RegExp];

const NAMES: readonly Archive[] = [
  ["a name that leads out", [GOOD, { name: "../evil" }], /"\.\.\/evil" is refused/],
  ["a name that leads out in the middle", [GOOD, { name: "a/../../evil" }], /is refused.*"\.\."/],
  ["the folder above", [GOOD, folder("..")], /"\.\." is refused/],
  ["an absolute name", [GOOD, { name: "/tmp/evil" }], /absolute/],
  ["two slashes", [GOOD, { name: "//evil" }], /absolute/],
  ["an absolute folder", [GOOD, folder("/evil/")], /absolute/],
  ["no name", [GOOD, { name: "" }], /has no name/],
  ["a link in place of the folder", [symbolic("./", "x")], /the folder itself/],
  ["a name that is no UTF-8", [{ name: "x", nameBytes: Buffer.from([0xff, 0xfe]) }], /UTF-8/],
  ["a NUL in an extended name", [pax({ path: "a\0/../../evil" })], /NUL/],
  ["an extended name that is absolute", [pax({ path: "/evil" })], /absolute/],
  ["an extended name that leads out", [pax({ path: "../evil" })], /is refused.*"\.\."/],
  ["GNU's long name that leads out", long(`../${"evil/".repeat(30)}x`), /is refused.*"\.\."/],
  ["GNU's long name that is absolute", long(`/${"evil/".repeat(30)}x`), /absolute/],
  ["a name longer than files have", [pax({ path: "n".repeat(300) })], /written: ENAMETOOLONG/],
  ["a path deeper than systems take", [pax({ path: "d/".repeat(5000) })], /longer than the 4096/],
  ["a name twice", [GOOD, { name: "./good" }], /"\.\/good" is refused: it exists already/],
  ["a file where a folder is", [{ name: "a/b" }, { name: "a" }], /"a" is refused: it exists/],
  ["a folder where a file is", [GOOD, { name: "good/b" }], /"good\/b" is refused.*is no folder/],
  ["the folder that it is unpacked in", [{ name: ".incomplete-my-job/x" }], /its own use/],
  ["the folder for what is replaced", [{ name: ".Incomplete-my-job.replaced/x" }], /its own use/],
];

const LINKS: readonly Archive[] = [
  ["a link out", [symbolic("a/l", "../../x")], /"a\/l" is refused.*out of the folder/],
  ["an absolute link", [symbolic("l", "/etc/passwd")], /"l" is refused.*"\/etc\/passwd"/],
  ["a link to a drive", [symbolic("l", "C:\\x")], /out of the folder/],
  ["a link to nothing", [symbolic("l")], /cannot be a file's name/],
  ["a link that is too long", [pax({ linkpath: "a/".repeat(3000) }, "2")], /target is longer/],
  ["an extended link that leads out", [pax({ linkpath: "../../x" }, "2")], /out of the folder/],
  ["links in a circle", [symbolic("p", "q"), symbolic("q", "p")], /"[pq]" is refused.*circle/],
  [
    "a link out through another",
    [symbolic("a/b/up", "../.."), symbolic("z", "a/b/up/..")],
    /"z" is refused.*out of the folder/,
  ],
  [
    "a link out through a later one",
    [symbolic("z", "a/up/../x"), symbolic("a/up", "..")],
    /"z" is refused.*out of the folder/,
  ],
  [
    "a write through a link",
    [symbolic("l", "."), { name: "l/x" }],
    /"l\/x" is refused: it lies behind the link "l"/,
  ],
  ["a folder behind a link", [symbolic("l", "."), folder("l/x/y")], /behind the link/],
  ["a hard link behind a link", [symbolic("l", "."), hard("l/h", "good")], /behind the link/],
  ["a file over a link", [symbolic("l", "x"), { name: "l" }], /"l" is refused/],
  ["a hard link out", [hard("h", "../victim")], /"h" is refused.*hard link out/],
  ["an absolute hard link", [hard("h", "/etc/passwd")], /hard link out/],
  ["an extended hard link that leads out", [pax({ linkpath: "../victim" }, "1")], /hard link out/],
  ["a hard link to a link", [symbolic("l", "x"), hard("h", "l")], /no file of this archive/],
  ["a hard link to nothing", [hard("h", "nothing")], /"h" is refused.*no file/],
];

const KINDS: readonly Archive[] = [
  ["a character device", [{ name: "d", type: "3" }], /"d" is refused: it is a character device/],
  ["a block device", [{ name: "d", type: "4" }], /"d" is refused: it is a block device/],
  ["a FIFO", [{ name: "f", type: "6" }], /"f" is refused: it is a fifo/],
  ["a kind that nobody knows", [{ name: "k", type: "Z" }], /"k" is refused: it is neither/],
  ["a sparse file", [{ name: "s", type: "S" }], /"s" is refused: it is a sparse file/],
  ["a sparse file of another kind", [pax({ "GNU.sparse.major": "1" })], /it is a sparse file/],
];

/** Shapes that are one archive for one reader and another for the next. */
const SMUGGLING: readonly Archive[] = [
  ["a symbolic link with contents", [{ ...symbolic("l", "x"), body: SECOND }], /with contents/],
  ["a hard link with contents", [GOOD, { ...hard("h", "good"), body: SECOND }], /with contents/],
  ["a link of a size that is none", [{ ...symbolic("l", "x"), size: binary(0x81) }], /contents/],
  ["entries behind its end", raw(rawTar([GOOD]), SECOND), /goes on behind the mark of its end/],
  [
    "entries behind one block of zeros",
    raw(rawTar([GOOD]).subarray(0, 1536), SECOND),
    /behind the mark/,
  ],
  [
    "a second archive behind it",
    Buffer.concat([rawTarGz([GOOD]), gzipSync(SECOND)]),
    /behind the mark of its end/,
  ],
  [
    "a second archive behind zeros",
    Buffer.concat([rawTarGz([GOOD]), Buffer.alloc(9), gzipSync(SECOND)]),
    /goes on behind its end/,
  ],
  ["something else behind it", Buffer.concat([rawTarGz([GOOD]), Buffer.from("PK")]), /corrupt/],
  ["records that cannot be read", [paxBytes("12 path=evil\n")], /record that cannot be read/],
  ["a record of a negative length", [paxBytes("-9 path=e\n")], /record that cannot be read/],
  ["a record without end", [paxBytes("11 path=evil")], /record that cannot be read/],
  ["an extended size that is none", [pax({ size: "-512" })], /size that is no number/],
  [
    "two extended headers of an entry",
    [{ name: "x", type: "x", body: paxRecords({ path: "a" }) }, pax({ path: "b" })],
    /two extended headers/,
  ],
  [
    "an extended header of nothing",
    [{ name: "x", type: "x", body: paxRecords({ path: "a" }) }],
    /no entry behind it/,
  ],
  [
    "a name for all of its entries",
    [{ name: "g", type: "g", body: paxRecords({ path: "../evil" }) }, GOOD],
    /global header/,
  ],
];

const SIZES: readonly Archive[] = [
  ["a size beyond all measure", [pax({ size: "99999999999999999999" })], /"x" is refused.*bytes/],
  ["a size beyond the disk", [pax({ size: "9000000000000000" })], /disk is full.*"x"/],
  ["a binary size beyond all measure", [{ ...GOOD, size: binary(0x81) }], /is refused.*bytes/],
  ["a negative size", [{ ...GOOD, size: binary(0xff) }], /negative/],
  ["a size that is no number", [{ ...GOOD, size: Buffer.from("00000000009\0") }], /no number/],
  ["an extended header without end", [pax({ a: "x".repeat(2 ** 20) })], /more than 1048576/],
  ["GNU's long name without end", long("x".repeat(2 ** 20)), /more than 1048576/],
  [
    "an extended header of a size that is none",
    [{ name: "x", type: "x", size: binary(0x81) }],
    /more than/,
  ],
];

const DAMAGES: readonly Archive[] = [
  ["a wrong checksum of a header", changed(150, 0x39), /corrupt/],
  ["a wrong checksum of all", tail(6), /corrupt/],
  ["a wrong length of all", tail(2), /corrupt/],
  ["an end that is missing", whole.subarray(0, whole.length - 20), /cut off/],
  ["a last block that is missing", raw(rawTar([GOOD]).subarray(0, 700)), /cut off/],
  ["no archive at all", Buffer.from("<html>"), /corrupt, or not a tar.gz/],
];

const ARCHIVES = [...NAMES, ...LINKS, ...KINDS, ...SMUGGLING, ...SIZES, ...DAMAGES];

describe("a hostile archive is refused by name", () => {
  it.each(ARCHIVES)("with %s, and nothing of it stays", async (_, archive, words) => {
    const cloud = await ownCloud();
    await cloud.put({ [KEY]: archive instanceof Uint8Array ? archive : rawTarGz(archive) });
    await writeTree(cloud.folder, { victim: "safe", "model/mine": "kept" });
    const before = (await readdir(cloud.folder)).sort();
    const target = join(cloud.folder, "model");
    const uri = `s3://${cloud.bucket}/${KEY}`;
    await expect(downloadArchive(cloud.session, uri, target, { job: "my-job" })).rejects.toThrow(
      words,
    );
    expect(await readTree(target)).toEqual({ mine: "kept" });
    expect((await readdir(cloud.folder)).sort()).toEqual(before);
  });

  it("and there are seventy at least", () => {
    expect(ARCHIVES.length).toBeGreaterThanOrEqual(70);
  });
});
