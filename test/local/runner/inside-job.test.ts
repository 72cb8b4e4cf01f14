import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROLE, writeProgram } from "../../helpers/cloud-fixture.ts";
import { ENGINES, SANDBOXES } from "../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

const { resolve } = createRequire(import.meta.url);
const GROUP = "/from/inside";
/** Each client as its documentation's first example makes it: without any configuration. */
const PROGRAM = `
  const [s3, logs, sagemaker, sts] = JSON.parse(process.env.CLIENTS).map((path) => require(path));
  const { TRAINING_JOB_NAME: job } = process.env;
  const log = { logGroupName: "${GROUP}", logStreamName: job };
  const calls = {
    async s3() {
      const client = new s3.S3();
      await client.putObject({ Bucket: "bucket", Key: "inside/" + job, Body: "hello" });
      const { Contents } = await client.listObjectsV2({ Bucket: "bucket", Prefix: "in/" });
      return Contents.map(({ Key }) => Key);
    },
    async logs() {
      const client = new logs.CloudWatchLogs();
      await client.createLogGroup({ logGroupName: log.logGroupName });
      await client.createLogStream(log);
      await client.putLogEvents({ ...log, logEvents: [{ timestamp: Date.now(), message: "hi" }] });
      return (await client.getLogEvents(log)).events.map(({ message }) => message);
    },
    async sagemaker() {
      const client = new sagemaker.SageMaker();
      const told = await client.describeTrainingJob({ TrainingJobName: job });
      return [told.TrainingJobArn === process.env.TRAINING_JOB_ARN, told.SecondaryStatus];
    },
    async sts() {
      return (await new sts.STS().getCallerIdentity({})).Arn;
    },
  };
  (async () => {
    for (const [name, call] of Object.entries(calls)) {
      const told = await call().catch((error) => error.name);
      console.log(name, JSON.stringify(told));
    }
    for (const url of JSON.parse(process.env.PLACES ?? "[]")) {
      const told = await fetch(url, { signal: AbortSignal.timeout(5000) }).then(() => "there", (error) => error.cause?.code ?? error.name);
      console.log(url, told);
    }
    const names = Object.keys(process.env).filter((name) => /KEY|TOKEN|SECRET|CREDENTIALS_(?:FULL|REL)|ENDPOINT/.test(name));
    console.log("environment", JSON.stringify(names.sort()));
  })();`;

describe.each([...new Set([...SANDBOXES.slice(0, 1), ...ENGINES.slice(-1)])])(
  "a program with AWS SDK's clients, with the engine %s",
  (engine) => {
    let cloud: JobCloud;
    let folder: string;
    beforeAll(async () => {
      cloud = await startJobCloud({ engine, region: "eu-west-1" });
      await cloud.put("in/data.csv", "a,b\n");
      folder = await writeProgram(join(cloud.folder, "sdk"), {
        train: '#!/bin/sh\nexec node "$(dirname "$0")/main.cjs"\n',
        "main.cjs": PROGRAM,
      });
    });
    afterAll(async () => {
      await cloud.stop();
    });

    async function told(over: object = {}, places: readonly string[] = []): Promise<string[]> {
      const clients = ["s3", "cloudwatch-logs", "sagemaker", "sts"].map((name) =>
        resolve(`@aws-sdk/client-${name}`),
      );
      const job = await cloud.run("", {
        AlgorithmSpecification: { TrainingImage: folder, TrainingInputMode: "File" },
        Environment: {
          ...{ CLIENTS: JSON.stringify(clients), PLACES: JSON.stringify(places) },
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
        },
        ...over,
      });
      expect(job.FailureReason).toBeUndefined();
      return Object.values(await cloud.lines(job.TrainingJobName)).flat();
    }

    it("reaches S3, CloudWatch Logs, SageMaker and STS as the job's role", async () => {
      const name = ROLE.slice(ROLE.lastIndexOf("/") + 1);
      expect(await told({ TrainingJobName: "inside" })).toEqual([
        's3 ["in/data.csv"]',
        'logs ["hi"]',
        'sagemaker [true,"Training"]',
        `sts "arn:aws:sts::123456789012:assumed-role/${name}/SageMaker"`,
        'environment ["AWS_ACCESS_KEY_ID","AWS_ENDPOINT_URL","AWS_ENDPOINT_URL_S3","AWS_SECRET_ACCESS_KEY","AWS_SESSION_TOKEN","S3_ENDPOINT_URL","SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"]',
      ]);
      expect(await cloud.text("inside/inside")).toBe("hello");
      const { events } = await cloud.logs.getLogEvents({
        ...{ logGroupName: GROUP, logStreamName: "inside" },
      });
      expect(events?.map(({ message }) => message)).toEqual(["hi"]);
    });

    it.skipIf(engine === "process")(
      "with network isolation reaches nothing, and has no credentials",
      async () => {
        const server = await cloud.cloud.listen();
        try {
          const places = [server.url, "http://169.254.169.254/", "http://169.254.170.2/"];
          const lines = await told({ EnableNetworkIsolation: true }, places);
          const services = lines.filter((line) => /^(?:s3|logs|sagemaker|sts) /.test(line));
          expect(services).toHaveLength(4);
          for (const line of services) expect(line).toContain("CredentialsProviderError");
          expect(lines.slice(4, 7)).toEqual([
            `${places[0]} ECONNREFUSED`,
            ...places.slice(1).map((place) => `${place} ENETUNREACH`),
          ]);
          expect(lines.at(-1)).toBe("environment []");
        } finally {
          await server.close();
        }
      },
    );
  },
);
