import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { planRun, type TargetSource } from "../../../src/mlflow/job/run-target.ts";

const SERVER = "https://mlflow.example.com";
const LOCAL = { root: "/work/.sagemaker-local" };

function plan(source: Partial<TargetSource>) {
  const given = { mlflow: undefined, environment: {}, variables: {}, local: undefined };
  return planRun({ ...given, isolated: false, ...source });
}

describe("whether there is a run", () => {
  it("an option says, or a tracking URI of the estimator's environment or of this process", () => {
    expect(plan({}).target).toBeUndefined();
    expect(plan({ mlflow: {} }).target).toBeDefined();
    expect(plan({ mlflow: true }).target).toBeDefined();
    expect(plan({ variables: { trackingUri: SERVER } }).target?.trackingUri).toBe(SERVER);
    expect(plan({ environment: { MLFLOW_TRACKING_URI: SERVER } }).target?.trackingUri).toBe(SERVER);
    expect(plan({ mlflow: false, variables: { trackingUri: SERVER } })).toEqual({
      target: undefined,
      environment: {},
      findings: [],
    });
  });

  it("a folder in the estimator's environment is the container's own", () => {
    const environment = { MLFLOW_TRACKING_URI: "file:/opt/ml/output/mlruns" };
    expect(plan({ environment }).target).toBeUndefined();
  });
});

describe("an address that leads nowhere", () => {
  const of = ({ target, findings }: ReturnType<typeof planRun>) => [
    target,
    ...findings.map(({ severity, path }) => `${severity} ${path}`),
  ];
  const variables = { trackingUri: "sqlite:///mlflow.db" };

  it("in this process's variable is no job's affair, unless mlflow was asked for", () => {
    expect(of(plan({ variables }))).toEqual([undefined, "warning mlflow"]);
    expect(of(plan({ variables, mlflow: true }))).toEqual([undefined, "error mlflow"]);
    expect(plan({ variables }).findings[0]?.message).toMatch(
      /^The job has no run\. MLFLOW_TRACKING_URI of this process: /,
    );
  });

  it("that was given here is refused by its name", () => {
    const environment = { MLFLOW_TRACKING_URI: "arn:aws:s3:::bucket" };
    expect(of(plan({ environment, variables }))).toEqual([
      undefined,
      "error environment.MLFLOW_TRACKING_URI",
    ]);
    expect(of(plan({ variables, mlflow: variables }))).toEqual([
      undefined,
      "error mlflow.trackingUri",
    ]);
  });
});

describe("tags and parents", () => {
  it("that are options, or empty, are refused by name", () => {
    const tags = { "mlflow.runName": "mine", "mlflow.parentRunId": "x", team: "actuaries" };
    const { findings } = plan({ mlflow: { tags, parentRunId: "" } });
    expect(findings.filter(({ severity }) => severity === "error").map(({ path }) => path)).toEqual(
      ["mlflow.tags.mlflow.runName", "mlflow.tags.mlflow.parentRunId", "mlflow.parentRunId"],
    );
  });
});

describe("a run that the estimator's environment names", () => {
  it("is gone on with where it is, and what would change that is told", () => {
    const environment = { MLFLOW_RUN_ID: "a".repeat(32) };
    const mlflow = { trackingUri: SERVER, experimentName: "other", runName: "mine" };
    const { findings, environment: added } = plan({ environment, mlflow });
    expect(findings.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
      "warning mlflow.experimentName",
      "warning mlflow.runName",
    ]);
    expect(added).toEqual({ MLFLOW_TRACKING_URI: SERVER });
  });
});

describe("where it is", () => {
  it("the option goes before the environment, that before this process's, that before the default", () => {
    const environment = { MLFLOW_TRACKING_URI: "https://inside" };
    const variables = { trackingUri: "https://outside" };
    const uri = (source: Partial<TargetSource>) => plan(source).target?.trackingUri;
    expect(uri({ mlflow: { trackingUri: SERVER }, environment, variables })).toBe(SERVER);
    expect(uri({ mlflow: {}, environment, variables })).toBe("https://inside");
    expect(uri({ mlflow: {}, variables })).toBe("https://outside");
    expect(uri({ mlflow: {}, local: LOCAL })).toBe("file:///work/.sagemaker-local/mlruns");
    expect(uri({ mlflow: {} })).toBe(pathToFileURL("mlruns").href);
  });

  it("and the same for the experiment, whose default with a parent is the parent's", () => {
    const environment = { MLFLOW_EXPERIMENT_NAME: "inside" };
    const variables = { experimentId: "7", runId: "parent" };
    const of = (source: Partial<TargetSource>) => {
      const { experimentName, experimentId, parentRunId } = plan(source).target ?? {};
      return [experimentName, experimentId, parentRunId];
    };
    const mlflow = { experimentName: "given" };
    expect(of({ mlflow, environment, variables })).toEqual(["given", undefined, undefined]);
    expect(of({ mlflow: {}, environment, variables })).toEqual(["inside", undefined, undefined]);
    expect(of({ mlflow: {}, variables })).toEqual([undefined, "7", undefined]);
    expect(of({ mlflow: { nested: true }, variables })).toEqual([undefined, undefined, "parent"]);
  });
});

