/** What the documents point at is there: files, headings, and the folders of the map. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { documents, ROOT, readDocument } from "./blocks.ts";

/** A document without its code blocks. */
function prose(path: string): string {
  return readDocument(path).replaceAll(/^( *)(```+)[\s\S]*?^\1\2$/gm, "");
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchors(path: string): string[] {
  return [...prose(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each([...documents(), "CHANGELOG.md"])("%s", (path) => {
  it("links to files and headings that exist", () => {
    const text = prose(path).replaceAll(/`[^`\n]*`/g, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);

    for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : normalize(join(dirname(path), file));
      expect(existsSync(join(ROOT, target)), `${path} links to ${link}`).toBe(true);
      if (anchor !== undefined)
        expect(anchors(target), `${path} links to ${link}`).toContain(anchor);
    }
  });

  it("names files and folders of the project that exist", () => {
    const named = [...prose(path).matchAll(/`((?:src|test|docs|examples|bench|\.ci)\/[\w./-]*)`/g)];

    for (const [, name = ""] of named) {
      // What is built is not there before.
      if (name.startsWith("docs/api")) continue;
      expect(existsSync(join(ROOT, name)), `${path} names ${name}`).toBe(true);
    }
  });
});

describe("docs/architecture.md", () => {
  it("has every folder of src on its map", () => {
    const text = readDocument("docs/architecture.md");
    const folders = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${join(entry.parentPath, entry.name).slice(ROOT.length)}/`);

    expect(folders).toContain("src/training/");
    for (const folder of folders) expect(text).toContain(`\`${folder}\``);
  });

  it.each(["src/training/", "src/transfer/"])(
    "has every file of %s on its map, and no other",
    (folder) => {
      const section = readDocument("docs/architecture.md").split(/^### /m);
      const map = section.find((text) => text.startsWith(`\`${folder}\``)) ?? "";
      const named = [...(map.split(/^## /m)[0]?.matchAll(/`([\w.-]+\.ts)`/g) ?? [])];

      expect(new Set(named.map(([, name]) => name))).toEqual(
        new Set(readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".ts"))),
      );
    },
  );
});

describe("docs/dependencies.md", () => {
  it.each(["package.json", "examples/glm/container/package.json", "docs/package.json"])(
    "has a reason for each dependency of %s",
    (file) => {
      const text = readDocument("docs/dependencies.md");
      const manifest = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Record<
        "dependencies" | "devDependencies",
        Record<string, string> | undefined
      >;
      const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });

      expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    },
  );
});
