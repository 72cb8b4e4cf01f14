/** The permissions guide: its tables against the calls that are made, its policies against services that enforce them. */

import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Calls } from "../../docs/permission-feature.ts";
import { FEATURES, grantsOf, LEAST } from "../../docs/permission-features.ts";
import { PLACES } from "../../docs/permission-places.ts";
import { PERMISSIONS_GUIDE, permissionsGuide } from "../../docs/permissions-guide.ts";
import { type Policy, policyOf } from "../../docs/policy-document.ts";
import { Estimator, type Session, TrainingJob } from "../../src/index.ts";
import { covers, type IamCall } from "../helpers/iam-policy.ts";
import type { Scenario } from "../helpers/permission-apart-scenarios.ts";
import { SCENARIOS } from "../helpers/permission-scenarios.ts";
import { QUIET, ROLE, withNames } from "../helpers/permission-scene.ts";
import { PermissionWire } from "../helpers/permission-wire.ts";
import { blocksOf } from "./blocks.ts";

const ALL = FEATURES.map(({ id }) => id);

/** What came of a scenario that was run with the policy of its features. */
interface Outcome {
  readonly calls: readonly IamCall[];
  readonly denied: readonly IamCall[];
  readonly error: unknown;
}

/** One operation of a row of the table. */
interface Row {
  readonly feature: string;
  readonly operation: string;
  readonly calls: Calls;
}

const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  for (const scenario of SCENARIOS) outcomes.set(scenario.name, await outcomeOf(scenario));
}, 120_000);

async function outcomeOf(scenario: Scenario): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "permissions-"));
  try {
    const wire = new PermissionWire(join(folder, "cloud"));
    wire.account.role("SageMakerRole");
    wire.account.image("glm:1");
    wire.account.quotas.set("ml.m5.large for training job usage", 4);
    const scene = { wire, session: wire.session(), folder };
    await scenario.prepare?.(scene);
    wire.policy = withNames(policyOf(grantsOf(scenario.features)));
    let error: unknown;
    await scenario.run(scene).catch((thrown: unknown) => {
      error = thrown;
    });
    return { calls: wire.calls, denied: wire.denied, error };
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function rowsOf(ids: readonly string[]): Row[] {
  return FEATURES.filter(({ id }) => ids.includes(id)).flatMap(({ id, calls }) =>
    calls.flatMap((one) =>
      one.operations.map((operation) => ({ feature: id, operation, calls: one })),
    ),
  );
}

function isOf({ operation, calls }: Row, call: IamCall): boolean {
  return (
    call.operation === operation &&
    covers(withNames(PLACES[calls.place]), call.resource, call.prefix) &&
    (calls.source === undefined || covers(withNames(PLACES[calls.source]), call.source ?? ""))
  );
}

describe.each(SCENARIOS)("$name", ({ name, features }) => {
  it("is allowed by the policies of its features", () => {
    const { denied, error } = outcomes.get(name) as Outcome;

    expect(denied).toEqual([]);
    expect(error).toBeUndefined();
  });

  it("calls nothing that the table does not have", () => {
    const rows = rowsOf(features);
    const { calls } = outcomes.get(name) as Outcome;

    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter((call) => !rows.some((row) => isOf(row, call)))).toEqual([]);
  });
});

describe.each(FEATURES)("the feature $id", ({ id }) => {
  it("makes every call that the table has", () => {
    const calls = SCENARIOS.filter(({ features }) => features.includes(id)).flatMap(
      ({ name }) => (outcomes.get(name) as Outcome).calls,
    );
    const never = rowsOf([id]).filter((row) => !calls.some((call) => isOf(row, call)));

    expect(never.map(({ operation, calls: { place } }) => `${operation} on ${place}`)).toEqual([]);
  });
});

