import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapacityError, SageMakerError, ValidationError } from "../../src/errors.ts";
import { Estimator } from "../../src/estimator.ts";
import type { Session } from "../../src/session.ts";
import { machineChoices, nameOfTurn, shortageOf } from "../../src/training/capacity.ts";
import type { TrainingJobEvent } from "../../src/training/events.ts";
import type { EstimatorOptions } from "../../src/training/options.ts";
import type { TrainingJob } from "../../src/training/training-job.ts";
import { JobWire, refusal } from "../helpers/job-wire.ts";

const NO_CAPACITY =
  "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.";

let wire: JobWire;
let session: Session;
let warnings: string[];
/** How each job ends, in order. */
let ends: ((name: string) => void)[];

beforeEach(async () => {
  wire = new JobWire();
  // As on a local cloud nothing is waited for at the end of a log.
  const local = { root: "/nowhere", account: "123456789012", region: "eu-west-1" };
  session = await wire.session({ local });
  warnings = [];
  ends = [];
  wire.lost = ({ operation, input }) => {
    if (operation === "CreateTrainingJob") ends.shift()?.(String(input["TrainingJobName"]));
    return undefined;
  };
});

afterEach(() => {
  wire.dispose();
});

const OPTIONS: EstimatorOptions = {
  imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1",
  role: "arn:aws:iam::123456789012:role/SageMakerRole",
  outputPath: "s3://bucket/out/",
  instanceType: "ml.p3.2xlarge",
  baseJobName: "glm",
};

async function train(options: Partial<EstimatorOptions>, more: object = {}): Promise<TrainingJob> {
  return await new Estimator({ ...OPTIONS, ...options, session }).fit(undefined, {
    preflight: "offline",
    runRecord: false,
    logs: "None",
    pollIntervalMs: 1,
    onEvent: (event: TrainingJobEvent) => {
      if (event.type === "warning") warnings.push(`${event.code}: ${event.message}`);
    },
    ...more,
  });
}

const fails =
  (FailureReason: string) =>
  (name: string): void =>
    wire.find(name)?.end("Failed", { FailureReason });
const completes = (name: string): void => wire.find(name)?.end("Completed");

function created(): unknown[] {
  return wire.calls
    .filter(({ operation }) => operation === "CreateTrainingJob")
    .map(({ input }) => (input["ResourceConfig"] as { InstanceType: string }).InstanceType);
}

