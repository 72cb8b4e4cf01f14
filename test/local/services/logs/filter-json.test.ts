import { describe, expect, it } from "vitest";
import { filterPattern } from "../../../../src/local/services/logs/filter-pattern.ts";

const EVENT = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  errorCode: 400,
  latency: 0.25,
  text: "400",
  "cluster.name": "c",
  user: { id: 1, email: "John.Stiles@example.com" },
  users: [{ id: 2, email: "John.Doe@example.com" }],
  actions: ["GET", "PUT", "DELETE"],
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
  ],
});

describe("filter patterns for JSON", () => {
  it.each<[string, boolean]>([
    ['{ $.eventType = "UpdateTrail" }', true],
    ["{$.eventType=UpdateTrail}", true],
    ['{ $.eventType != "UpdateTrail" }', false],
    ["{ $.eventType = Update* }", true],
    ['{ $.eventType = "*Trail" }', true],
    ["{ $.eventType = *dateT* }", true],
    ["{ $.eventType = Up*Trail }", false],
    ["{ $.eventType = * }", true],
    ["{ $.sourceIPAddress != 123.123.* }", true],
    ["{ $.sourceIPAddress = 111.111.* }", true],
    ['{ $.arrayKey[0] = "value" }', true],
    ['{ $.arrayKey[5] = "value" }', false],
    ['{ $.eventType[0] = "U" }', false],
    ["{ $.objectList[1].id = 2 }", true],
    ["{ $.coordinates[1][2] = 6 }", true],
    ["{ $.SomeObject IS NULL }", true],
    ["{ $.eventType IS NULL }", false],
    ["{ $.SomeOtherObject IS NULL }", false],
    ["{ $.SomeOtherObject NOT EXISTS }", true],
    ["{ $.SomeObject NOT EXISTS }", false],
    ["{ $.ThisFlag IS TRUE }", true],
    ["{ $.ThisFlag IS FALSE }", false],
    ["{ $.errorCode = 400 }", true],
    ["{ $.errorCode = 4* }", true],
    ["{ $.errorCode != 500 }", true],
    ["{ $.errorCode >= 400 && $.errorCode < +5e2 }", true],
    ["{ $.latency < 10e-2 }", false],
    ["{ $.latency <= .25 }", true],
    ["{ $.eventType > 1 }", false],
    ["{ $.text = 400 }", true],
    // What is an array, an object or not there has no value that could equal or differ.
    ["{ $.arrayKey = 1 }", false],
    ["{ $.arrayKey != 1 }", false],
    ["{ $.user != 1 }", false],
    ["{ $.never != 1 }", false],
    ['{ $.["cluster.name"] = "c" }', true],
    ["{ $['cluster.name'] = c }", true],
    ["{ $.arrayKey[*] = *other* }", true],
    ["{ $.objectList[*].id = 3 }", false],
    ["{ $.* = UpdateTrail }", true],
    ["{ $.user.* = 1 }", true],
    ["{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }", true],
    ["{ $.eventType != %^Update% }", false],
    ['{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', true],
    ['{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', false],
    [
      '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
      true,
    ],
    [
      '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
      false,
    ],
  ])("%s is %j", (pattern, expected) => {
    expect(filterPattern(pattern)(EVENT)).toBe(expected);
  });

  it("match nothing that is no JSON, and no prototype", () => {
    expect(filterPattern("{ $.a NOT EXISTS }")("plain text")).toBe(false);
    expect(filterPattern("{ $.a NOT EXISTS }")('"text"')).toBe(true);
    expect(filterPattern("{ $.constructor NOT EXISTS }")("{}")).toBe(true);
    expect(filterPattern("{ $.toString = * }")("{}")).toBe(false);
  });

  it.each([
    ["{ $.a = 1", '"}" is missing'],
    ["{ $.a }", "expected after $.a"],
    ["{ $.a = }", "ends too early"],
    ["{ a = 1 }", "$.name, is expected"],
    ["{ $.a < b }", 'compares with numbers, not with "b"'],
    ["{ $.a EXISTS }", "expected after $.a"],
    ["{ $.a IS 1 }", "NULL, TRUE or FALSE"],
    ["{ ($.a = 1 }", '")" is missing'],
    ["{ $.a = 1 $.b = 2 }", 'at "$.b"'],
    ["{ $.a = ü! }", 'at "! '.trim()],
    ["{ $.*.* = 1 }", "one wildcard"],
    ["{ $.a.* = 1 || $.b.* = 1 || $.c.* = 1 || $.d.* = 1 }", "3 wildcard selectors"],
    ["{ $.a = %a% || $.a = %b% || $.a = %c% }", "2 regular expressions"],
    ["{ $.a = %(% }", "letters, digits"],
  ])("%s is refused", (pattern, words) => {
    expect(() => filterPattern(pattern)).toThrow(words);
  });
});
