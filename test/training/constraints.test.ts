import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  awsMessage,
  type Breach,
  fromJava,
  requestBreaches,
  type Shape,
  serializationMessage,
  shapeBreaches,
} from "../../src/training/constraints.ts";
import { CREATE_TRAINING_JOB } from "../../src/training/create-training-job.model.ts";
import {
  PROCESSING_INSTANCE_TYPES,
  TRAINING_INSTANCE_TYPES,
} from "../../src/training/instance-types.ts";
import { CREATE_MODEL_PACKAGE } from "../../src/training/model-package.model.ts";

const request = {
  TrainingJobName: "glm-2026-01-01",
  RoleArn: "arn:aws:iam::123456789012:role/service-role/SageMaker",
  HyperParameters: { lr: "0.1" },
  AlgorithmSpecification: {
    TrainingImage: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1.0",
    TrainingInputMode: "File",
    MetricDefinitions: [{ Name: "loss", Regex: "loss=(.*)" }],
    ContainerEntrypoint: ["python", "train.py"],
  },
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://bucket/train/" } },
    },
  ],
  OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
  ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  Environment: { LOG_LEVEL: "info" },
  Tags: [{ Key: "team", Value: "prix été" }],
};

/** The request with one value put at a path. */
function change(path: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = structuredClone(request);
  let target = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    target[step] ??= {};
    target = target[step] as Record<string | number, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) target[last] = value;
  return copy;
}

const brief = (breaches: readonly Breach[]): string[] =>
  breaches.map(({ path, rule }) => `${path.join(".")} ${rule}`);

/** A text of a length with no pattern in its way. */
const letters = (length: number): string => "a".repeat(length);

