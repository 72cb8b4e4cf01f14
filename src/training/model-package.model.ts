/** The service's own limits on a CreateModelPackage request, as data (SageMaker API 2017-07-24). */

import { REALTIME_INSTANCE_TYPES, TRANSFORM_INSTANCE_TYPES } from "./inference-instance-types.ts";
import type { Shape, StructureShape } from "./shape.ts";

const BOOLEAN: Shape = { type: "boolean" };
const STRING: Shape = { type: "string" };
const S3_URI: Shape = { type: "string", max: 1024, pattern: "(https|s3)://([^/]+)/?(.*)" };
const KMS_KEY_ID: Shape = { type: "string", max: 2048, pattern: "[a-zA-Z0-9:/_-]*" };
const CONTENT_TYPE: Shape = { type: "string", max: 256, pattern: ".*" };
const DIGEST: Shape = { type: "string", max: 72, pattern: "[Ss][Hh][Aa]256:[0-9a-fA-F]{64}" };
const TRANSFORM_INSTANCE_TYPE: Shape = { type: "string", enum: TRANSFORM_INSTANCE_TYPES };
const METADATA_VALUE: Shape = { type: "string", max: 1024, pattern: ".*" };
const S3_TYPE: Shape = { type: "string", enum: ["S3Prefix", "S3Object"] };
const COMPRESSION: Shape = { type: "string", enum: ["None", "Gzip"] };

/** The name of a group, a package, a stage. */
export const ENTITY_NAME = {
  type: "string",
  min: 1,
  max: 63,
  pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
} as const satisfies Shape;

/** What people are told of a group or a package. */
export const ENTITY_DESCRIPTION: Shape = {
  type: "string",
  max: 1024,
  pattern: String.raw`[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*`,
};

/** A name, or the ARN that ends in it. */
export const ARN_OR_NAME: Shape = {
  type: "string",
  min: 1,
  max: 170,
  pattern: String.raw`(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)`,
};

/** A token that makes a repeated call the same one. */
export const CLIENT_TOKEN: Shape = {
  type: "string",
  min: 1,
  max: 36,
  pattern: "[a-zA-Z0-9-]+",
};

/** A key of the caller's own metadata. */
export const METADATA_KEY = {
  type: "string",
  min: 1,
  max: 128,
  pattern: String.raw`([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${"$"}{1,128}`,
} as const satisfies Shape;

/** The caller's own metadata. */
export const CUSTOMER_METADATA: Shape = {
  type: "map",
  min: 1,
  max: 50,
  key: METADATA_KEY,
  value: {
    type: "string",
    min: 1,
    max: 256,
    pattern: String.raw`([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${"$"}{1,256}`,
  },
};

