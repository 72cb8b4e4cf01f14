import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combineCrc32 } from "../../src/transfer/crc32.ts";
import { checkLink, entryPath, LinkMap } from "../../src/transfer/entry-name.ts";
import { compareNames } from "../../src/transfer/file-name.ts";
import { planTree } from "../../src/transfer/key-path.ts";

const objects = (...keys: string[]) =>
  keys.map((key) => ({ key, bytes: key.endsWith("/") ? 0 : 1, etag: "" }));
const plan = (keys: string[], platform: NodeJS.Platform = "linux") =>
  planTree(objects(...keys.map((key) => `p/${key}`)), "p/", platform);

describe("planTree", () => {
  it("makes files of keys, and folders of empty objects that end in a slash", () => {
    const { files, folders } = plan(["", "a.csv", "b/", "b/c"]);
    expect(files.map(({ name, incompleteName }) => [name, incompleteName])).toEqual([
      ["a.csv", "a.csv.incomplete"],
      ["b/c", "b/c.incomplete"],
    ]);
    expect(folders).toEqual(["b"]);
  });

  it("keeps a file's unfinished form clear of other files", () => {
    const { files } = plan(["a", "a.incomplete", "b", "b.incomplete/c"]);
    expect(files.map(({ incompleteName }) => incompleteName)).toEqual([
      "a.incomplete.incomplete",
      "a.incomplete.incomplete",
      "b.incomplete.incomplete",
      "b.incomplete/c.incomplete",
    ]);
  });

  it.each([
    ["../evil", /"p\/..\/evil" would leave the folder/],
    ["a/../../evil", /would leave the folder/],
    ["..", /would leave the folder/],
    ["../", /would leave the folder/],
    ["/etc/passwd", /"p\/\/etc\/passwd" would be an absolute path/],
    ["a//b", /empty or dotted parts/],
    ["./a", /empty or dotted parts/],
    ["a/.", /empty or dotted parts/],
    ["a//", /empty or dotted parts/],
    ["a\0b", /NUL character/],
  ])("refuses %j by name", (key, words) => {
    expect(() => plan(["good", key])).toThrow(words);
  });

  it("refuses a folder marker with contents", () => {
    expect(() => planTree([{ key: "a/", bytes: 3, etag: "" }], "")).toThrow('"a/" ends in a slash');
  });

  it("names both of two keys that one folder cannot hold", () => {
    expect(() => plan(["a", "a/b"])).toThrow('"p/a/b" needs a folder where "p/a" is a file');
    expect(() => plan(["a", "a/"])).toThrow('"p/a/" needs a folder where "p/a" is a file');
    expect(() => plan(["a/b/c", "a"])).toThrow('"p/a/b/c" needs a folder where "p/a" is a file');
  });

  it("tells all that is wrong at once", () => {
    expect(() => plan(["../a", "b//c", "d", "d/e"])).toThrow(
      /^3 keys cannot be files.*p\/\.\.\/a.*p\/b\/\/c.*p\/d\/e/s,
    );
  });

  it("knows systems with other rules", () => {
    expect(plan(["A", "a", "b\\c", "d:e"]).files).toHaveLength(4);
    expect(() => plan(["A", "a"], "darwin")).toThrow('"p/a" is the same file name as "p/A"');
    expect(() => plan(["b\\c"], "win32")).toThrow("Windows");
    expect(() => plan(["logs/aux.txt"], "win32")).toThrow("device");
  });
});

describe("entryPath", () => {
  it("never leads out of the folder, whatever the name", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom("a", "..", ".", "", "b")).map((parts) => parts.join("/")),
    );
    fc.assert(
      fc.property(name, (text) => {
        let parts: string[];
        try {
          parts = entryPath(text);
        } catch {
          return;
        }
        expect(parts.some((part) => ["", ".", ".."].includes(part) || /[/\0]/.test(part))).toBe(
          false,
        );
      }),
    );
  });

  it.each([
    "C:\\evil",
    "a\\..\\..\\b",
    "a/CON",
    "nul.tar.gz",
    "COM\u00b9.txt/a",
    "lpt1 .x",
    "a./b",
    "a ",
    "file:stream",
    "line\nfeed",
    "\u001b[2J",
  ])("refuses %j where Windows would not have a file of that name, and there only", (name) => {
    expect(() => entryPath(name, "win32")).toThrow(/Windows/);
    expect(entryPath(name, "linux")).toEqual(name.split("/"));
  });

  it("lets Windows have names that only look like devices", () => {
    expect(entryPath("./console/nullable.con/com10", "win32")).toEqual([
      "console",
      "nullable.con",
      "com10",
    ]);
  });
});

describe("checkLink", () => {
  it("agrees with a file system on which links lead out", () => {
    const part = fc.constantFrom("a", "b", "c", "..", ".");
    const target = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const path = fc
      .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join("/"));
    fc.assert(
      fc.property(fc.dictionary(path, target, { minKeys: 1, maxKeys: 4 }), (record) => {
        const links = new Map(Object.entries(record));
        for (const link of links.keys()) {
          expect(passes(link, links)).toBe(staysInside(link, links));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("LinkMap", () => {
  it("finds links as the system does, where two spellings are one file", () => {
    for (const [platform, isOne] of [
      ["darwin", true],
      ["win32", true],
      ["linux", false],
    ] as const) {
      const links = new LinkMap(platform);
      // From the root, `d1/d2/É` is the root itself: two steps up lead out of it.
      links.set("d1/d2/\u00c9", "../..");
      links.set("out", "d1/d2/e\u0301/../..");
      expect(links.onTheWay(["d1", "d2", "e\u0301", "x"])).toBe(isOne ? "d1/d2/\u00c9" : undefined);
      const check = (): void => checkLink("out", links);
      if (isOne) expect(check).toThrow("out of the folder");
      else expect(check).not.toThrow();
    }
  });
});

function passes(link: string, links: Map<string, string>): boolean {
  try {
    checkLink(link, links);
    return true;
  } catch {
    return false;
  }
}

/** As the kernel walks: one part at a time, a link's target put in place of its name. */
function staysInside(link: string, links: Map<string, string>): boolean {
  const at = link.split("/").slice(0, -1);
  let todo = (links.get(link) ?? "").split("/");
  let followed = 0;
  while (todo.length > 0) {
    const [part = "", ...rest] = todo;
    todo = rest;
    if (part === "..") {
      if (at.pop() === undefined) {
        return false;
      }
    } else if (part !== ".") {
      const target = links.get([...at, part].join("/"));
      if (target === undefined) {
        at.push(part);
      } else {
        followed += 1;
        if (followed === 40) {
          return false;
        }
        todo = [...target.split("/"), ...rest];
      }
    }
  }
  return true;
}

describe("combineCrc32", () => {
  it("gives the CRC32 of the whole", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        fc.uint8Array({ maxLength: 5000 }),
        (a, b) => {
          expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
        },
      ),
    );
  });
});

describe("compareNames", () => {
  it("orders by bytes, as S3 does, not by UTF-16 units", () => {
    expect(["\u{10000}", "\uFFEE", "a", "Z"].sort(compareNames)).toEqual([
      "Z",
      "a",
      "\uFFEE",
      "\u{10000}",
    ]);
  });
});
