import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withUnknown } from "../../src/aws/creation.ts";
import { SageMakerError } from "../../src/errors.ts";
import type { Session } from "../../src/session.ts";
import {
  type Creation,
  type CreationContext,
  createTrainingJob,
} from "../../src/training/create-job.ts";
import { nameTaken } from "../../src/training/job-of-name.ts";
import type { Gap } from "../../src/training/persist.ts";
import type { TrainingJobRequest } from "../../src/training/request.ts";
import { differences } from "../../src/training/same-request.ts";
import type { JobClock } from "../helpers/job-clock.ts";
import { JobWire, refusal, type WireCall } from "../helpers/job-wire.ts";

let wire: JobWire;
let clock: JobClock;
let session: Session;
let gaps: Gap[];

beforeEach(async () => {
  wire = new JobWire();
  clock = wire.clock;
  session = await wire.session();
  gaps = [];
});

afterEach(() => {
  wire.dispose();
});

const REQUEST: TrainingJobRequest = {
  TrainingJobName: "job",
  RoleArn: "arn:aws:iam::123456789012:role/SageMaker",
  AlgorithmSpecification: { TrainingImage: "image", TrainingInputMode: "File" },
  HyperParameters: { lr: "0.1" },
  OutputDataConfig: { S3OutputPath: "s3://bucket/out/" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  Tags: [{ Key: "team", Value: "risk" }],
};
const ARN = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/job";

/** What goes on the wire for the request, as another caller would send it. */
const WIRED = { ...REQUEST } as Record<string, unknown>;

async function create(
  request: TrainingJobRequest = REQUEST,
  more: Partial<CreationContext> = {},
): Promise<Creation> {
  const context = { session, clock, onGap: (gap: Gap) => void gaps.push(gap), ...more };
  return await clock.run(createTrainingJob(request, context));
}

async function failure(work: Promise<unknown>): Promise<Error> {
  return await work.then(
    () => expect.fail("it went through"),
    (error: unknown) => error as Error,
  );
}

/** The first calls of an operation, one fault each. */
function first(operation: string, ...faults: readonly (ReturnType<JobWire["fault"]> | "pass")[]) {
  const left = [...faults];
  return (call: WireCall) => {
    const fault = call.operation === operation ? left.shift() : undefined;
    return fault === "pass" ? undefined : fault;
  };
}

const throttled = () => refusal("ThrottlingException", "Rate exceeded");
const broken = () => refusal("InternalFailure", "Something broke", 500);
const reset = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
const refused = () => Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
const html = () => ({
  status: 200,
  headers: { "content-type": "text/html" },
  body: Buffer.from("<html>Bad gateway</html>"),
});
const empty = () => ({ status: 200, headers: {}, body: Buffer.alloc(0) });

describe("a request that the service answers", () => {
  it("makes a job", async () => {
    expect(await create()).toEqual({
      outcome: "created",
      arn: ARN,
      createdAt: new Date("2026-01-31T12:00:00Z").getTime(),
    });
    expect(wire.calls.map(({ operation }) => operation)).toEqual(["CreateTrainingJob"]);
  });

  it("is not repeated when it is refused", async () => {
    wire.fault = first("CreateTrainingJob", refusal("ValidationException", "No S3 objects found"));

    const error = await failure(create());

    expect(SageMakerError.isInstance(error)).toBe(true);
    expect(error.message).toContain("Could not start training job job: ");
    expect(error.message).toContain("No S3 objects found");
    expect(wire.calls.length).toBe(1);
  });
});

describe("a request that gets no answer", () => {
  it.each([
    ["reset", reset],
    ["answered 500", broken],
    ["answered with a page of HTML", html],
    ["answered with nothing", empty],
    ["hung", () => "hang" as const],
  ])("is repeated under its name: %s before the service acted", async (_, fault) => {
    wire.fault = first("CreateTrainingJob", fault());

    expect(await create()).toMatchObject({ outcome: "created", arn: ARN });

    expect(wire.count("CreateTrainingJob")).toBe(2);
    expect(gaps.map(({ code }) => code)).toEqual(["api-retry", "api-recovered"]);
    expect(gaps[0]?.message).toContain("no second job is started by that");
  });

  it.each([
    ["reset", reset],
    ["answered 500", broken],
    ["answered with a page of HTML", html],
    ["answered with nothing", empty],
    ["hung", () => "hang" as const],
  ])("made the job all the same: %s after the service acted", async (_, fault) => {
    wire.lost = first("CreateTrainingJob", fault());

    expect(await create()).toMatchObject({ outcome: "created", arn: ARN });

    // The second attempt was refused: the name was there, and the job is this call's.
    expect(wire.count("CreateTrainingJob")).toBe(2);
  });

  it.each([
    ["throttled", throttled],
    ["never sent", refused],
  ])("does not claim the job of somebody else: %s at first", async (_, fault) => {
    wire.fault = (call) => {
      const now = first("CreateTrainingJob", fault())(call);
      if (call.operation === "CreateTrainingJob" && wire.count("CreateTrainingJob") === 1) {
        wire.job("job", WIRED);
        return now;
      }
      return undefined;
    };

    expect(await create()).toMatchObject({ outcome: "taken" });
  });

  it("does not claim a job that asks for something else", async () => {
    wire.fault = (call) => {
      if (call.operation === "CreateTrainingJob" && wire.count("CreateTrainingJob") === 1) {
        wire.job("job", { ...WIRED, HyperParameters: { lr: "0.2" } });
        return reset();
      }
      return undefined;
    };

    expect(await create()).toMatchObject({ outcome: "taken" });
  });

  it("does not claim a job with other tags", async () => {
    wire.tagsPerPage = 1;
    wire.fault = (call) => {
      if (call.operation === "CreateTrainingJob" && wire.count("CreateTrainingJob") === 1) {
        wire.job("job", { ...WIRED, Tags: [{ Key: "team", Value: "claims" }] });
        return reset();
      }
      return undefined;
    };

    expect(await create()).toMatchObject({ outcome: "taken" });
  });

  it("does not count the tags that AWS adds", async () => {
    wire.tagsPerPage = 1;
    wire.lost = (call) => {
      if (call.operation === "CreateTrainingJob" && wire.count("CreateTrainingJob") === 1) {
        wire.job("job", {
          ...WIRED,
          Tags: [
            { Key: "aws:cloudformation:stack-name", Value: "s" },
            { Key: "team", Value: "risk" },
          ],
        });
        return reset();
      }
      return undefined;
    };

    expect(await create()).toMatchObject({ outcome: "created" });
    expect(wire.count("ListTags")).toBe(2);
  });

  it.each([-600_000, 0, 600_000])(
    "does not claim an older job that asks for the same, with the service's clock %i ms ahead",
    async (skew) => {
      wire.skewMs = skew;
      wire.job("job", WIRED);
      await clock.run(clock.sleep(10_000));
      wire.fault = first("CreateTrainingJob", reset());

      expect(await create()).toMatchObject({ outcome: "taken" });
    },
  );

  it.each([-600_000, 0, 600_000])(
    "claims the job that it made, with the service's clock %i ms ahead",
    async (skew) => {
      wire.skewMs = skew;
      wire.lost = first("CreateTrainingJob", reset());

      expect(await create()).toMatchObject({ outcome: "created" });
    },
  );

  it("waits for a job that cannot be described yet", async () => {
    wire.lost = first("CreateTrainingJob", reset());
    const notYet = () => refusal("ValidationException", "Requested resource not found.");
    wire.fault = first("DescribeTrainingJob", notYet(), notYet());

    expect(await create()).toMatchObject({ outcome: "created" });
  });

  it("finds the job that a later attempt is refused for: it fills the quota itself", async () => {
    wire.lost = first("CreateTrainingJob", reset());
    wire.fault = first("CreateTrainingJob", "pass", refusal("ResourceLimitExceeded", "limit is 1"));

    expect(await create()).toMatchObject({ outcome: "created" });
  });

  it("says that it is not known whether a job was started, when that cannot be found out", async () => {
    wire.lost = first("CreateTrainingJob", reset());
    wire.fault = first("DescribeTrainingJob", refusal("AccessDeniedException", "no"));

    const error = await failure(create());

    expect(error.message).toContain("It is not known whether training job job was started");
    expect(error.message).toContain('TrainingJob.attach("job")');
  });

  it("gives up after a while, having looked for the job", async () => {
    wire.fault = ({ operation }) => (operation === "CreateTrainingJob" ? reset() : undefined);

    const error = await failure(create());

    expect(error.message).toContain("Could not start training job job: ");
    expect(wire.count("CreateTrainingJob")).toBe(9);
    expect(wire.count("DescribeTrainingJob")).toBeGreaterThan(1);
  });
});

describe("credentials that expire meanwhile", () => {
  it("are asked for again", async () => {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { accessKeyId: `key-${asked}`, secretAccessKey: "secret" };
    };
    session = await wire.session({ credentials });
    wire.fault = first("CreateTrainingJob", refusal("ExpiredTokenException", "expired"));

    expect(await create()).toMatchObject({ outcome: "created" });

    expect(asked).toBe(2);
  });
});