/** Tags of a group, or of a package without one. */
export const TAGS: Shape = {
  type: "list",
  max: 50,
  of: {
    type: "structure",
    required: ["Key", "Value"],
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
};

/** Whether a version may be deployed. */
export const APPROVAL_STATUS: Shape = {
  type: "string",
  enum: ["Approved", "Rejected", "PendingManualApproval"],
};

/** Whether a version was registered, or only logged. */
export const REGISTRATION_TYPE: Shape = { type: "string", enum: ["Logged", "Registered"] };

/** Where a package comes from. */
export const SOURCE_URI: Shape = {
  type: "string",
  max: 1024,
  pattern: String.raw`[\p{L}\p{M}\p{Z}\p{N}\p{P}]{0,1024}`,
};

/** A model card inside a package. */
export const MODEL_CARD: Shape = {
  type: "structure",
  members: {
    ModelCardContent: { type: "string", max: 100000, pattern: ".*" },
    ModelCardStatus: {
      type: "string",
      enum: ["Draft", "PendingReview", "Approved", "Archived"],
    },
  },
};

/** Where a model is in its life. */
export const LIFE_CYCLE: Shape = {
  type: "structure",
  required: ["Stage", "StageStatus"],
  members: {
    Stage: ENTITY_NAME,
    StageStatus: ENTITY_NAME,
    StageDescription: { type: "string", max: 1024, pattern: ".{0,1024}" },
  },
};

const S3_DATA_SOURCE: Shape = {
  type: "structure",
  required: ["S3Uri", "S3DataType", "CompressionType"],
  members: {
    S3Uri: S3_URI,
    S3DataType: S3_TYPE,
    CompressionType: COMPRESSION,
    ModelAccessConfig: {
      type: "structure",
      required: ["AcceptEula"],
      members: { AcceptEula: BOOLEAN },
    },
    HubAccessConfig: {
      type: "structure",
      required: ["HubContentArn"],
      members: { HubContentArn: { type: "string", max: 255, pattern: ".*" } },
    },
    ManifestS3Uri: S3_URI,
    ETag: STRING,
    ManifestEtag: STRING,
  },
};
const MODEL_DATA_SOURCE: Shape = {
  type: "structure",
  members: { S3DataSource: S3_DATA_SOURCE },
};
const CONTAINERS: Shape = {
  type: "list",
  min: 1,
  max: 15,
  of: {
    type: "structure",
    members: {
      ContainerHostname: { type: "string", max: 63, pattern: ENTITY_NAME.pattern },
      Image: { type: "string", max: 255, pattern: String.raw`[\S]+` },
      ImageDigest: DIGEST,
      ModelDataUrl: S3_URI,
      ModelDataSource: MODEL_DATA_SOURCE,
      ProductId: { type: "string", max: 256, pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9])*" },
      Environment: {
        type: "map",
        max: 100,
        secret: true,
        key: { type: "string", max: 1024, pattern: "[a-zA-Z_][a-zA-Z0-9_]*" },
        value: { type: "string", max: 1024, pattern: String.raw`[\S\s]*` },
      },
      ModelInput: {
        type: "structure",
        required: ["DataInputConfig"],
        members: {
          DataInputConfig: { type: "string", min: 1, max: 16384, pattern: String.raw`[\S\s]+` },
        },
      },
      Framework: STRING,
      FrameworkVersion: {
        type: "string",
        min: 3,
        max: 10,
        pattern: String.raw`[0-9]\.[A-Za-z0-9.-]+`,
      },
      NearestModelName: STRING,
      AdditionalModelDataSources: {
        type: "list",
        max: 5,
        of: {
          type: "structure",
          required: ["ChannelName", "S3DataSource"],
          members: {
            ChannelName: {
              type: "string",
              min: 1,
              max: 64,
              pattern: String.raw`[A-Za-z0-9\.\-_]+`,
            },
            S3DataSource: S3_DATA_SOURCE,
          },
        },
      },
      AdditionalS3DataSource: {
        type: "structure",
        required: ["S3DataType", "S3Uri"],
        members: {
          S3DataType: S3_TYPE,
          S3Uri: S3_URI,
          CompressionType: COMPRESSION,
          ETag: STRING,
        },
      },
      ModelDataETag: STRING,
      IsCheckpoint: BOOLEAN,
      BaseModel: {
        type: "structure",
        members: {
          HubContentName: { type: "string", max: 63, pattern: ENTITY_NAME.pattern },
          HubContentVersion: {
            type: "string",
            min: 5,
            max: 14,
            pattern: String.raw`\d{1,4}.\d{1,4}.\d{1,4}`,
          },
          RecipeName: { type: "string", max: 255 },
        },
      },
    },
  },
};
const INFERENCE_MEMBERS: StructureShape["members"] = {
  Containers: CONTAINERS,
  SupportedTransformInstanceTypes: { type: "list", min: 1, of: TRANSFORM_INSTANCE_TYPE },
  SupportedRealtimeInferenceInstanceTypes: {
    type: "list",
    of: { type: "string", enum: REALTIME_INSTANCE_TYPES },
  },
  SupportedContentTypes: { type: "list", of: CONTENT_TYPE },
  SupportedResponseMIMETypes: {
    type: "list",
    of: { type: "string", max: 1024, pattern: String.raw`[-\w]+\/.+` },
  },
};

/** The containers of a model, and where they may run. */
export const INFERENCE_SPECIFICATION: Shape = {
  type: "structure",
  required: ["Containers"],
  members: INFERENCE_MEMBERS,
};

/** More of the same, by name. */
export const ADDITIONAL_SPECIFICATIONS: Shape = {
  type: "list",
  min: 1,
  max: 15,
  of: {
    type: "structure",
    required: ["Name", "Containers"],
    members: { Name: ENTITY_NAME, Description: ENTITY_DESCRIPTION, ...INFERENCE_MEMBERS },
  },
};

