import { describe, expect, it } from "vitest";
import type { WireRequest } from "../../../src/local/wire/message.ts";
import { isSignedWithV2, parseSignatureV2 } from "../../../src/local/wire/signature-v2.ts";

// The example of S3's own documentation.
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const example: WireRequest = {
  method: "GET",
  host: "johnsmith.s3.amazonaws.com",
  path: "/photos/puppy.jpg",
  query: {
    AWSAccessKeyId: "AKIAIOSFODNN7EXAMPLE",
    Signature: "NpgCjnDzrM+WFzoENXmpNDUsSn8=",
    Expires: "1175139620",
  },
  headers: {},
  body: undefined,
  origin: "http",
};

function isSigned(request: WireRequest, bucket?: string): boolean {
  const signature = parseSignatureV2(request);
  return signature !== undefined && isSignedWithV2(request, signature, SECRET, bucket);
}

describe("isSignedWithV2", () => {
  it("takes the example of the documentation, by virtual host and by path", () => {
    expect(isSigned(example, "johnsmith")).toBe(true);
    expect(isSigned({ ...example, path: `/johnsmith${example.path}` })).toBe(true);
  });

  it("takes nothing that was changed since", () => {
    expect(isSigned(example, "other")).toBe(false);
    expect(isSigned({ ...example, method: "PUT" }, "johnsmith")).toBe(false);
    expect(isSigned({ ...example, path: "/photos/kitten.jpg" }, "johnsmith")).toBe(false);
    for (const change of [
      { Expires: "1275139620" },
      { acl: "" },
      { "x-amz-meta-a": "1" },
      { Signature: "AA==" },
    ]) {
      expect(isSigned({ ...example, query: { ...example.query, ...change } }, "johnsmith")).toBe(
        false,
      );
    }
  });

  it("takes fields that are not signed", () => {
    const query = { ...example.query, "x-id": "GetObject" };
    expect(isSigned({ ...example, query }, "johnsmith")).toBe(true);
  });
});

describe("parseSignatureV2", () => {
  it("finds none without keys or signature", () => {
    for (const query of [{}, { AWSAccessKeyId: "k" }, { Signature: "s" }]) {
      expect(parseSignatureV2({ ...example, query })).toBeUndefined();
    }
  });
});
