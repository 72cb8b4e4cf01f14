import { beforeEach, describe, expect, it } from "vitest";
import { awsCall } from "../../src/aws/translate.ts";
import { Estimator, SageMakerError, ValidationError } from "../../src/index.ts";
import { errorOf } from "../../src/training/end-of-job.ts";
import { explainLaunchFailure, launchAdvice } from "../../src/training/launch-failures.ts";
import type { TrainingJobRequest } from "../../src/training/request.ts";
import { ACCOUNT, AccountWire, REGION } from "../helpers/account-wire.ts";
import { refusal } from "../helpers/job-wire.ts";

const ROLE = `arn:aws:iam::${ACCOUNT}:role/SageMakerRole`;
const IMAGE = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm:1`;

const request: TrainingJobRequest = {
  TrainingJobName: "glm-1",
  AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: "File" },
  RoleArn: ROLE,
  HyperParameters: { notes: "x", dbPassword: "correct-horse-battery" },
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://b/p" } },
    },
  ],
  OutputDataConfig: { S3OutputPath: "s3://out/" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
};

/** What the service was seen to say, and what we add to it. */
const seen: [failure: string, words: string, advice: (string | RegExp)[]][] = [
  [
    "1: the caller may not pass the role",
    `User: arn:aws:iam::${ACCOUNT}:user/me is not authorized to perform: iam:PassRole on resource: ${ROLE} because no identity-based policy allows the iam:PassRole action`,
    ['"iam:PassedToService":"sagemaker.amazonaws.com"', `"Resource":"${ROLE}"`],
  ],
  [
    "1: a policy denies it by name",
    "User: arn is not authorized to perform: sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker:eu-west-1:1:training-job/x with an explicit deny in a service control policy",
    ["no other permission outweighs that"],
  ],
  [
    "1: the caller may not start jobs",
    "User: arn is not authorized to perform: sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker:eu-west-1:1:training-job/x because no identity-based policy allows it",
    [
      '"Action":["sagemaker:CreateTrainingJob","sagemaker:DescribeTrainingJob"]',
      '"Resource":"arn:aws:sagemaker:eu-west-1:1:training-job/*"',
    ],
  ],
  [
    "2: the role cannot be assumed, at creation",
    `Could not assume role ${ROLE}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
    [ROLE, '"Action":"sts:AssumeRole"', "path included"],
  ],
  [
    "2: the role cannot be assumed, later",
    "ClientError: TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: sts:AssumeRole on the role. Check if you have a trust relationship for 'sagemaker.amazonaws.com'",
    ['"Action":"sts:AssumeRole"'],
  ],
  [
    "3: no repository",
    `Cannot find repository: glm in registry ID: ${ACCOUNT} Please check if your ECR repository exists and role ${ROLE} has proper pull permissions for SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer`,
    [IMAGE, "the job's own region", "ecr:BatchGetImage"],
  ],
  ["3: no image", "Cannot find the requested image: glm:1", [`Push ${IMAGE}`]],
  [
    "3: no right to pull",
    `Access denied for repository: glm in registry ID: ${ACCOUNT}. Please check if your ECR image and repository exist`,
    ["policy of the repository glm"],
  ],
  [
    "3: the image is not named",
    "Invalid training image. Please provide a valid Amazon Elastic Container Registry path of the Docker image to run.",
    [`The image is ${IMAGE}`],
  ],
  [
    "3: another registry",
    "TrainingImageConfig with TrainingRepositoryAccessMode set to VPC must be provided when using a training image from a private Docker registry.",
    ['trainingRepositoryAccessMode: "Vpc"'],
  ],
  [
    "4: other processors",
    "exec /opt/ml/code/train: exec format error",
    ["docker build --platform linux/amd64"],
  ],
  [
    "4: a kind of manifest that is refused",
    "Unsupported manifest media type application/vnd.oci.image.manifest.v1+json for image x",
    ["application/vnd.oci.image.manifest.v1+json", "--provenance=false"],
  ],
  [
    "5: nothing called train",
    'exec: "train": executable file not found in $PATH: unknown',
    ["<image> train", "containerEntryPoint"],
  ],
  [
    "5: nothing called train, by tini",
    "[FATAL tini (7)] exec train failed: No such file or directory",
    ["<image> train"],
  ],
  ["5: not executable", "[FATAL tini (7)] exec train failed: Permission denied", ["chmod +x"]],
  [
    "5: Windows line endings",
    "/usr/bin/env: 'python\r': No such file or directory",
    ["Windows line endings"],
  ],
  [
    "6: no objects",
    `No S3 objects found under S3 URL "s3://b/p" given in input data source. Please ensure that the bucket exists in the selected region (us-west-2), that objects exist under that S3 prefix, and that the role "${ROLE}" has "s3:ListBucket" permissions on bucket "b".`,
    ["One of three is so", "s3://b/p", "another region", ROLE],
  ],
  [
    "7: the output's region",
    "ClientError: Artifact upload failed:Unable to upload file to s3://out (BucketRegionError: bucket must be in the same region as the job)",
    ["outputPath"],
  ],
  [
    "7: no right to read",
    "ClientError: Data download failed:Unable to download object s3://b/p (AccessDenied: Access Denied)",
    [ROLE, "s3:GetObject"],
  ],
  [
    "7: no right to read, by boto3",
    "An error occurred (403) when calling the HeadObject operation: Forbidden",
    ["s3:GetObject"],
  ],
  [
    "8: the quota",
    "The account-level service limit 'ml.p3.2xlarge for training job usage' is 2 Instances, with current utilization of 1 Instances and a request delta of 4 Instances. Please contact AWS support to request an increase for this limit.",
    ['"ml.p3.2xlarge for training job usage" is 2; 1 are in use', "asks for 4", "at least 5"],
  ],
  [
    "8: not in this region",
    "The requested resource training-job/ml.p2.xlarge is not available in this region",
    ["another instanceType than ml.p2.xlarge"],
  ],
  [
    "9: no capacity",
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.",
    ["instancePreferences", "maxPendingTime"],
  ],
  [
    "10: a number where text is asked for",
    "SerializationException: NUMBER_VALUE can not be converted to a String",
    ["overrides"],
  ],
  [
    "11: the name is taken",
    "Training job names must be unique within an AWS account and region, and a training job with this name already exists (arn:aws:sagemaker:eu-west-1:1:training-job/glm-1)",
    ["another jobName"],
  ],
  [
    "12: no room for the data",
    "ClientError: Data download failed:Insufficient disk space",
    ["30 GB", "volumeSize", "FastFile"],
  ],
  [
    "12: no room for the results",
    "ClientError: Artifact upload failed:Insufficient disk space",
    ["volumeSize"],
  ],
  ["13: no detail", "AlgorithmError: , exit code: 1", ["/opt/ml/output/failure"]],
  [
    "13: no detail, by the toolkit",
    "AlgorithmError: ExecuteUserScriptError: exit code: 1",
    ["/opt/ml/output/failure"],
  ],
  [
    "13: no detail, by the newer toolkit",
    'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand "/opt/conda/bin/python3.12 train.py", exit code: 1',
    ["/opt/ml/output/failure"],
  ],
  [
    "13: no detail, by an early toolkit",
    'AlgorithmError: ExecuteUserScriptError:\nCommand "/usr/bin/python3 train.py --epochs 3"',
    ["/opt/ml/output/failure"],
  ],
  [
    "13: killed, by the toolkit",
    "AlgorithmError: ExecuteUserScriptError: ExitCode 137",
    ["too little memory"],
  ],
  ["13: killed", "AlgorithmError: , exit code: 137", ["too little memory"]],
  ["15: throttled", "ThrottlingException: Rate exceeded", ["Start fewer jobs at once"]],
  ["15: signed out", "The security token included in the request is expired", ["Sign in again"]],
  [
    "16: spot",
    "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds",
    ["Set maxWait to at least maxRun"],
  ],
];

