/** AWS's own training toolkit (`sagemaker-training`) as the program in an image: a script-mode job finds what it expects of SageMaker. */

import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import {
  type CloudFixture,
  eventually,
  ROLE,
  startCloud,
  writeProgram,
} from "../helpers/cloud-fixture.ts";
import { lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";
import { TOOLKIT_IMAGE as IMAGE, toolkitImage } from "./toolkit-image.ts";

const reason = lacking(join(IMAGE, "bin/train"));

/** The code lies in the image, where the toolkit takes it from when no archive is named. */
const SCRIPT = `import argparse, json, os, socket, sys
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--name")
given = parser.parse_args()
hosts = json.loads(os.environ["SM_HOSTS"])
print("args", given.epochs, given.name)
print("channel", open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "data.csv")).read().strip())
print("host", os.environ["SM_CURRENT_HOST"], "of", ",".join(hosts))
if os.environ["TASK"] == "resolve":
    for host in hosts:
        socket.gethostbyname(host)
print("task", os.environ["TASK"])
if os.environ["TASK"] == "fail":
    raise ValueError("Column 'Claims' is missing.")
if os.environ["TASK"] == "exit":
    sys.exit(3)
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w") as model:
    model.write(str(given.epochs))
`;

describe.each(["sandbox", "process"] as const)("the training toolkit, engine %s", (engine) => {
  let fixture: CloudFixture;

  startUnless(reason, async () => {
    await toolkitImage();
    await writeProgram(IMAGE, { "code/train.py": SCRIPT });
    fixture = await startCloud({ engine, images: { "toolkit:1": IMAGE } });
    await fixture.s3.createBucket({ Bucket: "toolkit" });
    await fixture.s3.putObject({ Bucket: "toolkit", Key: "in/data.csv", Body: "a,b\n" });
  });
  afterAll(async () => {
    await fixture?.stop();
  });

  /** Runs a job to its end; gives its description and all its log lines, in order of host. */
  async function trained(name: string, task: string, hosts = 1) {
    await fixture.sagemaker.createTrainingJob({
      TrainingJobName: name,
      AlgorithmSpecification: { TrainingImage: "toolkit:1", TrainingInputMode: "File" },
      RoleArn: ROLE,
      InputDataConfig: [
        {
          ChannelName: "train",
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://toolkit/in/" } },
        },
      ],
      OutputDataConfig: { S3OutputPath: "s3://toolkit/out" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: hosts, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      Environment: { TASK: task },
      HyperParameters: {
        epochs: "3",
        name: '"glm"',
        sagemaker_program: '"train.py"',
        sagemaker_submit_directory: JSON.stringify(join(IMAGE, "code")),
        sagemaker_region: '"us-east-1"',
      },
    });
    const job = await eventually(
      async () => {
        const told = await fixture.sagemaker.describeTrainingJob({ TrainingJobName: name });
        return told.TrainingJobStatus === "InProgress" ? undefined : told;
      },
      `${name} has ended`,
      90_000,
    );
    const logGroupName = "/aws/sagemaker/TrainingJobs";
    const { events = [] } = await fixture.logs.filterLogEvents({
      logGroupName,
      logStreamNamePrefix: `${name}/`,
    });
    return { job, lines: events.map(({ message = "" }) => message) };
  }

  const test = (name: string, run: () => Promise<void>): void => testWith(reason, name, run);

  test("a script gets its hyperparameters, its channel and its folders", async () => {
    const { job, lines } = await trained("toolkit-trains", "train");

    expect({ status: job.TrainingJobStatus, why: job.FailureReason, lines }).toEqual({
      status: "Completed",
      why: undefined,
      lines: expect.arrayContaining(["args 3 glm", "channel a,b", "host algo-1 of algo-1"]),
    });
  });

  test("a script that raises: the toolkit's failure file is the reason", async () => {
    const { job, lines } = await trained("toolkit-fails", "fail");

    expect(job.TrainingJobStatus).toBe("Failed");
    expect(job.FailureReason).toMatch(/^AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n/);
    expect(lines).toContain("ValueError: Column 'Claims' is missing.");
  });

  test("a script's own exit code is told by the toolkit, whose own is 1", async () => {
    const { job } = await trained("toolkit-exits", "exit");

    expect(job.TrainingJobStatus).toBe("Failed");
    expect(job.FailureReason).toMatch(/\nExitCode 3\n[\s\S]*, exit code: 1$/);
  });

  if (engine === "sandbox") {
    test("two hosts find each other by name", async () => {
      const { job, lines } = await trained("toolkit-two", "resolve", 2);

      expect({ status: job.TrainingJobStatus, why: job.FailureReason, lines }).toEqual({
        status: "Completed",
        why: undefined,
        lines: expect.arrayContaining([
          "host algo-1 of algo-1,algo-2",
          "host algo-2 of algo-1,algo-2",
        ]),
      });
    });
  }
});
