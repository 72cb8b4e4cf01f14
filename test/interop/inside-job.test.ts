/** boto3 inside a job, without any configuration: what the job's environment says is all that it needs. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { writeProgram } from "../helpers/cloud-fixture.ts";
import { type JobCloud, startJobCloud } from "../helpers/wire-jobs.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("python/bin/python");
const reason = lacking(PYTHON);

describe.each(["sandbox", "process"] as const)("boto3 inside a job, engine %s", (engine) => {
  let cloud: JobCloud;
  let folder: string;
  startUnless(reason, async () => {
    cloud = await startJobCloud({ engine, region: "eu-west-1" });
    await cloud.put("in/data.csv", "a,b\n");
    folder = await writeProgram(join(cloud.folder, "boto3"), {
      train: `#!${PYTHON} -I\n${await readFile(new URL("inside_job.py", import.meta.url), "utf8")}`,
    });
  });
  afterAll(async () => {
    await cloud?.stop();
  });

  const trained = async (over: object = {}): Promise<string[]> => {
    const job = await cloud.run("", {
      AlgorithmSpecification: { TrainingImage: folder, TrainingInputMode: "File" },
      ...over,
    });
    expect(job.FailureReason).toBeUndefined();
    return Object.values(await cloud.lines(job.TrainingJobName)).flat();
  };

  testWith(reason, "reaches S3, CloudWatch Logs, SageMaker and STS as the job's role", async () => {
    expect(await trained({ TrainingJobName: "inside" })).toEqual([
      's3 ["in/data.csv"]',
      'logs ["hi"]',
      'sagemaker [true, "Training"]',
      'sts "arn:aws:sts::123456789012:assumed-role/SageMaker/SageMaker"',
    ]);
    expect(await cloud.text("inside/inside")).toBe("hello");
  });

  if (engine === "sandbox") {
    testWith(reason, "has no credentials with network isolation", async () => {
      expect(await trained({ EnableNetworkIsolation: true })).toEqual(
        ["s3", "logs", "sagemaker", "sts"].map((name) => `${name} "NoCredentialsError"`),
      );
    });
  }
});
