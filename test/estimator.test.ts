import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  type FitInputs,
  type FitOptions,
  JsonInput,
  Session,
  TrainingInput,
  type TrainingJobEvent,
  UnexpectedStatusError,
  ValidationError,
} from "../src/index.ts";
import { LocalCloud } from "../src/local/index.ts";
import { type CloudFixture, ROLE, startCloud, writeProgram } from "./helpers/cloud-fixture.ts";

const QUIET = { logs: "None" } as const;

let fixture: CloudFixture;
let program: string;
let data: string;

beforeEach(async () => {
  fixture = await startCloud();
  program = await writeProgram(join(fixture.folder, "program"), {
    train: [
      "#!/bin/sh",
      'cat "${SAGEMAKER_BASE_DIR:-/opt/ml}"/input/config/hyperparameters.json; echo',
      'cd "${SAGEMAKER_BASE_DIR:-/opt/ml}"',
      'for file in input/data/*/*; do echo "$file: $(cat "$file")"; done',
      'echo "loss=0.5;"',
      "cp -r input/data/. model/",
    ].join("\n"),
  });
  data = join(fixture.folder, "data");
  await mkdir(data);
  await writeFile(join(data, "train.csv"), "a,b\n1,2\n");
  await writeFile(join(data, "test.csv"), "a,b\n3,4\n");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await fixture.stop();
});

function estimator(options: Partial<EstimatorOptions> = {}): Estimator {
  return new Estimator({
    imageUri: program,
    instanceType: "local",
    session: fixture.cloud.session(),
    ...options,
  });
}

/** All that lies in S3 and all jobs: what a refused call must not have left. */
async function traces(): Promise<string[]> {
  const { Buckets = [] } = await fixture.s3.listBuckets({});
  const { TrainingJobSummaries = [] } = await fixture.sagemaker.listTrainingJobs({});
  return [
    ...Buckets.map(({ Name }) => `bucket ${Name}`),
    ...TrainingJobSummaries.map(({ TrainingJobName }) => `job ${TrainingJobName}`),
  ];
}

