import { execFile } from "node:child_process";
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { TransferError } from "../../src/errors.ts";
import { packTarGz, unpackTarGz } from "../../src/transfer/archive.ts";
import { seededRandom } from "../helpers/random.ts";
import { ownFolder, readTree, writeTree } from "../helpers/transfer-folders.ts";
import { paxRecords, type RawEntry, rawTar, rawTarGz } from "../helpers/transfer-tar.ts";

const run = promisify(execFile);

/** The archive in pieces of a size, as a network gives it. */
async function* pieces(archive: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
}

it("archives of GNU tar in each of its formats are unpacked", async () => {
  const folder = await ownFolder();
  const source = join(folder, "source");
  await writeTree(source, { "a/b": "x".repeat(2000), "hollow/": "", "a\\b\n\u001b[0m": "odd" });
  await symlink("a/b", join(source, "link"));
  for (const format of ["v7", "oldgnu", "gnu", "ustar", "posix"]) {
    // Longer than a header's field: each format that can have it has its own way to it.
    const long = `deep-${"n".repeat(90)}/${"m".repeat(format === "v7" ? 1 : 99)}`;
    const files = format === "v7" ? {} : { [long]: "long" };
    await rm(join(source, `deep-${"n".repeat(90)}`), { recursive: true, force: true });
    await writeTree(source, files);
    const { stdout } = await run("tar", [`--format=${format}`, "-czf", "-", "-C", source, "."], {
      encoding: "buffer",
    });
    const target = join(folder, format);
    await unpackTarGz(pieces(stdout), target);
    expect(await readTree(target), format).toEqual(await readTree(source));
  }
});

it("an archive in several members is read to its end, wherever they were cut", async () => {
  const folder = await ownFolder();
  const source = join(folder, "source");
  await writeTree(source, { a: "a".repeat(3000), b: "b", "c/d": "d" });
  const chunks: Uint8Array[] = [];
  for await (const chunk of packTarGz(source)) chunks.push(chunk);
  const tar = gunzipSync(Buffer.concat(chunks));
  const members: Buffer[] = [];
  for (let at = 0; at < tar.length; at += 700) members.push(gzipSync(tar.subarray(at, at + 700)));
  const archive = Buffer.concat([...members, gzipSync(""), Buffer.alloc(3000)]);
  for (const size of [1, 64, archive.length]) {
    const target = join(folder, `by-${size}`);
    await unpackTarGz(pieces(archive, size), target);
    expect(await readTree(target)).toEqual(await readTree(source));
  }
});

it("what headers say besides a name, a link and a size is left aside", async () => {
  const target = join(await ownFolder(), "target");
  const entries: readonly RawEntry[] = [
    // As `git archive` begins.
    { name: "pax_global_header", type: "g", body: paxRecords({ comment: "0123abcd" }) },
    { name: "x", body: "1", pax: { path: "named", mtime: "1.5", "SCHILY.xattr.user.a": "\0\0" } },
    // An empty value takes back what was said.
    { name: "kept", body: "2", pax: { path: "" } },
    // A folder as old archives have it, and one that says how large it may become.
    { name: "old/" },
    { name: "sized", type: "5", size: 4096 },
    { name: "sized/contiguous", type: "7", body: "3" },
  ];
  await unpackTarGz(pieces(rawTarGz(entries)), target);
  expect(await readTree(target)).toEqual({
    kept: "2",
    named: "1",
    "old/": "",
    "sized/": "",
    "sized/contiguous": "3",
  });
});

it("an archive of endless zeros, of links and of names costs neither memory nor time without end", async () => {
  const folder = await ownFolder();
  const zeros = gzipSync(Buffer.alloc(2 ** 27), { level: 1 });
  const before = process.memoryUsage.rss();
  await unpackTarGz(pieces(Buffer.concat([rawTarGz([]), zeros])), join(folder, "zeros"));
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20);
  // Each is held against all others: what takes their number squared would take minutes.
  const links = Array.from({ length: 20_000 }, (_, at) => ({
    ...{ name: `l${at}`, type: "2", linkname: "a/".repeat(40) },
  }));
  await expect(
    unpackTarGz(pieces(rawTarGz([...links, { name: "../x" }]), 65_536), join(folder, "links")),
  ).rejects.toThrow('"../x" is refused');
});