const VALIDATION_SPECIFICATION: Shape = {
  type: "structure",
  required: ["ValidationRole", "ValidationProfiles"],
  members: {
    ValidationRole: {
      type: "string",
      min: 20,
      max: 2048,
      pattern: String.raw`arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
    },
    ValidationProfiles: {
      type: "list",
      max: 1,
      of: {
        type: "structure",
        required: ["ProfileName", "TransformJobDefinition"],
        members: {
          ProfileName: ENTITY_NAME,
          TransformJobDefinition: {
            type: "structure",
            required: ["TransformInput", "TransformOutput", "TransformResources"],
            members: {
              MaxConcurrentTransforms: { type: "integer", min: 0 },
              MaxPayloadInMB: { type: "integer", min: 0 },
              BatchStrategy: { type: "string", enum: ["MultiRecord", "SingleRecord"] },
              Environment: {
                type: "map",
                max: 16,
                secret: true,
                key: { type: "string", max: 1024, pattern: "[a-zA-Z_][a-zA-Z0-9_]{0,1023}" },
                value: { type: "string", max: 10240, pattern: String.raw`[\S\s]*` },
              },
              TransformInput: {
                type: "structure",
                required: ["DataSource"],
                members: {
                  DataSource: {
                    type: "structure",
                    required: ["S3DataSource"],
                    members: {
                      S3DataSource: {
                        type: "structure",
                        required: ["S3DataType", "S3Uri"],
                        members: {
                          S3DataType: {
                            type: "string",
                            enum: ["ManifestFile", "S3Prefix", "AugmentedManifestFile", "Converse"],
                          },
                          S3Uri: S3_URI,
                        },
                      },
                    },
                  },
                  ContentType: CONTENT_TYPE,
                  CompressionType: COMPRESSION,
                  SplitType: { type: "string", enum: ["None", "Line", "RecordIO", "TFRecord"] },
                },
              },
              TransformOutput: {
                type: "structure",
                required: ["S3OutputPath"],
                members: {
                  S3OutputPath: S3_URI,
                  Accept: { type: "string", max: 256, pattern: ".*" },
                  AssembleWith: { type: "string", enum: ["None", "Line"] },
                  KmsKeyId: KMS_KEY_ID,
                },
              },
              TransformResources: {
                type: "structure",
                required: ["InstanceType", "InstanceCount"],
                members: {
                  InstanceType: TRANSFORM_INSTANCE_TYPE,
                  InstanceCount: { type: "integer", min: 1 },
                  VolumeKmsKeyId: KMS_KEY_ID,
                  TransformAmiVersion: {
                    type: "string",
                    min: 1,
                    max: 63,
                    pattern: "[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*",
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

const METRICS_SOURCE: Shape = {
  type: "structure",
  required: ["ContentType", "S3Uri"],
  members: { ContentType: CONTENT_TYPE, ContentDigest: DIGEST, S3Uri: S3_URI },
};
const FILE_SOURCE: Shape = { ...METRICS_SOURCE, required: ["S3Uri"] };

function structure(members: StructureShape["members"]): StructureShape {
  return { type: "structure", members };
}

/**
 * What the service accepts as a CreateModelPackage request: members, types, lengths, ranges, patterns and enums.
 * That a package has either a name or a group is a rule that no shape tells.
 */
export const CREATE_MODEL_PACKAGE: StructureShape = {
  type: "structure",
  members: {
    ModelPackageName: ENTITY_NAME,
    ModelPackageGroupName: ARN_OR_NAME,
    ModelPackageDescription: ENTITY_DESCRIPTION,
    ModelPackageRegistrationType: REGISTRATION_TYPE,
    InferenceSpecification: INFERENCE_SPECIFICATION,
    ValidationSpecification: VALIDATION_SPECIFICATION,
    SourceAlgorithmSpecification: {
      type: "structure",
      required: ["SourceAlgorithms"],
      members: {
        SourceAlgorithms: {
          type: "list",
          min: 1,
          max: 1,
          of: {
            type: "structure",
            required: ["AlgorithmName"],
            members: {
              ModelDataUrl: S3_URI,
              ModelDataSource: MODEL_DATA_SOURCE,
              ModelDataETag: STRING,
              AlgorithmName: ARN_OR_NAME,
            },
          },
        },
      },
    },
    CertifyForMarketplace: BOOLEAN,
    Tags: TAGS,
    ModelApprovalStatus: APPROVAL_STATUS,
    MetadataProperties: structure({
      CommitId: METADATA_VALUE,
      Repository: METADATA_VALUE,
      GeneratedBy: METADATA_VALUE,
      ProjectId: METADATA_VALUE,
    }),
    ModelMetrics: structure({
      ModelQuality: structure({ Statistics: METRICS_SOURCE, Constraints: METRICS_SOURCE }),
      ModelDataQuality: structure({ Statistics: METRICS_SOURCE, Constraints: METRICS_SOURCE }),
      Bias: structure({
        Report: METRICS_SOURCE,
        PreTrainingReport: METRICS_SOURCE,
        PostTrainingReport: METRICS_SOURCE,
      }),
      Explainability: structure({ Report: METRICS_SOURCE }),
    }),
    ClientToken: CLIENT_TOKEN,
    Domain: STRING,
    Task: STRING,
    SamplePayloadUrl: S3_URI,
    CustomerMetadataProperties: CUSTOMER_METADATA,
    DriftCheckBaselines: structure({
      Bias: structure({
        ConfigFile: FILE_SOURCE,
        PreTrainingConstraints: METRICS_SOURCE,
        PostTrainingConstraints: METRICS_SOURCE,
      }),
      Explainability: structure({ Constraints: METRICS_SOURCE, ConfigFile: FILE_SOURCE }),
      ModelQuality: structure({ Statistics: METRICS_SOURCE, Constraints: METRICS_SOURCE }),
      ModelDataQuality: structure({ Statistics: METRICS_SOURCE, Constraints: METRICS_SOURCE }),
    }),
    AdditionalInferenceSpecifications: ADDITIONAL_SPECIFICATIONS,
    SkipModelValidation: { type: "string", enum: ["All", "None"] },
    SourceUri: SOURCE_URI,
    SecurityConfig: {
      type: "structure",
      required: ["KmsKeyId"],
      members: { KmsKeyId: KMS_KEY_ID },
    },
    ModelCard: MODEL_CARD,
    ModelLifeCycle: LIFE_CYCLE,
    ManagedStorageType: { type: "string", enum: ["Restricted"] },
  },
};
