/** What the types of hyperparameters are, and what they refuse: with schemas of the three libraries, and without. */

import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { Estimator, type Hyperparameters, PyTorch } from "../../src/index.ts";

const IMAGE = { imageUri: "glm", instanceType: "local" } as const;
const FRAMEWORK = {
  entryPoint: "train.py",
  frameworkVersion: "2.8",
  instanceType: "local",
} as const;

/** What all three schemas take. */
interface Taken {
  lr: number;
  epochs?: number | undefined;
  optimizer?: "sgd" | "adam" | undefined;
}

const zodSchema = z.object({
  lr: z.number(),
  epochs: z.number().int().default(10),
  optimizer: z.enum(["sgd", "adam"]).default("adam"),
});
const valibotSchema = v.object({
  lr: v.number(),
  epochs: v.optional(v.pipe(v.number(), v.integer()), 10),
  optimizer: v.optional(v.picklist(["sgd", "adam"]), "adam"),
});
const arkSchema = type({
  lr: "number",
  epochs: "number.integer = 10",
  optimizer: "'sgd' | 'adam' = 'adam'",
});

describe("without a schema", () => {
  test("hyperparameters are what was given", () => {
    const estimator = new Estimator({ ...IMAGE, hyperparameters: { lr: 0.1, epochs: 3 } });
    expectTypeOf(estimator).toEqualTypeOf<Estimator<{ lr: number; epochs: number }>>();
    expectTypeOf(estimator.hyperparameters().lr).toEqualTypeOf<number | undefined>();
    estimator.setHyperparameters({ epochs: 4 });
    estimator.setHyperparameters({ epochs: undefined });
    // @ts-expect-error: it is a number
    estimator.setHyperparameters({ epochs: "4" });
    // @ts-expect-error: there is no such hyperparameter
    estimator.setHyperparameters({ epoch: 4 });
  });

  test("or what was said", () => {
    interface Glm {
      family: "poisson" | "gamma";
      maxIterations?: number;
    }
    const estimator = new Estimator<Glm>({ ...IMAGE, hyperparameters: { family: "poisson" } });
    estimator.setHyperparameters({ maxIterations: 3 });
    // @ts-expect-error: it is none of the two
    new Estimator<Glm>({ ...IMAGE, hyperparameters: { family: "normal" } });
    // @ts-expect-error: family is required
    new Estimator<Glm>({ ...IMAGE, hyperparameters: {} });
  });

  test("or anything", () => {
    const estimator = new Estimator(IMAGE);
    expectTypeOf(estimator).toEqualTypeOf<Estimator<Hyperparameters>>();
    estimator.setHyperparameters({ any: [1, { deep: null }] });
  });
});

describe("with a schema", () => {
  test("of zod, hyperparameters are what it takes: what has a default may be left out", () => {
    const estimator = new Estimator({
      ...IMAGE,
      hyperparameterSchema: zodSchema,
      hyperparameters: { lr: 0.1 },
    });
    expectTypeOf(estimator.hyperparameters()).toEqualTypeOf<Partial<z.input<typeof zodSchema>>>();
    expectTypeOf<Taken>().toExtend<z.input<typeof zodSchema>>();
    estimator.setHyperparameters({ optimizer: "sgd" });
    // @ts-expect-error: it is none of the two
    estimator.setHyperparameters({ optimizer: "lbfgs" });
    new Estimator({
      ...IMAGE,
      hyperparameterSchema: zodSchema,
      // @ts-expect-error: it is a number
      hyperparameters: { lr: "0.1" },
    });
    new Estimator({
      ...IMAGE,
      hyperparameterSchema: zodSchema,
      // @ts-expect-error: there is no such hyperparameter
      hyperparameters: { lr: 0.1, epoch: 3 },
    });
    new Estimator({
      ...IMAGE,
      hyperparameterSchema: zodSchema,
      // @ts-expect-error: lr has no default
      hyperparameters: { epochs: 3 },
    });
  });

  test("of valibot", () => {
    const estimator = new Estimator({
      ...IMAGE,
      hyperparameterSchema: valibotSchema,
      hyperparameters: { lr: 0.1 },
    });
    expectTypeOf(estimator.hyperparameters()).toEqualTypeOf<
      Partial<v.InferInput<typeof valibotSchema>>
    >();
    // @ts-expect-error: it is a number
    estimator.setHyperparameters({ lr: "0.1" });
  });

  test("of arktype", () => {
    const estimator = new Estimator({
      ...IMAGE,
      hyperparameterSchema: arkSchema,
      hyperparameters: { lr: 0.1 },
    });
    expectTypeOf(estimator.hyperparameters()).toEqualTypeOf<Partial<typeof arkSchema.inferIn>>();
    // @ts-expect-error: it is a number
    estimator.setHyperparameters({ lr: "0.1" });
  });

  test("hyperparameters may be set later, all of them", () => {
    const estimator = new Estimator({ ...IMAGE, hyperparameterSchema: zodSchema });
    estimator.setHyperparameters({ lr: 0.1, epochs: 3 });
  });

  test("a transformation takes its input", () => {
    const schema = z.object({ layers: z.string().transform((text) => text.split(",").length) });
    const estimator = new Estimator({
      ...IMAGE,
      hyperparameterSchema: schema,
      hyperparameters: { layers: "64,32" },
    });
    expectTypeOf(estimator.hyperparameters().layers).toEqualTypeOf<string | undefined>();
  });

  test("what it gives is an object", () => {
    // @ts-expect-error: hyperparameters have names
    new Estimator({ ...IMAGE, hyperparameterSchema: z.string() });
  });

  test("frameworks' estimators do the same", () => {
    const estimator = new PyTorch({
      ...FRAMEWORK,
      hyperparameterSchema: zodSchema,
      hyperparameters: { lr: 0.1 },
    });
    expectTypeOf(estimator.hyperparameters()).toEqualTypeOf<Partial<z.input<typeof zodSchema>>>();
    expectTypeOf(estimator).toExtend<Estimator<z.input<typeof zodSchema>>>();
  });
});

describe("frameworks", () => {
  test("need an entry point, and take their own distributions only", () => {
    // @ts-expect-error: entryPoint is required
    new PyTorch({ frameworkVersion: "2.8" });
    new PyTorch({ ...FRAMEWORK, distribution: { mpi: { enabled: true, processesPerHost: 8 } } });
    // @ts-expect-error: that is TensorFlow's
    new PyTorch({ ...FRAMEWORK, distribution: { multiWorkerMirroredStrategy: { enabled: true } } });
    // @ts-expect-error: it must be said whether it is on
    new PyTorch({ ...FRAMEWORK, distribution: { mpi: { processesPerHost: 8 } } });
    // @ts-expect-error: the compiler is not here
    new PyTorch({ ...FRAMEWORK, compilerConfig: {} });
  });
});
