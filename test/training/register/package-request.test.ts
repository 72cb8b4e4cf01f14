import { describe, expect, it } from "vitest";
import { packageRequest } from "../../../src/training/register/package-request.ts";
import type { JobDescription } from "../../../src/training/status-poller.ts";
import { committedAnswers, registerQuestions } from "../../helpers/sdk-questions.ts";

interface Python {
  readonly InferenceSpecification: {
    readonly Containers: readonly Readonly<Record<string, unknown>>[];
  };
  readonly ModelCard: { readonly ModelCardContent: string };
}

/** What Python sends and does not mean: an empty environment, and the defaults of two flags. */
function meant(answer: Python, asked: object): object {
  const { Containers, ...inference } = answer.InferenceSpecification;
  const [{ Environment = {}, ...container } = {}] = Containers;
  const isFilled = Object.keys(Environment as object).length > 0;
  const defaults = {
    CertifyForMarketplace: undefined,
    ...(!("skipModelValidation" in asked) && { SkipModelValidation: undefined }),
  };
  return {
    ...answer,
    ...defaults,
    InferenceSpecification: {
      ...inference,
      Containers: [{ ...container, ...(isFilled && { Environment }) }],
    },
    ModelCard: {
      ...answer.ModelCard,
      ModelCardContent: JSON.parse(answer.ModelCard.ModelCardContent),
    },
  };
}

const answers = committedAnswers("registrations");
const described = (job: object, more: object = {}): JobDescription => ({
  ...{ $metadata: {} },
  ...(job as JobDescription),
  ...more,
});

describe("a version", () => {
  it.each([...registerQuestions()])("is what Python registers: %s", (name, [job, options]) => {
    const { ModelCard, ...request } = packageRequest(described(job), options);

    expect({
      ...request,
      ModelCard: { ...ModelCard, ModelCardContent: JSON.parse(ModelCard?.ModelCardContent ?? "") },
    }).toEqual(meant(answers[name]?.answer as Python, options));
  });
});

describe("its card", () => {
  const [[, [job, options]] = ["", [{}, { name: "" }]]] = [...registerQuestions()];
  const details = (more: object) =>
    JSON.parse(packageRequest(described(job, more), options).ModelCard?.ModelCardContent ?? "")
      .training_details.training_job_details;

  it("has the metrics and the hyperparameters, without what looks like a credential", () => {
    const { training_metrics: metrics, hyper_parameters: hyperparameters } = details({
      FinalMetricDataList: [{ MetricName: "rmse", Value: 0.5 }],
      HyperParameters: { lr: "0.1", password: "hunter2" },
    });

    expect(metrics).toEqual([{ name: "rmse", value: 0.5 }]);
    expect(hyperparameters).toEqual([
      { name: "lr", value: "0.1" },
      { name: "password", value: "[redacted]" },
    ]);
  });

  it("does without the hyperparameters that have no room in it", () => {
    const HyperParameters = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`h${index}`, "x".repeat(2500)]),
    );
    expect(details({ HyperParameters }).hyper_parameters).toEqual([]);
  });
});
