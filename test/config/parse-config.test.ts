import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";

async function messages(text: string): Promise<string[]> {
  return ((await parseConfig(text)).problems ?? []).map(({ message }) => message);
}

describe("the text of a configuration", () => {
  it("is read as Python's parser reads it", async () => {
    const text = [
      "yes: yes",
      "off: off",
      "y: y",
      "n: N",
      "version: 1.0",
      "octal: 0123",
      "account: 012345678901",
      "merged:",
      "  <<: &base {A: one}",
      "  B: two",
      "same: *base",
      "empty:",
    ].join("\n");

    await expect(parseConfig(text)).resolves.toEqual({
      value: {
        true: true,
        false: false,
        y: "y",
        n: "N",
        version: 1,
        octal: 83,
        account: "012345678901",
        merged: { A: "one", B: "two" },
        same: { A: "one" },
        empty: null,
      },
    });
  });

  // What PyYAML 6 makes of each.
  it.each(["012345678901", "08", "0o17", "1e3", "1.5e3", "12e034", "y", "N", "tRue"])(
    "takes %s for a text, as Python's parser does",
    async (word) => {
      await expect(parseConfig(`a: ${word}`)).resolves.toEqual({ value: { a: word } });
    },
  );

  it.each([
    ["0123", 83],
    ["1:30", 90],
    ["1_000", 1000],
    ["0x1F", 31],
    ["0b1", 1],
    ["+1", 1],
    [".5", 0.5],
    ["1.", 1],
    ["1.5e+3", 1500],
    ["ON", true],
    ["~", null],
  ])("takes %s for no text, as Python's parser does", async (word, value) => {
    await expect(parseConfig(`a: ${word}`)).resolves.toEqual({ value: { a: value } });
  });

  it("that says nothing is nothing", async () => {
    await expect(parseConfig("# later\n")).resolves.toEqual({ value: null });
  });

  it("is told wrong with its lines, all of them, and without quoting", async () => {
    const found = await messages("TOKEN: hunter2\nTOKEN: hunter2\nb: [hunter2\n");

    expect(found.length).toBeGreaterThan(1);
    expect(found[0]).toBe("Map keys must be unique at line 2, column 1.");
    expect(found.join()).not.toContain("hunter2");
  });

  it.each([
    "a: *hunter2",
    "a: !hunter2 b",
    "a: b\nhunter2\nc: d",
    "a: &hunter2 &hunter2 b",
    "a: 'x' hunter2",
    "a: {b: c} hunter2",
    'a: "\\hunter2"',
    "a: [b: hunter2\n",
    "a: @hunter2",
    "a: |hunter2\n  b",
    "? hunter2\n: - b\n c",
  ])("that is wrong is not quoted: %j", async (text) => {
    const found = await messages(text);

    expect(found).not.toEqual([]);
    expect(found.join()).not.toContain("hunter2");
  });

  it.each([
    ["a tag of one's own", "a: !include other.yaml", /Unresolved tag at line 1, column 4/],
    ["two documents", "a: 1\n---\nb: 1\n", /multiple documents/],
    ["an alias of nothing", "a: *nobody", /Unresolved alias|alias/i],
    ["a circle", "a: &a\n  b: *a\n", /aliases .* lead in a circle/],
  ])("is refused with %s", async (_, text, expected) => {
    await expect(messages(text)).resolves.toEqual([expect.stringMatching(expected)]);
  });

  it("is refused when its aliases stand for more than there is room for", async () => {
    const levels = "abcdefghijkl".split("");
    const text = levels
      .map((name, index) => {
        const item = index === 0 ? "lol" : `*${levels[index - 1]}`;
        return `${name}: &${name} [${Array(10).fill(item).join(", ")}]`;
      })
      .join("\n");

    await expect(messages(text)).resolves.toEqual([expect.stringContaining("stand for too much")]);
  });
});
