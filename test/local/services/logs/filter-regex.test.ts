import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filterRegex } from "../../../../src/local/services/logs/filter-regex.ts";

describe("filterRegex", () => {
  it.each<[string, string, boolean]>([
    ["^[hc]at", "hat and cat", true],
    ["^[hc]at", "a cat", false],
    ["[hc]at$", "a cat", true],
    ["[hc]at$", "cats", false],
    ["colou?r", "color", true],
    ["colou?r", "colour", true],
    ["[abcx-z]9", "y9", true],
    ["[abcx-z]9", "d9", false],
    ["[^abc]", "abc", false],
    ["[^abc]", "abcd", true],
    ["^a{3,5}$", "aa", false],
    ["^a{3,5}$", "aaaa", true],
    ["^a{3,5}$", "aaaaaa", false],
    ["^a{,2}$", "aa", true],
    ["^a{,2}$", "aaa", false],
    ["^a{2,}$", "aaaaa", true],
    ["^a{2,}$", "a", false],
    ["^a{2}$", "aa", true],
    ["^a{2}$", "aaa", false],
    ["gra|ey", "grey", true],
    ["gra|ey", "gray", true],
    ["^starting|^shutting down", "shutting down now", true],
    ["^starting|^shutting down", "skip starting", false],
    ["abcc|ab[^c]$", "aba", true],
    ["abcc|ab[^c]$", "aac", false],
    [String.raw`\[.\]`, "x[7]y", true],
    [String.raw`\[.\]`, "x7y", false],
    [String.raw`10\.10\.0\.1`, "10.10.0.1", true],
    [String.raw`10\.10\.0\.1`, "10010,0x1", false],
    ["ab*c", "ac", true],
    ["ab+c", "ac", false],
    ["ab+c", "abbbc", true],
    [String.raw`^\d+$`, "123", true],
    [String.raw`^\D+$`, "12a", false],
    [String.raw`a\sb`, "a\tb", true],
    [String.raw`a\Sb`, "a b", false],
    [String.raw`^\w\W$`, "_-", true],
    [String.raw`\x28\x3A`, "(:", true],
    [String.raw`[\x28-\x2A]`, "*", true],
    [String.raw`[\d\]]x`, "]x", true],
    ["[]a]x", "]x", true],
    ["/service/resource/[0-9]+$", "GET /service/resource/67", true],
    ["a.c", "aüc", true],
    ["^$", "", true],
  ])("%s on %j is %j", (source, text, expected) => {
    expect(filterRegex(source)(text)).toBe(expected);
  });

  it.each([
    ["something!", "letters, digits"],
    ["(a)", "letters, digits"],
    ["ü", "letters, digits"],
    ["", "letters, digits"],
    ["*a", "wrong at 1"],
    ["a]", "wrong at 2"],
    ["[a", "wrong at 1"],
    ["a**", "wrong at 3"],
    ["a{3,1}", "at least 3 and at most 1"],
    ["a{9999}b{9999}", "too large"],
  ])("refuses %j", (source, words) => {
    expect(() => filterRegex(source)).toThrow(words);
  });

  it("agrees with JavaScript's", () => {
    const atom = fc.constantFrom(
      "a",
      "b",
      ".",
      "[ab]",
      "[^a]",
      String.raw`\d`,
      String.raw`\w`,
      "1",
    );
    const count = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "{2,}");
    const sequence = fc
      .array(fc.tuple(atom, count), { minLength: 1, maxLength: 5 })
      .map((pieces) => pieces.flat().join(""));
    const anchored = fc
      .tuple(fc.constantFrom("", "^"), sequence, fc.constantFrom("", "$"))
      .map((pieces) => pieces.join(""));
    const source = fc.array(anchored, { minLength: 1, maxLength: 3 }).map((all) => all.join("|"));
    const text = fc.array(fc.constantFrom("a", "b", "1", " "), { maxLength: 12 });

    fc.assert(
      fc.property(source, text, (regex, characters) => {
        const message = characters.join("");
        expect(filterRegex(regex)(message)).toBe(new RegExp(regex, "u").test(message));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is not kept busy by what others backtrack over", () => {
    expect(filterRegex("a*a*a*a*a*a*a*a*b")("a".repeat(20_000))).toBe(false);
  });
});
