import { describe, expect, it } from "vitest";
import { Session } from "../../src/session.ts";
import { exitCodeOf, instanceCount, logsLocation } from "../../src/training/end-of-job.ts";

describe("a failure reason", () => {
  it.each([
    ["AlgorithmError: , exit code: 1", 1],
    ["AlgorithmError: Exit Code: 137", 137],
    ['AlgorithmError: ExecuteUserScriptError:\nExitCode 2\nErrorMessage "x", exit code: 1', 1],
    ["AlgorithmError: ExecuteUserScriptError: ExitCode 2", 2],
    ["ClientError: Artifact upload failed", undefined],
    [undefined, undefined],
  ])("%s names the exit code %s", (reason, code) => {
    expect(exitCodeOf(reason)).toBe(code);
  });
});

describe("where to look next", () => {
  const where = (arn: string): string => logsLocation(new Session(), "job", arn);

  it("is the console of the job's partition and region", () => {
    expect(where("arn:aws-cn:sagemaker:cn-north-1:1:training-job/job")).toMatch(
      /^https:\/\/cn-north-1\.console\.amazonaws\.cn\/cloudwatch\/home\?region=cn-north-1#/,
    );
    expect(where("arn:aws-us-gov:sagemaker:us-gov-west-1:1:training-job/job")).toMatch(
      /^https:\/\/us-gov-west-1\.console\.amazonaws-us-gov\.com\//,
    );
  });

  it("is the job's folder on this machine", () => {
    const local = { root: "/work/.sagemaker-local", account: "1", region: "us-east-1" };
    expect(logsLocation(new Session({ local }), "job", "")).toContain(
      "/work/.sagemaker-local/sagemaker/training-jobs/job",
    );
  });

  it("is no console where AWS does not answer", () => {
    const session = new Session({ endpoint: "http://127.0.0.1:4566" });

    expect(logsLocation(session, "job", "arn:aws:sagemaker:us-east-1:1:training-job/job")).toBe(
      "job.logs()",
    );
  });
});

describe("the number of instances", () => {
  const description = { $metadata: {}, TrainingJobName: "job" };

  it("is the count, or that of all groups", () => {
    const count = (config: object): number =>
      instanceCount({ ...description, ResourceConfig: config } as never);
    expect(count({ InstanceCount: 3 })).toBe(3);
    expect(count({ InstanceGroups: [{ InstanceCount: 1 }, { InstanceCount: 4 }] })).toBe(5);
    expect(count({})).toBe(1);
  });
});