describe("a fit() with other machines to go on with", () => {
  it("moves on when there is no capacity, says so, and gives the job that ran", async () => {
    ends = [fails(NO_CAPACITY), fails(NO_CAPACITY), completes];

    const job = await train({ capacityFallbacks: ["ml.g5.xlarge", "ml.g4dn.xlarge"] });

    expect(job.result?.status).toBe("Completed");
    expect(created()).toEqual(["ml.p3.2xlarge", "ml.g5.xlarge", "ml.g4dn.xlarge"]);
    expect(warnings).toEqual([
      `capacity-fallback: There is no capacity for 1 x ml.p3.2xlarge: ${NO_CAPACITY} Going on with 1 x ml.g5.xlarge, capacityFallbacks[0].`,
      `capacity-fallback: There is no capacity for 1 x ml.g5.xlarge: ${NO_CAPACITY} Going on with 1 x ml.g4dn.xlarge, capacityFallbacks[1].`,
    ]);
    const names = wire.calls
      .filter(({ operation }) => operation === "CreateTrainingJob")
      .map(({ input }) => input["TrainingJobName"]);
    expect(new Set(names).size).toBe(3);
  });

  it("goes from spot instances to others, with what belongs to spot taken away", async () => {
    ends = [fails(NO_CAPACITY), completes];

    await train({
      useSpotInstances: true,
      maxRun: 600,
      maxWait: 1200,
      capacityFallbacks: [{ useSpotInstances: false, maxWait: undefined }],
    });

    const [spot, other] = wire.calls.filter(({ operation }) => operation === "CreateTrainingJob");
    expect(spot?.input).toMatchObject({
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 1200 },
    });
    expect(other?.input).not.toHaveProperty("EnableManagedSpotTraining");
    expect(other?.input["StoppingCondition"]).toEqual({ MaxRuntimeInSeconds: 600 });
  });

  it("moves on from a spot job that waited in vain", async () => {
    const gaveUp = (name: string): void => {
      const job = wire.find(name);
      job?.end("Stopped");
      Object.assign(job?.fields ?? {}, { SecondaryStatus: "MaxWaitTimeExceeded" });
    };
    ends = [gaveUp, completes];

    const job = await train({
      useSpotInstances: true,
      maxRun: 600,
      maxWait: 1200,
      capacityFallbacks: ["ml.g5.xlarge"],
    });

    expect(job.result?.status).toBe("Completed");
  });

  it("moves on when the quota for a type is used up, which the start says", async () => {
    ends = [completes];
    wire.fault = ({ operation, input }) =>
      operation === "CreateTrainingJob" &&
      (input["ResourceConfig"] as { InstanceType: string }).InstanceType === "ml.p3.2xlarge"
        ? refusal(
            "ResourceLimitExceeded",
            "The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.",
          )
        : undefined;

    const job = await train({ capacityFallbacks: ["ml.g5.xlarge"] });

    expect(job.result?.status).toBe("Completed");
    expect(warnings.join()).toContain("service limit 'ml.p3.2xlarge for training job usage'");
  });

  it("fails with the last error when there is no capacity for any", async () => {
    ends = [fails(NO_CAPACITY), fails(NO_CAPACITY)];

    await expect(train({ capacityFallbacks: ["ml.g5.xlarge"] })).rejects.toThrow(CapacityError);
    expect(created()).toEqual(["ml.p3.2xlarge", "ml.g5.xlarge"]);
  });

  it("does not move on from any other failure", async () => {
    ends = [fails("AlgorithmError: , exit code: 1")];

    await expect(train({ capacityFallbacks: ["ml.g5.xlarge"] })).rejects.toThrow("exit code: 1");
    expect(created()).toEqual(["ml.p3.2xlarge"]);
  });

  it("gives each attempt a name of its own where the caller chose one", async () => {
    ends = [fails(NO_CAPACITY), completes];

    const { name } = await train({ capacityFallbacks: ["ml.g5.xlarge"] }, { jobName: "mine" });

    expect(name).toBe("mine-2");
  });

  it("says before the first start what is wrong with a later one", async () => {
    const error = await train({
      capacityFallbacks: ["g5.xlarge", { useSpotInstances: true }],
    }).catch((thrown: unknown) => thrown);

    expect(ValidationError.isInstance(error)).toBe(true);
    expect((error as ValidationError).findings.map(({ path }) => path)).toEqual([
      "capacityFallbacks[0].instanceType",
      "capacityFallbacks[1].maxWait",
    ]);
    expect(created()).toEqual([]);
  });

  it("warns that it cannot see a failure with wait: false", async () => {
    await train({ capacityFallbacks: ["ml.g5.xlarge"] }, { wait: false });

    expect(warnings.join()).toContain("plan:capacityFallbacks: With wait: false");
  });
});

describe("the machines of each attempt", () => {
  it("are those given, then each fallback's in their place", () => {
    expect(
      machineChoices({
        instancePreferences: [{ instanceType: "ml.m5.large" }],
        maxRun: 60,
        capacityFallbacks: ["ml.c5.large", { instanceType: "ml.c5.xlarge", maxRun: undefined }],
      }),
    ).toEqual([
      { instancePreferences: [{ instanceType: "ml.m5.large" }], maxRun: 60 },
      { instanceType: "ml.c5.large", maxRun: 60 },
      { instancePreferences: [{ instanceType: "ml.m5.large" }], instanceType: "ml.c5.xlarge" },
    ]);
  });

  it("have names of at most 63 characters", () => {
    expect(nameOfTurn("a".repeat(63), 0)).toBe("a".repeat(63));
    expect(nameOfTurn("a".repeat(63), 1)).toBe(`${"a".repeat(61)}-2`);
    expect(nameOfTurn(`${"a".repeat(60)}-bb`, 1)).toBe(`${"a".repeat(60)}-2`);
  });
});

describe("what counts as a shortage", () => {
  const refused = (name: string, message: string): Error =>
    new SageMakerError("Could not start", { cause: Object.assign(new Error(message), { name }) });

  it.each([
    ["InsufficientCapacity", "There is insufficient capacity for ml.p5.48xlarge."],
    ["CapacityError", "Unable to provision requested ML compute capacity."],
  ])("a start that is refused with %s", (name, message) => {
    expect(shortageOf(refused(name, message))).toBe(`${name}: ${message}`);
  });

  it.each([
    ["a limit of another kind", refused("ResourceLimitExceeded", "limit 'training jobs' is 100")],
    ["throttling", refused("ThrottlingException", "Rate exceeded")],
    ["an error of the program's own", new Error("insufficient capacity")],
    ["a job that somebody stopped", { status: "Stopped", stopReason: "Requested" }],
    [
      "a spot job whose time was over while it trained",
      { status: "Stopped", stopReason: "MaxWaitTimeExceeded", trainingSeconds: 5 },
    ],
    ["nothing", undefined],
  ])("not %s", (_, outcome) => {
    expect(shortageOf(outcome)).toBeUndefined();
  });
});
