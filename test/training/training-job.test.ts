import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapacityError, UnexpectedStatusError, WaitTimeoutError } from "../../src/errors.ts";
import type { Session } from "../../src/session.ts";
import type { TrainingJobEvent } from "../../src/training/events.ts";
import type { WaitOptions } from "../../src/training/follow.ts";
import { TrainingJob } from "../../src/training/training-job.ts";
import type { JobClock } from "../helpers/job-clock.ts";
import { answer, JobWire, refusal, type WireJob } from "../helpers/job-wire.ts";

let wire: JobWire;
let clock: JobClock;
let session: Session;

beforeEach(async () => {
  wire = new JobWire();
  clock = wire.clock;
  session = await wire.session();
});

afterEach(() => {
  wire.dispose();
});

const QUIET = { logs: "None" } as const;

function handle(name = "job"): TrainingJob {
  return new TrainingJob(name, session, { clock });
}

/** A job that trains for a while, prints, and then ends as the test wants. */
function script(
  end: (job: WireJob) => void,
  more: Readonly<Record<string, unknown>> = {},
): WireJob {
  const job = wire.job("job", more);
  clock.after(10_000, () => job.pass("Downloading", "Downloading input data"));
  clock.after(20_000, () => job.pass("Training", "Training in progress."));
  clock.after(30_000, () => job.print("algo-1", "loss=0.5", "loss=0.25"));
  clock.after(60_000, () => end(job));
  return job;
}

const completes = (job: WireJob): void => {
  job.pass("Uploading", "Uploading generated training model");
  job.end("Completed", {
    TrainingTimeInSeconds: 50,
    BillableTimeInSeconds: 40,
    ModelArtifacts: { S3ModelArtifacts: "s3://bucket/out/job/output/model.tar.gz" },
  });
};

async function wait(options: WaitOptions = QUIET): Promise<unknown> {
  return await clock.run(handle().wait(options));
}

async function events(job = handle()): Promise<TrainingJobEvent[]> {
  const all: TrainingJobEvent[] = [];
  const reading = (async () => {
    for await (const event of job.events()) all.push(event);
  })();
  await clock.run(reading);
  return all;
}

