import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { processorArchitecture } from "../../../src/training/instance-traits.ts";
import { architectureOf, readManifest } from "../../../src/training/preflight/image-manifest.ts";

describe("a manifest", () => {
  it("of one image names its config", () => {
    const text = JSON.stringify({ mediaType: "m", config: { digest: "sha256:1" } });

    expect(readManifest(text)).toEqual({
      mediaType: "m",
      isIndex: false,
      architectures: [],
      configDigest: "sha256:1",
    });
  });

  it("of several platforms names each once, and no attestation", () => {
    const platforms = ["amd64", "arm64", "unknown", "amd64"];
    const text = JSON.stringify({
      manifests: [...platforms.map((architecture) => ({ platform: { architecture } })), {}],
    });

    expect(readManifest(text, "index")).toMatchObject({
      mediaType: "index",
      isIndex: true,
      architectures: ["amd64", "arm64"],
    });
  });

  it("that is none is told from one", () => {
    expect(readManifest("<html>")).toBeUndefined();
    expect(architectureOf("<html>")).toBeUndefined();
    expect(architectureOf("{}")).toBeUndefined();
    expect(architectureOf('{"architecture":"arm64"}')).toBe("arm64");
  });

  it("of any JSON is read without an error", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readManifest(JSON.stringify(value));
        architectureOf(JSON.stringify(value));
      }),
    );
  });
});

describe("the processors of an instance type", () => {
  it.each([
    ["ml.m5.large", "amd64"],
    ["ml.g5.xlarge", "amd64"],
    ["ml.g4dn.xlarge", "amd64"],
    ["ml.p4de.24xlarge", "amd64"],
    ["ml.p6-b200.48xlarge", "amd64"],
    ["ml.m7i-flex.large", "amd64"],
    ["ml.trn1.2xlarge", "amd64"],
    ["ml.m6g.large", "arm64"],
    ["ml.c7gn.large", "arm64"],
    ["ml.g5g.xlarge", "arm64"],
    ["ml.p6e-gb200.36xlarge", "arm64"],
    ["local", undefined],
  ])("%s: %s", (type, architecture) => {
    expect(processorArchitecture(type)).toBe(architecture);
  });
});
