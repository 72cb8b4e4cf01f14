/** `reuse` with other machines to go on with: every choice is looked for before anything is trained. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type EstimatorOptions,
  type PyTorchOptions,
  Session,
  type TrainingJob,
} from "../../../src/index.ts";
import { estimatorOptions } from "../../../src/training/framework/framework-options.ts";
import { resolveImages } from "../../../src/training/framework/resolve-images.ts";
import { prepareJob } from "../../../src/training/prepare.ts";
import { runChoices } from "../../../src/training/record/reuse-choices.ts";
import { listener, type RunsFixture, startRuns } from "../../helpers/recorded-runs.ts";

describe("a fit() with capacityFallbacks or instancePreferences, and reuse", () => {
  let runs: RunsFixture;

  beforeEach(async () => {
    runs = await startRuns();
  });

  afterEach(async () => {
    await runs.stop();
  });

  /** Fits; `scarce` are the types that there is no capacity for. */
  async function train(
    options: Partial<EstimatorOptions>,
    { reuse = true, scarce = [] as readonly string[] } = {},
  ): Promise<{ job: TrainingJob; codes: string[]; told: string; created: unknown[] }> {
    const { codes, events, options: listening } = listener();
    const created: unknown[] = [];
    runs.intercept = (call, { body }) => {
      if (call !== "CreateTrainingJob") return undefined;
      const { ResourceConfig } = JSON.parse(String(body));
      const { InstanceType = "", InstancePreferences } = ResourceConfig;
      created.push(InstancePreferences ?? InstanceType);
      return scarce.includes(InstanceType)
        ? {
            status: 400,
            headers: { "content-type": "application/x-amz-json-1.1" },
            body: JSON.stringify({
              __type: "ResourceLimitExceeded",
              message: "Unable to provision requested ML compute capacity.",
            }),
          }
        : undefined;
    };
    const job = await runs.estimator(options).fit(undefined, { ...listening, reuse });
    return { job, codes: codes(), told: JSON.stringify(events), created };
  }

  const MACHINES = { instanceType: "ml.m5.large", capacityFallbacks: ["ml.c5.xlarge"] } as const;

  it("finds the job that ended on a fallback, whose record holds the machines that it ran on", async () => {
    const first = await train(MACHINES, { scarce: ["ml.m5.large"] });
    expect(first.created).toEqual(["ml.m5.large", "ml.c5.xlarge"]);
    expect(first.codes).toContain("capacity-fallback");
    expect((await runs.record(first.job)).request).toMatchObject({
      ResourceConfig: { InstanceType: "ml.c5.xlarge", InstanceCount: 1 },
    });

    const again = await train(MACHINES);
    expect(again.created).toEqual([]);
    expect(again.job.name).toBe(first.job.name);
    expect(again.codes).toEqual(["reused"]);
    expect(again.told).toContain("settings on 1 x ml.c5.xlarge, which would do as well");

    const direct = await train({ instanceType: "ml.c5.xlarge" });
    expect(direct.job.name).toBe(first.job.name);
    const other = await train({ instanceType: "ml.m5.large" });
    expect(other.created).toEqual(["ml.m5.large"]);
  });

  it("takes a job on the machines asked for first, though one on others is newer", async () => {
    const asked = await train({ instanceType: "ml.m5.large" });
    await train({ instanceType: "ml.c5.xlarge" });

    expect((await train(MACHINES)).job.name).toBe(asked.job.name);
  });

  it("says once what is not known, and looks for nothing again when it goes on with other machines", async () => {
    const unknown = { ...MACHINES, hyperparameters: { password: "x123456" } };
    const { codes } = await train(unknown, { scarce: ["ml.m5.large"] });
    expect(codes.filter((code) => code.startsWith("reuse"))).toEqual(["reuse-unknown"]);
  });

  it("finds a job on any of the types that the service may choose from", async () => {
    const instancePreferences = [{ instanceType: "ml.m5.large" }, { instanceType: "ml.c5.xlarge" }];
    const preferring = { instanceType: undefined, instanceCount: 1, instancePreferences };
    const alone = await train({ instanceType: "ml.c5.xlarge" });
    const found = await train(preferring as never);
    expect(found.created).toEqual([]);
    expect(found.job.name).toBe(alone.job.name);

    const listed = await train(preferring as never, { reuse: false });
    expect((await runs.record(listed.job)).outcome).toMatchObject({
      instanceType: "ml.m5.large",
      instanceCount: 1,
    });
    expect((await train(preferring as never)).job.name).toBe(listed.job.name);
  });
});

describe("the choices of a framework's estimator", () => {
  it("have the image and the hyperparameters that go with their machines", async () => {
    const session = new Session({
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      defaultBucket: "bucket",
    });
    const pytorch = (more: object): EstimatorOptions =>
      estimatorOptions("pytorch", {
        session,
        role: "arn:aws:iam::123456789012:role/R",
        entryPoint: "train.py",
        sourceDir: "s3://bucket/code/sourcedir.tar.gz",
        frameworkVersion: "2.8",
        distribution: { torchDistributed: { enabled: true } },
        ...more,
      } as PyTorchOptions);
    const prepare = async (options: EstimatorOptions) =>
      await prepareJob(
        (await resolveImages(options, session)).options,
        undefined,
        { preflight: "offline" },
        { session, jobName: "a", cleanups: [] },
      );
    const options = pytorch({
      instanceType: "ml.g5.xlarge",
      capacityFallbacks: ["ml.m5.large"],
    });
    const alone = await prepare(pytorch({ instanceType: "ml.m5.large" }));
    const both = await prepare(options);

    const [first, second] = await runChoices(options, both, session);

    expect(first?.request).toEqual(both.plan.request);
    expect(second?.request).toEqual(alone.plan.request);
    const image = (request = alone.plan.request) => request.AlgorithmSpecification?.TrainingImage;
    expect(image(first?.request)).not.toBe(image(second?.request));
  });
});
