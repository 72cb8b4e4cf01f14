import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outcomeOf, tellsEnd, withOutcome } from "../../src/training/run-outcome.ts";
import {
  canonicalJson,
  parseRunRecord,
  type RunOutcome,
  type RunRecord,
} from "../../src/training/run-record.ts";

const RECORD: RunRecord = {
  schemaVersion: 1,
  job: { name: "a", arn: "arn:a" },
  startedAt: "2026-01-01T00:00:00.000Z",
  request: {},
  redacted: [],
  image: { kind: "none" },
  channels: {},
  digest: { unknown: [] },
  versions: {},
};
const ARTIFACT = { uri: "s3://b/a/output/model.tar.gz", bytes: 3, etag: "e" };
const COMPLETED: RunOutcome = {
  status: "Completed",
  secondaryStatus: "Completed",
  metrics: { loss: 1 },
  artifacts: [ARTIFACT],
};

describe("an outcome", () => {
  it("is what the description says, over the wire or through the SDK", () => {
    const times = { TrainingTimeInSeconds: 12, BillableTimeInSeconds: 8 };
    const ended = { TrainingJobStatus: "Completed", SecondaryStatus: "Completed", ...times };
    const wire = outcomeOf({ ...ended, TrainingEndTime: 1_700_000_000.5 }, [], false);
    const sdk = outcomeOf({ ...ended, TrainingEndTime: new Date(1_700_000_000_500) }, [], false);
    expect(wire).toEqual(sdk);
    expect(wire).toMatchObject({ trainingSeconds: 12, billableSeconds: 8 });
    expect(wire?.trainingEndedAt).toBe("2023-11-14T22:13:20.500Z");
  });

  it("is none while the job runs", () => {
    expect(outcomeOf({ TrainingJobStatus: "InProgress" }, [], false)).toBeUndefined();
    expect(outcomeOf({ TrainingJobStatus: "Stopping" }, [], false)).toBeUndefined();
  });

  it("holds no secret of the job's in its reason", () => {
    const outcome = outcomeOf(
      {
        TrainingJobStatus: "Failed",
        FailureReason: "AlgorithmError: login as hunter22 failed",
        ...{ Environment: { DB_PASSWORD: "hunter22" } },
      },
      [],
      false,
    );
    expect(outcome?.failureReason).toBe("AlgorithmError: login as [redacted] failed");
  });

  it("changes nothing when it is added again", () => {
    const once = withOutcome(RECORD, COMPLETED);
    expect(withOutcome(once, COMPLETED)).toBe(once);
  });

  it("keeps what an earlier writer knew", () => {
    const first = withOutcome(RECORD, {
      ...COMPLETED,
      billableSeconds: 7,
      artifacts: [{ ...ARTIFACT, checksums: { CRC64NVME: "x" } }],
    });
    const second = withOutcome(first, { ...COMPLETED, metrics: { accuracy: 2 } });
    expect(second.outcome).toEqual({
      ...COMPLETED,
      billableSeconds: 7,
      metrics: { loss: 1, accuracy: 2 },
      artifacts: [{ ...ARTIFACT, checksums: { CRC64NVME: "x" } }],
    });
  });

  it("replaces one that proved wrong", () => {
    const failed: RunOutcome = { status: "Failed", secondaryStatus: "Failed", metrics: {} };
    expect(withOutcome(withOutcome(RECORD, COMPLETED), failed).outcome).toEqual(failed);
  });

  it("is known to be complete only with its artifacts and seconds", () => {
    const job = {
      TrainingJobStatus: "Completed",
      SecondaryStatus: "Completed",
      BillableTimeInSeconds: 7,
    };
    const record = withOutcome(RECORD, { ...COMPLETED, billableSeconds: 7 });
    expect(tellsEnd(record, job)).toBe(true);
    expect(tellsEnd(record, { ...job, BillableTimeInSeconds: 8 })).toBe(false);
    expect(tellsEnd(record, { ...job, TrainingJobStatus: "Failed" })).toBe(false);
    const { artifacts: _, ...without } = COMPLETED;
    expect(tellsEnd(withOutcome(RECORD, { ...without, billableSeconds: 7 }), job)).toBe(false);
    expect(tellsEnd(RECORD, job)).toBe(false);
  });
});

describe("a record's text", () => {
  it("is read with the members that this version does not know", () => {
    const text = JSON.stringify({ ...RECORD, mlflow: { run: "1" } });
    expect(parseRunRecord(text, "s3://b/run.json")).toMatchObject({ mlflow: { run: "1" } });
  });

  it.each([
    ["{", "is no run record: it is not JSON"],
    ["null", "is no run record: it lacks"],
    ['{"schemaVersion":1}', "is no run record: it lacks"],
    ['{"schemaVersion":2}', "is a run record of version 2"],
  ])("is refused when it is %s", (text, words) => {
    expect(() => parseRunRecord(text, "s3://b/run.json")).toThrow(`s3://b/run.json ${words}`);
  });
});

describe("canonical JSON", () => {
  it("is the same for equal values, and reads back as the value", () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, member]) => [name, shuffled(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