describe("an abort", () => {
  const reason = new Error("enough");

  it("ends it before the first attempt", async () => {
    expect(await failure(create(REQUEST, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(wire.calls).toEqual([]);
  });

  it("ends it between two attempts", async () => {
    const abort = new AbortController();
    wire.fault = ({ operation }) => {
      clock.after(1, () => abort.abort(reason));
      return operation === "CreateTrainingJob" ? throttled() : undefined;
    };

    expect(await failure(create(REQUEST, { signal: abort.signal }))).toBe(reason);
    expect(wire.calls.length).toBe(1);
  });

  it("does not cut an attempt short", async () => {
    const abort = new AbortController();
    wire.fault = () => {
      abort.abort(reason);
      return undefined;
    };

    expect(await create(REQUEST, { signal: abort.signal })).toMatchObject({ outcome: "created" });
  });

  it("gives the job that an unanswered attempt made, since nothing may run that nobody knows of", async () => {
    const abort = new AbortController();
    wire.lost = ({ operation }) => {
      abort.abort(reason);
      return operation === "CreateTrainingJob" ? reset() : undefined;
    };

    expect(await create(REQUEST, { signal: abort.signal })).toMatchObject({ outcome: "created" });
    expect(wire.count("CreateTrainingJob")).toBe(1);
  });

  it("looks for the job before it gives up, and finds none", async () => {
    const abort = new AbortController();
    wire.fault = ({ operation }) => {
      abort.abort(reason);
      return operation === "CreateTrainingJob" ? reset() : undefined;
    };

    expect(await failure(create(REQUEST, { signal: abort.signal }))).toBe(reason);
    expect(wire.count("DescribeTrainingJob")).toBeGreaterThan(1);
  });
});

describe("a name that is taken", () => {
  async function told(): Promise<string> {
    const creation = await create();
    if (creation.outcome !== "taken") return expect.fail("it is free");
    const error = await clock.run(nameTaken(REQUEST, creation, { session, clock }));
    return error.message;
  }

  it("is told with its owner's state, and that the owner asked for the same", async () => {
    wire.job("job", WIRED).end("Completed");

    expect(await told()).toBe(
      "There is already a training job called job (Completed, created 2026-01-31T12:00:00.000Z; its request is the same). " +
        'Names are never free again: choose another jobName, or go on with that job: TrainingJob.attach("job").',
    );
  });

  it("is told with what the owner asked for in another way, without values", async () => {
    wire.job("job", { ...WIRED, HyperParameters: { lr: "secret" }, Environment: { A: "b" } });

    const message = await told();

    expect(message).toContain("its request differs in HyperParameters, Environment");
    expect(message).not.toContain("secret");
  });

  it("is told without its owner when that may not be described", async () => {
    wire.job("job", WIRED);
    wire.fault = first("DescribeTrainingJob", refusal("AccessDeniedException", "no"));

    expect(await told()).toMatch(/^There is already a training job called job\. /);
  });
});

describe("members that the client does not know", () => {
  const NEWER: object = {
    ...REQUEST,
    QuantumConfig: { Qubits: 8, Since: new Date(1000) },
    ResourceConfig: { ...REQUEST.ResourceConfig, Cooling: ["liquid", { Grade: 1 }] },
    Tags: [{ Key: "team", Value: "risk", Scope: "all" }],
  };

  it("reach the service, nested ones too, in a body that is signed with them", async () => {
    await create(NEWER as TrainingJobRequest);

    expect(wire.calls[0]?.input).toEqual({
      ...REQUEST,
      QuantumConfig: { Qubits: 8, Since: 1 },
      ResourceConfig: { ...REQUEST.ResourceConfig, Cooling: ["liquid", { Grade: 1 }] },
      Tags: [{ Key: "team", Value: "risk", Scope: "all" }],
    });
  });

  it("do not keep a job from being known again: the client cannot read them either", async () => {
    wire.lost = first("CreateTrainingJob", reset());

    expect(await create(NEWER as TrainingJobRequest)).toMatchObject({ outcome: "created" });
  });

  it("are all that is added to what the serializer made", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const record = fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{0,5}$/), value);
    fc.assert(
      fc.property(record, record, (known, extra) => {
        const result = withUnknown(known, { ...extra, ...known });
        expect(result).toMatchObject(known);
        const added = Object.entries(extra).filter(([, item]) => item !== null);
        expect(new Set(Object.keys(result))).toEqual(
          new Set([...Object.keys(known), ...added.map(([name]) => name)]),
        );
      }),
    );
  });
});

