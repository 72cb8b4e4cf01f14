/** Names that are taken, and two processes that make the same one. */

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SageMakerError } from "../src/errors.ts";
import { Estimator } from "../src/estimator.ts";
import { Session } from "../src/session.ts";
import type { TrainingJobEvent } from "../src/training/events.ts";
import { type CloudFixture, ROLE, startCloud, writeProgram } from "./helpers/cloud-fixture.ts";

const QUIET = { logs: "None", wait: false } as const;

let fixture: CloudFixture;
let program: string;

beforeEach(async () => {
  fixture = await startCloud({ engine: "process" });
  program = await writeProgram(join(fixture.folder, "program"), { train: "#!/bin/sh\n" });
});

afterEach(async () => {
  await fixture.stop();
});

/** A session that lets something happen before each job is created. */
function onCreate(create: (name: string) => Promise<void>): Session {
  const { requestHandler, region } = fixture.cloud;
  const { local } = fixture.cloud.session();
  return new Session({
    region,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    ...(local && { local }),
    clientConfig: {
      requestHandler: {
        ...requestHandler,
        handle: async (...call: Parameters<typeof requestHandler.handle>) => {
          const [{ headers, body }] = call;
          const target = headers["X-Amz-Target"] ?? headers["x-amz-target"] ?? "";
          if (target.endsWith("CreateTrainingJob")) {
            const text =
              typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array);
            await create((JSON.parse(text) as { TrainingJobName: string }).TrainingJobName);
          }
          return await requestHandler.handle(...call);
        },
      },
    },
  });
}

/** A session whose answer to CreateTrainingJob is lost. */
function answerLost(then: () => void): Session {
  const { requestHandler, region } = fixture.cloud;
  const { local } = fixture.cloud.session();
  return new Session({
    region,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    ...(local && { local }),
    clientConfig: {
      requestHandler: {
        ...requestHandler,
        handle: async (...call: Parameters<typeof requestHandler.handle>) => {
          const answer = await requestHandler.handle(...call);
          const [{ headers }] = call;
          const target = headers["X-Amz-Target"] ?? headers["x-amz-target"] ?? "";
          if (!target.endsWith("CreateTrainingJob")) return answer;
          then();
          throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        },
      },
    },
  });
}

async function createdElsewhere(name: string): Promise<void> {
  await fixture.sagemaker.createTrainingJob({
    TrainingJobName: name,
    RoleArn: ROLE,
    AlgorithmSpecification: { TrainingImage: program, TrainingInputMode: "File" },
    OutputDataConfig: { S3OutputPath: "s3://elsewhere/" },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
  });
}

function estimator(session: Session): Estimator {
  return new Estimator({
    imageUri: program,
    instanceType: "local",
    baseJobName: "twin",
    outputPath: "s3://out/",
    session,
  });
}

async function jobs(): Promise<string[]> {
  const { TrainingJobSummaries = [] } = await fixture.sagemaker.listTrainingJobs({});
  return TrainingJobSummaries.map(({ TrainingJobName }) => TrainingJobName ?? "");
}

describe("a name that another process made in the same millisecond", () => {
  it("is made anew: both end with a job of their own", async () => {
    const names: string[] = [];
    const session = onCreate(async (name) => {
      if (names.push(name) === 1) await createdElsewhere(name);
    });

    const job = await estimator(session).fit(undefined, QUIET);

    const [first = "", second] = names;
    expect(names).toHaveLength(2);
    expect(job.name).toBe(second);
    expect((await jobs()).toSorted((a, b) => a.localeCompare(b))).toEqual([first, job.name]);
    const { TrainingImage } = (await job.describe()).AlgorithmSpecification ?? {};
    expect(TrainingImage).toBe(program);
  });

  it("is made anew wherever the request bears it: in hyperparameters, and where the code lies", async () => {
    const names: string[] = [];
    const session = onCreate(async (name) => {
      if (names.push(name) === 1) await createdElsewhere(name);
    });
    await fixture.s3.createBucket({ Bucket: "out" });
    const source = await writeProgram(join(fixture.folder, "source"), { "main.py": "print(1)\n" });

    const job = await new Estimator({
      imageUri: program,
      instanceType: "local",
      outputPath: "s3://out/",
      codeLocation: "s3://out/code",
      codeDelivery: "toolkit",
      sourceDir: source,
      entryPoint: "main.py",
      session,
    }).fit(undefined, QUIET);

    const { HyperParameters = {} } = await job.describe();
    expect(job.name).toBe(names[1]);
    expect(HyperParameters["sagemaker_job_name"]).toContain(job.name);
    expect(HyperParameters["sagemaker_submit_directory"]).toContain(job.name);
    expect(JSON.stringify(HyperParameters)).not.toContain(names[0]);
  });

  it("is not made anew without end", async () => {
    const session = onCreate(createdElsewhere);

    const error = await estimator(session)
      .fit(undefined, QUIET)
      .catch((thrown: unknown) => thrown);

    expect(SageMakerError.isInstance(error)).toBe(true);
    expect(await jobs()).toHaveLength(10);
  });

  it("does not repeat what the plan warns of", async () => {
    const names: string[] = [];
    const session = onCreate(async (name) => {
      if (names.push(name) === 1) await createdElsewhere(name);
    });
    const warnings: string[] = [];
    const onEvent = (event: TrainingJobEvent): void => {
      if (event.type === "warning") warnings.push(event.message);
    };

    await new Estimator({
      imageUri: program,
      instanceType: "local",
      outputPath: "s3://out/",
      capacityFallbacks: ["ml.m5.large"],
      session,
    }).fit(undefined, { ...QUIET, onEvent });

    expect(names).toHaveLength(2);
    expect(warnings.filter((text) => text.includes("With wait: false"))).toHaveLength(1);
  });
});

describe("a name that the caller chose and that is taken", () => {
  it("is told with its owner, and how to go on", async () => {
    await createdElsewhere("mine");

    const error = await estimator(fixture.cloud.session())
      .fit(undefined, { ...QUIET, jobName: "mine" })
      .catch((thrown: unknown) => thrown as Error);

    expect(String(error)).toMatch(
      /There is already a training job called mine \((InProgress|Completed), created \S+Z; its request differs in .*OutputDataConfig.*\)/,
    );
    expect(String(error)).toContain('TrainingJob.attach("mine")');
    expect(await jobs()).toEqual(["mine"]);
  });
});

describe("an abort while the answer to the start is lost", () => {
  it.each([true, false])("stops the job if that was asked for, with wait: %s", async (wait) => {
    await writeProgram(program, {
      train: "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 0.1; done\n",
    });
    const abort = new AbortController();
    const reason = new Error("enough");
    const one = estimator(answerLost(() => abort.abort(reason)));

    const error = await one
      .fit(undefined, { logs: "None", wait, signal: abort.signal, onAbort: "stop" })
      .catch((thrown: unknown) => thrown);

    expect(error).toBe(reason);
    expect(one.jobs.map(({ name }) => name)).toEqual(await jobs());
    expect(await one.latestTrainingJob?.wait({ logs: "None" })).toMatchObject({
      status: "Stopped",
    });
  });
});

describe("names made in one process", () => {
  it("never repeat, however fast they are made", async () => {
    const one = estimator(fixture.cloud.session());
    const plans = await Promise.all(
      Array.from({ length: 50 }, () => one.plan(undefined, { preflight: "offline" })),
    );

    expect(new Set(plans.map(({ request }) => request.TrainingJobName)).size).toBe(50);
  });
});
