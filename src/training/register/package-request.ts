/** A job and how its model is to be registered, as a CreateModelPackage request, and what is wrong with it (pure). */

import type { CreateModelPackageCommandInput } from "../../aws/types.ts";
import type { Finding } from "../../errors.ts";
import { given } from "../channel-request.ts";
import { type Breach, type Shape, shapeBreaches } from "../constraints.ts";
import { breachMessage, INSTANCE_TYPE, rename } from "../findings.ts";
import { modelDataOf } from "../model-data.ts";
import { CREATE_MODEL_PACKAGE, ENTITY_NAME } from "../model-package.model.ts";
import type { OptionName } from "../option-names.ts";
import { mergeOverrides } from "../overrides.ts";
import type { JobDescription } from "../status-poller.ts";
import { modelCardOf } from "./model-card.ts";
import type { RegisterModelOptions } from "./register-options.ts";

/** The request. */
export type PackageRequest = CreateModelPackageCommandInput & {
  readonly ModelPackageGroupName: string;
};

/** What is known of how a model came about, beside its job. */
export interface PackageOrigin {
  readonly commit?: string | undefined;
  readonly remote?: string | undefined;
  readonly runId?: string | undefined;
}

const CONTAINER = "InferenceSpecification.Containers.0";
const OPTION_OF: readonly OptionName[] = [
  ["ModelPackageDescription", "description"],
  [`${CONTAINER}.Image`, "imageUri"],
  [`${CONTAINER}.Environment`, "environment"],
  [`${CONTAINER}.FrameworkVersion`, "frameworkVersion"],
  [`${CONTAINER}.Framework`, "framework"],
  [`${CONTAINER}.NearestModelName`, "nearestModelName"],
  [`${CONTAINER}.ModelInput.DataInputConfig`, "dataInputConfiguration"],
  ["InferenceSpecification.SupportedContentTypes", "contentTypes"],
  ["InferenceSpecification.SupportedResponseMIMETypes", "responseTypes"],
  ["InferenceSpecification.SupportedRealtimeInferenceInstanceTypes", "inferenceInstances"],
  ["InferenceSpecification.SupportedTransformInstanceTypes", "transformInstances"],
  ["ModelApprovalStatus", "approvalStatus"],
  ["CustomerMetadataProperties", "customerMetadataProperties"],
  ["MetadataProperties.CommitId", "metadataProperties.commitId"],
  ["MetadataProperties.Repository", "metadataProperties.repository"],
  ["MetadataProperties.GeneratedBy", "metadataProperties.generatedBy"],
  ["MetadataProperties.ProjectId", "metadataProperties.projectId"],
  ["Domain", "domain"],
  ["Task", "task"],
  ["SamplePayloadUrl", "samplePayloadUrl"],
  ["SkipModelValidation", "skipModelValidation"],
];

/**
 * The request.
 *
 * @param description - what the service says of the job, which has a model
 * @param options - how its model is to be registered
 * @param origin - which code it was made with, and its run in MLflow, as far as they are known
 */
