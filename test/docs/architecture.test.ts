/** The map of the house is true: each room that lists its files lists all of them, and nothing that is not there. */

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../helpers/repository.ts";

const map = await readFile(join(repository, "docs/architecture.md"), "utf8");

/** The text under each heading that names a folder. */
const rooms = map
  .split(/^### /m)
  .slice(1)
  .flatMap((text): [string, string][] => {
    const [, folder = ""] = /^`(src\/[\w/-]+)\/`/.exec(text) ?? [];
    return folder === "" ? [] : [[folder, text.replace(/\n## [\s\S]*/, "")]];
  });

/** The files that the first column of a room's table names. */
function named(text: string): string[] {
  const cells = text.split("\n").flatMap((line) => /^\| (`[^|]+) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) =>
    [...cell.matchAll(/`([\w.-]+\.ts)`/g)].map(([, name = ""]) => name),
  );
}

describe("docs/architecture.md", () => {
  const listing = rooms.filter(([, text]) => named(text).length > 0);

  it("has rooms with lists of files", () => {
    expect(listing.map(([folder]) => folder)).toContain("src/training");
    expect(listing.length).toBeGreaterThan(4);
  });

  it.each(listing)("names each file of %s, once", async (folder, text) => {
    const entries = await readdir(join(repository, folder), { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const byName = (a: string, b: string): number => a.localeCompare(b);
    expect(named(text).toSorted(byName)).toEqual(files.toSorted(byName));
  });

  it("names no path that is not there", () => {
    const paths = [...map.matchAll(/`(src\/[\w./-]+|test\/[\w./-]+|docs\/[\w./-]+)`/g)];
    expect(
      paths.map(([, path = ""]) => path).filter((path) => !existsSync(join(repository, path))),
    ).toEqual([]);
  });
});
