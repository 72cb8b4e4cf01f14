/** What Search takes (API 2017-07-24), as data. */

import type { Shape, StructureShape } from "../../../../training/shape.ts";

const PROPERTY_NAME: Shape = { type: "string", min: 1, max: 255, pattern: ".+" };
const FILTERS: Shape = {
  type: "list",
  min: 1,
  max: 20,
  of: {
    type: "structure",
    required: ["Name"],
    members: {
      Name: PROPERTY_NAME,
      Operator: {
        type: "string",
        enum: [
          "Equals",
          "NotEquals",
          "GreaterThan",
          "GreaterThanOrEqualTo",
          "LessThan",
          "LessThanOrEqualTo",
          "Contains",
          "Exists",
          "NotExists",
          "In",
        ],
      },
      Value: { type: "string", min: 1, max: 1024, pattern: ".+" },
    },
  },
};
const EXPRESSION: StructureShape = {
  type: "structure",
  members: {
    Filters: FILTERS,
    NestedFilters: {
      type: "list",
      min: 1,
      max: 20,
      of: {
        type: "structure",
        required: ["NestedPropertyName", "Filters"],
        members: { NestedPropertyName: PROPERTY_NAME, Filters: FILTERS },
      },
    },
    SubExpressions: {
      type: "list",
      min: 1,
      max: 20,
      get of() {
        return EXPRESSION;
      },
    },
    Operator: { type: "string", enum: ["And", "Or"] },
  },
};

export const SEARCH: StructureShape = {
  type: "structure",
  required: ["Resource"],
  members: {
    Resource: {
      type: "string",
      enum: [
        "TrainingJob",
        "Experiment",
        "ExperimentTrial",
        "ExperimentTrialComponent",
        "Endpoint",
        "Model",
        "ModelPackage",
        "ModelPackageGroup",
        "Pipeline",
        "PipelineExecution",
        "FeatureGroup",
        "FeatureMetadata",
        "Image",
        "ImageVersion",
        "Project",
        "HyperParameterTuningJob",
        "ModelCard",
        "PipelineVersion",
        "Job",
        "HubContent",
      ],
    },
    SearchExpression: EXPRESSION,
    SortBy: PROPERTY_NAME,
    SortOrder: { type: "string", enum: ["Ascending", "Descending"] },
    NextToken: { type: "string", max: 8192, pattern: ".*" },
    MaxResults: { type: "integer", min: 1, max: 100 },
    CrossAccountFilterOption: { type: "string", enum: ["SameAccount", "CrossAccount"] },
    VisibilityConditions: {
      type: "list",
      min: 1,
      max: 5,
      of: {
        type: "structure",
        members: {
          Key: {
            type: "string",
            min: 1,
            max: 128,
            pattern: String.raw`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`,
          },
          Value: { type: "string", max: 256, pattern: String.raw`([\p{L}\p{Z}\p{N}_.:/=+\-@]*)` },
        },
      },
    },
  },
};
