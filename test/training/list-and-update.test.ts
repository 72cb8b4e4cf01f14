import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ValidationError } from "../../src/errors.ts";
import { Estimator } from "../../src/estimator.ts";
import type { Session } from "../../src/session.ts";
import type { UpdateOptions } from "../../src/training/job-options.ts";
import { listJobs } from "../../src/training/list-jobs.ts";
import { TrainingJob } from "../../src/training/training-job.ts";
import { type CloudFixture, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";
import { JobWire, refusal } from "../helpers/job-wire.ts";

describe("a list of jobs", () => {
  let wire: JobWire;
  let session: Session;

  beforeEach(async () => {
    wire = new JobWire();
    session = await wire.session();
  });

  afterEach(() => {
    wire.dispose();
  });

  it("asks for a page when it is needed, and for no more than is wanted", async () => {
    for (let number = 0; number < 250; number += 1) wire.job(`job-${number}`);
    const names: string[] = [];

    for await (const { name } of TrainingJob.list({ session })) {
      names.push(name);
      if (names.length === 150) break;
    }

    expect(new Set(names).size).toBe(150);
    expect(wire.count("ListTrainingJobs")).toBe(2);
  });

  it("ends at its limit", async () => {
    for (let number = 0; number < 5; number += 1) wire.job(`job-${number}`);
    const names: string[] = [];

    for await (const { name } of TrainingJob.list({ session, limit: 3 })) names.push(name);

    expect(names).toHaveLength(3);
    expect(wire.calls.map(({ input }) => input["MaxResults"])).toEqual([3]);
  });

  it("asks for the newest first, with every filter in the service's words", async () => {
    const time = new Date("2026-01-01T00:00:00Z");
    const filter = {
      nameContains: "glm",
      statusEquals: "Failed",
      creationTimeAfter: time,
      creationTimeBefore: time,
      lastModifiedTimeAfter: time,
      lastModifiedTimeBefore: time,
    } as const;

    for await (const _ of TrainingJob.list({ session, ...filter })) expect.fail("there are none");

    const seconds = time.getTime() / 1000;
    expect(wire.calls[0]?.input).toEqual({
      NameContains: "glm",
      StatusEquals: "Failed",
      CreationTimeAfter: seconds,
      CreationTimeBefore: seconds,
      LastModifiedTimeAfter: seconds,
      LastModifiedTimeBefore: seconds,
      SortBy: "CreationTime",
      SortOrder: "Descending",
      MaxResults: 100,
    });
  });

  it("gives what the list says, and a handle", async () => {
    wire.job("mine");

    for await (const { job, ...summary } of TrainingJob.list({ session })) {
      expect(summary).toEqual({
        name: "mine",
        arn: "arn:aws:sagemaker:eu-west-1:123456789012:training-job/mine",
        status: "InProgress",
        creationTime: new Date("2026-01-31T12:00:00Z"),
        lastModifiedTime: new Date("2026-01-31T12:00:00Z"),
      });
      expect([job.name, job.arn]).toEqual([summary.name, summary.arn]);
      expect((await job.describe()).TrainingJobStatus).toBe("InProgress");
    }
  });

  it("outlasts throttling and dropped connections", async () => {
    const faults = [
      refusal("ThrottlingException", "Rate exceeded"),
      Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }),
      refusal("InternalFailure", "broke", 500),
    ];
    wire.fault = () => faults.shift();
    wire.job("mine");
    const reading = (async () => {
      const names: string[] = [];
      for await (const { name } of listJobs(session, {}, wire.clock)) names.push(name);
      return names;
    })();

    expect(await wire.clock.run(reading)).toEqual(["mine"]);
  });

  it("ends with its signal's reason", async () => {
    wire.job("mine");
    const reason = new Error("enough");
    const list = TrainingJob.list({ session, signal: AbortSignal.abort(reason) });

    await expect(list.next()).rejects.toBe(reason);
  });
});

