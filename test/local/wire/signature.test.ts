import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WireRequest } from "../../../src/local/wire/message.ts";
import { isSignedWith, parseSignature, signedAt } from "../../../src/local/wire/signature.ts";
import { Sha256 } from "../../helpers/sha256.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

function signer(service: string): SignatureV4 {
  return new SignatureV4({
    service,
    region: "eu-west-1",
    credentials: {
      accessKeyId: "ASIALOCALABCDEFGHIJK",
      secretAccessKey: SECRET,
      sessionToken: "token",
    },
    sha256: Sha256,
    uriEscapePath: service !== "s3",
    applyChecksum: true,
  });
}

interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function toSign(request: Plain): Parameters<SignatureV4["sign"]>[0] {
  return {
    protocol: "http:",
    hostname: "localhost",
    ...request,
    headers: { host: "localhost:4566", ...request.headers },
  };
}

function toWire(
  request: { headers: Record<string, string>; query?: unknown },
  plain: Plain,
): WireRequest {
  return {
    method: plain.method,
    host: "localhost",
    path: plain.path,
    query: request.query as Record<string, string>,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(plain.body),
    origin: "http",
  };
}

const plain = fc.record({
  method: fc.constantFrom("GET", "PUT", "POST"),
  path: fc
    .array(fc.string({ unit: "grapheme", maxLength: 8 }), { maxLength: 4 })
    .map((parts) => `/${parts.map(encodeURIComponent).join("/")}`),
  query: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 6 }).filter((name) => !/^x-amz/i.test(name)),
    fc.string({ unit: "grapheme", maxLength: 8 }),
    { maxKeys: 4 },
  ),
  headers: fc.record({
    "x-amz-meta-a": fc.constantFrom("x", " two  blanks ", "ünï"),
    "content-type": fc.constantFrom("text/plain", "application/json"),
  }),
  body: fc.string({ maxLength: 20 }),
});

describe("isSignedWith", () => {
  it.each(["s3", "sagemaker"])(
    "takes what the AWS SDK's signer signs in headers for %s, and nothing that was changed since",
    async (service) => {
      await fc.assert(
        fc.asyncProperty(plain, async (request) => {
          const signed = await signer(service).sign(toSign(request));
          const wire = toWire(signed, request);
          const signature = parseSignature(wire);

          expect(signature?.service).toBe(service);
          if (signature === undefined) return;
          expect(isSignedWith(wire, signature, SECRET)).toBe(true);
          expect(isSignedWith(wire, signature, `${SECRET}x`)).toBe(false);
          expect(isSignedWith({ ...wire, method: "DELETE" }, signature, SECRET)).toBe(false);
          expect(isSignedWith({ ...wire, path: `${wire.path}x` }, signature, SECRET)).toBe(false);
          const query = { ...wire.query, extra: "1" };
          expect(isSignedWith({ ...wire, query }, signature, SECRET)).toBe(false);
          const headers = { ...wire.headers, "x-amz-meta-a": "other" };
          expect(isSignedWith({ ...wire, headers }, signature, SECRET)).toBe(false);
        }),
        { numRuns: 40 },
      );
    },
  );

  it("takes a presigned URL, which says how long it is good for", async () => {
    await fc.assert(
      fc.asyncProperty(plain, async (request) => {
        const presigned = await signer("s3").presign(
          // As the SDK's presigner for S3 says it.
          toSign({
            ...request,
            body: "",
            headers: { ...request.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
          }),
          { expiresIn: 60 },
        );
        const wire = toWire(presigned, { ...request, body: "" });
        const signature = parseSignature(wire);

        expect(signature).toMatchObject({ expiresSeconds: 60, sessionToken: "token" });
        if (signature === undefined) return;
        expect(Math.abs(signedAt(signature) - Date.now())).toBeLessThan(60_000);
        expect(isSignedWith(wire, signature, SECRET)).toBe(true);
        expect(isSignedWith(wire, signature, "other")).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it("checks the payload of services other than S3", async () => {
    const request = { method: "POST", path: "/", query: {}, headers: {}, body: "{}" };
    const wire = toWire(await signer("sagemaker").sign(toSign(request)), request);
    const signature = parseSignature(wire);

    expect(signature).toBeDefined();
    if (signature === undefined) return;
    expect(isSignedWith(wire, signature, SECRET)).toBe(true);
    expect(isSignedWith({ ...wire, body: Buffer.from("{ }") }, signature, SECRET)).toBe(false);
  });
});

describe("parseSignature", () => {
  it.each([
    {},
    { authorization: "Bearer x" },
    { authorization: "AWS4-HMAC-SHA256 Credential=broken, SignedHeaders=host, Signature=00" },
    { authorization: "AWS test:signature" },
  ])("finds none in %j", (headers) => {
    const request: WireRequest = {
      method: "GET",
      host: "localhost",
      path: "/",
      query: {},
      headers,
      body: undefined,
      origin: "http",
    };
    expect(parseSignature(request)).toBeUndefined();
  });
});
