import { execFile } from "node:child_process";
import { chmod, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packTarGz, unpackTarGz } from "../../src/transfer/archive.ts";
import { ownFolder, readTree, writeTree } from "../helpers/transfer-folders.ts";
import { rawTar, rawTarGz } from "../helpers/transfer-tar.ts";

const run = promisify(execFile);

/** The archive in pieces, as a network gives it. */
async function* pieces(archive: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < archive.length; at += size) {
    yield archive.subarray(at, at + size);
  }
}

describe("packTarGz and unpackTarGz", () => {
  it("bring a tree back: contents, empty folders, hidden files, links and what can be run", async () => {
    const folder = await ownFolder();
    const source = join(folder, "source");
    await writeTree(source, {
      "model.json": "{}",
      ".hidden": "h",
      "empty.bin": "",
      "hollow/": "",
      "weights/layer-1.bin": "x".repeat(700_000),
      [`long/${"n".repeat(120)}/${"m".repeat(200)}.txt`]: "long",
      "Überschrift/✓.txt": "é",
    });
    await symlink("weights/layer-1.bin", join(source, "latest"));
    await symlink("../model.json", join(source, "weights", "up"));
    await writeFile(join(source, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });

    const read: number[] = [];
    const seen: string[] = [];
    const archive = await buffer(packTarGz(source));
    const result = await unpackTarGz(pieces(archive), join(folder, "target"), {
      onBytes: (bytes) => read.push(bytes),
      onEntry: (name) => void seen.push(name),
    });

    expect(await readTree(join(folder, "target"))).toEqual(await readTree(source));
    expect(result).toEqual({ files: 9, bytes: 700_000 + 2 + 1 + 4 + 2 + 10 });
    expect(read.reduce((sum, bytes) => sum + bytes, 0)).toBe(archive.length);
    expect(seen).toContain("weights/layer-1.bin");
    expect((await stat(join(folder, "target", "run.sh"))).mode & 0o111).not.toBe(0);
    expect((await stat(join(folder, "target", "model.json"))).mode & 0o111).toBe(0);
  });

  it("bring back any names and contents", async () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
      .filter((text) => !/[/\0\uFFFD]/.test(text) && text !== "." && text !== "..")
      .filter((text) => Buffer.byteLength(text) < 200);
    const folder = await ownFolder();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.uint8Array({ maxLength: 3000 }), { maxKeys: 5 }),
        async (files) => {
          count += 1;
          const source = join(folder, `source-${count}`);
          const target = join(folder, `target-${count}`);
          await mkdir(source);
          await writeTree(source, files);
          await unpackTarGz(packTarGz(source), target);
          expect(await readTree(target)).toEqual(await readTree(source));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("read each other's archives with tar", async () => {
    const folder = await ownFolder();
    const files = { "a/b.txt": "b", "c.txt": "c", [`${"d".repeat(150)}.txt`]: "ä" };
    await writeTree(join(folder, "source"), files);
    await writeFile(join(folder, "ours.tgz"), packTarGz(join(folder, "source")));
    await mkdir(join(folder, "theirs"));

    await run("tar", ["-xzf", join(folder, "ours.tgz"), "-C", join(folder, "theirs")]);
    const { stdout } = await run("tar", ["-czf", "-", "-C", join(folder, "source"), "."], {
      encoding: "buffer",
    });
    await unpackTarGz(pieces(stdout), join(folder, "ours"));

    expect(await readTree(join(folder, "theirs"))).toEqual(await readTree(join(folder, "source")));
    expect(await readTree(join(folder, "ours"))).toEqual(await readTree(join(folder, "source")));
  });
});

describe("packTarGz", () => {
  it("makes equal archives of equal contents, whatever the owner's permissions and times", async () => {
    const folder = await ownFolder();
    await writeTree(join(folder, "one"), { "b/x": "1", a: "2" });
    await writeTree(join(folder, "two"), { a: "2", "b/x": "1" });
    await chmod(join(folder, "two", "a"), 0o600);

    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => buffer(packTarGz(join(folder, name)))),
    );

    expect(one).toEqual(two);
  });

  it("puts names in the order of their bytes", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { "\u{10000}": "", "\uFFEE": "", b: "", B: "", "a/z": "" });

    const seen: string[] = [];
    await unpackTarGz(packTarGz(folder), join(await ownFolder(), "t"), {
      onEntry: (name) => void seen.push(name),
    });

    expect(seen).toEqual(["B", "a", "a/z", "b", "\uFFEE", "\u{10000}"]);
  });

  it("names what it cannot pack", async () => {
    const folder = await ownFolder();
    await run("mkfifo", [join(folder, "pipe")]);
    await expect(buffer(packTarGz(folder))).rejects.toThrow('"pipe" cannot be packed');
    await expect(buffer(packTarGz(join(folder, "nowhere")))).rejects.toThrow("ENOENT");

    const odd = await ownFolder();
    await writeFile(Buffer.concat([Buffer.from(`${odd}/caf`), Buffer.from([0xe9])]), "");
    await expect(buffer(packTarGz(odd))).rejects.toThrow("not valid UTF-8");
  });

  it("stops when aborted, with the signal's reason", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { big: Buffer.alloc(20_000_000, 1) });
    const controller = new AbortController();

    const stream = packTarGz(folder, { signal: controller.signal });
    stream.once("data", () => controller.abort(new Error("enough")));

    await expect(buffer(stream)).rejects.toThrow("enough");
  });

  it("can be left in the middle", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { big: Buffer.alloc(20_000_000, 1) });
    for await (const chunk of packTarGz(folder)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

describe("unpackTarGz refuses by name", () => {
  const deep = "d/".repeat(50);
  it("a small entry at any place of a large archive", async () => {
    const folder = await ownFolder();
    const noise = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * at * 31) >>> 7));
    const large = { name: "large", body: noise };
    for (const [index, entries] of [
      [{ name: "../evil" }, large],
      [large, { name: "../evil" }],
      [large, { name: "../evil" }, { ...large, name: "larger" }],
    ].entries()) {
      const archive = rawTarGz(entries);
      for (const size of [16_384, archive.length]) {
        await expect(
          unpackTarGz(pieces(archive, size), join(folder, `${index}-${size}`)),
        ).rejects.toThrow('"../evil" is refused');
      }
    }
  });

  it("more entries and more bytes than it may have", async () => {
    const folder = await ownFolder();
    const archive = rawTarGz([
      { name: "a", body: "12345" },
      { name: "b", body: "12345" },
      { name: deep, type: "5" },
    ]);
    await expect(
      unpackTarGz(pieces(archive), join(folder, "1"), { maxEntries: 2 }),
    ).rejects.toThrow("more than 2 entries");
    await expect(unpackTarGz(pieces(archive), join(folder, "2"), { maxBytes: 9 })).rejects.toThrow(
      '"b" is refused: it has 5 bytes, more than the 4 that are left',
    );
  });

  it("what would go through links that lie in the folder already", async () => {
    const folder = await ownFolder();
    await writeTree(folder, { "outside/": "", "target/": "" });
    await symlink("../outside", join(folder, "target", "sub"));
    await symlink("../outside/new", join(folder, "target", "file"));

    for (const name of ["sub/x", "file"]) {
      await expect(
        unpackTarGz(pieces(rawTarGz([{ name, body: "evil" }])), join(folder, "target")),
      ).rejects.toThrow(/is refused/);
    }

    expect(await readTree(join(folder, "outside"))).toEqual({});
  });
});

