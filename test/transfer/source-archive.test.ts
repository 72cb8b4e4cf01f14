import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { extract } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeFiles, describeSource } from "../../src/transfer/source.ts";
import { packFiles } from "../../src/transfer/source-archive.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "source-archive-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Writes a tree, as it happens to come about. */
async function tree(
  name: string,
  files: readonly (readonly [string, Uint8Array])[],
  { mode, seconds }: { mode: number; seconds: number },
): Promise<string> {
  const root = join(folder, name);
  for (const [path, contents] of files) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
    await chmod(file, mode);
    await utimes(file, seconds, seconds);
  }
  return root;
}

async function packed(root: string): Promise<Buffer> {
  return Buffer.concat(await packFiles((await describeSource(root)).files).toArray());
}

async function entries(archive: Uint8Array): Promise<[string, string, number | undefined][]> {
  const found: [string, string, number | undefined][] = [];
  const tar = extract();
  tar.end(gunzipSync(archive));
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.push([entry.header.name, Buffer.concat(chunks).toString("hex"), entry.header.mode]);
  }
  return found;
}

describe("an archive of described files", () => {
  it("has the same bytes, whatever the order of creation, times and modes", async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.tuple(fc.stringMatching(/^([a-cé]{1,3}\/){0,2}[x-z]{1,4}\.py$/), fc.uint8Array()),
          { selector: ([name]) => name, minLength: 1, maxLength: 8 },
        ),
        fc.infiniteStream(fc.nat()),
        fc.constantFrom(0o600, 0o644, 0o755),
        fc.integer({ min: 1, max: 2_000_000_000 }),
        async (files, order, mode, seconds) => {
          runs += 1;
          const one = await tree(`a${runs}`, files, { mode: 0o644, seconds: 1_000_000 });
          const shuffled = files
            .map((file) => ({ file, at: order.next().value ?? 0 }))
            .sort((left, right) => left.at - right.at)
            .map(({ file }) => file);
          const other = await tree(`b${runs}`, shuffled, { mode, seconds });
          const archive = await packed(one);
          expect(archive.equals(await packed(other))).toBe(true);
          expect(await entries(archive)).toEqual(
            [...files]
              .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
              .map(([name, contents]) => [name, Buffer.from(contents).toString("hex"), 0o755]),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it("has these bytes, on every machine and with every Node", async () => {
    const files = [["train.py", Buffer.from("print(1)\n")]] as const;
    const archive = await packed(await tree("known", files, { mode: 0o644, seconds: 1 }));
    expect(createHash("sha256").update(archive).digest("hex")).toBe(
      "e3d3b6e60d1e20b6dad7c3d2e19097274bfcd950a4929fcc72986f1138a7759e",
    );
    // No name, no time, an unknown operating system.
    expect(archive.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
  });

  it("holds large files, and ends at whatever size a block ends", async () => {
    for (const size of [65_535 - 512, 65_535 * 2 - 512, 1_000_001]) {
      const path = join(folder, `large-${size}`);
      await writeFile(path, Buffer.alloc(size, "x"));
      const { files } = await describeFiles("large", [{ name: "large", path, bytes: size }]);
      const [only] = await entries(Buffer.concat(await packFiles(files).toArray()));
      expect(only?.[1]).toHaveLength(size * 2);
    }
  });

  it("ends when it is aborted", async () => {
    const root = await tree("t", [["a", Buffer.alloc(3_000_000)]], { mode: 0o644, seconds: 1 });
    const { files } = await describeSource(root);
    const aborted = AbortSignal.abort(new Error("enough"));
    await expect(packFiles(files, { signal: aborted }).toArray()).rejects.toThrow("enough");
  });
});
