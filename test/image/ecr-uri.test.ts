import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEcrUri } from "../../src/image/ecr-uri.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("an ECR reference", () => {
  test.each([
    ["dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1", "amazonaws.com"],
    ["dkr.ecr-fips.us-east-1.amazonaws.com", "us-east-1", "amazonaws.com"],
    ["dkr.ecr.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1", "amazonaws.com.cn"],
    ["dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1", "amazonaws.com"],
    ["dkr.ecr-fips.us-gov-east-1.amazonaws.com", "us-gov-east-1", "amazonaws.com"],
    ["dkr-ecr.eu-central-2.on.aws", "eu-central-2", "on.aws"],
    ["dkr-ecr-fips.us-west-2.on.aws", "us-west-2", "on.aws"],
    ["dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1", "on.amazonwebservices.com.cn"],
    ["dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", "c2s.ic.gov"],
    ["dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", "amazonaws.eu"],
  ])("at %s names region and domain", (host, region, dnsSuffix) => {
    expect(parseEcrUri(`123456789012.${host}/team/glm:1.4.0`)).toEqual({
      account: "123456789012",
      region,
      dnsSuffix,
      repository: "team/glm",
      tag: "1.4.0",
    });
  });

  test("may have a digest, a tag, both or neither", () => {
    const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    expect(parseEcrUri(`${registry}/glm`)).not.toHaveProperty("tag");
    expect(parseEcrUri(`${registry}/glm`)).not.toHaveProperty("digest");
    expect(parseEcrUri(`${registry}/glm@${DIGEST}`)).toMatchObject({ digest: DIGEST });
    expect(parseEcrUri(`${registry}/glm:v1@${DIGEST}`)).toMatchObject({
      tag: "v1",
      digest: DIGEST,
    });
  });

  test.each([
    "",
    "examples/glm/container",
    "/opt/images/glm",
    "python:3.12-slim",
    "public.ecr.aws/docker/library/python:3.12",
    "ghcr.io/team/glm:1.4.0",
    "12345678901.dkr.ecr.eu-west-1.amazonaws.com/glm",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/GLM",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1.4.0\n",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example/glm",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.org/glm",
    "123456789012.dkr.ecr.eu-west-1.on.aws/glm",
    "123456789012.dkr-ecr.eu-west-1.amazonaws.com/glm",
    "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm",
  ])("is not %j", (uri) => {
    expect(parseEcrUri(uri)).toBeUndefined();
  });

  test("is read back in its parts, whatever they are", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,2}$/);
    const image = fc.record(
      {
        account: fc.stringMatching(/^\d{12}$/),
        region: fc.stringMatching(/^[a-z]{2}(-gov)?-(north|south|east|west|central)-\d$/),
        dnsSuffix: fc.constantFrom("amazonaws.com", "amazonaws.com.cn", "on.aws"),
        repository: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
        tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}$/),
        digest: fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
      { requiredKeys: ["account", "region", "dnsSuffix", "repository"] },
    );
    fc.assert(
      fc.property(image, fc.boolean(), ({ ...parts }, fips) => {
        const { account, region, dnsSuffix, repository, tag, digest } = parts;
        const service = `${dnsSuffix === "on.aws" ? "dkr-ecr" : "dkr.ecr"}${fips ? "-fips" : ""}`;
        const uri = `${account}.${service}.${region}.${dnsSuffix}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
        expect(parseEcrUri(uri)).toEqual(parts);
      }),
    );
  });

  test("says nothing that is not written in it", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const uri = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/${text}`;
        const { repository = "", tag, digest } = parseEcrUri(uri) ?? {};
        const back = `${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
        expect(["", text]).toContain(back);
      }),
    );
  });
});
