/** What the operations of the model registry take (API 2017-07-24), as data; CreateModelPackage has a file that this library checks with, too. */

import {
  ADDITIONAL_SPECIFICATIONS,
  APPROVAL_STATUS,
  ARN_OR_NAME,
  CLIENT_TOKEN,
  CUSTOMER_METADATA,
  ENTITY_DESCRIPTION,
  ENTITY_NAME,
  INFERENCE_SPECIFICATION,
  LIFE_CYCLE,
  METADATA_KEY,
  MODEL_CARD,
  REGISTRATION_TYPE,
  SOURCE_URI,
  TAGS,
} from "../../../../training/model-package.model.ts";
import type { Shape, StructureShape } from "../../../../training/shape.ts";

const TIMESTAMP: Shape = { type: "timestamp" };
/** A name, a name and a version, or an ARN that ends in either. */
const VERSIONED_ARN_OR_NAME: Shape = {
  type: "string",
  min: 1,
  max: 176,
  pattern: String.raw`(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)(\/[0-9]{1,9})?`,
};
/** What the two lists have in common. */
const LIST_MEMBERS: StructureShape["members"] = {
  CreationTimeAfter: TIMESTAMP,
  CreationTimeBefore: TIMESTAMP,
  MaxResults: { type: "integer", min: 1, max: 100 },
  NameContains: { type: "string", max: 63, pattern: String.raw`[a-zA-Z0-9\-]+` },
  NextToken: { type: "string", max: 8192, pattern: ".*" },
  SortBy: { type: "string", enum: ["Name", "CreationTime"] },
  SortOrder: { type: "string", enum: ["Ascending", "Descending"] },
};

export const CREATE_MODEL_PACKAGE_GROUP: StructureShape = {
  type: "structure",
  required: ["ModelPackageGroupName"],
  members: {
    ModelPackageGroupName: ENTITY_NAME,
    ModelPackageGroupDescription: ENTITY_DESCRIPTION,
    Tags: TAGS,
    ManagedConfiguration: {
      type: "structure",
      members: { ManagedStorageType: { type: "string", enum: ["Restricted"] } },
    },
  },
};

/** Describe- and DeleteModelPackageGroup. */
export const MODEL_PACKAGE_GROUP_NAME: StructureShape = {
  type: "structure",
  required: ["ModelPackageGroupName"],
  members: { ModelPackageGroupName: ARN_OR_NAME },
};

export const LIST_MODEL_PACKAGE_GROUPS: StructureShape = {
  type: "structure",
  members: {
    ...LIST_MEMBERS,
    CrossAccountFilterOption: { type: "string", enum: ["SameAccount", "CrossAccount"] },
  },
};

export const DESCRIBE_MODEL_PACKAGE: StructureShape = {
  type: "structure",
  required: ["ModelPackageName"],
  members: {
    ModelPackageName: VERSIONED_ARN_OR_NAME,
    IncludedData: { type: "string", enum: ["AllData", "MetadataOnly"] },
  },
};

export const DELETE_MODEL_PACKAGE: StructureShape = {
  type: "structure",
  required: ["ModelPackageName"],
  members: { ModelPackageName: VERSIONED_ARN_OR_NAME },
};

export const LIST_MODEL_PACKAGES: StructureShape = {
  type: "structure",
  members: {
    ...LIST_MEMBERS,
    ModelApprovalStatus: APPROVAL_STATUS,
    ModelPackageGroupName: ARN_OR_NAME,
    ModelPackageType: { type: "string", enum: ["Versioned", "Unversioned", "Both"] },
  },
};

export const UPDATE_MODEL_PACKAGE: StructureShape = {
  type: "structure",
  required: ["ModelPackageArn"],
  members: {
    ModelPackageArn: {
      type: "string",
      min: 1,
      max: 2048,
      pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]{1,2048}`,
    },
    ModelApprovalStatus: APPROVAL_STATUS,
    ModelPackageRegistrationType: REGISTRATION_TYPE,
    ApprovalDescription: { type: "string", max: 1024, pattern: ".*" },
    CustomerMetadataProperties: CUSTOMER_METADATA,
    CustomerMetadataPropertiesToRemove: { type: "list", of: METADATA_KEY },
    AdditionalInferenceSpecificationsToAdd: ADDITIONAL_SPECIFICATIONS,
    InferenceSpecification: INFERENCE_SPECIFICATION,
    SourceUri: SOURCE_URI,
    ModelCard: MODEL_CARD,
    ModelLifeCycle: LIFE_CYCLE,
    ClientToken: CLIENT_TOKEN,
  },
};
