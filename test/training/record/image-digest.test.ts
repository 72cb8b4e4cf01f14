/** The digest of an image in ECR, from the plan's checks into the run's record, and what follows when there is none. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  type FitOptions,
  type RunRecord,
  Session,
  type TrainingJob,
  type ValidationError,
} from "../../../src/index.ts";
import { inProcessHandler } from "../../../src/local/wire/in-process.ts";
import { ACCOUNT, AccountWire, REGION } from "../../helpers/account-wire.ts";
import { type CloudFixture, startCloud, writeProgram } from "../../helpers/cloud-fixture.ts";
import { listener, TRAIN } from "../../helpers/recorded-runs.ts";

const REPOSITORY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm`;
const FIRST = `sha256:${"d".repeat(64)}`;
const SECOND = `sha256:${"e".repeat(64)}`;

/** AWS as far as is needed here: ECR, IAM, quotas and prices of an account; jobs and data of a local cloud, which is not said. */
let aws: AccountWire;
let cloud: CloudFixture;
let session: Session;
let folder: string;

beforeEach(async () => {
  aws = new AccountWire();
  aws.image("glm:1");
  aws.quotas.set("ml.m5.large for training job usage", 4);
  folder = await mkdtemp(join(tmpdir(), "image-digest-"));
  const program = await writeProgram(folder, { train: TRAIN });
  const names = [`${REPOSITORY}:1`, `${REPOSITORY}@${FIRST}`, "docker.io/library/glm:1"];
  cloud = await startCloud({
    region: REGION,
    images: Object.fromEntries(names.map((name) => [name, program])),
  });
  session = new Session({
    region: REGION,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    clientConfig: {
      maxAttempts: 1,
      requestHandler: inProcessHandler(async (request) =>
        /^(?:iam|(?:api\.)?ecr|servicequotas|api\.pricing|pricing|layers)\./.test(request.host)
          ? await aws.handle(request)
          : await cloud.cloud.handle(request),
      ),
    },
  });
  aws.role("SageMakerRole");
});

afterEach(async () => {
  await cloud.stop();
  await rm(folder, { recursive: true });
});

const OPTIONS: EstimatorOptions = {
  imageUri: `${REPOSITORY}:1`,
  role: `arn:aws:iam::${ACCOUNT}:role/SageMakerRole`,
  instanceType: "ml.m5.large",
};

/** Trains with reuse, and tells what was said of it. */
async function train(
  options: Partial<EstimatorOptions> = {},
  fit: FitOptions = {},
): Promise<{ job: TrainingJob; record: RunRecord; told: string[] }> {
  const { events, options: listening } = listener();
  const job = await new Estimator({ ...OPTIONS, ...options, session }).fit(undefined, {
    ...listening,
    pollIntervalMs: 10,
    reuse: true,
    ...fit,
  });
  const told = events.flatMap((event) =>
    "code" in event && event.code.startsWith("reuse") ? [`${event.code}: ${event.message}`] : [],
  );
  return { job, record: await job.runRecord(), told };
}

function push(digest: string): void {
  const image = aws.images.get(`${ACCOUNT}/glm:1`);
  if (image) aws.images.set(`${ACCOUNT}/glm:1`, { ...image, digest });
}

