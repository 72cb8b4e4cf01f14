import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../src/session.ts";
import { type CalledJob, describeJob, listJobTags, stopJob } from "../../src/training/job-calls.ts";
import { listJobs } from "../../src/training/list-jobs.ts";
import { updateJob } from "../../src/training/update-job.ts";
import { JobWire, refusal } from "../helpers/job-wire.ts";

let wire: JobWire;
let session: Session;
let told: string[];
let keys: number;

beforeEach(async () => {
  wire = new JobWire();
  wire.job("job", { Tags: [{ Key: "a", Value: "1" }] });
  told = [];
  keys = 0;
  session = await wire.session({
    logger: { debug: () => {}, info: () => {}, warn: (message) => void told.push(message) },
    credentials: async () => {
      keys += 1;
      return { accessKeyId: `key-${keys}`, secretAccessKey: "secret" };
    },
  });
});

afterEach(() => {
  wire.dispose();
});

const CALLS: Readonly<Record<string, (job: CalledJob) => Promise<unknown>>> = {
  DescribeTrainingJob: (job) => describeJob(job, undefined),
  StopTrainingJob: (job) => stopJob(job, undefined),
  ListTags: (job) => listJobTags(job, "arn:aws:sagemaker:eu-west-1:1:training-job/job", undefined),
  ListTrainingJobs: (job) => listJobs(job.session, {}, job.clock).next(),
  UpdateTrainingJob: (job) => updateJob(job, { enableRemoteDebug: true }),
};

const FAULTS = {
  throttled: () => refusal("ThrottlingException", "Rate exceeded"),
  "answered 500": () => refusal("InternalFailure", "Something broke", 500),
  reset: () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }),
  hung: () => "hang" as const,
  "answered with a page of HTML": () => ({
    status: 502,
    headers: { "content-type": "text/html" },
    body: Buffer.from("<html>Bad gateway</html>"),
  }),
  "refused for expired credentials": () => refusal("ExpiredTokenException", "expired"),
};

const MATRIX = Object.keys(CALLS).flatMap((operation) =>
  Object.keys(FAULTS).map((fault) => [operation, fault] as const),
);

describe("a single call about a job", () => {
  it.each(MATRIX)("goes through later: %s, %s twice", async (operation, fault) => {
    let left = 2;
    wire.fault = (call) => {
      left -= call.operation === operation ? 1 : 0;
      return call.operation === operation && left >= 0
        ? FAULTS[fault as keyof typeof FAULTS]()
        : undefined;
    };

    await wire.clock.run(
      CALLS[operation]?.({ name: "job", session, clock: wire.clock }) ?? expect.fail(),
    );

    expect(wire.count(operation)).toBe(3);
    expect(told).toHaveLength(2);
    expect(keys).toBe(fault.includes("expired") ? 3 : 1);
  });

  it.each(Object.keys(CALLS))("gives up after a while: %s", async (operation) => {
    wire.fault = (call) => (call.operation === operation ? FAULTS.throttled() : undefined);

    await expect(
      wire.clock.run(
        CALLS[operation]?.({ name: "job", session, clock: wire.clock }) ?? expect.fail(),
      ),
    ).rejects.toThrow(/^Could not .*Rate exceeded/);

    expect(wire.count(operation)).toBe(6);
  });
});
