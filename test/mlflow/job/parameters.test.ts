import { describe, expect, it } from "vitest";
import { parametersOf } from "../../../src/mlflow/job/parameters.ts";

function params(...given: Parameters<typeof parametersOf>): Record<string, string> {
  return Object.fromEntries(parametersOf(...given).params.map(({ key, value }) => [key, value]));
}

describe("parameters of a job", () => {
  it("are its hyperparameters, and the JSON of its channels, flattened", () => {
    const hyperparameters = {
      epochs: "3",
      name: '"glm"',
      plain: "text",
      glm: '{"family":"poisson","link":{"name":"log"},"empty":{}}',
      list: '["a",1]',
    };
    const configuration = { config: { target: "y", predictors: ["a", "b"], weights: null } };
    expect(params(hyperparameters, configuration)).toEqual({
      epochs: "3",
      name: "glm",
      plain: "text",
      "glm.family": "poisson",
      "glm.link.name": "log",
      "glm.empty": "{}",
      list: '["a",1]',
      "config.target": "y",
      "config.predictors": '["a","b"]',
      "config.weights": "null",
    });
  });

  it("are without what the training toolkit is told, and without secrets", () => {
    const found = params(
      { sagemaker_program: '"train.py"', db_password: '"hunter22"' },
      { config: { api_key: "k3y-of-somebody" } },
    );
    expect(Object.keys(found)).toEqual(["db_password", "config.api_key"]);
    expect(JSON.stringify(found)).not.toMatch(/hunter22|k3y/);
  });

  it("have names that MLflow takes, each once", () => {
    const found = params({ "config.a": "1", "a@b": "2" }, { config: { a: 3 } });
    expect(found).toEqual({ "config.a": "1", a_b: "2", "channel.config.a": "3" });
  });

  it("are kept as artifacts where they are too long", () => {
    const long = "x".repeat(6001);
    const { params: short, texts } = parametersOf({ words: long }, {});
    expect(texts).toEqual({ "parameters/words.txt": long });
    expect(short).toEqual([
      { key: "words", value: "6001 characters: see the artifact parameters/words.txt" },
    ]);
  });
});
