import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseAddress,
  parseCopySource,
  wantsBucketFromHost,
} from "../../../../src/local/services/s3/addressing.ts";
import { compareKeys, SortedKeys } from "../../../../src/local/services/s3/key-order.ts";
import { parseRange } from "../../../../src/local/services/s3/ranges.ts";
import { parseXml, xmlDocument } from "../../../../src/local/services/s3/xml.ts";

const text = fc.string({ unit: "grapheme" });
const anyText = fc.string({ unit: "binary" });

describe("compareKeys", () => {
  it("orders as UTF-8 bytes do", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeys(a, b))).toBe(expected);
      }),
    );
    expect(compareKeys("\uffee", "\u{10000}")).toBeLessThan(0);
  });
});

describe("SortedKeys", () => {
  it("is a sorted set, whatever was added and deleted when", () => {
    const key = fc.constantFrom(..."abcdefghij\uffee", "\u{10000}", "\u{1f600}");
    const step = fc.oneof(
      fc.record({ toggle: fc.array(key, { maxLength: 20 }) }),
      fc.constant("read"),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const sorted = new SortedKeys();
        const model = new Set<string>();
        for (const action of steps) {
          if (typeof action === "string") {
            [...sorted];
            continue;
          }
          for (const name of action.toggle) {
            if (model.delete(name)) sorted.delete(name);
            else {
              model.add(name);
              sorted.add(name);
            }
          }
        }
        const expected = [...model].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect([...sorted]).toEqual(expected);
      }),
    );
  });

  it("merges many new keys as well as few", () => {
    const sorted = new SortedKeys();
    const names = Array.from({ length: 500 }, (_, i) => `key ${(i * 7919) % 500}`);
    for (const [i, name] of names.entries()) {
      sorted.add(name);
      if (i % 170 === 0) [...sorted];
    }

    expect([...sorted]).toEqual([...names].sort());
  });
});

describe("wantsBucketFromHost", () => {
  it.each([
    ["bucket.s3.eu-west-1.amazonaws.com", "bucket"],
    ["a.b.c.s3.us-gov-west-1.amazonaws.com", "a.b.c"],
    ["bucket.s3.amazonaws.com", "bucket"],
    ["bucket.s3-eu-west-1.amazonaws.com", "bucket"],
    ["bucket.s3.dualstack.eu-west-1.amazonaws.com", "bucket"],
    ["bucket.s3.cn-north-1.amazonaws.com.cn", "bucket"],
    ["my.s3.bucket.s3.eu-west-1.amazonaws.com", "my.s3.bucket"],
    ["bucket.s3.localhost", "bucket"],
    ["bucket.s3.eu-west-1.localhost", "bucket"],
    ["bucket.localhost", "bucket"],
    ["bucket.127.0.0.1", "bucket"],
    ["s3.eu-west-1.amazonaws.com", undefined],
    ["s3.amazonaws.com", undefined],
    ["s3.localhost", undefined],
    ["localhost", undefined],
    ["127.0.0.1", undefined],
    ["example.com", undefined],
    ["::1", undefined],
  ])("%s", (host, bucket) => {
    expect(wantsBucketFromHost(host)).toBe(bucket);
  });
});

describe("parseAddress", () => {
  it("finds any key in path and in host style", () => {
    const key = anyText.filter(
      (name) =>
        name !== "" &&
        Buffer.byteLength(name) <= 1024 &&
        !name.split("/").some((segment) => segment === ".."),
    );
    fc.assert(
      fc.property(key, (name) => {
        const path = name.split("/").map(encodeURIComponent).join("/");
        const expected = { bucket: "some.bucket", key: name };
        expect(parseAddress("127.0.0.1", `/some.bucket/${path}`)).toEqual(expected);
        expect(parseAddress("some.bucket.s3.amazonaws.com", `/${path}`)).toEqual(expected);
        expect(parseCopySource(encodeURIComponent(`some.bucket/${name}`))).toEqual(expected);
      }),
    );
  });

  it("tells service, bucket and object apart", () => {
    expect(parseAddress("localhost", "/")).toEqual({ bucket: undefined, key: undefined });
    expect(parseAddress("localhost", "/b")).toEqual({ bucket: "b", key: undefined });
    expect(parseAddress("localhost", "/b/")).toEqual({ bucket: "b", key: undefined });
    expect(parseAddress("b.localhost", "/")).toEqual({ bucket: "b", key: undefined });
    expect(parseAddress("localhost", "/b//")).toEqual({ bucket: "b", key: "/" });
    expect(parseAddress("localhost", "/b/a+b")).toEqual({ bucket: "b", key: "a+b" });
  });

  it("reads a copy's source", () => {
    expect(parseCopySource("/b/k?versionId=null")).toEqual({ bucket: "b", key: "k" });
    expect(parseCopySource("b/a+space+and%2Ba+plus")).toEqual({
      bucket: "b",
      key: "a space and+a plus",
    });
    expect(parseCopySource("b/what%3FversionId=1")).toEqual({
      bucket: "b",
      key: "what?versionId=1",
    });
    for (const bad of ["", "b", "b/", "/b", "/b/"]) {
      expect(() => parseCopySource(bad)).toThrow("Invalid copy source object key");
    }
    expect(() => parseCopySource("b/k?versionId=x")).toThrow("Invalid version id specified");
  });
});

describe("parseRange", () => {
  it("lies within the object", () => {
    const number = fc.oneof(fc.nat({ max: 50 }).map(String), fc.constant(""));
    fc.assert(
      fc.property(number, number, fc.nat({ max: 40 }), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size);
        if (typeof range !== "object") return;
        expect(range.length).toBeGreaterThan(0);
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start + range.length).toBeLessThanOrEqual(size);
        if (first !== "") expect(range.start).toBe(Number(first));
      }),
    );
  });
});

describe("XML", () => {
  it("carries any text that XML can carry", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1 }), async (items) => {
        const document = await parseXml(
          xmlDocument("Root", { Item: items, None: undefined }),
          "Root",
        );
        expect(document.all("Item").length).toBe(items.length);
        const first = items[0] ?? "";
        expect(document.text("Item")).toBe(first);
        expect(document.text("None")).toBeUndefined();
      }),
    );
  });

  it("has no entities but its own", async () => {
    const body = `<!DOCTYPE x [<!ENTITY e "boom">]><Root><Item>&e;&amp;&#65;&#x42;</Item></Root>`;
    const read = parseXml(body, "Root").then((document) => document.text("Item"));

    expect(await read.catch(() => "refused")).toMatch(/^(refused|&e;&AB)$/);
  });
});
