import fc from "fast-check";
import { checkHyperparameters, ValidationError } from "sagemaker-estimator/container";
import { describe, expect, expectTypeOf, it } from "vitest";

describe("checkHyperparameters", () => {
  it("gives typed values, and the defaults of what is missing", () => {
    const values = checkHyperparameters(
      { epochs: "20", rate: "1e-3", name: '"quoted"', version: "1.0", verbose: "true" },
      {
        epochs: { type: "integer", min: 1 },
        rate: { type: "number", max: 1 },
        name: { type: "string" },
        version: { type: "string" },
        verbose: { type: "boolean", default: false },
        optimizer: { type: "string", default: "adam", oneOf: ["adam", "sgd"] },
        layers: { type: "json", optional: true },
        seed: { type: "integer", optional: true },
      },
    );

    expect(values).toEqual({
      epochs: 20,
      rate: 0.001,
      name: "quoted",
      version: "1.0",
      verbose: true,
      optimizer: "adam",
      layers: undefined,
      seed: undefined,
    });
    expectTypeOf(values.epochs).toEqualTypeOf<number>();
    expectTypeOf(values.optimizer).toEqualTypeOf<string>();
    expectTypeOf(values.verbose).toEqualTypeOf<boolean>();
    expectTypeOf(values.seed).toEqualTypeOf<number | undefined>();
  });

  it("gives back any value that was written as JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { a } = checkHyperparameters({ a: JSON.stringify(value) }, { a: { type: "json" } });
        expect(a).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("leaves what is no JSON as it is", () => {
    for (const text of ["adam", "", "{broken"]) {
      expect(checkHyperparameters({ a: text }, { a: { type: "json" } })).toEqual({ a: text });
      expect(checkHyperparameters({ a: text }, { a: { type: "string" } })).toEqual({ a: text });
    }
  });

  it("tells everything that is wrong at once", () => {
    const check = (): unknown =>
      checkHyperparameters(
        { epoch: "3", rate: "fast", count: "2.5", low: "0", high: "9", flag: "yes", kind: "x" },
        {
          epochs: { type: "integer" },
          rate: { type: "number" },
          count: { type: "integer" },
          low: { type: "number", min: 1 },
          high: { type: "number", max: 5 },
          flag: { type: "boolean" },
          kind: { type: "string", oneOf: ["a", "b"] },
        },
      );

    expect(check).toThrow(ValidationError);
    expect(check).toThrow(
      [
        "The hyperparameters cannot be used: 8 problems.",
        "  - hyperparameters.epoch: is not known. This program takes: epochs, rate, count, low, high, flag, kind.",
        "  - hyperparameters.epochs: is required.",
        '  - hyperparameters.rate: is "fast", not a number.',
        '  - hyperparameters.count: is "2.5", not an integer.',
        "  - hyperparameters.low: is 0, less than 1.",
        "  - hyperparameters.high: is 9, more than 5.",
        '  - hyperparameters.flag: is "yes", not true or false.',
        '  - hyperparameters.kind: is "x", not one of a, b.',
      ].join("\n"),
    );
  });

  it("passes over SageMaker's own names", () => {
    const values = checkHyperparameters(
      { sagemaker_program: '"train.py"', _tuning_objective_metric: "auc" },
      {},
    );

    expect(values).toEqual({});
  });
});