describe("a job's end", () => {
  it("resolves when the job completed, with its seconds", async () => {
    script(completes);
    const job = handle();
    expect(job.result).toBeUndefined();
    const result = await clock.run(job.wait(QUIET));
    expect(result).toEqual({
      status: "Completed",
      secondaryStatus: "Completed",
      trainingSeconds: 50,
      billableSeconds: 40,
    });
    expect(job.result).toBe(result);
  });

  it.each([
    ["Stopped", "Requested"],
    ["MaxRuntimeExceeded", "MaxRuntimeExceeded"],
    ["MaxWaitTimeExceeded", "MaxWaitTimeExceeded"],
  ])("resolves when the job stopped as %s, and says why: %s", async (secondary, stopReason) => {
    script((job) => {
      job.pass("Stopping", "Stopping the training job");
      job.end("Stopped", { SecondaryStatus: secondary });
    });
    expect(await wait()).toEqual({ status: "Stopped", secondaryStatus: secondary, stopReason });
  });

  it("does not take Stopping for the end", async () => {
    script((job) => {
      job.pass("Stopping", "Stopping the training job");
      clock.after(90_000, () => job.end("Stopped"));
    });
    expect(await wait()).toMatchObject({ status: "Stopped" });
  });

  it("throws when the job failed: the reason, the exit code, the last lines, where to look next", async () => {
    const job = script((one) => {
      one.print("algo-1", ...Array.from({ length: 30 }, (_, line) => `line ${line}`));
      one.end("Failed", { FailureReason: "AlgorithmError: singular matrix, exit code: 3" });
      clock.after(12_000, () => one.print("algo-1", "Traceback: the last line"));
    });
    const error = await wait({ ...QUIET, onEvent: () => {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedStatusError);
    const failure = error as UnexpectedStatusError;
    expect(failure).toMatchObject({
      job: job.name,
      status: "Failed",
      secondaryStatus: "Failed",
      failureReason: "AlgorithmError: singular matrix, exit code: 3",
      exitCode: 3,
    });
    expect(failure.logTail).toHaveLength(20);
    expect(failure.logTail.at(-1)).toBe("Traceback: the last line");
    expect(failure.logsLocation).toBe(
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/" +
        "$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Djob$252F",
    );
    expect(failure.message).toContain("singular matrix");
    expect(failure.message).toContain("Traceback: the last line");
  });

  it("brings the last lines although nobody followed the log", async () => {
    script((job) => {
      job.print("algo-1", ...Array.from({ length: 30 }, (_, line) => `line ${line}`));
      job.end("Failed", { FailureReason: "AlgorithmError: , exit code: 1" });
      clock.after(12_000, () => job.print("algo-1", "Traceback: the last line"));
    });
    const error = await wait().catch((thrown: unknown) => thrown as UnexpectedStatusError);
    expect((error as UnexpectedStatusError).logTail).toHaveLength(20);
    expect((error as UnexpectedStatusError).logTail.at(-1)).toBe("Traceback: the last line");
    // Nothing of the log was read before.
    expect(wire.calls.filter(({ input }) => input["startFromHead"] === true)).toEqual([]);
  });

  it("looks past empty pages for the last lines", async () => {
    script((job) => {
      job.print("algo-1", "the traceback");
      job.end("Failed", { FailureReason: "AlgorithmError: , exit code: 1" });
    });
    wire.fault = ({ operation, input }) =>
      operation === "GetLogEvents" && input["nextToken"] === undefined
        ? answer(200, {
            events: [],
            nextBackwardToken: "b/0000000000999999/s",
            nextForwardToken: "f/0000000000999999/s",
          })
        : undefined;
    wire.pageLimit = 1;
    const error = await wait().catch((thrown: unknown) => thrown as UnexpectedStatusError);
    expect((error as UnexpectedStatusError).logTail.at(-1)).toBe("the traceback");
  });

  it("shows the lines of the host that the reason names, else of the one that printed last", async () => {
    for (const [reason, host] of [
      ["AlgorithmError: rank 0 on algo-1 died, exit code: 1", "algo-1"],
      ["AlgorithmError: , exit code: 1", "algo-2"],
    ]) {
      script((job) => {
        job.print("algo-1", "from algo-1");
        job.print("algo-2", "from algo-2");
        job.end("Failed", { FailureReason: reason });
      });
      const error = await wait({ ...QUIET, onEvent: () => {} }).catch((thrown: unknown) => thrown);
      expect((error as UnexpectedStatusError).logTail.at(-1)).toBe(`from ${host}`);
    }
  });

  it("throws a CapacityError when there were no instances", async () => {
    const job = wire.job("job");
    clock.after(60_000, () =>
      job.end("Failed", {
        FailureReason: "CapacityError: Unable to provision requested ML compute capacity.",
      }),
    );
    await expect(wait()).rejects.toBeInstanceOf(CapacityError);
  });

  it("throws at once for a job that failed long ago", async () => {
    const job = wire.job("job");
    job.pass("Downloading", "Downloading input data");
    job.print("algo-1", "why it failed");
    job.end("Failed", { FailureReason: "AlgorithmError: , exit code: 1" });
    await clock.run(clock.sleep(86_400_000));
    const from = clock.now();
    const error = await wait().catch((thrown: unknown) => thrown as UnexpectedStatusError);
    expect((error as UnexpectedStatusError).logTail).toEqual(["why it failed"]);
    expect(clock.now() - from).toBeLessThan(100);
  });
});

describe("waiting for a job", () => {
  it("rejects with the signal's reason and leaves the job alone", async () => {
    const job = script(completes);
    const controller = new AbortController();
    clock.after(15_000, () => controller.abort(new Error("enough")));
    await expect(wait({ ...QUIET, signal: controller.signal })).rejects.toThrow("enough");
    expect(job.fields["TrainingJobStatus"]).toBe("InProgress");
    expect(wire.count("StopTrainingJob")).toBe(0);
  });

  it("stops the job on abort only when it is told to", async () => {
    script(completes);
    const controller = new AbortController();
    clock.after(15_000, () => controller.abort(new Error("enough")));
    const options = { ...QUIET, signal: controller.signal, onAbort: "stop" } as const;
    await expect(wait(options)).rejects.toThrow("enough");
    expect(wire.count("StopTrainingJob")).toBe(1);
  });

  it("gives up after the time limit, and says that the job goes on", async () => {
    script(completes);
    const error = await wait({ ...QUIET, timeoutMs: 15_000 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({ job: "job", status: "InProgress" });
    expect(wire.count("StopTrainingJob")).toBe(0);
  });

  it("reads the log to its end although the time limit falls into it", async () => {
    script((job) => {
      job.end("Failed", { FailureReason: "AlgorithmError: , exit code: 1" });
      clock.after(10_000, () => job.print("algo-1", "the traceback"));
    });
    const error = await wait({ ...QUIET, onEvent: () => {}, timeoutMs: 75_000 }).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as UnexpectedStatusError).logTail?.at(-1)).toBe("the traceback");
  });

  it("tells onEvent everything, and waits for it", async () => {
    script(completes);
    const types: string[] = [];
    await wait({
      ...QUIET,
      onEvent: async ({ type }) => {
        await clock.sleep(1);
        types.push(type);
      },
    });
    expect(types.at(-1)).toBe("end");
    expect(types.filter((type) => type === "log")).toHaveLength(2);
  });

  it("ends with the error that onEvent throws", async () => {
    script(completes);
    const onEvent = (): never => {
      throw new Error("mine");
    };
    await expect(wait({ ...QUIET, onEvent })).rejects.toThrow("mine");
  });

  it("goes on without a log that may not be read, and says so", async () => {
    script(completes);
    wire.fault = ({ operation }) =>
      operation.includes("Log") ? refusal("AccessDeniedException", "not authorized") : undefined;
    const warnings: string[] = [];
    const onEvent = (event: TrainingJobEvent): void => {
      if (event.type === "warning") warnings.push(event.code);
    };
    expect(await wait({ ...QUIET, onEvent })).toMatchObject({ status: "Completed" });
    expect(warnings).toEqual(["log-unavailable"]);
  });

  it("refuses words for `logs` that mean nothing", async () => {
    await expect(wait({ logs: "Everything" as "All" })).rejects.toThrow(/none of "All"/);
  });

  it("leaves no SIGINT listener behind", async () => {
    script(completes);
    const before = process.listenerCount("SIGINT");
    await wait();
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});

describe("a job's events", () => {
  it("are its statuses with their own times, its lines, its metrics, and at last its end", async () => {
    const start = clock.now();
    script(completes, {
      AlgorithmSpecification: {
        TrainingImage: "image",
        TrainingInputMode: "File",
        MetricDefinitions: [{ Name: "loss", Regex: "loss=([0-9.]+)" }],
      },
    });
    const all = await events();
    const short = all.map((event) => {
      const at = Math.round((event.time.getTime() - start) / 1000);
      switch (event.type) {
        case "status":
          return `${at} ${event.status}/${event.secondaryStatus} ${event.message}`;
        case "log":
          return `${at} ${event.host} ${event.text}`;
        case "metric":
          return `${at} ${event.host} ${event.name}[${event.step}]=${event.value}`;
        default:
          return `${at} ${event.type}`;
      }
    });
    expect(short).toEqual([
      "0 InProgress/Starting Starting the training job",
      "10 InProgress/Downloading Downloading input data",
      "20 InProgress/Training Training in progress.",
      "30 algo-1 loss=0.5",
      "30 algo-1 loss[0]=0.5",
      "30 algo-1 loss=0.25",
      "30 algo-1 loss[1]=0.25",
      "60 InProgress/Uploading Uploading generated training model",
      "60 Completed/Completed Training job completed",
      "60 end",
    ]);
  });

  it("of a finished job come in the order in which they happened", async () => {
    const job = wire.job("job");
    const at = async (ms: number, action: () => void): Promise<void> => {
      await clock.run(clock.sleep(ms));
      action();
    };
    await at(1000, () => job.pass("Downloading", "Downloading input data"));
    await at(1000, () => job.pass("Training", "Training in progress."));
    await at(1000, () => job.print("algo-1", "hello"));
    await at(1000, () => completes(job));
    const all = await events();
    expect(
      all.map((event) => (event.type === "status" ? event.secondaryStatus : event.type)),
    ).toEqual(["Starting", "Downloading", "Training", "log", "Uploading", "Completed", "end"]);
  });

  it("end without a throw when the job failed", async () => {
    script((job) => job.end("Failed", { FailureReason: "AlgorithmError: , exit code: 137" }));
    expect((await events()).at(-1)).toMatchObject({
      type: "end",
      status: "Failed",
      failureReason: "AlgorithmError: , exit code: 137",
      exitCode: 137,
    });
  });

  it("tell of a message that changed within a status, at the time when it did", async () => {
    const start = clock.now();
    const job = script(completes);
    clock.after(5000, () => {
      const transitions = job.fields["SecondaryStatusTransitions"] as Record<string, unknown>[];
      Object.assign(transitions[0] ?? {}, {
        StatusMessage: "Preparing the instances for training",
      });
      job.fields["LastModifiedTime"] = clock.now() / 1000;
    });
    const statuses = (await events()).filter(({ type }) => type === "status");
    expect(statuses[1]).toMatchObject({
      secondaryStatus: "Starting",
      message: "Preparing the instances for training",
      time: new Date(start + 5000),
    });
  });

  it("tell of throttling while it lasts", async () => {
    script(completes);
    const start = clock.now();
    wire.fault = ({ at }) =>
      at > start + 10_000 && at < start + 200_000
        ? refusal("ThrottlingException", "Rate exceeded")
        : undefined;
    const seen: { code: string; at: number }[] = [];
    const reading = (async () => {
      for await (const event of handle().events()) {
        if (event.type === "warning") seen.push({ code: event.code, at: clock.now() - start });
      }
    })();
    await clock.run(reading);
    expect(seen[0]?.code).toBe("api-retry");
    expect(seen[0]?.at).toBeLessThan(30_000);
    expect(seen.map(({ code }) => code)).toContain("api-recovered");
  });

  it("tell of rules' outcomes", async () => {
    const job = script(completes);
    clock.after(25_000, () => {
      job.fields["DebugRuleEvaluationStatuses"] = [
        { RuleConfigurationName: "LossNotDecreasing", RuleEvaluationStatus: "IssuesFound" },
      ];
      job.fields["LastModifiedTime"] = clock.now() / 1000;
    });
    expect(await events()).toContainEqual(
      expect.objectContaining({ code: "rule-status", message: "LossNotDecreasing: IssuesFound" }),
    );
  });

  it("of many hosts, and many jobs under one signal, raise no warning of leaking listeners", async () => {
    const { signal } = new AbortController();
    for (let count = 0; count < 15; count += 1) {
      const job = wire.job(`job-${count}`, { ResourceConfig: { InstanceCount: 20 } });
      for (let host = 1; host <= 20; host += 1) job.print(`algo-${host}`, "hello");
      clock.after(60_000, () => completes(job));
    }
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.name);
    process.on("warning", note);
    try {
      const names = Array.from({ length: 15 }, (_, count) => `job-${count}`);
      const onEvent = (): void => {};
      await clock.run(
        Promise.all(names.map((name) => handle(name).wait({ ...QUIET, onEvent, signal }))),
      );
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", note);
    }
    expect(warnings).toEqual([]);
  });

  it("may be left early: nothing goes on behind", async () => {
    script(completes);
    const reading = (async () => {
      for await (const event of handle().events()) {
        if (event.type === "log") break;
      }
    })();
    const start = clock.now();
    await clock.run(reading);
    // The job still runs, and nobody waits for it.
    expect(clock.now() - start).toBeLessThan(60_000);
    const calls = wire.calls.length;
    await clock.run(clock.sleep(600_000));
    expect(wire.calls.length).toBe(calls);
  });

  it("reach a slow reader, all of them", async () => {
    script((job) => {
      job.print("algo-1", ...Array.from({ length: 5000 }, (_, line) => `line ${line}`));
      completes(job);
    });
    let count = 0;
    const reading = (async () => {
      for await (const event of handle().events()) {
        if (event.type === "log") count += 1;
        if (count % 100 === 0) await clock.sleep(1000);
      }
    })();
    await clock.run(reading);
    expect(count).toBe(5002);
  });
});

describe("a job's log", () => {
  it("is an iterable of its lines", async () => {
    script(completes);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const { host, text, time } of handle().logs()) {
        lines.push(`${host} ${text}`);
        expect(time).toBeInstanceOf(Date);
      }
    })();
    await clock.run(reading);
    expect(lines).toEqual(["algo-1 loss=0.5", "algo-1 loss=0.25"]);
  });

  it("throws at once when it may not be read", async () => {
    script(completes);
    const start = clock.now();
    wire.fault = ({ operation }) =>
      operation.includes("Log") ? refusal("AccessDeniedException", "not authorized") : undefined;
    const reading = (async () => {
      for await (const line of handle().logs()) expect(line).toBeUndefined();
    })();
    await expect(clock.run(reading)).rejects.toThrow(/lacks this permission/);
    expect(clock.now() - start).toBeLessThan(40_000);
  });
});

