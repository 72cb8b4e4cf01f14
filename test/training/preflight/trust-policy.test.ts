import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Trust, trustOf } from "../../../src/training/preflight/trust-policy.ts";

const ASSUME = "sts:AssumeRole";
const SAGEMAKER = { Service: "sagemaker.amazonaws.com" };

function policy(...Statement: unknown[]): string {
  return encodeURIComponent(JSON.stringify({ Version: "2012-10-17", Statement }));
}

const allow = { Effect: "Allow", Principal: SAGEMAKER, Action: ASSUME };

const cases: [string, string, Trust][] = [
  ["names SageMaker", policy(allow), "trusted"],
  [
    "names it among others",
    policy({ ...allow, Principal: { Service: ["ec2.amazonaws.com", "sagemaker.amazonaws.com"] } }),
    "trusted",
  ],
  [
    "names it in China's form",
    policy({ ...allow, Principal: { Service: "sagemaker.amazonaws.com.cn" } }),
    "trusted",
  ],
  ["trusts everybody", policy({ ...allow, Principal: "*" }), "trusted"],
  ["allows several actions", policy({ ...allow, Action: ["sts:TagSession", "sts:*"] }), "trusted"],
  ["allows every action", policy({ ...allow, Action: "*" }), "trusted"],
  ["has a lone statement", encodeURIComponent(JSON.stringify({ Statement: allow })), "trusted"],
  ["is not encoded", JSON.stringify({ Statement: [allow], Sid: "100% fine" }), "trusted"],
  [
    "has conditions",
    policy({ ...allow, Condition: { StringEquals: { "aws:SourceAccount": "1" } } }),
    "conditional",
  ],
  ["has an empty condition", policy({ ...allow, Condition: {} }), "trusted"],
  [
    "names another service",
    policy({ ...allow, Principal: { Service: "ec2.amazonaws.com" } }),
    "untrusted",
  ],
  ["names accounts only", policy({ ...allow, Principal: { AWS: "*" } }), "untrusted"],
  ["allows another action", policy({ ...allow, Action: "sts:TagSession" }), "untrusted"],
  ["denies it", policy(allow, { ...allow, Effect: "Deny" }), "untrusted"],
  [
    "denies it under conditions",
    policy(allow, { ...allow, Effect: "Deny", Condition: { Bool: { x: "true" } } }),
    "unclear",
  ],
  ["allows all but some", policy({ Effect: "Allow", NotPrincipal: {}, Action: ASSUME }), "unclear"],
  ["has no statement", policy(), "untrusted"],
  ["is no JSON", "%7Bnot json", "unclear"],
  ["is badly encoded", "%E0%A4%A", "unclear"],
];

describe("a trust policy", () => {
  it.each(cases)("%s", (_, document, trust) => {
    expect(trustOf(document)).toBe(trust);
  });

  it("of any kind is read without an error, and never trusted for nothing", () => {
    const statement = fc.record(
      {
        Effect: fc.constantFrom("Allow", "Deny", 1),
        Principal: fc.oneof(fc.string(), fc.jsonValue(), fc.constant(SAGEMAKER)),
        Action: fc.oneof(fc.string(), fc.jsonValue(), fc.constant(ASSUME)),
        Condition: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(statement, fc.jsonValue())), (statements) => {
        const trust = trustOf(policy(...statements));
        const text = JSON.stringify(statements);
        expect(trust !== "trusted" || /sagemaker|\*/.test(text)).toBe(true);
      }),
    );
  });
});
