/** Names of jobs as the Python Estimator makes them, but for those that the service would refuse. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { errorsOf, type PlanCase, planOf } from "../../helpers/plan-case.ts";

const ECR = "123456789012.dkr.ecr.us-west-2.amazonaws.com";

/** The name of a job that was given none. */
async function nameOf(options: PlanCase["options"]): Promise<string | undefined> {
  const { request } = await planOf({ options, fit: {} });
  return request.TrainingJobName;
}

describe("a job without a name", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_510_006_209_073 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["the image's name", { imageUri: "some-image" }, "some-image-2017-11-06-22-10-09-073"],
    ["the base name", { baseJobName: "base-job-name" }, "base-job-name-2017-11-06-22-10-09-073"],
    [
      "the last part of an ECR repository, without the tag",
      { imageUri: `${ECR}/team/xgboost-train:1.7-1` },
      "xgboost-train-2017-11-06-22-10-09-073",
    ],
    [
      "the repository's name without the digest, which Python leaves in",
      { imageUri: `${ECR}/by-digest@sha256:${"0".repeat(64)}` },
      "by-digest-2017-11-06-22-10-09-073",
    ],
    [
      "the repository's name without underscores, which the service refuses",
      { imageUri: `${ECR}/team/my_algo:1` },
      "my-algo-2017-11-06-22-10-09-073",
    ],
    [
      "a base that is cut so that the time stands whole",
      { baseJobName: "b".repeat(63) },
      `${"b".repeat(39)}-2017-11-06-22-10-09-073`,
    ],
  ])("is called after %s", async (_, options, name) => {
    expect(await nameOf(options)).toBe(name);
  });

  it("has three digits of milliseconds, where Python's may have one", async () => {
    vi.setSystemTime(1_510_006_209_500);

    expect(await nameOf({ baseJobName: "half" })).toBe("half-2017-11-06-22-10-09-500");
  });
});

describe("a job's own name", () => {
  it("wins over the base name", async () => {
    const { request } = await planOf({
      options: { baseJobName: "some" },
      fit: { jobName: "use-it" },
    });

    expect(request.TrainingJobName).toBe("use-it");
  });

  it.each(["a_b", "-a", "a-", "a b", "x".repeat(64), ""])(
    "is refused when the service would: %j",
    async (jobName) => {
      expect(await errorsOf({ fit: { jobName } })).toEqual([expect.stringMatching(/^jobName: /)]);
    },
  );

  it("may be 63 characters long", async () => {
    expect(await errorsOf({ fit: { jobName: "x".repeat(63) } })).toEqual([]);
  });
});
