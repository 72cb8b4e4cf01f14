import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Finding, TrainingPlanParts } from "../../src/index.ts";
import { TrainingPlan } from "../../src/training/plan.ts";
import type { TrainingJobRequest } from "../../src/training/request.ts";

const request: TrainingJobRequest = {
  TrainingJobName: "glm-1",
  AlgorithmSpecification: {
    TrainingImage: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1",
    TrainingInputMode: "File",
  },
  RoleArn: "arn:aws:iam::123456789012:role/SageMakerRole",
  HyperParameters: { maxIterations: "25", family: "poisson", apiToken: "1234", tune: "true" },
  Environment: { LOG_LEVEL: "hunter2" },
  Tags: [{ Key: "team", Value: "hunter3" }],
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: {
        S3DataSource: {
          S3DataType: "S3Prefix",
          S3Uri: "s3://data/train/",
          S3DataDistributionType: "ShardedByS3Key",
        },
      },
    },
    {
      ChannelName: "lookup",
      InputMode: "FastFile",
      DataSource: {
        FileSystemDataSource: {
          FileSystemId: "fs-1",
          FileSystemType: "EFS",
          FileSystemAccessMode: "ro",
          DirectoryPath: "/lookup",
        },
      },
    },
  ],
  OutputDataConfig: { S3OutputPath: "s3://out/models" },
  ResourceConfig: {
    InstanceType: "ml.m5.large",
    InstanceCount: 2,
    VolumeSizeInGB: 30,
    KeepAlivePeriodInSeconds: 1_800,
  },
  StoppingCondition: { MaxRuntimeInSeconds: 5_400 },
};

function plan(more: Partial<TrainingPlanParts> = {}): TrainingPlan {
  return new TrainingPlan({
    request,
    uploads: [
      {
        channel: "train",
        source: "data/train",
        uri: "s3://data/train/",
        files: 3,
        bytes: 1_234_567,
        present: false,
      },
    ],
    findings: [
      { severity: "note", path: "role", message: "It was not checked whether the role exists." },
      { severity: "error", path: "maxRun", message: "It is too long.", hint: "Make it shorter." },
    ],
    costCeiling: {
      instanceHours: 4,
      amountUsd: 0.512,
      pricePerHourUsd: { "ml.m5.large": 0.128 },
      priceSource: "pricePerHourUsd",
      explanation: "2 x ml.m5.large at $0.128/h for 1.5 h and up to 0.5 h in a warm pool",
    },
    ...more,
  });
}

describe("a plan as text", () => {
  it("is an aligned table with sizes and times in words", () => {
    expect(plan().toString({ width: 100 })).toBe(
      [
        "Training job     glm-1",
        "Image            123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1",
        "Role             arn:aws:iam::123456789012:role/SageMakerRole",
        "Instances        2 x ml.m5.large, 30 GB each, kept warm for 30 min",
        "Time limit       1 h 30 min",
        "Hyperparameters  maxIterations = 25, family, apiToken, tune = true (text not shown)",
        "Environment      LOG_LEVEL (values not shown)",
        "Tags             team",
        "Channels         train   s3://data/train/ (shared among the hosts)",
        "                         from data/train: 3 files, 1.2 MB, to be uploaded",
        "                 lookup  EFS fs-1/lookup (FastFile mode)",
        "Output           s3://out/models",
        "Cost at most     $0.51 for 4 instance hours",
        "                 2 x ml.m5.large at $0.128/h for 1.5 h and up to 0.5 h in a warm pool",
        "1 error          - maxRun: It is too long.",
        "                   Make it shorter.",
        "1 note           - role: It was not checked whether the role exists.",
      ].join("\n"),
    );
  });

  it("is what String(), console.log and a notebook's last expression show", () => {
    expect(String(plan())).toBe(plan().toString());
    expect(inspect(plan())).toBe(plan().toString());
  });

  it("wraps between words at the width, and breaks no URI", () => {
    const uri = `s3://out/${"x".repeat(100)}`;
    const text = plan({ request: { ...request, OutputDataConfig: { S3OutputPath: uri } } });

    const long = text
      .toString({ width: 60 })
      .split("\n")
      .filter((line) => line.length > 60);

    expect(long.every((line) => line.split(/ +/).length <= 3)).toBe(true);
    expect(text.toString({ width: 60 })).toContain(uri);
  });

  it("cuts long lists with a count", () => {
    const many = Array.from({ length: 50 }, (_, n) => [`h${n}`, `${n}`] as const);
    const findings = many.map(
      ([name]): Finding => ({ severity: "warning", path: name, message: "x" }),
    );

    const text = String(
      plan({ request: { ...request, HyperParameters: Object.fromEntries(many) }, findings }),
    );

    expect(text).toContain("h19 = 19, and 30 more");
    expect(text).toContain("50 warnings");
    expect(text).toContain("- and 30 more");
  });

  it("says that a price is not known, and why", () => {
    const costCeiling = {
      instanceHours: 48,
      amountUsd: undefined,
      pricePerHourUsd: {},
      priceSource: undefined,
      explanation: "2 x ml.m5.large for 24 h; nobody knows",
    };

    expect(String(plan({ costCeiling }))).toContain("not known for 48 instance hours");
  });

  it("never has a control character, whatever names and messages hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        const text = plan({
          request: { ...request, Environment: { [a]: b }, TrainingJobName: b },
          findings: [{ severity: "error", path: a, message: b, hint: a }],
        }).toString();

        expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe("a plan as HTML", () => {
  it("is what Deno's notebooks show", () => {
    const display = Symbol.for("Jupyter.display");
    const shown = (plan() as unknown as Record<symbol, () => unknown>)[display]?.call(plan());

    expect(shown).toEqual({ "text/plain": String(plan()), "text/html": plan().toHtml() });
  });

  it("says the same as the text", () => {
    const html = plan().toHtml();

    for (const words of [
      "glm-1",
      "s3://data/train/",
      "3 files, 1.2 MB",
      "maxRun",
      "$0.51",
      "1 note",
    ]) {
      expect(html).toContain(words);
    }
  });

  it("holds no markup of anybody else's", () => {
    const evil = `"><script>alert('x')</script>&`;
    const html = plan({
      request: { ...request, TrainingJobName: evil, Environment: { [evil]: "x" } },
      findings: [{ severity: "error", path: evil, message: evil, hint: evil }],
    }).toHtml();

    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;");
  });
});

describe("secrets", () => {
  it("are in neither: text, values of the environment and tags, numbers under telling names", () => {
    const texts = [String(plan()), plan().toHtml()];

    for (const secret of ["hunter2", "hunter3", "poisson", "1234,", "= 1234"]) {
      for (const text of texts) expect(text).not.toContain(secret);
    }
  });
});