describe("what the job is told", () => {
  it("on AWS a server's address and the experiment, and who logs to places that it cannot reach", () => {
    const mlflow = { trackingUri: SERVER, experimentName: "pricing" };
    expect(plan({ mlflow }).environment).toEqual({
      MLFLOW_TRACKING_URI: SERVER,
      MLFLOW_EXPERIMENT_NAME: "pricing",
    });
    const reasons = {
      "http://localhost:5000": "its address is this machine's own",
      "http://127.0.0.2:5000": "its address is this machine's own",
      "file:/runs": "it is a folder of this machine",
    };
    for (const [trackingUri, why] of Object.entries(reasons)) {
      const { target, environment, findings } = plan({ mlflow: { ...mlflow, trackingUri } });
      expect(target).toMatchObject({ outOfReach: why, byRunner: false });
      expect(Object.keys(environment)).toEqual(["SAGEMAKER_ESTIMATOR_MLFLOW_TRACKING_URI"]);
      expect(target?.runIdVariable).toBe("SAGEMAKER_ESTIMATOR_MLFLOW_RUN_ID");
      expect(findings.map(({ message }) => message).join("\n")).toContain(why);
    }
  });

  it("a local job reaches this machine, and its runner logs where no password is asked", () => {
    const server = { trackingUri: "http://localhost:5000" };
    expect(plan({ mlflow: server, local: LOCAL }).environment).toEqual({
      SAGEMAKER_ESTIMATOR_MLFLOW_LOGGER: "runner",
      MLFLOW_TRACKING_URI: "http://localhost:5000",
    });
    expect(plan({ mlflow: {}, local: LOCAL }).environment).toEqual({
      SAGEMAKER_ESTIMATOR_MLFLOW_LOGGER: "runner",
      SAGEMAKER_ESTIMATOR_MLFLOW_TRACKING_URI: "file:///work/.sagemaker-local/mlruns",
    });
    const variables = { token: "t0ken" };
    expect(plan({ mlflow: server, local: LOCAL, variables }).target?.byRunner).toBe(false);
  });

  it("nothing that it could call where it has no network", () => {
    for (const local of [LOCAL, undefined]) {
      const mlflow = { trackingUri: SERVER, experimentName: "pricing" };
      const { environment } = plan({ mlflow, local, isolated: true });
      expect(Object.keys(environment).filter((name) => name.startsWith("MLFLOW"))).toEqual([]);
    }
  });

  it("never a password, of which it says that programs lack it", () => {
    const sources: Partial<TargetSource>[] = [
      { mlflow: { trackingUri: "https://me:s3cret@mlflow.example.com" } },
      { mlflow: { trackingUri: SERVER }, variables: { username: "me", password: "s3cret" } },
      { mlflow: { trackingUri: SERVER }, variables: { token: "s3cret" } },
    ];
    for (const source of sources) {
      const { environment, findings } = plan(source);
      expect(environment["MLFLOW_TRACKING_URI"]).toBe(SERVER);
      expect(JSON.stringify([environment, findings])).not.toContain("s3cret");
      expect(findings).toContainEqual(
        expect.objectContaining({
          severity: "warning",
          message: expect.stringContaining("password or token"),
        }),
      );
    }
  });

  it("leaves what the caller has set as it is", () => {
    const environment = {
      MLFLOW_TRACKING_URI: "http://mlflow.internal",
      MLFLOW_EXPERIMENT_NAME: "inside",
    };
    const found = plan({ mlflow: { trackingUri: SERVER, experimentName: "x" }, environment });
    expect(found.environment).toEqual({ SAGEMAKER_ESTIMATOR_MLFLOW_TRACKING_URI: SERVER });
    expect(found.findings.map(({ message }) => message).join("\n")).toContain(
      "both must lead to the same server",
    );
  });

  it("says that the run's id is not in the plan", () => {
    expect(plan({ mlflow: { trackingUri: SERVER } }).findings).toEqual([
      {
        severity: "note",
        path: "mlflow",
        message: "The run is made by fit(), which adds its id to the environment: MLFLOW_RUN_ID.",
      },
    ]);
  });
});

describe("what is wrong", () => {
  it("is told all at once, by the options' names", () => {
    const { findings } = plan({
      mlflow: {
        trackingUri: "sqlite:///mlflow.db",
        experimentName: "x".repeat(501),
        runName: "",
        tags: { "a//b": "1" },
        nested: true,
      },
    });
    expect(findings.map(({ severity, path }) => [severity, path])).toEqual([
      ["error", "mlflow.experimentName"],
      ["error", "mlflow.runName"],
      ["error", "mlflow.tags.a//b"],
      ["error", "mlflow.nested"],
      ["error", "mlflow.trackingUri"],
    ]);
  });
});
