/** Checks how a model is to be registered, for callers without types too; and whether the job has one to register (pure). */

import { type Finding, SageMakerError } from "../../errors.ts";
import { conformOptions } from "../conform.ts";
import type { Kinds } from "../kinds.ts";
import { modelDataOf } from "../model-data.ts";
import { SIGNAL } from "../option-kinds.ts";
import { isTerminal } from "../status-lines.ts";
import type { JobDescription } from "../status-poller.ts";
import type { RegisterModelOptions } from "./register-options.ts";

const STRINGS = { list: "string" } as const;
const STRING_MAP = { map: "string" } as const;

const KINDS: Kinds<RegisterModelOptions> = {
  name: "string",
  registry: { word: ["sagemaker", "mlflow", "both"] },
  alias: "string",
  description: "string",
  mlflow: { members: { trackingUri: "string", runId: "string" } },
  tags: STRING_MAP,
  modelPackageGroupName: "string",
  imageUri: "string",
  environment: STRING_MAP,
  contentTypes: STRINGS,
  responseTypes: STRINGS,
  inferenceInstances: STRINGS,
  transformInstances: STRINGS,
  approvalStatus: { word: ["Approved", "Rejected", "PendingManualApproval"] },
  customerMetadataProperties: STRING_MAP,
  metadataProperties: {
    members: {
      commitId: "string",
      repository: "string",
      generatedBy: "string",
      projectId: "string",
    },
  },
  domain: "string",
  task: "string",
  samplePayloadUrl: "string",
  framework: "string",
  frameworkVersion: "string",
  nearestModelName: "string",
  dataInputConfiguration: "string",
  skipModelValidation: { word: ["All", "None"] },
  overrides: { map: "any" },
  signal: SIGNAL,
};

/** What has a meaning in each registry. */
const OF_BOTH = ["name", "registry", "alias", "description", "tags", "mlflow", "signal"];
/** MLflow's pattern, and as much as fits a tag's key. */
const ALIAS = /^[A-Za-z0-9_-]{1,122}$/;
/** MLflow keeps these for itself. */
const RESERVED = /^(?:latest|v\d+)$/i;

/**
 * The options without what is none: unknown names, values of another kind.
 *
 * @param options - as the caller gave them
 */
export function checkRegisterOptions(options: RegisterModelOptions): {
  readonly value: RegisterModelOptions;
  readonly findings: readonly Finding[];
} {
  const checked = conformOptions<RegisterModelOptions>(
    options,
    KINDS,
    "registerModel()",
    "Members of CreateModelPackage that have no option go into overrides.",
  );
  const findings = [...checked.findings];
  const { name, alias }: Partial<RegisterModelOptions> = checked.value;
  const isTold = findings.some(({ path }) => path === "name");
  if (!isTold && (name === undefined || name === "")) {
    findings.push({
      ...{ severity: "error", path: "name", message: "It is required." },
      hint: 'Give the model\'s name: registerModel({ name: "pricing" }).',
    });
  }
  if (alias !== undefined && (!ALIAS.test(alias) || RESERVED.test(alias))) {
    findings.push({
      ...{ severity: "error", path: "alias" },
      message: RESERVED.test(alias)
        ? `'${alias}' means a version by its number or its age.`
        : `'${alias.slice(0, 100)}' is no alias.`,
      hint: "Give 1 to 122 letters, digits, hyphens and underscores, as champion.",
    });
  }
  for (const path of checked.value.registry === "mlflow" ? Object.keys(checked.value) : []) {
    if (!OF_BOTH.includes(path)) {
      findings.push({
        ...{ severity: "error", path, message: "It is SageMaker's registry's alone." },
        hint: "Leave it out, or register the model in both.",
      });
    }
  }
  return { value: checked.value, findings };
}

/**
 * What MLflow has against a name.
 *
 * @param name - the model's
 */
export function mlflowNameFindings(name: string): Finding[] {
  return /[/:]/.test(name)
    ? [
        {
          ...{ severity: "error", path: "name" },
          message: `'${name.slice(0, 100)}' has / or :, which MLflow takes in no name.`,
          hint: 'Give another name, or registry: "sagemaker".',
        },
      ]
    : [];
}

/**
 * Refuses a job whose model cannot be registered.
 *
 * @param description - what the service says of it
 * @throws {@link SageMakerError} that says why
 */
export function requireModel(description: JobDescription): void {
  const { TrainingJobName: job = "", TrainingJobStatus: status = "" } = description;
  if (status !== "Completed") {
    const next = isTerminal(status)
      ? "Register the model of a job that completed."
      : "Wait for its end with job.wait().";
    throw new SageMakerError(
      `The model of training job ${job} was not registered: the job is ${status}. ${next}`,
    );
  }
  modelDataOf(job, description);
}

/**
 * Refuses a job of which no image is known that serves its model.
 *
 * @param description - what the service says of it
 * @param imageUri - the image that the caller names, if any
 * @throws {@link SageMakerError} that says why
 */
export function requireImage(description: JobDescription, imageUri: string | undefined): void {
  const { TrainingJobName: job = "" } = description;
  const { TrainingImage: image, AlgorithmName: algorithm } =
    description.AlgorithmSpecification ?? {};
  if (imageUri === undefined && image === undefined) {
    throw new SageMakerError(
      `The model of training job ${job} was not registered: it was trained by the algorithm ${algorithm}, and no image is known that serves it. ` +
        "Give one: registerModel({ …, imageUri }).",
    );
  }
}
