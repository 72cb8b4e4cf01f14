/** A plan's checks with moto's server: roles, images and buckets as others understand IAM, ECR and S3. */

import { ECR } from "@aws-sdk/client-ecr";
import { IAM } from "@aws-sdk/client-iam";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, describe, expect } from "vitest";
import { Estimator, type EstimatorOptions, type Finding, Session } from "../../src/index.ts";
import { motoIsLacking, startMoto } from "./moto.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const REGION = "eu-west-1";
const ACCOUNT = "123456789012";
const REGISTRY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const IMAGE_TYPE = "application/vnd.docker.distribution.manifest.v2+json";

describe("with moto's server", () => {
  let server: RunningServer | undefined;
  let session = new Session();
  let role = "";

  startUnless(motoIsLacking, async () => {
    server = await startMoto();
    const config = {
      region: REGION,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      endpoint: server.url,
    };
    session = new Session(config);
    role = await makeAccount(config);
  });
  afterAll(async () => {
    await session.close();
    await server?.stop();
  });

  /** What the checks find that is more than a note. */
  async function problems(
    options: Partial<EstimatorOptions> = {},
    inputs = "s3://data/train/",
  ): Promise<Pick<Finding, "severity" | "path">[]> {
    const estimator = new Estimator({
      imageUri: `${REGISTRY}/team/glm:1`,
      role,
      instanceType: "ml.m5.large",
      outputPath: "s3://out/models",
      session,
      ...options,
    });
    const { findings } = await estimator.plan(inputs);
    return findings
      .filter(({ severity }) => severity !== "note")
      .map(({ severity, path }) => ({ severity, path }));
  }

  const moto = (name: string, run: () => Promise<void>): void => testWith(motoIsLacking, name, run);

  moto("nothing is wrong where everything is there", async () => {
    expect(await problems()).toEqual([]);
  });

  moto("a role that is not there, and one that trusts another service", async () => {
    const wrong = [{ severity: "error", path: "role" }];

    expect(await problems({ role: `arn:aws:iam::${ACCOUNT}:role/Nobody` })).toEqual(wrong);
    expect(await problems({ role: `arn:aws:iam::${ACCOUNT}:role/Lambda` })).toEqual(wrong);
  });

  moto("a role's path that the ARN leaves out", async () => {
    const name = role.split("/").at(-1);

    expect(await problems({ role: `arn:aws:iam::${ACCOUNT}:role/${name}` })).toEqual([
      { severity: "error", path: "role" },
    ]);
  });

  moto("an image whose tag, and one whose repository is not there", async () => {
    const wrong = [{ severity: "error", path: "imageUri" }];

    expect(await problems({ imageUri: `${REGISTRY}/team/glm:2` })).toEqual(wrong);
    expect(await problems({ imageUri: `${REGISTRY}/nobody:1` })).toEqual(wrong);
  });

  moto("buckets and prefixes that are not there", async () => {
    expect(await problems({}, "s3://data/nothing/")).toEqual([
      { severity: "error", path: "inputs.training.s3Data" },
    ]);
    expect(await problems({ outputPath: "s3://nowhere/" }, "s3://no-bucket/x")).toEqual([
      { severity: "error", path: "inputs.training.s3Data" },
      { severity: "error", path: "outputPath" },
    ]);
  });
});

interface ServerConfig {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly endpoint: string;
}

/** @returns the ARN of a role that SageMaker may assume */
async function makeAccount(config: ServerConfig): Promise<string> {
  const [iam, ecr, s3] = [
    new IAM(config),
    new ECR(config),
    new S3({ ...config, forcePathStyle: true }),
  ];
  const trust = (Service: string): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
    });
  try {
    const { Role } = await iam.createRole({
      RoleName: "AmazonSageMaker-1",
      Path: "/service-role/",
      AssumeRolePolicyDocument: trust("sagemaker.amazonaws.com"),
    });
    await iam.createRole({
      RoleName: "Lambda",
      AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
    });
    await ecr.createRepository({ repositoryName: "team/glm" });
    await ecr.putImage({
      repositoryName: "team/glm",
      imageTag: "1",
      imageManifestMediaType: IMAGE_TYPE,
      imageManifest: JSON.stringify({
        schemaVersion: 2,
        mediaType: IMAGE_TYPE,
        config: {
          mediaType: "application/vnd.docker.container.image.v1+json",
          size: 2,
          digest: `sha256:${"0".repeat(64)}`,
        },
        layers: [],
      }),
    });
    for (const Bucket of ["data", "out"]) {
      await s3.createBucket({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: REGION },
      });
    }
    await s3.putObject({ Bucket: "data", Key: "train/a.csv", Body: "a" });
    return Role?.Arn ?? "";
  } finally {
    for (const client of [iam, ecr, s3]) client.destroy();
  }
}