/** Everything that an archive can have, in little. */
const RICH: readonly RawEntry[] = [
  { name: "folder", type: "5" },
  { name: "folder/file", body: "x".repeat(1300), mode: 0o6777 },
  { name: "short", body: "long", pax: { path: `p/${"n".repeat(150)}`, size: "4" } },
  { name: "././@LongLink", type: "L", body: `g/${"m".repeat(150)}\0` },
  { name: "cut", body: "gnu" },
  { name: "link", type: "2", linkname: "folder/file" },
  { name: "hard", type: "1", linkname: "folder/file" },
  { name: "././@LongLink", type: "K", body: `folder/${"../folder/".repeat(20)}file\0` },
  { name: "far", type: "2", linkname: "cut" },
];

it("an archive that is cut or changed anywhere is unpacked or refused, and nothing comes outside", async () => {
  const SEED = Number(process.env["FUZZ_SEED"] ?? 7);
  const RUNS = Number(process.env["FUZZ_RUNS"] ?? 200);
  const random = seededRandom(SEED);
  const below = (end: number): number => Math.floor(random() * end);
  const folder = await ownFolder();
  await writeTree(folder, { victim: "safe" });
  const tar = rawTar(RICH);
  const archive = rawTarGz(RICH);
  const outcomes: Record<string, number> = {};

  const unpack = async (bytes: Uint8Array, what: string): Promise<boolean> => {
    const target = join(folder, "target");
    await mkdir(target);
    const size = 1 + below(bytes.length + 1);
    let isWhole = true;
    await unpackTarGz(pieces(bytes, size), target).catch((error: unknown) => {
      isWhole = false;
      expect(error, `FUZZ_SEED=${SEED}, ${what}`).toBeInstanceOf(TransferError);
    });
    await rm(target, { recursive: true });
    outcomes[isWhole ? "whole" : "refused"] = (outcomes[isWhole ? "whole" : "refused"] ?? 0) + 1;
    return isWhole;
  };

  // The blocks of zeros at its end are two: one of them is enough.
  for (let end = 0; end < tar.length - 512; end += 512) {
    expect(await unpack(gzipSync(tar.subarray(0, end)), `cut at ${end}`)).toBe(false);
  }
  for (let end = 0; end < archive.length; end += 31) {
    expect(await unpack(archive.subarray(0, end), `compressed, cut at ${end}`)).toBe(false);
  }
  for (let count = 0; count < RUNS; count += 1) {
    const isCompressed = count % 4 === 0;
    const bytes = Buffer.from(isCompressed ? archive : tar);
    const where: number[] = [];
    for (let flips = 1 + below(3); flips > 0; flips -= 1) {
      const bit = below(bytes.length * 8);
      where.push(bit);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    // With sums that are right again a change of a header is not found by them.
    if (!isCompressed && count % 2 === 1) mendSums(bytes);
    await unpack(isCompressed ? bytes : gzipSync(bytes), `changed bits ${where}`);
  }
  expect(await readdir(folder)).toEqual(["victim"]);
  expect(outcomes["refused"]).toBeGreaterThan(RUNS / 10);
  expect(outcomes["whole"]).toBeGreaterThan(RUNS / 10);
});

/** Gives every block that looks like a header the sum that it has. */
function mendSums(tar: Buffer): void {
  for (let at = 0; at < tar.length; at += 512) {
    const block = tar.subarray(at, at + 512);
    if (block.toString("latin1", 257, 262) !== "ustar") continue;
    block.fill(" ", 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
}