describe("a failure that was seen says what to do", () => {
  it.each(seen)("%s", (_, words, advice) => {
    const said = launchAdvice(words, request);

    for (const part of advice)
      expect(said).toMatch(typeof part === "string" ? literally(part) : part);
  });

  it("nothing is added to words that are not known", () => {
    expect(launchAdvice("something new", request)).toBeUndefined();
    const reasoned =
      'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "KeyError: lr"\nCommand "python train.py"';
    expect(launchAdvice(reasoned, request)).toBeUndefined();
  });
});

function literally(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}

describe("a refused creation", () => {
  let aws: AccountWire;

  beforeEach(() => {
    aws = new AccountWire();
  });

  /** What `fit()` throws when the service refuses so. */
  async function refused(type: string, message: string): Promise<Error> {
    aws.faults.set("CreateTrainingJob", refusal(type, message));
    const estimator = new Estimator({
      imageUri: IMAGE,
      role: ROLE,
      instanceType: "ml.m5.large",
      outputPath: "s3://out/",
      hyperparameters: { notes: "x", dbPassword: "correct-horse-battery" },
      session: aws.session(),
    });
    const fit = estimator.fit(
      { train: "s3://b/p" },
      { preflight: "offline", jobName: "glm-1", runRecord: false, logs: "None" },
    );
    return (await fit.catch((error: unknown) => error)) as Error;
  }

  it("keeps the service's words, and adds what to do", async () => {
    const error = await refused(
      "AccessDeniedException",
      `User: arn is not authorized to perform: iam:PassRole on resource: ${ROLE}`,
    );

    expect(error).toBeInstanceOf(SageMakerError);
    expect(error.message).toMatch(
      /^Could not start training job glm-1: AccessDeniedException: User:/,
    );
    expect(error.message).toContain("Ask for this policy: {");
    expect(error.message).not.toContain("lacks this permission");
    expect(error.cause).toMatchObject({ name: "AccessDeniedException" });
  });

  it("is as it was where nothing better can be said", async () => {
    const error = await refused("ValidationException", "Something new.");

    expect(error.message).toBe(
      "Could not start training job glm-1: ValidationException: Something new.",
    );
  });

  it("tells several breaches of one message apart, in option names", async () => {
    const error = await refused(
      "ValidationException",
      "3 validation errors detected: Value 'a_b; it's' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*; " +
        "Value '0' at 'resourceConfig.instanceCount' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
        "Value 'my channel' at 'inputDataConfig.1.member.channelName' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9\\.\\-_]+",
    );

    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).findings).toMatchObject([
      { severity: "error", path: "jobName", message: expect.stringContaining("'a_b; it's'") },
      {
        severity: "error",
        path: "instanceCount",
        message: expect.stringContaining("greater than or equal to 1"),
      },
      { severity: "error", path: "inputs.train.channel name" },
    ]);
    expect(error.message).toContain("Training job glm-1 was not started: 3 problems.");
  });

  it("shows no hyperparameter, in message nor cause, however the service repeats it", async () => {
    const error = await refused(
      "ValidationException",
      "1 validation error detected: Value '{dbPassword=correct-horse-battery, notes=x}' at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2500, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*]",
    );

    expect((error as ValidationError).findings).toMatchObject([
      { path: "hyperparameters", hint: expect.stringContaining("JsonInput") },
    ]);
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      expect(`${at.message} ${at.stack}`).not.toContain("correct-horse");
    }
  });

  it("leaves an abort and what is no error alone", () => {
    const abort = new DOMException("enough", "AbortError");

    expect(explainLaunchFailure(abort, request)).toBe(abort);
    expect(explainLaunchFailure("words", request)).toBe("words");
  });

  it("may have been translated before", async () => {
    const translated = await awsCall("start training job glm-1", () =>
      Promise.reject(
        Object.assign(new Error("Could not assume role x"), { name: "ValidationException" }),
      ),
    ).catch((error: unknown) => error);

    expect(explainLaunchFailure(translated, request)).toMatchObject({
      message: expect.stringContaining(`Check that ${ROLE} exists`),
    });
  });
});

describe("a job that failed", () => {
  const failed = (FailureReason: string, log: readonly string[]) =>
    errorOf(
      {
        ...request,
        TrainingJobArn: "arn",
        TrainingJobStatus: "Failed",
        FailureReason,
        $metadata: {},
      } as never,
      log,
      "the console",
    );

  it("says what to do by its reason", () => {
    const error = failed("ClientError: Data download failed:Insufficient disk space", []);

    expect(error.hint).toContain("volumeSize");
    expect(error.message).toContain("\nHint: The channels are larger than the volume of 30 GB");
  });

  it("says what to do by its log, where only the log tells", () => {
    const log = ["exec /train: exec format error"];

    expect(failed("AlgorithmError: , exit code: 1", log).hint).toContain("--platform");
    // What a program says of its own calls is its own affair.
    expect(
      failed("AlgorithmError: bad data, exit code: 1", ["Rate exceeded"]).hint,
    ).toBeUndefined();
  });
});
