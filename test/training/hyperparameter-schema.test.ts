import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type } from "arktype";
import * as v from "valibot";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Finding, ValidationError } from "../../src/errors.ts";
import { Estimator } from "../../src/estimator.ts";
import { LocalCloud } from "../../src/local/index.ts";
import type { FitOptions } from "../../src/training/fit-options.ts";
import type { Hyperparameters } from "../../src/training/hyperparameters.ts";
import type { StandardSchema } from "../../src/training/standard-schema.ts";

const root = mkdtempSync(join(tmpdir(), "schemas-"));
const session = new LocalCloud({ root }).session();
afterAll(() => rmSync(root, { recursive: true }));

function estimator(
  hyperparameterSchema: StandardSchema<object, unknown>,
  hyperparameters: Hyperparameters,
): Estimator {
  return new Estimator({
    imageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/glm:1.4.0",
    instanceType: "ml.m5.xlarge",
    session,
    hyperparameters,
    hyperparameterSchema: hyperparameterSchema as StandardSchema<object, Hyperparameters>,
  });
}

async function planned(
  schema: StandardSchema<object, unknown>,
  hyperparameters: Hyperparameters,
  fit: FitOptions = {},
): Promise<{ sent: Record<string, string> | undefined; findings: readonly Finding[] }> {
  const { request, findings } = await estimator(schema, hyperparameters).plan(undefined, {
    preflight: "offline",
    ...fit,
  });
  return { sent: request.HyperParameters, findings };
}

/** The same program's hyperparameters in each library's words. */
const SCHEMAS = {
  zod: z.object({
    lr: z.number(),
    epochs: z.number().int().default(10),
    layers: z.array(z.object({ units: z.number().positive() })).default([{ units: 64 }]),
    optimizer: z.enum(["sgd", "adam"]).default("adam"),
  }),
  valibot: v.object({
    lr: v.number(),
    epochs: v.optional(v.pipe(v.number(), v.integer()), 10),
    layers: v.optional(v.array(v.object({ units: v.pipe(v.number(), v.gtValue(0)) })), [
      { units: 64 },
    ]),
    optimizer: v.optional(v.picklist(["sgd", "adam"]), "adam"),
  }),
  arktype: type({
    lr: "number",
    epochs: "number.integer = 10",
    layers: type({ units: "number > 0" })
      .array()
      .default(() => [{ units: 64 }]),
    optimizer: "'sgd' | 'adam' = 'adam'",
  }),
};

describe.each(Object.entries(SCHEMAS))("a schema of %s", (_, schema) => {
  test("completes what was left out, and what it gives is sent", async () => {
    const { sent, findings } = await planned(schema, { lr: 0.1 });
    expect(findings).toEqual([]);
    expect(sent).toEqual({ lr: "0.1", epochs: "10", layers: '[{"units":64}]', optimizer: "adam" });
  });

  test("is not told of what was taken away", async () => {
    const { sent, findings } = await planned(schema, { lr: 0.1, epochs: undefined });
    expect(findings).toEqual([]);
    expect(sent).toMatchObject({ epochs: "10" });
  });

  test("tells everything that is wrong at once, each where it is", async () => {
    const { findings } = await planned(schema, {
      lr: "fast",
      epochs: 1.5,
      layers: [{ units: 1 }, { units: -1 }],
    });
    expect(findings.map(({ severity, path }) => `${severity} ${path}`).sort()).toEqual([
      "error hyperparameters.epochs",
      "error hyperparameters.layers.1.units",
      "error hyperparameters.lr",
    ]);
    expect(findings.every(({ message }) => message.length > 0)).toBe(true);
  });

  test("stops a fit before anything is uploaded", async () => {
    await expect(estimator(schema, {}).fit(undefined, { preflight: "offline" })).rejects.toThrow(
      ValidationError,
    );
  });
});

describe("a schema", () => {
  test("may take its time", async () => {
    const known = async (name: string): Promise<boolean> => {
      await Promise.resolve();
      return name === "bert-base";
    };
    const ofZod = z.object({ model: z.string().refine(known, "There is no such model.") });
    const ofValibot = v.objectAsync({
      model: v.pipeAsync(v.string(), v.checkAsync(known, "There is no such model.")),
    });
    for (const schema of [ofZod, ofValibot]) {
      expect((await planned(schema, { model: "bert-base" })).sent).toEqual({ model: "bert-base" });
      expect((await planned(schema, { model: "bort" })).findings).toEqual([
        { severity: "error", path: "hyperparameters.model", message: "There is no such model." },
      ]);
    }
  });

  test("is waited for no longer than until the signal aborts", async () => {
    const never: StandardSchema<object, Hyperparameters> = {
      "~standard": { version: 1, vendor: "test", validate: () => new Promise(() => {}) },
    };
    const controller = new AbortController();
    const plan = planned(never, {}, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(plan).rejects.toThrow("enough");
  });

  test("may make other values of those given", async () => {
    const schema = z.object({
      layers: z.string().transform((text) => text.split(",").map(Number)),
    });
    expect((await planned(schema, { layers: "64,32" })).sent).toEqual({ layers: "[64,32]" });
  });

  test.each<[string, unknown]>([
    ["a String", "lr=0.1"],
    ["an Array", [0.1]],
    ["a Map", new Map([["lr", 0.1]])],
    ["a Null", null],
    ["an Undefined", undefined],
  ])("that gives %s is refused", async (kind, value) => {
    const schema: StandardSchema<object, Hyperparameters> = {
      "~standard": { version: 1, vendor: "test", validate: () => ({ value: value as object }) },
    };
    expect((await planned(schema, { lr: 0.1 })).findings).toEqual([
      {
        severity: "error",
        path: "hyperparameterSchema",
        message: `It gave ${kind}: hyperparameters are an object of named values.`,
      },
    ]);
  });

  test("that throws is told of, beside everything else that is wrong", async () => {
    const schema = z.object({}).transform(() => {
      throw new Error("No table of models.");
    });
    const broken = new Estimator({
      imageUri: "",
      instanceType: "ml.m5.xlarge",
      session,
      hyperparameterSchema: schema,
    });
    const { findings } = await broken.plan(undefined, { preflight: "offline" });
    expect(findings).toContainEqual({
      severity: "error",
      path: "hyperparameterSchema",
      message: "It threw: Error: No table of models.",
    });
    expect(findings.map(({ path }) => path)).toContain("imageUri");
  });

  test.each([
    [{ issues: 5 }, "Its issues are a Number: a list is expected."],
    [undefined, "It gave an Undefined: hyperparameters are an object of named values."],
  ])("that answers %j is told, not thrown", async (answer, message) => {
    const schema = { "~standard": { version: 1, vendor: "own", validate: () => answer } };
    const { findings } = await planned(schema as unknown as StandardSchema<object, unknown>, {});
    expect(findings).toContainEqual({ severity: "error", path: "hyperparameterSchema", message });
  });

  test("whose words repeat a secret has it taken out", async () => {
    const schema = v.object({ api_key: v.number() });
    const { findings } = await planned(schema, { api_key: "hunter2-hunter2" });
    expect(findings.map(({ path }) => path)).toEqual(["hyperparameters.api_key"]);
    expect(JSON.stringify(findings)).not.toContain("hunter2");
  });

  test("judges what setHyperparameters set", async () => {
    const glm = estimator(SCHEMAS.zod, { lr: 0.1 });
    glm.setHyperparameters({ epochs: 20 });
    const { request } = await glm.plan(undefined, { preflight: "offline" });
    expect(request.HyperParameters).toMatchObject({ epochs: "20" });
  });
});