describe("requestBreaches", () => {
  it("finds nothing in a request that the service would take", () => {
    expect(requestBreaches(request)).toEqual([]);
  });

  it("reports what is missing, with each path", () => {
    expect(brief(requestBreaches({ AlgorithmSpecification: {}, OutputDataConfig: {} }))).toEqual([
      "TrainingJobName required",
      "RoleArn required",
      "AlgorithmSpecification.TrainingInputMode required",
      "OutputDataConfig.S3OutputPath required",
    ]);
  });

  it("takes null and undefined members for absent, as JSON and the service do", () => {
    expect(brief(requestBreaches({ ...request, RoleArn: null, Tags: undefined }))).toEqual([
      "RoleArn required",
    ]);
  });

  it.each<[readonly (string | number)[], unknown, string, Breach["limit"], Breach["actual"]]>([
    [["TrainingJobName"], letters(64), "maxLength", 63, 64],
    [["TrainingJobName"], "", "minLength", 1, 0],
    [["TrainingJobName"], "a_b", "pattern", "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", undefined],
    [["TrainingJobName"], "a-", "pattern", "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", undefined],
    [["TrainingJobName"], "a\n", "pattern", "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", undefined],
    [["TrainingJobName"], 7, "type", "string", "number"],
    [["HyperParameters"], "lr", "type", "map", "string"],
    [["HyperParameters", "lr"], letters(2501), "maxLength", 2500, 2501],
    [["HyperParameters", "lr"], 0.1, "type", "string", "number"],
    [["HyperParameters", "lr"], null, "required", undefined, undefined],
    [["HyperParameters", "lr"], "a\u0085b", "pattern", ".*", undefined],
    [["Environment", "LOG-LEVEL"], "x", "pattern", "[a-zA-Z_][a-zA-Z0-9_]*", undefined],
    [["Environment", "LOG"], letters(513), "maxLength", 512, 513],
    [["InputDataConfig"], [], "minSize", 1, 0],
    [["InputDataConfig", 0], null, "required", undefined, undefined],
    [
      ["InputDataConfig", 0, "ChannelName"],
      "a b",
      "pattern",
      String.raw`[A-Za-z0-9\.\-_]+`,
      undefined,
    ],
    [
      ["OutputDataConfig", "S3OutputPath"],
      "file:///x",
      "pattern",
      "(https|s3)://([^/]+)/?(.*)",
      undefined,
    ],
    [["ResourceConfig", "VolumeSizeInGB"], -1, "min", 0, -1],
    [["ResourceConfig", "VolumeSizeInGB"], 1.5, "type", "integer", "number"],
    [["ResourceConfig", "VolumeSizeInGB"], 2 ** 31, "type", "integer", "number"],
    [["ResourceConfig", "KeepAlivePeriodInSeconds"], 21601, "max", 21600, 21601],
    [
      ["ResourceConfig", "InstanceType"],
      "ml.m99.large",
      "enum",
      TRAINING_INSTANCE_TYPES,
      undefined,
    ],
    [["EnableNetworkIsolation"], "yes", "type", "boolean", "string"],
    [["InputDataConfig", 0, "ShuffleConfig"], { Seed: 2 ** 40 }, "", undefined, undefined],
    [["Ghost"], 1, "unknown", undefined, undefined],
    [["AlgorithmSpecification", "Ghost"], 1, "unknown", undefined, undefined],
    [["constructor"], 1, "unknown", undefined, undefined],
  ])("judges %j = %j as %s", (path, value, rule, limit, actual) => {
    const breaches = requestBreaches(change(path, value));

    if (rule === "") {
      expect(breaches).toEqual([]);
      return;
    }
    expect(breaches).toHaveLength(1);
    expect(breaches[0]).toMatchObject({ path, rule });
    expect(breaches[0]?.limit).toEqual(limit);
    expect(breaches[0]?.actual).toEqual(actual);
  });

  it("counts characters, not UTF-16 units", () => {
    expect(requestBreaches(change(["Environment", "SMILE"], "😀".repeat(512)))).toEqual([]);
    expect(requestBreaches(change(["Environment", "SMILE"], "😀".repeat(513)))).toHaveLength(1);
  });

  it("tells a broken key from a broken value", () => {
    expect(requestBreaches(change(["Environment", "A-B"], "x"))[0]?.isKey).toBe(true);
    expect(requestBreaches(change(["Environment", "A"], letters(513)))[0]?.isKey).toBeUndefined();
  });

  it("reports 21 channels, 101 hyperparameters and 51 tags, all at once", () => {
    const channel = request.InputDataConfig[0];
    const breaches = requestBreaches({
      ...request,
      InputDataConfig: Array.from({ length: 21 }, () => channel),
      HyperParameters: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`h${i}`, ""])),
      Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: "" })),
    });

    expect(breaches.map(({ rule, limit, actual }) => [rule, limit, actual])).toEqual([
      ["maxSize", 100, 101],
      ["maxSize", 20, 21],
      ["maxSize", 50, 51],
    ]);
  });

  it.each([undefined, null, 1, "x", [], true])("takes %j for no request at all", (value) => {
    expect(brief(requestBreaches(value))).toEqual([" type"]);
  });

  it("never throws, whatever JSON it is given", () => {
    const names = Object.keys(CREATE_TRAINING_JOB.members);
    const members = fc.dictionary(fc.constantFrom(...names, "__proto__"), fc.jsonValue());
    fc.assert(
      fc.property(members, (value) => {
        for (const breach of requestBreaches(value)) {
          expect(breach.path.length).toBeGreaterThan(0);
          expect(awsMessage([breach])).toContain("detected: ");
          expect(serializationMessage(breach)).not.toBe("");
        }
      }),
    );
  });

  it("takes each job name of the documented form and no other", () => {
    const form = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/u;
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "Z", "9", "-", "_", "é"), maxLength: 66 }),
        (name) => {
          const accepted = requestBreaches({ ...request, TrainingJobName: name }).length === 0;
          // The model bounds the groups of hyphen and letter, which a name of 63 characters never exceeds.
          expect(accepted).toBe(name.length <= 63 && form.test(name));
        },
      ),
    );
  });
});