describe("without a permission", () => {
  let folder: string;
  let wire: PermissionWire;
  let estimator: Estimator;
  let session: Session;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "permissions-"));
    wire = new PermissionWire(join(folder, "cloud"));
    session = wire.session();
    const role = wire.account.role("SageMakerRole");
    const imageUri = wire.account.image("glm:1");
    estimator = new Estimator({ imageUri, role, instanceType: "ml.m5.large", session });
    await estimator.fit(undefined, { jobName: "before", logs: "None", pollIntervalMs: 10 });
  });

  afterEach(async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  function allow(ids: readonly string[], but?: string): void {
    const grants = grantsOf(ids).filter(({ action }) => action !== but);
    wire.policy = withNames(policyOf(grants));
  }

  it("beyond the least, a job is started and followed, and a plan has notes of what it could not check", async () => {
    allow(LEAST);

    const { findings } = await estimator.plan();
    const job = await estimator.fit(undefined, { wait: false, logs: "None" });
    const { status } = await job.wait({ logs: "None", pollIntervalMs: 10 });

    expect(status).toBe("Completed");
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(["note"]));
    expect(findings.map(({ message }) => message).join()).toContain("the caller may not ask");
  });

  it.each([
    ["to pass the role", "iam:PassRole"],
    ["to tag", "sagemaker:AddTags"],
  ])("%s, no job is created", async (_, action) => {
    allow(ALL, action);
    const tagged = new Estimator({
      ...{ imageUri: wire.account.image("glm:1"), role: ROLE, instanceType: "ml.m5.large" },
      ...{ session, tags: [{ Key: "team", Value: "a" }] },
    });

    await expect(tagged.fit(undefined, { logs: "None" })).rejects.toThrow(action);
  });

  it.each(["sagemaker:CreateTrainingJob", "sagemaker:AddTags", "iam:PassRole"])(
    "%s, the policy that the error prints is enough",
    async (action) => {
      allow(LEAST.concat("record", "tags"), action);
      const tagged = new Estimator({
        ...{ imageUri: wire.account.image("glm:1"), role: ROLE, instanceType: "ml.m5.large" },
        ...{ session, tags: [{ Key: "team", Value: "a" }] },
      });
      const refused = await tagged.fit(undefined, QUIET).catch((error: Error) => error);
      const printed = JSON.parse(/\{"Version".*\}/.exec(`${refused}`)?.[0] ?? "{}") as Policy;
      const added = printed.Statement.map(({ Action, Resource, ...rest }) => ({
        ...{ ...rest, Action: [Action].flat(), Resource: [Resource].flat() },
      }));

      wire.policy = { ...printed, Statement: [...(wire.policy?.Statement ?? []), ...added] };

      expect((await tagged.fit(undefined, QUIET)).name).toMatch(/^glm-/);
    },
  );

  it("for the log, a wait goes on and a look at the log fails", async () => {
    allow(ALL, "logs:DescribeLogStreams");
    const codes: string[] = [];
    const job = await TrainingJob.attach("before", { session });

    const { status } = await job.wait({
      ...{ logs: "All", pollIntervalMs: 10 },
      onEvent: (event) => void (event.type === "warning" && codes.push(event.code)),
    });

    expect(status).toBe("Completed");
    expect(codes).toContain("log-unavailable");
    await expect(job.logs().next()).rejects.toThrow("logs:DescribeLogStreams");
  });

  it("for tags, a job is attached and an estimator is not", async () => {
    allow(ALL, "sagemaker:ListTags");

    expect((await TrainingJob.attach("before", { session })).name).toBe("before");
    await expect(Estimator.attach("before", { session })).rejects.toThrow("sagemaker:ListTags");
  });

  it("for prices, a cost says that the price is not known", async () => {
    allow(ALL, "pricing:GetProducts");

    const { amountUsd, explanation } = await (
      await TrainingJob.attach("before", { session })
    ).cost();

    expect(amountUsd).toBeUndefined();
    expect(explanation).toContain("price");
  });

  it("to see the default bucket, nothing is started", async () => {
    allow(ALL, "s3:ListBucket");
    const { imageUri, role } = { imageUri: wire.account.image("glm:1"), role: ROLE };
    const another = new Estimator({
      ...{ imageUri, role, instanceType: "ml.m5.large", session: wire.session() },
    });

    await expect(another.fit()).rejects.toThrow("may not read it");
    expect(
      wire.calls.filter(({ operation }) => operation.endsWith(":CreateTrainingJob")),
    ).toHaveLength(1);
  });
});

describe("docs/guides/permissions.md", () => {
  const policies = blocksOf("docs/guides/permissions.md").filter(
    ({ language }) => language === "json",
  );

  it("is what npm run docs:permissions makes of the code", () => {
    expect(readFileSync(PERMISSIONS_GUIDE, "utf8")).toBe(permissionsGuide());
  });

  it.each(policies)("has a policy that IAM takes at $place", ({ text }) => {
    const policy = JSON.parse(text) as Policy;

    expect(policy.Version).toBe("2012-10-17");
    // A policy of a user has at most 2,048 characters, of a role 10,240, a managed one 6,144; white space does not count.
    expect(JSON.stringify(policy).length).toBeLessThan(6_144);
    for (const { Effect, Action, Resource = [] } of policy.Statement) {
      expect(Effect).toBe("Allow");
      for (const action of [Action].flat())
        expect(action).toMatch(/^[a-z0-9-]+:(?:\*|[A-Z][A-Za-z]+)$/);
      for (const arn of Resource) {
        expect(arn).toMatch(/^(?:\*|arn:aws:[a-z0-9]+:(?:REGION)?:(?:ACCOUNT)?:.+)$/);
      }
    }
  });

  it("gives the caller everything on * only where IAM knows of nothing smaller", () => {
    const wide = FEATURES.flatMap(({ calls }) =>
      calls.filter(({ place }) => place === "everything"),
    );

    expect(new Set(wide.flatMap(({ operations }) => operations))).toEqual(
      new Set([
        "sts:GetCallerIdentity",
        "sagemaker:ListTrainingJobs",
        "pricing:GetProducts",
        "servicequotas:ListServiceQuotas",
        "servicequotas:GetServiceQuota",
      ]),
    );
  });
});
