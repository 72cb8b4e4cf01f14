/** What is wrong with a request, in the words of the options that it was made from. Pure. */

import type { Finding } from "../errors.ts";
import { type Breach, requestBreaches } from "./constraints.ts";

/** Where a request's member comes from; the longest match counts. */
const OPTION_NAMES: readonly (readonly [member: string, option: string])[] = [
  ["TrainingJobName", "jobName"],
  ["HyperParameters", "hyperparameters"],
  ["AlgorithmSpecification.TrainingImage", "imageUri"],
  ["AlgorithmSpecification.TrainingInputMode", "inputMode"],
  ["AlgorithmSpecification.MetricDefinitions", "metricDefinitions"],
  ["AlgorithmSpecification.ContainerEntrypoint", "containerEntryPoint"],
  ["AlgorithmSpecification.ContainerArguments", "containerArguments"],
  [
    "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode",
    "trainingRepositoryAccessMode",
  ],
  ["RoleArn", "role"],
  ["OutputDataConfig.S3OutputPath", "outputPath"],
  ["ResourceConfig.InstanceType", "instanceType"],
  ["ResourceConfig.InstanceCount", "instanceCount"],
  ["ResourceConfig.VolumeSizeInGB", "volumeSize"],
  ["StoppingCondition.MaxRuntimeInSeconds", "maxRun"],
  ["Tags", "tags"],
  ["Environment", "environment"],
  ["ExperimentConfig", "experimentConfig"],
];

/** The same within a channel. */
const CHANNEL_OPTION_NAMES: readonly (readonly [member: string, option: string])[] = [
  ["ChannelName", "channel name"],
  ["DataSource.S3DataSource.S3Uri", "s3Data"],
  ["DataSource.S3DataSource.S3DataType", "s3DataType"],
  ["DataSource.S3DataSource.S3DataDistributionType", "distribution"],
  ["DataSource.S3DataSource.AttributeNames", "attributeNames"],
  ["DataSource.S3DataSource.InstanceGroupNames", "instanceGroups"],
  ["DataSource.S3DataSource.ModelAccessConfig", "modelAccessConfig"],
  ["DataSource.S3DataSource.HubAccessConfig", "hubAccessConfig"],
  ["DataSource.FileSystemDataSource.FileSystemId", "fileSystemId"],
  ["DataSource.FileSystemDataSource.FileSystemAccessMode", "fileSystemAccessMode"],
  ["DataSource.FileSystemDataSource.FileSystemType", "fileSystemType"],
  ["DataSource.FileSystemDataSource.DirectoryPath", "directoryPath"],
  ["ContentType", "contentType"],
  ["CompressionType", "compression"],
  ["RecordWrapperType", "recordWrapping"],
  ["InputMode", "inputMode"],
  ["ShuffleConfig.Seed", "shuffleConfig.seed"],
];

/** An instance type reads `ml.<family>.<size>`; the size may be `metal-24xl`-like. */
const INSTANCE_TYPE = /^ml\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/;

/** What the checks need to know besides the request. */
export interface RequestContext {
  /** The channels' names, in the request's order. */
  readonly channels: readonly string[];
  /** The request goes to a local cloud. */
  readonly isLocal: boolean;
}

/**
 * Every breach of the service's limits, in option names.
 *
 * @param request - the request as it would be sent
 * @param context - what the checks need besides
 */
export function requestFindings(request: unknown, context: RequestContext): Finding[] {
  return requestBreaches(request).flatMap((breach) => {
    if (breach.path.join(".") === "ResourceConfig.InstanceType") {
      return instanceTypeFinding(breach, context.isLocal);
    }
    // Undefined members of the options are told once, by name, where they are resolved.
    return {
      severity: "error" as const,
      path: optionPath(breach.path, context.channels),
      message: breachMessage(breach),
      ...hintFor(breach),
    };
  });
}