export function packageRequest(
  description: JobDescription,
  options: RegisterModelOptions,
  origin: PackageOrigin = {},
): PackageRequest {
  const { TrainingJobName: job = "", TrainingJobArn: arn, AlgorithmSpecification } = description;
  const data = modelDataOf(job, description);
  const { metadataProperties: metadata = {}, dataInputConfiguration } = options;
  const properties = {
    ...given("mlflow.run_id", origin.runId),
    ...options.tags,
    ...options.customerMetadataProperties,
  };
  const { TrainingImage: image = "" } = AlgorithmSpecification ?? {};
  const request: PackageRequest = {
    ModelPackageGroupName: options.modelPackageGroupName ?? options.name,
    ...given("ModelPackageDescription", options.description),
    InferenceSpecification: {
      Containers: [
        {
          Image: options.imageUri ?? image,
          ...(typeof data === "string" ? { ModelDataUrl: data } : { ModelDataSource: data }),
          ...given("Environment", options.environment && { ...options.environment }),
          ...given("Framework", options.framework),
          ...given("FrameworkVersion", options.frameworkVersion),
          ...given("NearestModelName", options.nearestModelName),
          ...given(
            "ModelInput",
            dataInputConfiguration === undefined
              ? undefined
              : { DataInputConfig: dataInputConfiguration },
          ),
        },
      ],
      ...given("SupportedContentTypes", options.contentTypes?.slice()),
      ...given("SupportedResponseMIMETypes", options.responseTypes?.slice()),
      ...given("SupportedRealtimeInferenceInstanceTypes", instances(options.inferenceInstances)),
      ...given("SupportedTransformInstanceTypes", instances(options.transformInstances)),
    },
    ModelApprovalStatus: options.approvalStatus ?? "PendingManualApproval",
    MetadataProperties: {
      ...given("CommitId", metadata.commitId ?? origin.commit),
      ...given("Repository", metadata.repository ?? origin.remote),
      ...given("GeneratedBy", metadata.generatedBy ?? arn),
      ...given("ProjectId", metadata.projectId),
    },
    ...(Object.keys(properties).length > 0 && { CustomerMetadataProperties: properties }),
    ...given("Domain", options.domain),
    ...given("Task", options.task),
    ...given("SamplePayloadUrl", options.samplePayloadUrl),
    ...given("SkipModelValidation", options.skipModelValidation),
    ModelCard: modelCardOf(description, image),
  };
  return mergeOverrides(request, options.overrides ?? {});
}

/** The AWS SDK knows them by their names of the day it was made; the service may know more. */
function instances(types: readonly string[] | undefined): never[] | undefined {
  return types?.slice() as never[] | undefined;
}

/**
 * Every breach of the service's limits, in option names. Instance types and members of the overrides that this library does not know are
 * the service's to judge.
 *
 * @param request - as it would be sent
 * @param options - what it was made from
 */
export function packageFindings(
  { ModelPackageGroupName: group, ...request }: PackageRequest,
  options: RegisterModelOptions,
): Finding[] {
  const own = options.modelPackageGroupName === undefined ? "name" : "modelPackageGroupName";
  const names: readonly OptionName[] = [["ModelPackageGroupName", own], ...OPTION_OF];
  const shape = CREATE_MODEL_PACKAGE.members["ModelPackageGroupName"] as Shape;
  return [
    ...shapeBreaches(group.startsWith("arn:") ? shape : ENTITY_NAME, group).map((breach) => ({
      ...breach,
      path: ["ModelPackageGroupName"],
    })),
    ...shapeBreaches(CREATE_MODEL_PACKAGE, request).filter((breach) => !isTheServices(breach)),
  ].map((breach) => ({
    severity: "error",
    path: optionOf(breach, names, options),
    message: breachMessage(breach),
    ...hintFor(breach, own),
  }));
}

function isTheServices({ rule, value }: Breach): boolean {
  const isNewer = rule === "enum" && typeof value === "string" && INSTANCE_TYPE.test(value);
  return isNewer || rule === "unknown";
}

function optionOf(
  breach: Breach,
  names: readonly OptionName[],
  { tags = {}, customerMetadataProperties: own = {} }: RegisterModelOptions,
): string {
  const [head, key = ""] = breach.path;
  const isTag = head === "CustomerMetadataProperties" && Object.hasOwn(tags, key);
  if (isTag && !Object.hasOwn(own, key)) return `tags.${key}`;
  const path = rename(breach.path, names);
  // What no option makes is the overrides' alone.
  return /^[A-Z]/.test(path) ? `overrides.${path}` : path;
}

function hintFor({ path }: Breach, name: string): { hint?: string } {
  if (path[0] === "ModelPackageGroupName") {
    return {
      hint:
        name === "name"
          ? "Letters, digits and single hyphens between them; give another name of SageMaker's group as modelPackageGroupName."
          : "Letters, digits and single hyphens between them, or a group's ARN.",
    };
  }
  return path.at(-1) === "Image"
    ? { hint: "Give the image that serves the model as imageUri." }
    : {};
}