describe("fit()", () => {
  it("stages, trains, follows, and its job brings the model home", async () => {
    const events: TrainingJobEvent[] = [];
    const trainer = estimator({
      hyperparameters: { maxIterations: 25 },
      metricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
    });

    const job = await trainer.fit(
      {
        train: join(data, "train.csv"),
        test: new URL(`file://${data}/test.csv`),
        config: new JsonInput({ family: "poisson" }),
      },
      { ...QUIET, onEvent: (event) => void events.push(event) },
    );

    expect(job.result).toMatchObject({ status: "Completed", secondaryStatus: "Completed" });
    const lines = events.flatMap((event) => (event.type === "log" ? [event.text] : []));
    expect(lines).toContain('{"maxIterations":"25"}');
    expect(events).toContainEqual(
      expect.objectContaining({ type: "metric", name: "loss", value: 0.5, step: 0 }),
    );
    expect(events.some(({ type }) => type === "progress")).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: "end", status: "Completed" });

    const model = join(fixture.folder, "model");
    await job.downloadModel(model);
    await expect(readFile(join(model, "train/train.csv"), "utf8")).resolves.toBe("a,b\n1,2\n");
    await expect(readFile(join(model, "test/test.csv"), "utf8")).resolves.toBe("a,b\n3,4\n");
    expect(JSON.parse(await readFile(join(model, "config/config.json"), "utf8"))).toEqual({
      family: "poisson",
    });
  });

  it("calls a lone input training", async () => {
    const job = await estimator().fit(data, QUIET);

    const { InputDataConfig } = await job.describe();
    expect(InputDataConfig?.map(({ ChannelName }) => ChannelName)).toEqual(["training"]);
  });

  it("passes an s3:// URI on as it is", async () => {
    await fixture.s3.createBucket({ Bucket: "mine" });
    await fixture.s3.putObject({ Bucket: "mine", Key: "in/x.csv", Body: "x" });

    const job = await estimator({ outputPath: "s3://mine/out" }).fit("s3://mine/in/", QUIET);

    const { InputDataConfig } = await job.describe();
    expect(InputDataConfig?.[0]?.DataSource?.S3DataSource?.S3Uri).toBe("s3://mine/in/");
    await expect(job.modelData()).resolves.toBe(`s3://mine/out/${job.name}/output/model.tar.gz`);
    // Neither inputs nor output need the default bucket, so there is none.
    expect((await traces()).filter((trace) => trace.startsWith("bucket"))).toEqual(["bucket mine"]);
  });

  it("runs without inputs", async () => {
    const { name, result } = await estimator().fit(undefined, QUIET);

    expect(result?.status).toBe("Completed");
    expect(
      (await fixture.sagemaker.describeTrainingJob({ TrainingJobName: name })).InputDataConfig,
    ).toBeUndefined();
  });

  it("stages the same data once", async () => {
    const puts: string[] = [];
    const { requestHandler } = fixture.cloud;
    const session = fixture.cloud.session({
      clientConfig: {},
    });
    const watching = new Session({
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      local: session.local as NonNullable<typeof session.local>,
      clientConfig: {
        requestHandler: {
          ...requestHandler,
          handle: async (...call: Parameters<typeof requestHandler.handle>) => {
            if (call[0].method === "PUT" && call[0].path.includes("train.csv"))
              puts.push(call[0].path);
            return await requestHandler.handle(...call);
          },
        },
      },
    });
    const trainer = estimator({ session: watching });

    await trainer.fit(data, QUIET);
    await trainer.fit(data, QUIET);

    expect(puts).toHaveLength(1);
  });

  it("returns at once with wait: false, and the job goes on by itself", async () => {
    const slow = await writeProgram(join(fixture.folder, "slow"), {
      train: "#!/bin/sh\nsleep 1\necho done\n",
    });

    const job = await estimator({ imageUri: slow }).fit(undefined, { ...QUIET, wait: false });

    expect(job.result).toBeUndefined();
    await expect(job.wait(QUIET)).resolves.toMatchObject({ status: "Completed" });
  });

  it("throws when the job fails, with the reason, the exit code and the last lines", async () => {
    const failing = await writeProgram(join(fixture.folder, "failing"), {
      train:
        '#!/bin/sh\necho reading\necho "no such column" >&2\n' +
        'printf "column Claims is missing" > "${SAGEMAKER_BASE_DIR:-/opt/ml}/output/failure"\nexit 3\n',
    });
    const trainer = estimator({ imageUri: failing });

    const error = await trainer.fit(undefined, QUIET).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(UnexpectedStatusError);
    expect(error).toMatchObject({
      status: "Failed",
      exitCode: 3,
      failureReason: expect.stringContaining("column Claims is missing"),
      logTail: ["reading", "no such column"],
    });
    expect(trainer.latestTrainingJob?.name).toBe((error as UnexpectedStatusError).job);
  });

  it("says once what runs the jobs of this machine", async () => {
    const told: string[] = [];
    const onEvent = (event: TrainingJobEvent): void => {
      if (event.type === "warning" && event.code === "local-engine") told.push(event.message);
    };
    const trainer = estimator();

    await trainer.fit(undefined, { ...QUIET, onEvent });
    await trainer.fit(undefined, { ...QUIET, onEvent });

    expect(told).toEqual([expect.stringMatching(/with the engine (sandbox|process)/)]);
  });

  it("warns of a Node program that its package.json makes run nothing", async () => {
    const silent = await writeProgram(join(fixture.folder, "silent"), {
      train: '#!/usr/bin/env node\nimport "node:fs";\n',
      "package.json": '{"type":"commonjs"}',
    });
    const lines: string[] = [];

    await estimator({ imageUri: silent })
      .fit(undefined, {
        ...QUIET,
        onEvent: (event) => void (event.type === "log" && lines.push(event.text)),
      })
      .catch(() => "newer Nodes fail at it");

    expect(lines).toContainEqual(
      expect.stringMatching(/^sagemaker-estimator: warning: .*commonjs/),
    );
  });

  it("names jobs after the image or baseJobName, never two alike", async () => {
    const trainer = estimator({ baseJobName: "glm" });

    const jobs = await Promise.all(
      Array.from({ length: 5 }, () => trainer.fit(undefined, { ...QUIET, wait: false })),
    );

    const names = jobs.map(({ name }) => name);
    expect(new Set(names).size).toBe(5);
    expect(names.every((name) => /^glm-\d{4}(-\d\d){5}-\d{3}$/.test(name))).toBe(true);
    await Promise.all(jobs.map((job) => job.wait(QUIET)));
  });

  it("takes hyperparameters that were set later", async () => {
    const trainer = estimator({ hyperparameters: { a: 1, b: "x" } });
    trainer.setHyperparameters({ a: 2, c: [true] });

    const { request } = await trainer.plan();

    expect(trainer.hyperparameters()).toEqual({ a: 2, b: "x", c: [true] });
    expect(request.HyperParameters).toEqual({ a: "2", b: "x", c: "[true]" });
  });
});

