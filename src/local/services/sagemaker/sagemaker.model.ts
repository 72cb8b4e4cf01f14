/** What the SageMaker operations of training jobs and tags take (API 2017-07-24), as data; CreateTrainingJob has its own file. */

import type { Shape, StructureShape } from "../../../training/constraints.ts";
import { CREATE_TRAINING_JOB } from "../../../training/create-training-job.model.ts";

const JOB_NAME: Shape = {
  type: "string",
  min: 1,
  max: 63,
  pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
};
const RESOURCE_ARN: Shape = {
  type: "string",
  max: 256,
  pattern: "arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+",
};
export const NEXT_TOKEN: Shape = { type: "string", max: 8192, pattern: ".*" };
export const TIMESTAMP: Shape = { type: "timestamp" };
const TAG_KEY: Shape = {
  type: "string",
  min: 1,
  max: 128,
  pattern: String.raw`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`,
};
const TAG_VALUE: Shape = {
  type: "string",
  max: 256,
  pattern: String.raw`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`,
};

export const TAGS: Shape = {
  type: "list",
  max: 50,
  of: {
    type: "structure",
    required: ["Key", "Value"],
    members: { Key: TAG_KEY, Value: TAG_VALUE },
  },
};

/** Describe-, Stop- and DeleteTrainingJob. */
export const TRAINING_JOB_NAME: StructureShape = {
  type: "structure",
  required: ["TrainingJobName"],
  members: { TrainingJobName: JOB_NAME },
};

const { ProfilerConfig, ProfilerRuleConfigurations, RemoteDebugConfig } =
  CREATE_TRAINING_JOB.members as Readonly<Record<string, Shape>> & {
    readonly [name in "ProfilerConfig" | "ProfilerRuleConfigurations" | "RemoteDebugConfig"]: Shape;
  };

export const UPDATE_TRAINING_JOB: StructureShape = {
  type: "structure",
  required: ["TrainingJobName"],
  members: {
    TrainingJobName: JOB_NAME,
    ProfilerConfig,
    ProfilerRuleConfigurations,
    ResourceConfig: {
      type: "structure",
      required: ["KeepAlivePeriodInSeconds"],
      members: { KeepAlivePeriodInSeconds: { type: "integer", min: 0, max: 21600 } },
    },
    RemoteDebugConfig,
  },
};

export const LIST_TRAINING_JOBS: StructureShape = {
  type: "structure",
  members: {
    NextToken: NEXT_TOKEN,
    MaxResults: { type: "integer", min: 1, max: 100 },
    CreationTimeAfter: TIMESTAMP,
    CreationTimeBefore: TIMESTAMP,
    LastModifiedTimeAfter: TIMESTAMP,
    LastModifiedTimeBefore: TIMESTAMP,
    NameContains: { type: "string", max: 63, pattern: String.raw`[a-zA-Z0-9\-]+` },
    StatusEquals: {
      type: "string",
      enum: ["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"],
    },
    SortBy: { type: "string", enum: ["Name", "CreationTime", "Status"] },
    SortOrder: { type: "string", enum: ["Ascending", "Descending"] },
    WarmPoolStatusEquals: {
      type: "string",
      enum: ["Available", "Terminated", "Reused", "InUse"],
    },
    TrainingPlanArnEquals: {
      type: "string",
      min: 50,
      max: 2048,
      pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:training-plan/.*`,
    },
  },
};

export const ADD_TAGS: StructureShape = {
  type: "structure",
  required: ["ResourceArn", "Tags"],
  members: {
    ResourceArn: RESOURCE_ARN,
    Tags: TAGS,
  },
};

export const LIST_TAGS: StructureShape = {
  type: "structure",
  required: ["ResourceArn"],
  members: {
    ResourceArn: RESOURCE_ARN,
    NextToken: NEXT_TOKEN,
    MaxResults: { type: "integer", min: 50 },
  },
};

export const DELETE_TAGS: StructureShape = {
  type: "structure",
  required: ["ResourceArn", "TagKeys"],
  members: {
    ResourceArn: RESOURCE_ARN,
    TagKeys: { type: "list", min: 1, max: 50, of: TAG_KEY },
  },
};
