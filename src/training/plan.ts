/** What will be run, as a value: the request, the uploads, everything that is wrong, the most it can cost. */

import { inspect } from "node:util";
import type { Finding } from "../errors.ts";
import type { CostCeiling } from "./cost.ts";
import type { TrainingJobRequest } from "./request.ts";

/** One channel's files that would be staged to S3. */
export interface PlannedUpload {
  /** The channel. */
  readonly channel: string;
  /** The local file or folder; `JSON` for a value. */
  readonly source: string;
  /** The prefix that the files would lie under. */
  readonly uri: string;
  /** How many files. */
  readonly files: number;
  /** Their size in all, in bytes. */
  readonly bytes: number;
  /** Whether all of it is there already; `undefined` when that was not asked. */
  readonly present: boolean | undefined;
}

/** The parts of a {@link TrainingPlan}. */
export interface TrainingPlanParts {
  /** The exact CreateTrainingJob request. */
  readonly request: TrainingJobRequest;
  /** What would be staged. */
  readonly uploads: readonly PlannedUpload[];
  /** Everything that is wrong, or worth knowing. */
  readonly findings: readonly Finding[];
  /** The most that the job can cost. */
  readonly costCeiling: CostCeiling;
}

/**
 * What `fit()` would do, before anything is done.
 *
 * @example
 * ```ts
 * const plan = await estimator.plan({ train: "data/train.csv" });
 * console.log(String(plan));
 * if (plan.findings.some(({ severity }) => severity === "error")) process.exitCode = 1;
 * ```
 */
export class TrainingPlan implements TrainingPlanParts {
  /** The exact CreateTrainingJob request. */
  readonly request: TrainingJobRequest;
  /** What would be staged. */
  readonly uploads: readonly PlannedUpload[];
  /** Everything that is wrong, or worth knowing. */
  readonly findings: readonly Finding[];
  /** The most that the job can cost. */
  readonly costCeiling: CostCeiling;

  /** @internal */
  constructor(parts: TrainingPlanParts) {
    this.request = parts.request;
    this.uploads = parts.uploads;
    this.findings = parts.findings;
    this.costCeiling = parts.costCeiling;
  }

  /** The plan for people; values of the environment are left out. */
  toString(): string {
    const { request } = this;
    const { InstanceType, InstanceCount } = request.ResourceConfig ?? {};
    const rows: [string, string][] = [
      ["Training job", request.TrainingJobName ?? ""],
      ["Image", request.AlgorithmSpecification?.TrainingImage ?? ""],
      ["Role", request.RoleArn ?? ""],
      ["Instances", `${InstanceCount ?? "?"} x ${InstanceType ?? "?"}`],
      ["Hyperparameters", Object.keys(request.HyperParameters ?? {}).join(", ")],
      ["Environment", Object.keys(request.Environment ?? {}).join(", ")],
      ...(request.InputDataConfig ?? []).map((channel): [string, string] => [
        `Channel ${channel.ChannelName}`,
        channel.DataSource?.S3DataSource?.S3Uri ??
          channel.DataSource?.FileSystemDataSource?.DirectoryPath ??
          "",
      ]),
      ...this.uploads.map((upload): [string, string] => [
        `Upload ${upload.channel}`,
        `${upload.source}: ${upload.files} file${upload.files === 1 ? "" : "s"}, ${upload.bytes} bytes${presence(upload.present)}`,
      ]),
      ["Output", request.OutputDataConfig?.S3OutputPath ?? ""],
      ["At most", this.costCeiling.explanation],
      ...this.findings.map(({ severity, path, message, hint }): [string, string] => [
        severity,
        `${path}: ${message}${hint === undefined ? "" : ` ${hint}`}`,
      ]),
    ];
    const shown = rows.filter(([, value]) => value !== "");
    const width = Math.max(...shown.map(([name]) => name.length));
    return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
  }

  /** What `console.log` and notebooks show. @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

function presence(present: boolean | undefined): string {
  if (present === undefined) {
    return "";
  }
  return present ? ", already there" : ", to be uploaded";
}