describe("unpackTarGz", () => {
  it("drops set-user-id, set-group-id and sticky bits, and keeps its owner able to read", async () => {
    const target = join(await ownFolder(), "target");
    await unpackTarGz(
      pieces(
        rawTarGz([
          { name: "tool", mode: 0o6755 },
          { name: "d", type: "5", mode: 0o1000 },
          { name: "d/secret", mode: 0 },
        ]),
      ),
      target,
    );
    expect((await stat(join(target, "tool"))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(target, "d"))).mode & 0o7777).toBe(0o700);
    expect((await stat(join(target, "d", "secret"))).mode & 0o7777).toBe(0o600);
  });

  it("takes hard links to files of the archive, links within it, and names with ./ and doubled slashes", async () => {
    const target = join(await ownFolder(), "target");
    await unpackTarGz(
      pieces(
        rawTarGz([
          { name: "./", type: "5" },
          { name: ".//a//b", body: "same" },
          { name: "h", type: "1", linkname: "./a/b" },
          { name: "l", type: "2", linkname: "a/./b" },
          { name: "a/up", type: "2", linkname: ".." },
          { name: "through", type: "2", linkname: "a/up/h" },
          { name: "dangling", type: "2", linkname: "later/on" },
        ]),
      ),
      target,
    );
    expect(await readTree(target)).toEqual({
      "a/": "",
      "a/b": "same",
      "a/up": "-> ..",
      dangling: "-> later/on",
      h: "same",
      l: "-> a/./b",
      through: "-> a/up/h",
    });
  });

  it("takes an archive of nothing", async () => {
    expect(await unpackTarGz(pieces(rawTarGz([])), join(await ownFolder(), "t"))).toEqual({
      files: 0,
      bytes: 0,
    });
  });

  it("tells an archive that is cut off, wherever it was cut", async () => {
    const folder = await ownFolder();
    const noise = Buffer.from(
      Array.from({ length: 5000 }, (_, index) => (index * index * 31) % 251),
    );
    const archive = rawTarGz([
      { name: "a", body: noise },
      { name: "b", body: noise },
    ]);
    for (const length of [0, 1, 9, 30, 200, archive.length - 9, archive.length - 1]) {
      await expect(
        unpackTarGz(pieces(archive.subarray(0, length)), join(folder, String(length))),
      ).rejects.toThrow("The archive is cut off");
    }
    const tar = rawTar([
      { name: "a", body: noise },
      { name: "b", body: noise },
    ]);
    for (const length of [0, 512, 700, 512 + 5120, 512 + 5120 + 512]) {
      await expect(
        unpackTarGz(pieces(gzipSync(tar.subarray(0, length))), join(folder, `tar-${length}`)),
      ).rejects.toThrow("The archive is cut off");
    }
  });

  it("tells an archive that is corrupt, or none", async () => {
    const folder = await ownFolder();
    const archive = Buffer.from(rawTarGz([{ name: "a", body: "x".repeat(5000) }]));
    archive[archive.length - 6] = (archive[archive.length - 6] ?? 0) ^ 1;
    const header = gunzipSync(rawTarGz([{ name: "a" }]));
    header[150] = 0x39;
    for (const [index, bytes] of [
      archive,
      Buffer.from("<html>not found</html>"),
      gzipSync(Buffer.alloc(2048, "text ")),
      gzipSync(header),
    ].entries()) {
      await expect(unpackTarGz(pieces(bytes), join(folder, String(index)))).rejects.toThrow(
        "The archive is corrupt, or not a tar.gz archive",
      );
    }
  });

  it("passes the source's own error on", async () => {
    const archive = rawTarGz([{ name: "a", body: "x".repeat(5000) }]);
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield archive.subarray(0, 20);
      throw new Error("the network is down");
    };
    await expect(unpackTarGz(source(), join(await ownFolder(), "t"))).rejects.toThrow(
      "the network is down",
    );
  });

  it("stops when aborted, even when the source has stalled", async () => {
    const controller = new AbortController();
    const stalled = new Readable({ read: () => {} });
    stalled.push(rawTarGz([{ name: "a", body: "x" }]).subarray(0, 20));
    const unpacking = unpackTarGz(stalled, join(await ownFolder(), "t"), {
      signal: controller.signal,
    });
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(unpacking).rejects.toThrow("enough");
  });
});
