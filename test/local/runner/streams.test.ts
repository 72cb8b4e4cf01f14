import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  augmentedLines,
  ManifestError,
  parseAugmentedLine,
  parseManifest,
} from "../../../src/local/runner/manifest.ts";
import { asRecord } from "../../../src/local/runner/record-io.ts";
import { shuffled } from "../../../src/local/runner/shuffle.ts";

describe("an order by a seed", () => {
  it("has all that was there, and is the same again", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), fc.nat(1000), (items, seed, epoch) => {
        const order = shuffled(items, seed, epoch);
        expect([...order].sort()).toEqual([...items].sort());
        expect(shuffled(items, seed, epoch)).toEqual(order);
      }),
    );
  });

  it("is another for another epoch, and for another seed", () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    expect(shuffled(items, 1, 0)).not.toEqual(shuffled(items, 1, 1));
    expect(shuffled(items, 1, 0)).not.toEqual(shuffled(items, 2, 0));
    expect(shuffled(items, 1, 0)).not.toEqual(items);
  });
});

/** Reads records as a program does. */
function readRecords(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.readUInt32LE(at)).toBe(0xced7230a);
    const length = bytes.readUInt32LE(at + 4);
    records.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + Math.ceil(length / 4) * 4;
  }
  return records;
}

describe("RecordIO", () => {
  it("gives back what was wrapped, however it came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.uint8Array())), async (contents) => {
        const wrapped: Uint8Array[] = [];
        for (const chunks of contents) {
          const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
          const content = (async function* () {
            yield* chunks;
          })();
          for await (const chunk of asRecord(content, length)) wrapped.push(chunk);
        }
        const expected = contents.map((chunks) => Buffer.concat(chunks));
        expect(readRecords(Buffer.concat(wrapped))).toEqual(expected);
      }),
    );
  });
});

const parseAugmented = (text: string, names: readonly string[]) =>
  augmentedLines(text).map((line) => parseAugmentedLine(line, names));

describe("a manifest", () => {
  it("names objects by a prefix and what follows it, whatever that is", () => {
    const text = '[{"prefix": "s3://bucket/a"}, "b", "/c d/\u00fc"]';
    expect(parseManifest(text)).toEqual([
      { bucket: "bucket", key: "ab" },
      { bucket: "bucket", key: "a/c d/\u00fc" },
    ]);
  });

  it.each([
    ['[{"prefix": "s3://bucket/"}]', "it names no objects"],
    ['[{"prefix": "s3://"}, "bucket/a"]', "names no bucket"],
    [
      '[{"prefix": "s3://buck"}, "/a", "et/a"]',
      "entry 2 names no object of the prefix's bucket buck",
    ],
    ['[{"prefix": "s3://bucket"}, "/"]', "entry 1 names no object of the prefix's bucket bucket"],
  ])("names at least one object, and all of them in one bucket: %s", (text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
  });

  it("is read or refused, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.array(fc.string()), (text, names) => {
        for (const parse of [() => parseManifest(text), () => parseAugmented(text, names)]) {
          try {
            expect(Array.isArray(parse())).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ManifestError);
          }
        }
      }),
    );
  });

  it.each([
    ['{"a": 1}', ["b"], 'line 1 has no "b"'],
    ['{"a": 1}\n[', ["a"], "line 2 is no JSON"],
    ['{"a-ref": "file"}', ["a-ref"], '"a-ref" of line 1 is no s3:// URI'],
    ["7", ["toString"], 'line 1 has no "toString"'],
  ])("with the lines %j says what is wrong", (text, names, message) => {
    expect(() => parseAugmented(text, names)).toThrow(message);
  });
});
