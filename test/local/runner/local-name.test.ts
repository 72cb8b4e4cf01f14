import { join, normalize, sep } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localName, UnusableKeyError } from "../../../src/local/runner/local-name.ts";

const path = (prefix: string, key: string): string => localName(prefix, key).path;

describe("the local name of a key", () => {
  it("is what follows a prefix that ends in a slash", () => {
    expect(path("data/", "data/x.csv")).toBe("x.csv");
    expect(path("data/", "data/a/b.csv")).toBe("a/b.csv");
    expect(path("", "a/b.csv")).toBe("a/b.csv");
  });

  it("is what follows a prefix that is a folder without its slash", () => {
    expect(path("data/dir", "data/dir/x.csv")).toBe("x.csv");
  });

  it("keeps the whole last part when the prefix ends within it", () => {
    expect(path("data/train", "data/train-data.csv")).toBe("train-data.csv");
    expect(path("data/train", "data/train-2/x.csv")).toBe("train-2/x.csv");
    expect(path("tr", "train.csv")).toBe("train.csv");
  });

  it("is the key's last part when the prefix is the key", () => {
    expect(path("data/train.csv", "data/train.csv")).toBe("train.csv");
  });

  it("of a key that ends in a slash is a folder", () => {
    expect(localName("data/", "data/")).toEqual({ path: "", isFolder: true });
    expect(localName("data", "data/")).toEqual({ path: "", isFolder: true });
    expect(localName("data/", "data/sub/")).toEqual({ path: "sub", isFolder: true });
  });

  it.each([
    ["d/", "d/../x"],
    ["d/", "d/a/.."],
    ["d/", "d//x"],
    ["d/", "d/a\0b"],
    ["d/", "d/."],
    ["d", "d/../../x"],
  ])("is refused where it would not be a file of the channel: %j %j", (prefix, key) => {
    expect(() => localName(prefix, key)).toThrow(UnusableKeyError);
  });

  it("never leaves the channel's folder", () => {
    const part = fc.constantFrom("a", "..", ".", "", "b.csv", "…", "\\", "~", " ");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.nat({ max: 30 }), (parts, length) => {
        const key = parts.join("/");
        const prefix = key.slice(0, length);
        try {
          const inside = normalize(join("/channel", localName(prefix, key).path));
          expect(inside === "/channel" || inside.startsWith(`/channel${sep}`)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UnusableKeyError);
        }
      }),
    );
  });
});