describe("an update", () => {
  let wire: JobWire;
  let job: TrainingJob;

  beforeEach(async () => {
    wire = new JobWire();
    wire.job("job");
    job = new TrainingJob("job", await wire.session(), { clock: wire.clock });
  });

  afterEach(() => {
    wire.dispose();
  });

  it.each<[string, UpdateOptions, object]>([
    [
      "the time that instances are kept",
      { keepAlivePeriodInSeconds: 0 },
      { ResourceConfig: { KeepAlivePeriodInSeconds: 0 } },
    ],
    [
      "remote debugging",
      { enableRemoteDebug: false },
      { RemoteDebugConfig: { EnableRemoteDebug: false } },
    ],
    [
      "the profiler",
      {
        profilerConfig: {
          s3OutputPath: "s3://bucket/profile/",
          systemMonitorIntervalMillis: 100,
          frameworkProfileParams: { DetailedProfilingConfig: "{}" },
        },
        rules: [
          { kind: "profiler", name: "Loss", imageUri: "rules:1", ruleParameters: { a: "b" } },
        ],
      },
      {
        ProfilerConfig: {
          S3OutputPath: "s3://bucket/profile/",
          ProfilingIntervalInMilliseconds: 100,
          ProfilingParameters: { DetailedProfilingConfig: "{}" },
          DisableProfiler: false,
        },
        ProfilerRuleConfigurations: [
          {
            RuleConfigurationName: "Loss",
            RuleEvaluatorImage: "rules:1",
            RuleParameters: { a: "b" },
          },
        ],
      },
    ],
    [
      "that the profiler is off",
      { profilerConfig: { disableProfiler: true, s3OutputPath: "s3://bucket/profile/" } },
      { ProfilerConfig: { DisableProfiler: true } },
    ],
  ])("says %s to the service", async (_, options, members) => {
    await job.update(options);

    expect(wire.calls[0]?.input).toEqual({ TrainingJobName: "job", ...members });
  });

  it("has Python's words for remote debugging", async () => {
    await job.enableRemoteDebug();
    await job.disableRemoteDebug();

    expect(wire.calls.map(({ input }) => input["RemoteDebugConfig"])).toEqual([
      { EnableRemoteDebug: true },
      { EnableRemoteDebug: false },
    ]);
  });

  it("has Python's words for the profiler", async () => {
    await job.updateProfiler({ systemMonitorIntervalMillis: 100 });
    await job.updateProfiler({ rules: [] });
    await job.disableProfiling();
    await job.enableDefaultProfiling();

    const updates = wire.calls.filter(({ operation }) => operation === "UpdateTrainingJob");
    expect(updates.map(({ input: { TrainingJobName: _, ...members } }) => members)).toEqual([
      { ProfilerConfig: { ProfilingIntervalInMilliseconds: 100, DisableProfiler: false } },
      { ProfilerRuleConfigurations: [] },
      { ProfilerConfig: { DisableProfiler: true } },
      { ProfilerConfig: { S3OutputPath: "s3://bucket/out/", DisableProfiler: false } },
    ]);
  });

  it("outlasts throttling", async () => {
    const faults = [refusal("ThrottlingException", "Rate exceeded")];
    wire.fault = () => faults.shift();

    await wire.clock.run(job.update({ enableRemoteDebug: true }));

    expect(wire.count("UpdateTrainingJob")).toBe(2);
  });

  it("is refused, with everything that is wrong, before anything is sent", async () => {
    const error = await job
      .update({
        keepAlivePeriodInSeconds: -1,
        rules: [{ kind: "debugger", name: "Loss", imageUri: "rules:1" }],
      })
      .catch((thrown: unknown) => thrown);

    expect(ValidationError.isInstance(error)).toBe(true);
    expect((error as ValidationError).findings.map(({ path }) => path)).toEqual([
      "keepAlivePeriodInSeconds",
      "rules",
    ]);
    await expect(job.update({})).rejects.toThrow("nothing is to change");
    expect(wire.calls).toEqual([]);
  });
});

describe("a job of the local cloud", () => {
  let fixture: CloudFixture;
  let estimator: Estimator;

  beforeEach(async () => {
    fixture = await startCloud();
    await writeProgram(join(fixture.folder, "program"), {
      train: "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 0.1; done\n",
    });
    estimator = new Estimator({
      imageUri: join(fixture.folder, "program"),
      instanceType: "local",
      session: fixture.cloud.session(),
    });
  });

  afterEach(async () => {
    await fixture.stop();
  });

  const start = async (): Promise<TrainingJob> =>
    await estimator.fit(undefined, { wait: false, logs: "None" });

  it("is updated while it runs", async () => {
    const job = await start();

    await job.update({ keepAlivePeriodInSeconds: 60, profilerConfig: { disableProfiler: true } });

    expect(await job.describe()).toMatchObject({
      ResourceConfig: { KeepAlivePeriodInSeconds: 60 },
      ProfilerConfig: { DisableProfiler: true },
    });
    await job.stop({ wait: true });
  });

  it("is stopped at the end of a scope that asked for it, and of no other", async () => {
    const [kept, ended] = [await start(), await start()];
    {
      await using one = kept;
      await using other = ended.stopOnDispose({ wait: true });
      expect(one).not.toBe(other);
    }

    expect((await ended.describe()).TrainingJobStatus).toBe("Stopped");
    expect((await kept.describe()).TrainingJobStatus).toBe("InProgress");
    await kept.stop({ wait: true });
  });

  it("is listed by its status", async () => {
    const job = await start();
    const names: string[] = [];

    for await (const { name } of TrainingJob.list({
      session: job.session,
      statusEquals: "InProgress",
    })) {
      names.push(name);
    }

    expect(names).toEqual([job.name]);
    await job.stop({ wait: true });
  });
});
