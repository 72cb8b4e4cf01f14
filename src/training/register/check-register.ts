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
  alias: "string",
  description: "string",
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
  return { value: checked.value, findings };
}

/**
 * Refuses a job whose model cannot be registered.
 *
 * @param description - what the service says of it
 * @param imageUri - the image that is to serve the model, if the caller names one
 * @throws {@link SageMakerError} that says why
 */
export function requireModel(description: JobDescription, imageUri: string | undefined): void {
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
  const { TrainingImage: image, AlgorithmName: algorithm } =
    description.AlgorithmSpecification ?? {};
  if (imageUri === undefined && image === undefined) {
    throw new SageMakerError(
      `The model of training job ${job} was not registered: it was trained by the algorithm ${algorithm}, and no image is known that serves it. ` +
        "Give one: registerModel({ …, imageUri }).",
    );
  }
}
