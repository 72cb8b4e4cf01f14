/** What a framework's estimator adds to a job: hyperparameters for the training toolkit, and what is wrong with its options. Pure. */

import type { Finding } from "../../errors.ts";
import { s3PathJoin } from "../../transfer/s3-uri.ts";
import type { EstimatorOptions } from "../options.ts";
import { distributionHyperparameters, isOn } from "./distribution.ts";
import { distributionFindings } from "./distribution-findings.ts";
import type { FrameworkChoice } from "./framework-choice.ts";

/** What is known of the job. */
interface Job {
  readonly jobName: string;
  readonly outputPath: string;
}

/** A framework as the request and the plan have it. */
export interface PreparedFramework {
  /** As the service has them: JSON. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/**
 * What the framework adds; nothing for an estimator without one.
 *
 * @param options - the estimator's, its image resolved
 * @param job - the job
 */
export function prepareFramework(options: EstimatorOptions, job: Job): PreparedFramework {
  const { framework } = options;
  if (framework === undefined) {
    return { hyperparameters: {}, findings: [] };
  }
  const values = {
    ...distributionHyperparameters(framework, options),
    ...modelDir(framework, job),
  };
  const encoded = Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]);
  return {
    hyperparameters: Object.fromEntries(encoded),
    findings: [
      ...frameworkFindings(framework, options),
      ...distributionFindings(framework, options),
      ...Object.keys(values)
        .filter((name) => Object.hasOwn(options.hyperparameters ?? {}, name))
        .map(
          (name): Finding => ({
            severity: "error",
            path: `hyperparameters.${name}`,
            message: "The framework's estimator sets it.",
            hint: name === "model_dir" ? "Give modelDir." : "Give distribution alone.",
          }),
        ),
    ],
  };
}

/** TensorFlow's programs are told where to write, unless that is turned off. */
function modelDir({ name, modelDir, distribution }: FrameworkChoice, job: Job): object {
  if (name !== "tensorflow" || modelDir === false) {
    return {};
  }
  const usual = isOn(distribution?.mpi)
    ? "/opt/ml/model"
    : usualModelDir(job.outputPath, job.jobName);
  return { model_dir: modelDir || usual };
}

/**
 * Where TensorFlow's programs write unless told otherwise.
 *
 * @param outputPath - the job's
 * @param jobName - the job's name
 */
export function usualModelDir(outputPath: string, jobName: string): string {
  return s3PathJoin(outputPath, jobName, "model");
}

function frameworkFindings(framework: FrameworkChoice, options: EstimatorOptions): Finding[] {
  const { name, distribution, refused, pytorchVersion, tensorflowVersion } = framework;
  const found = refused.map(
    (option): Finding => ({
      severity: "error",
      path: option,
      message: `${name} has no such option here: it would be lost.`,
      hint: "Leave it out; hyperparameters and imageUri can say what it would have meant.",
    }),
  );
  if (options.entryPoint === undefined) {
    found.push({
      severity: "error",
      path: "entryPoint",
      message: "It is required.",
      hint: "Give the program: a path in sourceDir, or a local file.",
    });
  }
  if (pytorchVersion !== undefined && tensorflowVersion !== undefined) {
    found.push({
      severity: "error",
      path: "pytorchVersion",
      message: "It cannot be given together with tensorflowVersion.",
      hint: "Leave one of the two out.",
    });
  }
  if (name === "sklearn" && (options.instanceCount ?? 1) > 1) {
    found.push({
      severity: "warning",
      path: "instanceCount",
      message: "Scikit-learn does not train over several instances: each trains for itself.",
      hint: "Leave instanceCount out, unless the program itself shares the work.",
    });
  }
  const debugs =
    options.debuggerHookConfig || options.rules?.some(({ kind }) => kind === "debugger");
  if (name === "tensorflow" && isOn(distribution?.parameterServer) && debugs) {
    found.push({
      severity: "warning",
      path: "debuggerHookConfig",
      message: "The debugger does not work with a parameter server.",
      hint: "Leave hook and rules out.",
    });
  }
  return found;
}
