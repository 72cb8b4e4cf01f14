import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { removeTree } from "../../src/local/remove-tree.ts";
import { compiled } from "../helpers/child-program.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "remove-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});
const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

it("removes a folder with all in it, and what links lead to stays", async () => {
  const tree = join(folder, "tree");
  await mkdir(join(tree, "deep/er"), { recursive: true });
  await mkdir(join(folder, "other"));
  await writeFile(join(folder, "other/kept"), "kept");
  await symlink(join(folder, "other"), join(tree, "to-a-folder"));
  await symlink("nowhere", join(tree, "deep/to-nothing"));
  for (let index = 0; index < 200; index += 1) {
    await writeFile(join(tree, "deep/er", `file-${index}`), "");
  }
  await removeTree(tree);
  expect(await isThere(tree)).toBe(false);
  expect(await readFile(join(folder, "other/kept"), "utf8")).toBe("kept");
});

it("removes a file or a link by itself, and misses nothing that is not there", async () => {
  await writeFile(join(folder, "file"), "");
  await symlink(join(folder, "other"), join(folder, "link"));
  for (const name of ["file", "link", "nothing", "file/below"])
    await removeTree(join(folder, name));
  expect(await isThere(join(folder, "file"))).toBe(false);
  expect(await isThere(join(folder, "link"))).toBe(false);
  expect(await isThere(join(folder, "other/kept"))).toBe(true);
});

it("empties a folder that several remove at once", async () => {
  const tree = join(folder, "shared");
  await mkdir(join(tree, "inside"), { recursive: true });
  for (let index = 0; index < 100; index += 1)
    await writeFile(join(tree, "inside", `${index}`), "");
  await Promise.all([removeTree(tree), removeTree(tree), removeTree(tree)]);
  expect(await isThere(tree)).toBe(false);
});

/** Removes a folder, and says how much more memory that took at its height, in KiB. */
const MEASURE = `
import { readFileSync } from "node:fs";
import { removeTree } from ${JSON.stringify(compiled("src/local/remove-tree.ts"))};
const peak = () => Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
const before = peak();
await removeTree(process.argv[1]);
console.log(peak() - before);
`;

it.skipIf(process.platform !== "linux")(
  "takes no more memory for very many files than for some",
  async () => {
    const tree = join(folder, "many");
    for (let index = 0; index < 30_000; index += 1) {
      const inside = join(tree, String(Math.floor(index / 1000)));
      if (index % 1000 === 0) await mkdir(inside, { recursive: true });
      writeFileSync(join(inside, String(index)), "");
    }
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--max-semi-space-size=1", "--input-type=module", "--eval", MEASURE, tree],
    ]);
    expect(await isThere(tree)).toBe(false);
    // A kilobyte for each file would be 30,000.
    expect(Number(stdout)).toBeLessThan(15_000);
  },
  60_000,
);
