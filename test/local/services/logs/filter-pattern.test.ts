import { describe, expect, it } from "vitest";
import { filterPattern } from "../../../../src/local/services/logs/filter-pattern.ts";

describe("filterPattern", () => {
  it.each<[string, string, boolean]>([
    ["", "anything", true],
    ["   ", "anything", true],
    ["ERROR", "an ERROR here", true],
    ["ERROR", "an error here", false],
    ["ERROR code", "code of ERROR", true],
    ["ERROR code", "ERROR", false],
    ['"exit code"', "exit code 1", true],
    ['"exit code"', "exit with code 1", false],
    [String.raw`"say \"no\""`, 'they say "no"', true],
    ["?loss ?epoch", "epoch 1", true],
    ["?loss ?epoch", "nothing", false],
    ["ERROR ?epoch", "ERROR", true],
    ["-retry", "ERROR", true],
    ["ERROR -retry", "ERROR retry", false],
    ['ERROR -"try again"', "ERROR try again", false],
    ["größer_als", "größer_als 1", true],
    // Beside other terms, those with a question mark are passed over.
    ["?loss ?epoch REQUEST", "a REQUEST", true],
    ["?loss -retry", "nothing", true],
    ['" "', "anything", true],
    ['""', "anything", true],
    ["%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true],
    ["ERROR -%exit code [1-9]%", "ERROR exit code 0", true],
    ["ERROR -%exit code [1-9]%", "ERROR exit code 3", false],
    ["?%^a% ?%b$%", "ab ba", true],
    ["?%^a% ?%b$%", "ba ab a", false],
  ])("%j on %j is %j", (pattern, message, expected) => {
    expect(filterPattern(pattern)(message)).toBe(expected);
  });

  it.each([
    ["a-b", "Invalid character(s) in term 'a-b'"],
    ["loss=1", "Invalid character(s) in term 'loss=1'"],
    ['"open', "Invalid filter pattern at character 1"],
    ["a ?", "Invalid character(s) in term '?'"],
    ["%a% %b% %c%", "2 regular expressions at most"],
    ["%open", "Invalid filter pattern at character 1"],
  ])("refuses %j", (pattern, message) => {
    expect(() => filterPattern(pattern)).toThrow(message);
  });
});