describe("plan()", () => {
  it("is exactly what fit() sends, and changes nothing", async () => {
    const trainer = estimator({ environment: { A: "1" }, tags: { team: "x" } });
    const inputs = { train: data };

    const { request, uploads, findings } = await trainer.plan(inputs, { jobName: "planned" });

    expect(await traces()).toEqual([]);
    expect(findings).toEqual([]);
    expect(uploads).toEqual([
      expect.objectContaining({ channel: "train", files: 2, bytes: 16, present: false }),
    ]);
    await trainer.fit(inputs, { ...QUIET, jobName: "planned" });
    const described = await fixture.sagemaker.describeTrainingJob({ TrainingJobName: "planned" });
    expect(described).toMatchObject({
      InputDataConfig: request.InputDataConfig,
      Environment: { A: "1" },
      RoleArn: request.RoleArn,
    });
    const again = await trainer.plan(inputs);
    expect(again.uploads[0]?.present).toBe(true);
  });

  it("asks nothing but the account when it is offline", async () => {
    const asked: string[] = [];
    const { requestHandler } = fixture.cloud;
    const session = new Session({
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      clientConfig: {
        requestHandler: {
          ...requestHandler,
          handle: async (...call: Parameters<typeof requestHandler.handle>) => {
            asked.push(call[0].hostname);
            return await requestHandler.handle(...call);
          },
        },
      },
    });

    const plan = await estimator({ session, imageUri: "", role: ROLE }).plan(data, {
      preflight: "offline",
    });

    expect(asked).toEqual(["sts.us-east-1.amazonaws.com"]);
    expect(plan.uploads[0]?.present).toBeUndefined();
  });

  it("says the most that the job can cost in instance hours", async () => {
    const { costCeiling } = await estimator({ instanceCount: 2, maxRun: 1800 }).plan();

    expect(costCeiling).toMatchObject({ instanceHours: 1, amountUsd: 0 });
  });

  it("prints as a table, without the values of the environment", async () => {
    const plan = await estimator({ environment: { TOKEN: "hunter2" } }).plan({ train: data });

    for (const text of [String(plan), inspect(plan)]) {
      expect(text).toMatch(/^Training job +program-/m);
      expect(text).toContain("TOKEN");
      expect(text).not.toContain("hunter2");
    }
  });
});