describe("stopping a job", () => {
  it("asks once, and asking again changes nothing", async () => {
    const job = script(() => {});
    await clock.run(handle().stop());
    await clock.run(handle().stop());
    expect(job.fields["TrainingJobStatus"]).toBe("Stopping");
  });

  it.each(["Completed", "Failed", "Stopped"] as const)(
    "leaves a job alone that is %s",
    async (status) => {
      wire.job("job").end(status);
      await clock.run(handle().stop());
    },
  );

  it("takes another ValidationException for what it is", async () => {
    wire.job("job");
    wire.fault = ({ operation }) =>
      operation === "StopTrainingJob"
        ? refusal(
            "ValidationException",
            "The request was rejected because the training job is in status Completed.",
          )
        : undefined;
    await expect(clock.run(handle().stop())).rejects.toThrow(/Could not stop training job job/);
  });

  it("waits for the end when asked to", async () => {
    const job = script(() => {});
    clock.after(100_000, () => job.end("Stopped"));
    const start = clock.now();
    await clock.run(handle().stop({ wait: true }));
    expect(clock.now() - start).toBeGreaterThanOrEqual(100_000);
  });

  it("outlasts throttling", async () => {
    script(() => {});
    let calls = 0;
    wire.fault = ({ operation }) => {
      calls += operation === "StopTrainingJob" ? 1 : 0;
      return operation === "StopTrainingJob" && calls < 4
        ? refusal("ThrottlingException", "Rate exceeded")
        : undefined;
    };
    await clock.run(handle().stop());
    expect(calls).toBe(4);
  });
});

