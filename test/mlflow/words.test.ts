import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asKey, keyProblem } from "../../src/mlflow/core/entry-key.ts";
import { MlflowError } from "../../src/mlflow/core/mlflow-error.ts";
import { readTrackingUri } from "../../src/mlflow/core/tracking-uri.ts";
import {
  numberFromWire,
  numberToWire,
  toCamelCase,
  toSnakeCase,
} from "../../src/mlflow/core/wire-json.ts";
import { retryAfterMs } from "../../src/mlflow/rest/retry.ts";

describe("a key", () => {
  it.each(["loss", "val/rmse", "a b", "é", "日本", "a.b-c_d", "x:y", "..a".slice(1)])(
    "may be %s",
    (key) => expect(keyProblem(key)).toBeUndefined(),
  );
  it.each(["", "/a", "a//b", "a/../b", "..", ".", "a/", "a\nb", "a=b", "😀", "k".repeat(251)])(
    "may not be %j",
    (key) => expect(keyProblem(key)).toEqual(expect.any(String)),
  );
  it("is made of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab/. =é😀\n") }), (text) => {
        expect(keyProblem(asKey(text))).toBeUndefined();
      }),
    );
    expect(asKey("a=b")).toBe("a_b");
    expect(asKey("a/../..")).toBe("a");
    expect(asKey(`${"k".repeat(249)}/x`)).toHaveLength(249);
    expect(asKey("train/loss")).toBe("train/loss");
  });
});

describe("JSON as servers have it", () => {
  it("has names in snake_case, and gives them back", () => {
    const ours = { runId: "1", data: [{ artifactUri: "u", left: undefined }], n: null };

    expect(toSnakeCase(ours)).toEqual({ run_id: "1", data: [{ artifact_uri: "u" }], n: null });
    expect(toCamelCase(toSnakeCase(ours))).toEqual({
      runId: "1",
      data: [{ artifactUri: "u" }],
      n: null,
    });
  });
  it("has a form for every number", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const wire: unknown = JSON.parse(JSON.stringify(numberToWire(value)));
        expect(numberFromWire(wire)).toBe(value === 0 ? 0 : value);
      }),
    );
    expect(numberToWire(Number.NEGATIVE_INFINITY)).toBe("-Infinity");
  });
});

describe("a tracking URI", () => {
  it("is a server, an ARN or a folder", () => {
    expect(readTrackingUri(" https://mlflow.example.com/team ")).toEqual({
      kind: "server",
      url: "https://mlflow.example.com/team",
    });
    expect(
      readTrackingUri("arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:mlflow-app/app-1"),
    ).toMatchObject({
      kind: "managed",
      region: "us-gov-west-1",
      resource: "mlflow-app",
      name: "app-1",
    });
    for (const [uri, path] of [
      ["file:./mlruns", resolve("mlruns")],
      ["file:///data/ml%20runs", "/data/ml runs"],
      ["file:/data/mlruns", "/data/mlruns"],
      ["mlruns", resolve("mlruns")],
    ] as const) {
      expect(readTrackingUri(uri)).toEqual({ kind: "folder", path });
    }
  });
  it.each([
    [
      "sqlite:///mlflow.db",
      /URI sqlite:\/\/\/mlflow\.db names a database, which .* Start one by mlflow server/,
    ],
    [
      "ftp://host",
      /URI ftp:\/\/host has the scheme ftp:, of which nothing is known here\. Use http/,
    ],
    ["databricks", /URI databricks leads to Databricks, .* Use http/],
    ["databricks://profile", /URI databricks:\/\/profile leads to Databricks/],
    ["localhost:5000", /URI localhost:5000 has no scheme\. Write http:\/\/localhost:5000\.$/],
    ["10.0.0.1:5000/team", /Write http:\/\/10\.0\.0\.1:5000\/team\.$/],
    ["", /URI is empty\. Use http/],
    ["arn:aws:s3:::bucket", /no ARN of an MLflow/],
    ["file://host/share", /another machine/],
    ["file:./100%", /write %25/],
    ["http://", /no URL/],
    [5 as unknown as string, /URI is no text\. Use http/],
  ])("may not be %j", (uri, words) => {
    expect(() => readTrackingUri(uri)).toThrow(MlflowError);
    expect(() => readTrackingUri(uri)).toThrow(words);
  });
  it.each([
    ["postgresql://me:secret@db/mlflow", "postgresql://db/mlflow"],
    ["postgresql://db/mlflow?user=me&password=secret", "postgresql://db/mlflow"],
    ["postgresql://db/mlflow?user=a@b&password=secret", "postgresql:…"],
    ["postgresql://me:12/secret@db/mlflow", "postgresql:…"],
    ["postgresql://me:1?secret@db/mlflow", "postgresql:…"],
    ["me:secret@db:5000", "me:…"],
    ["http://me:secret@:port", "http:…"],
  ])("is told without the password that %s holds", (uri, told) => {
    const words = expect.stringMatching(/^(?!.*secret)/);
    expect(() => readTrackingUri(uri)).toThrow(expect.objectContaining({ message: words }));
    expect(() => readTrackingUri(uri)).toThrow(`URI ${told} `);
  });
});

it("what a server asks to wait is seconds or a date", () => {
  expect(retryAfterMs("3")).toBe(3000);
  expect(retryAfterMs(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(50_000);
  expect(retryAfterMs("soon")).toBeUndefined();
  expect(retryAfterMs(undefined)).toBeUndefined();
});