describe("the model", () => {
  it("has only patterns that JavaScript understands", () => {
    const seen: string[] = [];
    const visit = (shape: Shape): void => {
      if (shape.type === "string" && shape.pattern !== undefined) seen.push(shape.pattern);
      if (shape.type === "list") visit(shape.of);
      if (shape.type === "map") [shape.key, shape.value].forEach(visit);
      if (shape.type === "structure") Object.values(shape.members).forEach(visit);
    };
    visit(CREATE_TRAINING_JOB);
    visit(CREATE_MODEL_PACKAGE);

    expect(seen.length).toBeGreaterThan(50);
    for (const pattern of seen) expect(() => fromJava(pattern)).not.toThrow();
  });

  it("names each instance type once", () => {
    expect(new Set(TRAINING_INSTANCE_TYPES).size).toBe(225);
    expect(new Set(PROCESSING_INSTANCE_TYPES).size).toBe(207);
  });

  it("translates Java's classes", () => {
    const lambda = String.raw`arn:[\p{Alnum}\-]+:lambda:[\p{Alnum}\-]+:[0-9]{12}:function:.*`;
    expect(fromJava(lambda).test("arn:aws:lambda:eu-west-1:123456789012:function:login")).toBe(
      true,
    );
    expect(fromJava(lambda).test("arn:é:lambda:eu-west-1:123456789012:function:login")).toBe(false);
    expect(fromJava(String.raw`\p{Alnum}[.]`).test("a.")).toBe(true);
    expect(fromJava("[.]").test("x")).toBe(false);
  });

  it("takes times as seconds and as dates", () => {
    const shape: Shape = { type: "timestamp" };
    expect(shapeBreaches(shape, 1_700_000_000.5)).toEqual([]);
    expect(shapeBreaches(shape, new Date())).toEqual([]);
    expect(brief(shapeBreaches(shape, "2026-01-01"))).toEqual([" type"]);
    expect(brief(shapeBreaches(shape, new Date(Number.NaN)))).toEqual([" type"]);
  });
});

describe("awsMessage", () => {
  it("says one breach in the service's words", () => {
    expect(awsMessage(requestBreaches({ ...request, TrainingJobName: "a_b" }))).toBe(
      "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    );
  });

  it("counts several and names places as the service does", () => {
    const message = awsMessage(
      requestBreaches({
        ...request,
        RoleArn: undefined,
        InputDataConfig: [{ ChannelName: "a b", DataSource: {} }],
        ResourceConfig: { VolumeSizeInGB: -1 },
        Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: "" })),
      }),
    );

    expect(message).toBe(
      "4 validation errors detected: " +
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null; " +
        "Value 'a b' at 'inputDataConfig.1.member.channelName' failed to satisfy constraint: " +
        String.raw`Member must satisfy regular expression pattern: [A-Za-z0-9\.\-_]+; ` +
        "Value '-1' at 'resourceConfig.volumeSizeInGB' failed to satisfy constraint: " +
        "Member must have value greater than or equal to 0; " +
        "Value '[51 members]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
    );
  });

  it("names a hyperparameter that is too long, and never shows its value", () => {
    const message = awsMessage(
      requestBreaches(change(["HyperParameters", "token"], letters(2501))),
    );

    expect(message).toBe(
      "1 validation error detected: Value '{token=***}' at 'hyperParameters' failed to satisfy constraint: " +
        "Map value must satisfy constraint: [Member must have length less than or equal to 2500, " +
        "Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*]",
    );
  });

  it("never shows a value of the environment or of the hyperparameters", () => {
    const secret = "hunter2";
    const value = fc.oneof(
      fc.constant(secret.repeat(400)),
      fc.constant({ secret }),
      fc.constant([secret]),
      fc.constant(secret),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("Environment", "HyperParameters"),
        fc.oneof(fc.dictionary(fc.string(), value), value),
        (name, map) => {
          const breaches = requestBreaches({ ...request, [name]: map });
          expect(awsMessage(breaches)).not.toContain(secret);
          for (const breach of breaches) expect(serializationMessage(breach)).not.toContain(secret);
        },
      ),
    );
  });

  it("cuts a value that would fill the screen", () => {
    const message = awsMessage(
      requestBreaches(change(["OutputDataConfig", "S3OutputPath"], letters(100_000))),
    );
    expect(message.length).toBeLessThan(1300);
  });
});

describe("serializationMessage", () => {
  it.each([
    [["HyperParameters", "lr"], 3, "NUMBER_VALUE can not be converted to a String"],
    [["HyperParameters", "lr"], true, "TRUE_VALUE can not be converted to a String"],
    [["HyperParameters", "lr"], {}, "Start of structure or map found where not expected."],
    [["HyperParameters", "lr"], [], "Unexpected list where a single value is expected."],
    [["ResourceConfig", "InstanceCount"], "1", "STRING_VALUE can not be converted to an Integer"],
    [["Tags"], "x", "Expected list or null"],
    [["ResourceConfig"], "x", "Unexpected value where a structure or map is expected."],
  ])("says of %j = %j: %s", (path, value, message) => {
    const [breach] = requestBreaches(change(path, value));
    expect(breach?.rule).toBe("type");
    expect(breach === undefined ? "" : serializationMessage(breach)).toBe(message);
  });
});
