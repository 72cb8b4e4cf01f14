import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  type Finding,
  type FitInputs,
  type FitOptions,
  JsonInput,
  TrainingInput,
  type TrainingPlan,
} from "../../../src/index.ts";
import { ACCOUNT, AccountWire, REGION, TRUSTS_SAGEMAKER } from "../../helpers/account-wire.ts";

const GB = 1024 ** 3;

const compare = (a: string, b: string) => a.localeCompare(b);

let aws: AccountWire;

beforeEach(() => {
  aws = new AccountWire();
  aws.role("SageMakerRole");
  aws.image("glm:1");
  aws.buckets.set("data", { objects: { "train/a.csv": 10, "train/b.csv": 20 } });
  aws.buckets.set("out", {});
  aws.quotas.set("ml.m5.large for training job usage", 4);
});

const options: EstimatorOptions = {
  imageUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm:1`,
  role: `arn:aws:iam::${ACCOUNT}:role/SageMakerRole`,
  instanceType: "ml.m5.large",
  outputPath: "s3://out/models",
};

async function plan(
  more: Partial<EstimatorOptions> = {},
  inputs: FitInputs = { train: "s3://data/train/" },
  fit: FitOptions = {},
): Promise<TrainingPlan> {
  const estimator = new Estimator({ ...options, session: aws.session(), ...more });
  return await estimator.plan(inputs, { pricePerHourUsd: 1, ...fit });
}

async function findings(...given: Parameters<typeof plan>): Promise<readonly Finding[]> {
  return (await plan(...given)).findings;
}

describe("where all is well", () => {
  it("nothing is found, by reading calls alone", async () => {
    expect(await findings()).toEqual([]);
    expect(aws.operations.toSorted(compare)).toEqual([
      "BatchGetImage",
      "GetCallerIdentity",
      "GetDownloadUrlForLayer",
      "GetRole",
      "HeadBucket",
      "HeadBucket",
      "ListObjectsV2",
      "ListServiceQuotas",
      "ReadLayer",
      "SimulatePrincipalPolicy",
    ]);
  });

  it("each bucket is looked at once, however many options name it", async () => {
    await plan(
      { outputPath: "s3://data/out", checkpointS3Uri: "s3://data/checkpoints" },
      { train: "s3://data/train/a.csv", test: "s3://data/train/b.csv" },
    );

    expect(aws.operations.filter((operation) => operation === "HeadBucket")).toHaveLength(1);
  });
});

describe('preflight: "offline"', () => {
  it("makes no call", async () => {
    await plan({}, undefined, { preflight: "offline" });

    expect(aws.operations).toEqual([]);
  });

  it("asks who the caller is where the default bucket's name is needed, and nothing else", async () => {
    const { outputPath: _, ...rest } = options;
    const estimator = new Estimator({ ...rest, session: aws.session() });

    const { costCeiling } = await estimator.plan(
      { config: new JsonInput({}), train: "s3://data/train/" },
      { preflight: "offline" },
    );

    expect(aws.operations).toEqual(["GetCallerIdentity"]);
    expect(costCeiling.explanation).toContain("its price is not known");
  });

  it("still tells what the request shows by itself", async () => {
    const imageUri = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/glm:1`;
    const sharded = new TrainingInput("s3://data/train/", { distribution: "ShardedByS3Key" });

    const found = await findings({ imageUri }, { train: sharded }, { preflight: "offline" });

    expect(found).toMatchObject([{ severity: "error", path: "imageUri" }]);
  });
});

