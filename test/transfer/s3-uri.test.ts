import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatS3Uri,
  isS3Uri,
  parseS3Uri,
  s3PathJoin,
  s3UriProblem,
} from "../../src/transfer/s3-uri.ts";

const bucketName = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);

describe("parseS3Uri", () => {
  it("takes bucket and key apart, and leaves the key as it is", () => {
    expect(parseS3Uri("s3://my-bucket/a/b.csv")).toEqual({ bucket: "my-bucket", key: "a/b.csv" });
    expect(parseS3Uri("s3://my-bucket/a/")).toEqual({ bucket: "my-bucket", key: "a/" });
    expect(parseS3Uri("s3://my-bucket//a//b ?x=1#y%20z")).toEqual({
      bucket: "my-bucket",
      key: "/a//b ?x=1#y%20z",
    });
  });

  it("takes a bucket alone", () => {
    expect(parseS3Uri("s3://my-bucket")).toEqual({ bucket: "my-bucket", key: "" });
    expect(parseS3Uri("s3://my-bucket/")).toEqual({ bucket: "my-bucket", key: "" });
  });

  it("takes names of the time before 2018", () => {
    expect(parseS3Uri("s3://My_Old_Bucket/x").bucket).toBe("My_Old_Bucket");
  });

  it("gives back what formatS3Uri made, for every key", () => {
    fc.assert(
      fc.property(bucketName, fc.string({ unit: "binary", maxLength: 200 }), (bucket, key) => {
        expect(parseS3Uri(formatS3Uri({ bucket, key }))).toEqual({ bucket, key });
      }),
    );
  });

  it.each([
    ["s3://", /names no bucket/],
    ["s3:///key", /names no bucket/],
    ["s3://ab/key", /"ab" cannot be one/],
    ["s3://a b c/key", /"a b c" cannot be one/],
    ["s3:/bucket/key", /two slashes/],
    ["S3://bucket/key", /lower case/],
    ["s3a://bucket/key", /must begin with "s3:\/\/"/],
    ["bucket/key", /must have the form "s3:\/\/bucket\/key"/],
    ["", /must have the form/],
  ])("refuses %j and says why", (uri, words) => {
    expect(() => parseS3Uri(uri)).toThrow(words);
    expect(s3UriProblem(uri)).toMatch(words);
  });

  it.each([
    "https://my-bucket.s3.eu-west-1.amazonaws.com/a/b%20c.csv",
    "https://my-bucket.s3.amazonaws.com/a/b%20c.csv",
    "https://my-bucket.s3-eu-west-1.amazonaws.com/a/b c.csv",
    "https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com/a/b c.csv",
    "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/a/b c.csv",
    "https://s3.eu-west-1.amazonaws.com/my-bucket/a/b%20c.csv",
  ])("says how to write the web address %s", (url) => {
    expect(() => parseS3Uri(url)).toThrow('Write it as "s3://my-bucket/a/b c.csv"');
  });

  it("keeps signatures and passwords out of the message", () => {
    const presigned = "https://my-bucket.s3.amazonaws.com/a?X-Amz-Signature=deadbeef";
    expect(s3UriProblem(presigned)).not.toContain("deadbeef");
    expect(s3UriProblem("https://user:hunter2@example.com/a")).not.toContain("hunter2");
  });

  it("never fails in another way, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(s3UriProblem(text) === undefined).toBe(canParse(text));
      }),
    );
  });
});

describe("isS3Uri", () => {
  it("tells URIs from paths", () => {
    expect(["s3://b/k", "S3://b", "s3:/b"].map(isS3Uri)).toEqual([true, true, true]);
    expect(["data/train.csv", "/s3/x", "file:///x", "s3", ""].some(isS3Uri)).toBe(false);
  });
});

describe("s3PathJoin", () => {
  it.each([
    [["foo", "bar"], "foo/bar"],
    [["/foo", "bar/"], "foo/bar"],
    [["s3://", "//foo/", "/bar///baz"], "s3://foo/bar/baz"],
    [["s3://bucket", "a"], "s3://bucket/a"],
    [["s3://bucket/", "/a/"], "s3://bucket/a"],
    [["foo", "", null, undefined, "bar"], "foo/bar"],
    [["s3://"], "s3://"],
    [[], ""],
    [["/"], ""],
    [["a", ".", "..", "b"], "a/./../b"],
  ])("joins %j to %j", (parts, joined) => {
    expect(s3PathJoin(...parts)).toBe(joined);
  });

  it("ends in a slash on request, unless there is nothing", () => {
    expect(s3PathJoin("foo", "bar", { withEndSlash: true })).toBe("foo/bar/");
    expect(s3PathJoin("foo/", { withEndSlash: true })).toBe("foo/");
    expect(s3PathJoin("", { withEndSlash: true })).toBe("");
    expect(s3PathJoin("s3://", { withEndSlash: true })).toBe("s3://");
  });

  it("gives the same when its result is joined again, and never doubles a slash", () => {
    const part = fc.string({ unit: fc.constantFrom("/", "a", ".", "ü", " ") });
    fc.assert(
      fc.property(fc.array(part), fc.boolean(), (parts, withEndSlash) => {
        const joined = s3PathJoin(...parts, { withEndSlash });
        expect(joined).not.toMatch(/\/\/|^\//);
        expect(s3PathJoin(joined, { withEndSlash })).toBe(joined);
        expect(joined.split("/").join("")).toBe(parts.join("").split("/").join(""));
      }),
    );
  });
});

function canParse(text: string): boolean {
  try {
    parseS3Uri(text);
    return true;
  } catch {
    return false;
  }
}