/** Newer instance types than the model's are a warning: AWS adds some monthly. */
function instanceTypeFinding(breach: Breach, isLocal: boolean): Finding[] {
  const type = String(breach.value);
  const path = "instanceType";
  if (breach.rule === "enum" && isLocal && (type === "local" || type === "local_gpu")) {
    return [];
  }
  if (breach.rule === "enum" && INSTANCE_TYPE.test(type)) {
    return isLocal
      ? []
      : [
          {
            severity: "warning",
            path,
            message: `'${type}' is not among the instance types that this library knows.`,
            hint: "Newer types may exist; the service decides.",
          },
        ];
  }
  return [
    {
      severity: "error",
      path,
      message: `Failed to parse instance type '${shorten(type)}'.`,
      hint: 'It reads ml.<family>.<size>, e.g. "ml.m5.xlarge", or "local".',
    },
  ];
}

/**
 * A member's path in option names: `InputDataConfig.0.DataSource.S3DataSource.S3Uri` is `inputs.train.s3Data`.
 *
 * @param path - in the service's names
 * @param channels - the channels' names, in the request's order
 */
function optionPath(path: Breach["path"], channels: readonly string[]): string {
  const [head, index, ...rest] = path;
  if (head === "InputDataConfig") {
    return typeof index === "number"
      ? join(`inputs.${channels[index] ?? index}`, rename(rest, CHANNEL_OPTION_NAMES))
      : "inputs";
  }
  return rename(path, OPTION_NAMES);
}

function rename(
  path: Breach["path"],
  names: readonly (readonly [member: string, option: string])[],
): string {
  const dotted = path.join(".");
  for (const [member, option] of names) {
    if (dotted === member) {
      return option;
    }
    if (dotted.startsWith(`${member}.`)) {
      return option + indexed(path.slice(member.split(".").length));
    }
  }
  return indexed(path).replace(/^\./, "");
}

/** `["0", "Name"]` of a list is `[0].Name`. */
function indexed(steps: Breach["path"]): string {
  return steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
}

function join(head: string, tail: string): string {
  return tail === "" ? head : `${head}.${tail}`;
}

function breachMessage(breach: Breach): string {
  const { rule, limit, actual } = breach;
  const what = breach.isKey ? `The name '${shorten(String(breach.value))}'` : "It";
  const shown = breach.secret || breach.isKey ? what : subject(breach.value);
  switch (rule) {
    case "required":
      return "It is required.";
    case "type":
      return `A ${limit} is expected, not a ${actual}.`;
    case "minLength":
      return `${shown} has ${actual} characters; at least ${limit} are needed.`;
    case "maxLength":
      return `${shown} has ${actual} characters; at most ${limit} are allowed.`;
    case "minSize":
      return `${actual} entries are given; at least ${limit} are needed.`;
    case "maxSize":
      return `${actual} entries are given; at most ${limit} are allowed.`;
    case "min":
      return `${actual} is given; at least ${limit} is needed.`;
    case "max":
      return `${actual} is given; at most ${limit} is allowed.`;
    case "pattern":
      return `${shown} does not match ${limit}.`;
    case "enum":
      return `${shown} is none of ${[limit].flat().join(", ")}.`;
    case "unknown":
      return "The service has no such field.";
  }
}

function hintFor(breach: Breach): { hint?: string } {
  const [head] = breach.path;
  if (head === "HyperParameters" && breach.rule === "maxLength" && !breach.isKey) {
    return { hint: "Give long values as a channel: new JsonInput(value)." };
  }
  if (head === "HyperParameters" && breach.rule === "pattern" && !breach.isKey) {
    return {
      hint: "The service takes no line breaks here. Give the value as a channel: new JsonInput(value).",
    };
  }
  if (head === "Environment" && breach.rule === "maxLength" && !breach.isKey) {
    return { hint: "Give long values as a channel or as a hyperparameter." };
  }
  if (head === "RoleArn") {
    return { hint: 'Give a role\'s ARN, e.g. "arn:aws:iam::123456789012:role/SageMakerRole".' };
  }
  if (head === "TrainingJobName") {
    return {
      hint: "Letters, digits and single hyphens between them; leave it out to have one made.",
    };
  }
  return {};
}

function subject(value: unknown): string {
  return typeof value === "string" ? `'${shorten(value)}'` : "It";
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