describe("an image in ECR", () => {
  it("is recorded by its digest, which tells runs apart though the tag is the same", async () => {
    const first = await train();
    expect(first.record.image).toEqual({ kind: "image", uri: `${REPOSITORY}:1`, digest: FIRST });
    expect(first.record.digest.value).toBeDefined();
    const again = await train();
    expect(again.job.name).toBe(first.job.name);
    expect(again.told).toEqual([expect.stringMatching(/^reused: /)]);

    push(SECOND);
    const second = await train();
    expect(second.job.reused).toBe(false);
    expect(second.record.image.digest).toBe(SECOND);
    expect(second.record.digest.value).not.toBe(first.record.digest.value);
  });

  it("has a digest also where only its description may be read", async () => {
    aws.denied.add("BatchGetImage");
    expect((await train()).record.image.digest).toBe(FIRST);
  });

  it("is not taken for another one when its run is repeated", async () => {
    const first = await train();
    const same = await (await Estimator.fromRun(first.record, { session })).plan();
    expect(same.request.AlgorithmSpecification?.TrainingImage).toBe(`${REPOSITORY}:1`);

    push(SECOND);
    const refused = await Estimator.fromRun(first.record, { session }).catch((error) => error);
    const pinned = `${REPOSITORY}@${FIRST}`;
    expect((refused as ValidationError).findings).toEqual([
      {
        severity: "warning",
        path: "imageUri",
        message: `The image ${REPOSITORY}:1 is not the one of the run: its digest was ${FIRST}, and is ${SECOND}.`,
        hint: `Name the run's own: changes: { imageUri: "${pinned}" }, or go on with what is there now: allowChanged: true.`,
      },
    ]);
    await Estimator.fromRun(first.record, { session, allowChanged: true });

    // ECR keeps what a tag has left.
    const image = aws.images.get(`${ACCOUNT}/glm:1`);
    if (image) aws.images.set(`${ACCOUNT}/glm:old`, { ...image, digest: FIRST });
    const changes = { imageUri: pinned };
    const repeated = await Estimator.fromRun(first.record, { session, changes });
    const job = await repeated.fit(undefined, { ...listener().options, pollIntervalMs: 10 });
    const record = await job.runRecord();
    expect(record.image).toEqual({ kind: "image", uri: pinned, digest: FIRST });
    expect(record.digest.value).toBe(first.record.digest.value);
  });

  it("that is gone is told when its run is repeated", async () => {
    const { record } = await train();
    aws.images.delete(`${ACCOUNT}/glm:1`);
    aws.image("glm:2");
    await expect(Estimator.fromRun(record, { session })).rejects.toThrow("There is no image glm:1");
  });
});

describe("an image whose digest cannot be known", () => {
  const throttled = {
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" }),
  };
  const without = (): unknown =>
    vi.doMock("@aws-sdk/client-ecr", () => {
      throw new Error("Cannot find package '@aws-sdk/client-ecr'");
    });

  afterEach(() => {
    vi.doUnmock("@aws-sdk/client-ecr");
  });

  it.each<[string, () => unknown, string, FitOptions?, Partial<EstimatorOptions>?]>([
    [
      "since the caller may not ask ECR",
      () => aws.denied.add("BatchGetImage").add("DescribeImages"),
      "the caller may not ask (AccessDeniedException: User:",
    ],
    ["since the client is missing", without, "@aws-sdk/client-ecr is not installed"],
    [
      "since ECR does not answer",
      () => aws.faults.set("BatchGetImage", throttled),
      "ThrottlingException: Rate exceeded",
    ],
    [
      "since nothing is asked",
      () => undefined,
      'ECR is not asked with preflight: "offline"',
      { preflight: "offline" },
    ],
    [
      "since it is not in ECR",
      () => undefined,
      "it is not in ECR",
      {},
      {
        imageUri: "docker.io/library/glm:1",
        trainingRepositoryAccessMode: "Vpc",
        subnets: ["subnet-1"],
        securityGroupIds: ["sg-1"],
      },
    ],
  ])("%s, is trained each time, and why is told", async (_, meanwhile, reason, fit, options) => {
    meanwhile();
    const first = await train(options, fit);
    const second = await train(options, fit);

    expect(second.job.reused).toBe(false);
    const uri = options?.imageUri ?? OPTIONS.imageUri;
    expect(first.told).toEqual([
      expect.stringContaining(
        `reuse-unknown: No earlier run can be reused, since not all that goes in is known: image: the digest of ${uri} is not known: ${reason}`,
      ),
    ]);
    expect(second.told).toEqual(first.told);
    expect(first.record.digest.value).toBeUndefined();
    expect(first.record.digest.unknown).toEqual([expect.stringContaining(reason)]);
    expect(second.told.join()).toContain("Name the image by its digest");
  });

  it("is no matter where the image is named by its digest", async () => {
    const imageUri = `${REPOSITORY}@${FIRST}`;
    const first = await train({ imageUri }, { preflight: "offline" });
    const second = await train({ imageUri }, { preflight: "offline" });
    expect(second.job.name).toBe(first.job.name);
  });
});
