import { describe, expect, it } from "vitest";
import { readCbor, writeCbor } from "../../../src/local/wire/cbor.ts";

const read = (hex: string): unknown => readCbor(Buffer.from(hex, "hex"));

/** Of the examples in appendix A of RFC 8949. */
const EXAMPLES: readonly (readonly [hex: string, value: unknown])[] = [
  ["17", 23],
  ["1818", 24],
  ["1903e8", 1000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["3903e7", -1000],
  ["f90001", 2 ** -24],
  ["f93c00", 1],
  ["f9c400", -4],
  ["f97c00", Number.POSITIVE_INFINITY],
  ["fa47c35000", 100_000],
  ["fbc010666666666666", -4.1],
  ["f4", false],
  ["f6", null],
  ["f7", null],
  ["c11a514b67b0", 1_363_896_240],
  ["4401020304", Buffer.from([1, 2, 3, 4])],
  ["62c3bc", "ü"],
  ["7f657374726561646d696e67ff", "streaming"],
  ["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
  ["bf61610161629f0203ffff", { a: 1, b: [2, 3] }],
  ["a0", {}],
];

describe("CBOR", () => {
  it.each(EXAMPLES)("%s is %o", (hex, value) => {
    expect(read(hex)).toEqual(value);
  });

  it.each([
    ["nothing", ""],
    ["a text cut off", "6261"],
    ["a list without its members", "9b00ffffffffffffff"],
    ["a list without its break", "9f01"],
    ["something behind it", "0000"],
    ["a size that there is not", "1c"],
    ["a simple value that there is not", "f8ff"],
    ["a text with a number in it", "7f01ff"],
    ["a thousand lists in each other", "81".repeat(1000)],
  ])("refuses %s", (_, hex) => {
    expect(() => read(hex)).toThrow(expect.objectContaining({ name: "CborError" }));
  });

  it("has whole numbers as doubles, times with their tag, and nothing for what is undefined", () => {
    expect(writeCbor({ a: 1, b: undefined }).toString("hex")).toBe("a16161fb3ff0000000000000");
    expect(writeCbor(new Date(1000)).toString("hex")).toBe("c1fb3ff0000000000000");
  });

  it("reads what it wrote", () => {
    const value = { list: ["x".repeat(300), -0.5, true, false], ü: { "": [] } };
    expect(readCbor(writeCbor(value))).toEqual(value);
    const long = Array.from({ length: 300 }, (_, index) => index);
    expect(readCbor(writeCbor(long))).toEqual(long);
  });
});