describe("bad input is told, all of it at once, and leaves nothing behind", () => {
  const aws = () =>
    new Session({
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      clientConfig: { requestHandler: fixture.cloud.requestHandler },
    });
  const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/glm:1";

  /** What `fit()` says of it. */
  async function refusal(
    options: Partial<EstimatorOptions>,
    inputs?: FitInputs,
    fit: FitOptions = {},
  ): Promise<readonly { path: string; message: string }[]> {
    const error = await estimator(options)
      .fit(inputs, { ...QUIET, ...fit })
      .then(
        (job) => `${job.name} was started`,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(ValidationError);
    expect(await traces()).toEqual([]);
    return (error as ValidationError).findings;
  }

  it("a missing file", async () => {
    expect(await refusal({}, { train: join(data, "nothing.csv") })).toMatchObject([
      { path: "inputs.train", message: expect.stringContaining("nothing.csv") },
    ]);
  });

  it("an empty folder", async () => {
    await mkdir(join(data, "empty"));

    expect(await refusal({}, { train: join(data, "empty") })).toMatchObject([
      { path: "inputs.train", message: expect.stringContaining("empty") },
    ]);
  });

  it("no role, on AWS", async () => {
    const found = await refusal({ session: aws(), imageUri: image, instanceType: "ml.m5.large" });

    expect(found).toMatchObject([{ path: "role" }]);
  });

  it("a bad role ARN", async () => {
    expect(await refusal({ role: "arn:aws:iam::1234:user/somebody" })).toMatchObject([
      { path: "role", message: expect.stringContaining("does not match") },
    ]);
  });

  it("an image that is not in ECR, on AWS", async () => {
    const found = await refusal({
      session: aws(),
      role: ROLE,
      imageUri: "docker.io/glm:1",
      instanceType: "ml.m5.large",
    });

    expect(found).toMatchObject([{ path: "imageUri" }]);
  });

  it("instanceType local with a session to AWS", async () => {
    const found = await refusal({ session: aws(), role: ROLE, imageUri: image });

    expect(found).toMatchObject([{ path: "instanceType" }]);
  });

  it("a malformed instance type", async () => {
    expect(await refusal({ instanceType: "blah" })).toMatchObject([
      { path: "instanceType", message: "Failed to parse instance type 'blah'." },
    ]);
  });

  it("an invalid channel name", async () => {
    expect(
      await refusal({}, { "my channel": new JsonInput(1), "..": new JsonInput(2) }),
    ).toMatchObject([{ path: "inputs..." }, { path: "inputs.my channel.channel name" }]);
  });

  it("21 channels", async () => {
    const inputs = Object.fromEntries(
      Array.from({ length: 21 }, (_, n) => [`c${n}`, new JsonInput(n)]),
    );

    expect(await refusal({}, inputs)).toMatchObject([{ path: "inputs" }]);
  });

  it("a hyperparameter over 2,500 characters, and an environment value over 512", async () => {
    const found = await refusal({
      hyperparameters: { long: "x".repeat(2501), fine: 1, bad: Number.NaN },
      environment: { TOKEN: "secret".repeat(100) },
    });

    expect(found.map(({ path }) => path)).toEqual([
      "hyperparameters.bad",
      "hyperparameters.long",
      "environment.TOKEN",
    ]);
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  it("a job name over 63 characters", async () => {
    expect(await refusal({}, undefined, { jobName: "x".repeat(64) })).toMatchObject([
      { path: "jobName" },
    ]);
  });

  it("an S3 URI without a bucket, and other schemes", async () => {
    const found = await refusal(
      {},
      {
        a: "s3:///key",
        b: "gs://bucket/key",
        c: new TrainingInput("https://b.s3.amazonaws.com/x"),
      },
    );

    expect(found.map(({ path }) => path)).toEqual([
      "inputs.a.s3Data",
      "inputs.b.s3Data",
      "inputs.c.s3Data",
    ]);
    expect(found[1]?.message).toBe(
      'URI input gs://bucket/key must be a valid S3 or FILE URI: must start with "s3://" or "file://".',
    );
  });

  it("an input of no known kind", async () => {
    expect(await refusal({}, { train: 5 as unknown as string })).toMatchObject([
      { path: "inputs.train", message: "Cannot format input 5: it is of type number." },
    ]);
  });

  it("a file name of a JsonInput that leaves its channel", async () => {
    const input = new JsonInput({}, { fileName: "../x.json" });

    expect(await refusal({}, { config: input })).toMatchObject([{ path: "inputs.config" }]);
  });

  it("an image that the local cloud does not know, which says how to map it", async () => {
    await expect(estimator({ imageUri: "glm:9" }).fit(undefined, QUIET)).rejects.toThrow(/images/);

    expect((await traces()).filter((trace) => trace.startsWith("job"))).toEqual([]);
  });

  it("a prefix without objects, in the service's words", async () => {
    await expect(estimator().fit("s3://nowhere/train/", QUIET)).rejects.toThrow(
      /No S3 objects found under S3 URL "s3:\/\/nowhere\/train\/"/,
    );
  });

  it("a job name that is taken, which offers to attach", async () => {
    const trainer = estimator();
    await trainer.fit(undefined, { ...QUIET, jobName: "once" });

    await expect(trainer.fit(undefined, { ...QUIET, jobName: "once" })).rejects.toThrow(
      /already a training job called once.*TrainingJob\.attach\("once"\)/s,
    );
  });

  it("an abort before anything is started", async () => {
    await expect(
      estimator().fit(data, { ...QUIET, signal: AbortSignal.abort(new Error("changed my mind")) }),
    ).rejects.toThrow("changed my mind");

    expect((await traces()).filter((trace) => trace.startsWith("job"))).toEqual([]);
  });
});

describe("attach()", () => {
  it("brings back a job's options, whatever the job's state, and returns at once", async () => {
    const slow = await writeProgram(join(fixture.folder, "slow"), {
      train: "#!/bin/sh\nsleep 60\n",
    });
    const session = fixture.cloud.session();
    const trainer = estimator({
      imageUri: slow,
      session,
      hyperparameters: { lr: 0.1, name: "x" },
      environment: { A: "1" },
      tags: { team: "pricing" },
      metricDefinitions: [{ Name: "loss", Regex: "loss=(.*)" }],
      containerArguments: ["train"],
      maxRun: 600,
      volumeSize: 50,
      baseJobName: "attached",
    });
    const job = await trainer.fit({ train: data }, { ...QUIET, wait: false });

    const attached = await Estimator.attach(job.name, { session });

    const [before, after] = await Promise.all([
      trainer.plan({ train: data }, { jobName: "same" }),
      attached.plan(undefined, { jobName: "same" }),
    ]);
    expect(after.request).toEqual(before.request);
    expect(attached.latestTrainingJob?.name).toBe(job.name);
    await attached.latestTrainingJob?.stop({ wait: true });
  });

  it("says so when there is no such job", async () => {
    await expect(Estimator.attach("nobody", { session: fixture.cloud.session() })).rejects.toThrow(
      /nobody/,
    );
  });
});

describe("an estimator", () => {
  it("does nothing when it is made, and prints on one line", () => {
    const made = new Estimator({ imageUri: "x", role: "nonsense", instanceType: "nonsense" });

    expect(made.latestTrainingJob).toBeUndefined();
    expect(inspect(made)).toBe(
      "Estimator { imageUri: x, instanceType: nonsense, latestTrainingJob: none }",
    );
  });

  it("has no model before it has a job", async () => {
    await expect(estimator().modelData()).rejects.toThrow("There is no training job yet");
  });

  it("uses the local cloud of the working folder for instanceType local without a session", async () => {
    vi.spyOn(process, "cwd").mockReturnValue(fixture.folder);
    const trainer = new Estimator({ imageUri: program, instanceType: "local" });

    const job = await trainer.fit(undefined, QUIET);

    expect(job.session.local?.root).toBe(join(fixture.folder, ".sagemaker-local"));
    vi.restoreAllMocks();
    expect(new LocalCloud({ root: fixture.root }).account).toBe("123456789012");
  });
});
