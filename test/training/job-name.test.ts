import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseFromName, baseNameFromImage, nameFromBase } from "../../src/training/job-name.ts";

const SERVICE_PATTERN = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;

describe("a base name", () => {
  it.each([
    ["123456789012.dkr.ecr.us-west-2.amazonaws.com/team/xgboost-train:1.7-1", "xgboost-train"],
    ["123456789012.dkr.ecr.us-west-2.amazonaws.com/glm_v2", "glm-v2"],
    ["localhost:5000/glm", "glm"],
    ["repo@sha256:0123", "repo"],
    ["repo:1@sha256:0123", "repo"],
    ["examples/glm/container/", "container"],
    ["./container", "container"],
    ["C:\\images\\glm", "glm"],
    ["", "training-job"],
    ["...", "training-job"],
  ])("of %s is %s", (image, base) => {
    expect(baseNameFromImage(image)).toBe(base);
  });
});

describe("a job's name", () => {
  it("is the base and the time in UTC, to the millisecond", () => {
    expect(nameFromBase("xgboost-train", new Date(1510006209073))).toBe(
      "xgboost-train-2017-11-06-22-10-09-073",
    );
  });

  it("keeps three digits of milliseconds, so that its base is found again", () => {
    const name = nameFromBase("glm", new Date(1510006209500));

    expect(name).toMatch(/-500$/);
    expect(baseFromName(name)).toBe("glm");
  });

  it("is itself its base when it bears no time", () => {
    expect(baseFromName("my-job")).toBe("my-job");
    expect(baseFromName("neo-2020-06-29-15-19-25-475")).toBe("neo");
  });

  it("cuts the base, never the time", () => {
    const name = nameFromBase("x".repeat(80), new Date(0));

    expect(name).toHaveLength(63);
    expect(name.endsWith("-1970-01-01-00-00-00-000")).toBe(true);
  });

  it("is Python's where a base ends in a hyphen: the service takes several", () => {
    expect(nameFromBase("glm-", new Date(1510006209073))).toBe("glm--2017-11-06-22-10-09-073");
    expect(nameFromBase(`${"x".repeat(38)}-y`, new Date(0))).toBe(
      `${"x".repeat(38)}--1970-01-01-00-00-00-000`,
    );
    expect(baseFromName("glm--2017-11-06-22-10-09-073")).toBe("glm-");
  });

  it("is one that the service takes, whatever the image is called", () => {
    const time = fc.date({ min: new Date(0), max: new Date("2099-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), time, (image, at) => {
        expect(nameFromBase(baseNameFromImage(image), at)).toMatch(SERVICE_PATTERN);
      }),
    );
  });
});