describe("the handle", () => {
  it("comes back to a job in any state, at once", async () => {
    for (const status of ["Completed", "Failed", "Stopped"] as const) {
      wire.job("job").end(status);
      const job = await TrainingJob.attach("job", { session });
      expect(job.arn).toBe("arn:aws:sagemaker:eu-west-1:123456789012:training-job/job");
      expect(job.result).toBeUndefined();
    }
    expect(wire.count("DescribeTrainingJob")).toBe(3);
  });

  it("says which job is missing, and where", async () => {
    await expect(TrainingJob.attach("nobody", { session })).rejects.toThrow(
      /no training job nobody in region eu-west-1/,
    );
  });

  it("is no thenable", async () => {
    const job = handle();
    expect("then" in job).toBe(false);
    expect(await Promise.resolve(job)).toBe(job);
  });

  it("prints as one line", async () => {
    wire.job("job");
    expect(inspect(await TrainingJob.attach("job", { session }))).toBe(
      "TrainingJob job (InProgress - Starting)",
    );
    expect(inspect(handle("other"))).toBe("TrainingJob other");
  });

  it("gives the model's URI, or Python's data source when it is not compressed", async () => {
    const job = wire.job("job");
    completes(job);
    expect(await handle().modelData()).toBe("s3://bucket/out/job/output/model.tar.gz");
    Object.assign(job.fields, {
      OutputDataConfig: { S3OutputPath: "s3://bucket/out/", CompressionType: "NONE" },
      ModelArtifacts: { S3ModelArtifacts: "s3://bucket/out/job/output/model" },
    });
    expect(await handle().modelData()).toEqual({
      S3DataSource: {
        S3Uri: "s3://bucket/out/job/output/model/",
        S3DataType: "S3Prefix",
        CompressionType: "None",
      },
    });
  });

  it("says that there is no model yet, or none at all", async () => {
    const job = wire.job("job");
    await expect(handle().modelData()).rejects.toThrow(/is InProgress and has no model. Wait/);
    job.end("Completed");
    await expect(handle().modelData()).rejects.toThrow(/is Completed and has no model/);
  });

  it("gives the metrics' last values", async () => {
    wire.job("job", {
      FinalMetricDataList: [{ MetricName: "deviance", Value: 51.42, Timestamp: 1_700_000_000 }],
    });
    expect(await handle().finalMetrics()).toEqual({ deviance: 51.42 });
  });
});