describe("the role", () => {
  it("is not there", async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/Nobody`;

    expect(await findings({ role })).toMatchObject([
      { severity: "error", path: "role", message: expect.stringContaining("no role Nobody") },
    ]);
  });

  it("is there under a path that the ARN leaves out", async () => {
    const arn = aws.role("service-role/AmazonSageMaker-1");

    expect(
      await findings({ role: `arn:aws:iam::${ACCOUNT}:role/AmazonSageMaker-1` }),
    ).toMatchObject([{ severity: "error", path: "role", message: expect.stringContaining(arn) }]);
  });

  it("does not trust SageMaker, and the statement that it lacks is printed", async () => {
    const role = aws.role("Lambda", {
      Statement: {
        Effect: "Allow",
        Principal: { Service: ["lambda.amazonaws.com"] },
        Action: "sts:AssumeRole",
      },
    });

    expect(await findings({ role })).toMatchObject([
      {
        severity: "error",
        path: "role",
        hint: expect.stringContaining('"Service":"sagemaker.amazonaws.com"'),
      },
    ]);
  });

  it("trusts SageMaker under conditions, which is a note", async () => {
    const [statement] = TRUSTS_SAGEMAKER.Statement;
    const role = aws.role("Conditional", {
      Statement: [
        { ...statement, Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } },
      ],
    });

    expect(await findings({ role })).toMatchObject([{ severity: "note", path: "role" }]);
  });

  it("may not be passed by the caller, who is given the policy to ask for", async () => {
    aws.simulated = { decision: "implicitDeny" };

    const [found] = await findings();

    expect(found).toMatchObject({
      severity: "error",
      path: "role",
      message: expect.stringContaining("iam:PassRole, implicitDeny"),
    });
    const policy = JSON.parse(found?.hint?.replace(/^[^{]*/, "") ?? "") as {
      Statement: { Resource: string }[];
    };
    expect(policy.Statement).toEqual([
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: options.role,
        Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
      },
    ]);
  });

  it("may perhaps not be passed, where a condition was not told its value", async () => {
    aws.simulated = { decision: "implicitDeny", missing: ["aws:SourceVpc"] };

    expect(await findings()).toMatchObject([
      { severity: "warning", path: "role", message: expect.stringContaining("aws:SourceVpc") },
    ]);
  });

  it("is passed by a session of a role, whose policies are the role's, path included", async () => {
    const arn = aws.role("aws-reserved/sso.amazonaws.com/Admin");
    aws.caller = `arn:aws:sts::${ACCOUNT}:assumed-role/Admin/me@example.org`;

    expect(await findings()).toEqual([]);
    const simulated = aws.calls.find(({ operation }) => operation === "SimulatePrincipalPolicy");
    expect(simulated?.input["PolicySourceArn"]).toBe(arn);
  });

  it("is in another account than the caller, where IAM cannot show it", async () => {
    const role = "arn:aws:iam::999999999999:role/SageMakerRole";

    expect(await findings({ role })).toMatchObject([
      { severity: "note", path: "role" },
      // Buckets are then those of another account than the role's.
      { severity: "note", path: "inputs.train.s3Data" },
      { severity: "note", path: "outputPath" },
    ]);
  });
});

describe("the image", () => {
  it("is in another region than the job", async () => {
    const imageUri = `${ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/glm:1`;

    expect(await findings({ imageUri })).toMatchObject([
      { severity: "error", path: "imageUri", message: expect.stringContaining("us-west-2") },
    ]);
    expect(aws.operations).not.toContain("BatchGetImage");
  });

  it("has no repository", async () => {
    const imageUri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/gml:1`;

    expect(await findings({ imageUri })).toMatchObject([
      { severity: "error", path: "imageUri", message: expect.stringContaining("gml:1") },
    ]);
  });

  it("has no such tag", async () => {
    const imageUri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm:2`;

    expect(await findings({ imageUri })).toMatchObject([
      { severity: "error", path: "imageUri", message: expect.stringContaining("not found") },
    ]);
  });

  it("is found by its digest", async () => {
    const imageUri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm@sha256:${"d".repeat(64)}`;

    expect(await findings({ imageUri })).toEqual([]);
  });

  it("is described where the caller may not pull it", async () => {
    aws.denied.add("BatchGetImage");

    expect(await findings()).toEqual([]);
    expect(aws.operations).toContain("DescribeImages");
  });

  it("is for other processors than the instances have", async () => {
    const imageUri = aws.image("glm:arm", "arm64");

    expect(await findings({ imageUri })).toMatchObject([
      {
        severity: "warning",
        path: "imageUri",
        message: expect.stringContaining("exec format error"),
        hint: expect.stringContaining("linux/amd64"),
      },
    ]);
  });

  it("is an index with attestations: a warning for its kind, none for its processors", async () => {
    aws.images.set(`${ACCOUNT}/glm:index`, {
      digest: `sha256:${"e".repeat(64)}`,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifest: {
        manifests: [
          { platform: { architecture: "amd64", os: "linux" } },
          { platform: { architecture: "unknown", os: "unknown" } },
        ],
      },
    });
    const imageUri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm:index`;

    expect(await findings({ imageUri })).toMatchObject([
      {
        severity: "warning",
        path: "imageUri",
        message: expect.stringContaining("application/vnd.oci.image.index.v1+json"),
        hint: expect.stringContaining("--provenance=false"),
      },
    ]);
  });

  it("is not asked for in another registry", async () => {
    await plan({
      imageUri: "registry.example.org/glm:1",
      trainingRepositoryAccessMode: "Vpc",
      subnets: ["subnet-1"],
      securityGroupIds: ["sg-1"],
    });

    expect(aws.operations).not.toContain("BatchGetImage");
  });
});

describe("the inputs", () => {
  it("lie nowhere: no objects under the prefix", async () => {
    expect(await findings({}, { train: "s3://data/tarin/" })).toMatchObject([
      {
        severity: "error",
        path: "inputs.train.s3Data",
        message: expect.stringMatching(/^No S3 objects found under S3 URL "s3:\/\/data\/tarin\/"/),
      },
    ]);
  });

  it("lie in a bucket that is not there", async () => {
    expect(await findings({}, { train: "s3://dada/train/" })).toMatchObject([
      { severity: "error", path: "inputs.train.s3Data", message: expect.stringContaining("dada") },
    ]);
  });

  it("lie in another region", async () => {
    aws.buckets.set("far", { region: "us-west-2", objects: { a: 1 } });

    expect(await findings({}, { train: "s3://far/a" })).toMatchObject([
      {
        severity: "error",
        path: "inputs.train.s3Data",
        message: expect.stringContaining("us-west-2"),
      },
    ]);
  });

  it("lie in another account's bucket, which is a note", async () => {
    aws.buckets.set("theirs", { owner: "999999999999", objects: { a: 1 } });

    expect(await findings({}, { train: "s3://theirs/a" })).toMatchObject([
      { severity: "note", path: "inputs.train.s3Data" },
    ]);
  });

  it("lie where the caller may not look, which is a note", async () => {
    aws.buckets.set("hidden", { hidden: true, objects: { a: 1 } });

    expect(await findings({}, { train: "s3://hidden/a" })).toMatchObject([
      { severity: "note", path: "inputs.train.s3Data" },
    ]);
  });

  it("are staged by the plan, and need not be there", async () => {
    aws.buckets.set(`sagemaker-${REGION}-${ACCOUNT}`, {});

    expect(await findings({}, { config: new JsonInput({ a: 1 }) })).toEqual([]);
  });

  it("go to a default bucket that fit() makes", async () => {
    const { outputPath: _, ...rest } = options;
    const estimator = new Estimator({ ...rest, session: aws.session() });

    const { findings: found } = await estimator.plan({ config: new JsonInput({ a: 1 }) });

    expect(found.filter(({ severity }) => severity !== "note")).toEqual([]);
  });

  it("are named by a manifest that is not there", async () => {
    const manifest = (uri: string) => new TrainingInput(uri, { s3DataType: "ManifestFile" });
    aws.buckets.set("lists", { objects: { "train.manifest.old": 3 } });

    expect(await findings({}, { train: manifest("s3://lists/test.manifest") })).toMatchObject([
      { severity: "error", path: "inputs.train.s3Data" },
    ]);
    expect(await findings({}, { train: manifest("s3://lists/train.manifest") })).toMatchObject([
      { severity: "warning", path: "inputs.train.s3Data" },
    ]);
  });

  it("are a folder's marker and nothing else", async () => {
    aws.buckets.set("bare", { objects: { "train/": 0 } });

    expect(await findings({}, { train: "s3://bare/train/" })).toMatchObject([
      { severity: "warning", path: "inputs.train.s3Data" },
    ]);
  });

  it("are fewer than the hosts that share them", async () => {
    const train = new TrainingInput("s3://data/train/", { distribution: "ShardedByS3Key" });

    expect(await findings({ instanceCount: 3 }, { train })).toMatchObject([
      {
        severity: "warning",
        path: "inputs.train.distribution",
        message: expect.stringContaining("2 objects are shared among 3 hosts"),
      },
    ]);
    expect(await findings({ instanceCount: 2 }, { train })).toEqual([]);
  });

  it("are more than the volume holds, over several pages and all channels", async () => {
    const objects = Object.fromEntries(
      Array.from({ length: 1500 }, (_, n) => [`big/${String(n).padStart(4, "0")}`, GB / 100]),
    );
    aws.buckets.set("big", { objects });

    expect(await findings({}, { a: "s3://big/big/", b: "s3://big/big/" })).toEqual([]);
    expect(
      await findings({ volumeSize: 29 }, { a: "s3://big/big/", b: "s3://big/big/" }),
    ).toMatchObject([
      { severity: "warning", path: "volumeSize", message: expect.stringContaining("30.0 GB") },
    ]);
    // What is no size is told as that alone.
    expect(await findings({ volumeSize: -1 }, { a: "s3://big/big/" })).toMatchObject([
      { severity: "error", path: "volumeSize" },
    ]);
    // What is read as it comes needs no room.
    const streamed = new TrainingInput("s3://big/big/", { inputMode: "FastFile" });
    expect(await findings({ volumeSize: 1 }, { a: streamed })).toEqual([]);
    // Disks of the instances' own are larger, by how much is not known here.
    aws.quotas.set("ml.g5.xlarge for training job usage", 1);
    expect(
      await findings({ volumeSize: 1, instanceType: "ml.g5.xlarge" }, { a: "s3://big/big/" }),
    ).not.toContainEqual(expect.objectContaining({ message: expect.stringContaining("GB for") }));
  });
});

describe("the outputs", () => {
  it("have no bucket", async () => {
    expect(
      await findings({ outputPath: "s3://nowhere/x", checkpointS3Uri: "s3://nowhere-either/x" }),
    ).toMatchObject([
      { severity: "error", path: "outputPath", message: expect.stringContaining("nowhere") },
      { severity: "error", path: "checkpointS3Uri" },
    ]);
  });

  it("have a bucket in another region", async () => {
    aws.buckets.set("far", { region: "us-west-2" });

    expect(await findings({ outputPath: "s3://far/x" })).toMatchObject([
      {
        severity: "error",
        path: "outputPath",
        message: expect.stringContaining("bucket must be in the same region as the job"),
      },
    ]);
  });

  it("are joined by the place of the code", async () => {
    const sourceDir = await mkdtemp(join(tmpdir(), "code-"));
    onTestFinished(() => rm(sourceDir, { recursive: true }));
    await writeFile(join(sourceDir, "main.py"), "print(1)\n");
    const code = { sourceDir, entryPoint: "main.py" };
    aws.buckets.set("far", { region: "us-west-2" });
    aws.buckets.set("hidden", { hidden: true });

    expect(await findings({ ...code, codeLocation: "s3://nowhere/code" })).toMatchObject([
      { severity: "error", path: "codeLocation", message: expect.stringContaining("nowhere") },
    ]);
    expect(await findings({ ...code, codeLocation: "s3://far/code" })).toMatchObject([
      { severity: "error", path: "codeLocation", message: expect.stringContaining("us-west-2") },
    ]);
    expect(await findings({ ...code, codeLocation: "s3://hidden/code" })).toMatchObject([
      { severity: "note", path: "sourceDir" },
      { severity: "note", path: "codeLocation" },
    ]);
  });

  it("have a bucket that the caller may not look at, which is a note", async () => {
    aws.buckets.set("hidden", { hidden: true });

    expect(await findings({ outputPath: "s3://hidden/x" })).toMatchObject([
      { severity: "note", path: "outputPath" },
    ]);
  });
});

describe("the quota", () => {
  it("is less than the job asks for", async () => {
    expect(await findings({ instanceCount: 5 })).toMatchObject([
      {
        severity: "error",
        path: "instanceType",
        message: expect.stringContaining(
          '"ml.m5.large for training job usage" is 4, and the job asks for 5',
        ),
        hint: expect.stringContaining("L-0"),
      },
    ]);
  });

  it("is another one for spot, and one more for warm pools", async () => {
    aws.quotas.set("ml.m5.large for spot training job usage", 0);
    aws.quotas.set("ml.m5.large for training warm pool usage", 0);

    expect(await findings({ useSpotInstances: true, maxWait: 86_400 })).toContainEqual(
      expect.objectContaining({ severity: "error", path: "instanceType" }),
    );
    expect(await findings({ keepAlivePeriodInSeconds: 600 })).toMatchObject([
      { severity: "warning", path: "keepAlivePeriodInSeconds" },
    ]);
  });

  it("is found on a later page, and asked for by its code the second time", async () => {
    for (let n = 0; n < 5; n += 1) aws.quotas.set(`other ${n}`, n);
    aws.quotas.set("ml.m5.xlarge for training job usage", 0);
    const session = aws.session();

    expect(await findings({ instanceType: "ml.m5.xlarge", session })).toMatchObject([
      { severity: "error", path: "instanceType" },
    ]);
    aws.calls.length = 0;
    aws.quotas.set("ml.m5.xlarge for training job usage", 1);
    expect(await findings({ instanceType: "ml.m5.xlarge", session })).toEqual([]);
    expect(aws.operations).toContain("GetServiceQuota");
    expect(aws.operations).not.toContain("ListServiceQuotas");
  });

  it("is not listed, which is a note", async () => {
    expect(await findings({ instanceType: "ml.m5.4xlarge" })).toMatchObject([
      { severity: "note", path: "instanceType" },
    ]);
  });

  it("is no reason to refuse where other machines follow", async () => {
    const found = await findings({ instanceCount: 5, capacityFallbacks: ["ml.m5.xlarge"] });

    expect(found).toContainEqual(
      expect.objectContaining({
        severity: "warning",
        path: "instanceType",
        message: expect.stringContaining("asks for 5"),
      }),
    );
    expect(found.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("counts the instances of all groups of a type", async () => {
    const group = (instanceGroupName: string) => ({
      instanceGroupName,
      instanceType: "ml.m5.large",
      instanceCount: 3,
    });
    const { instanceType: _, ...rest } = options;
    const estimator = new Estimator({
      ...rest,
      instanceGroups: [group("a"), group("b")],
      session: aws.session(),
    });

    expect((await estimator.plan("s3://data/train/")).findings).toMatchObject([
      { severity: "error", path: "instanceGroups", message: expect.stringContaining("asks for 6") },
    ]);
  });
});

describe("a check that cannot be made", () => {
  const every = [
    "GetRole",
    "SimulatePrincipalPolicy",
    "BatchGetImage",
    "DescribeImages",
    "HeadBucket",
    "ListObjectsV2",
    "ListServiceQuotas",
    "GetProducts",
  ];

  it("is skipped with a note where the caller may not make it, whichever it is", async () => {
    for (const operation of every) aws.denied.add(operation);

    const found = await findings({}, undefined, {});

    expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(["note"]));
    expect(found.map(({ path }) => path).toSorted(compare)).toEqual([
      "imageUri",
      "inputs.train.s3Data",
      "instanceType",
      "outputPath",
      "role",
      "role",
    ]);
  });

  it("is skipped with a note where the service breaks", async () => {
    for (const operation of every) {
      aws.faults.set(operation, { status: 500, headers: {}, body: "<html>oops</html>" });
    }

    const found = await findings();

    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(["note"]));
  });

  it("is skipped with a note where the service answers without saying anything", async () => {
    for (const operation of ["GetRole", "GetCallerIdentity"]) {
      aws.faults.set(operation, { status: 200, headers: {}, body: "<Answer></Answer>" });
    }

    expect(await findings()).toMatchObject([
      { severity: "note", path: "role", message: expect.stringContaining("without a role") },
    ]);
  });

  it("is told of once where everything fails for the same reason", async () => {
    const session = aws.session({
      credentials: async () => {
        throw Object.assign(new Error("Sign in first"), { name: "CredentialsProviderError" });
      },
    });

    const found = await findings({ session });

    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      severity: "note",
      path: "preflight",
      message: expect.stringContaining("Sign in first"),
    });
  });

  it("ends with the caller's signal", async () => {
    aws.faults.set("HeadBucket", "hang");
    const controller = new AbortController();
    const planned = findings({}, undefined, { signal: controller.signal });
    controller.abort(new Error("enough"));

    await expect(planned).rejects.toThrow("enough");
  });
});