describe("a description beside a request", () => {
  const tag = fc.record({ Key: fc.string(), Value: fc.string() });
  const request = fc.record(
    {
      HyperParameters: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string()),
      Environment: fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), fc.string()),
      InputDataConfig: fc.uniqueArray(
        fc.record({ ChannelName: fc.stringMatching(/^[a-z]{1,9}$/) }),
        {
          selector: ({ ChannelName }) => ChannelName,
          maxLength: 4,
        },
      ),
      VpcConfig: fc.record({
        Subnets: fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }),
      }),
      EnableManagedSpotTraining: fc.boolean(),
      RetryStrategy: fc.record({ MaximumRetryAttempts: fc.nat() }),
    },
    { requiredKeys: [] },
  );

  it("is its own, with defaults added and lists turned round", () => {
    fc.assert(
      fc.property(request, fc.array(tag, { maxLength: 3 }), (sent, tags) => {
        const description = {
          EnableNetworkIsolation: false,
          EnableManagedSpotTraining: false,
          ProfilingStatus: "Disabled",
          ...sent,
          ...(sent.InputDataConfig && {
            InputDataConfig: sent.InputDataConfig.toReversed().map((channel) => ({
              ...channel,
              CompressionType: "None",
            })),
          }),
          ...(sent.VpcConfig && { VpcConfig: { Subnets: sent.VpcConfig.Subnets.toReversed() } }),
        };
        const wanted = tags.length > 0 ? { ...sent, Tags: tags } : sent;
        expect(differences(wanted, description, tags.toReversed())).toEqual([]);
      }),
    );
  });

  it.each([
    [{ KmsKeyId: "1234abcd" }, { KmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd" }],
    [{ KmsKeyId: "alias/mine" }, { KmsKeyId: "arn:aws:kms:eu-west-1:123456789012:alias/mine" }],
    [{ S3OutputPath: "s3://bucket/out/" }, { S3OutputPath: "s3://bucket/out" }],
    [{ CollectionConfigurations: [] }, {}],
  ])("is its own where the service answers %j in its own way", (sent, described) => {
    expect(differences({ Config: sent }, { Config: described }, undefined)).toEqual([]);
  });

  it.each([
    ["HyperParameters", { HyperParameters: { a: "1" } }, { HyperParameters: { a: "1", b: "" } }],
    ["HyperParameters", {}, { HyperParameters: { b: "" } }],
    ["Environment", { Environment: { A: "1" } }, {}],
    ["InputDataConfig", {}, { InputDataConfig: [{ ChannelName: "train" }] }],
    ["EnableManagedSpotTraining", {}, { EnableManagedSpotTraining: true }],
    ["EnableManagedSpotTraining", { EnableManagedSpotTraining: true }, {}],
    ["RoleArn", { RoleArn: "a" }, { RoleArn: "b" }],
    [
      "RemoteDebugConfig",
      { RemoteDebugConfig: { EnableRemoteDebug: false } },
      { RemoteDebugConfig: { EnableRemoteDebug: true } },
    ],
  ])("is another's when it differs in %s", (member, sent, described) => {
    expect(differences(sent, described, undefined)).toEqual([member]);
  });

  it.each([
    [[{ Key: "a", Value: "1" }], []],
    [undefined, [{ Key: "a", Value: "1" }]],
  ])("is another's when it has other tags", (sent, listed) => {
    expect(differences({ ...(sent && { Tags: sent }) }, {}, listed)).toEqual(["Tags"]);
  });
});
