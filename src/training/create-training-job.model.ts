/** The service's own limits on a CreateTrainingJob request, as data (SageMaker API 2017-07-24). */

import { PROCESSING_INSTANCE_TYPES, TRAINING_INSTANCE_TYPES } from "./instance-types.ts";
import type { Shape, StructureShape } from "./shape.ts";

const BOOLEAN: Shape = { type: "boolean" };
const ALGORITHM_IMAGE: Shape = { type: "string", max: 255, pattern: ".*" };
const TRAINING_INPUT_MODE: Shape = { type: "string", enum: ["Pipe", "File", "FastFile"] };
const S3_URI: Shape = { type: "string", max: 1024, pattern: "(https|s3)://([^/]+)/?(.*)" };
const INSTANCE_GROUP_NAME: Shape = { type: "string", min: 1, max: 64, pattern: ".+" };
const DIRECTORY_PATH: Shape = { type: "string", max: 4096, pattern: ".*" };
const KMS_KEY_ID: Shape = { type: "string", max: 2048, pattern: "[a-zA-Z0-9:/_-]*" };
const TRAINING_INSTANCE_TYPE: Shape = { type: "string", enum: TRAINING_INSTANCE_TYPES };
const TRAINING_INSTANCE_COUNT: Shape = { type: "integer", min: 0 };
const OPTIONAL_VOLUME_SIZE_GB: Shape = { type: "integer", min: 0 };
const TRAINING_PLAN_ARN: Shape = {
  type: "string",
  min: 50,
  max: 2048,
  pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:training-plan/.*`,
};
const RULE_CONFIGURATION_NAME: Shape = { type: "string", min: 1, max: 256, pattern: ".*" };
const PROCESSING_INSTANCE_TYPE: Shape = { type: "string", enum: PROCESSING_INSTANCE_TYPES };
const RULE_PARAMETERS: Shape = {
  type: "map",
  max: 100,
  key: { type: "string", min: 1, max: 256, pattern: ".*" },
  value: { type: "string", max: 256, pattern: ".*" },
};
/** Rules of the debugger and of the profiler have the same form. */
const RULE_CONFIGURATIONS: Shape = {
  type: "list",
  max: 20,
  of: {
    type: "structure",
    required: ["RuleConfigurationName", "RuleEvaluatorImage"],
    members: {
      RuleConfigurationName: RULE_CONFIGURATION_NAME,
      LocalPath: DIRECTORY_PATH,
      S3OutputPath: S3_URI,
      RuleEvaluatorImage: ALGORITHM_IMAGE,
      InstanceType: PROCESSING_INSTANCE_TYPE,
      VolumeSizeInGB: OPTIONAL_VOLUME_SIZE_GB,
      RuleParameters: RULE_PARAMETERS,
    },
  },
};
const EXPERIMENT_ENTITY_NAME: Shape = {
  type: "string",
  min: 1,
  max: 120,
  pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}",
};

/**
 * What the service accepts as a CreateTrainingJob request: members, types, lengths, ranges, patterns and enums.
 * The types of the AWS client carry none of these limits.
 */
export const CREATE_TRAINING_JOB: StructureShape = {
  type: "structure",
  required: ["TrainingJobName", "RoleArn", "OutputDataConfig"],
  members: {
    TrainingJobName: {
      type: "string",
      min: 1,
      max: 63,
      pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    },
    HyperParameters: {
      type: "map",
      max: 100,
      secret: true,
      key: { type: "string", max: 256, pattern: ".*" },
      value: { type: "string", max: 2500, pattern: ".*" },
    },
    AlgorithmSpecification: {
      type: "structure",
      required: ["TrainingInputMode"],
      members: {
        TrainingImage: ALGORITHM_IMAGE,
        AlgorithmName: {
          type: "string",
          min: 1,
          max: 170,
          pattern: String.raw`(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)`,
        },
        TrainingInputMode: TRAINING_INPUT_MODE,
        MetricDefinitions: {
          type: "list",
          max: 40,
          of: {
            type: "structure",
            required: ["Name", "Regex"],
            members: {
              Name: { type: "string", min: 1, max: 255, pattern: ".+" },
              Regex: { type: "string", min: 1, max: 500, pattern: ".+" },
            },
          },
        },
        EnableSageMakerMetricsTimeSeries: BOOLEAN,
        ContainerEntrypoint: {
          type: "list",
          min: 1,
          max: 100,
          of: { type: "string", max: 256, pattern: ".*" },
        },
        ContainerArguments: {
          type: "list",
          min: 1,
          max: 100,
          of: { type: "string", max: 256, pattern: ".*" },
        },
        TrainingImageConfig: {
          type: "structure",
          required: ["TrainingRepositoryAccessMode"],
          members: {
            TrainingRepositoryAccessMode: { type: "string", enum: ["Platform", "Vpc"] },
            TrainingRepositoryAuthConfig: {
              type: "structure",
              required: ["TrainingRepositoryCredentialsProviderArn"],
              members: {
                TrainingRepositoryCredentialsProviderArn: {
                  type: "string",
                  min: 1,
                  max: 2048,
                  pattern: String.raw`arn:[\p{Alnum}\-]+:lambda:[\p{Alnum}\-]+:[0-9]{12}:function:.*`,
                },
              },
            },
          },
        },
      },
    },
    RoleArn: {
      type: "string",
      min: 20,
      max: 2048,
      pattern: String.raw`arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
    },
    InputDataConfig: {
      type: "list",
      min: 1,
      max: 20,
      of: {
        type: "structure",
        required: ["ChannelName", "DataSource"],
        members: {
          ChannelName: { type: "string", min: 1, max: 64, pattern: String.raw`[A-Za-z0-9\.\-_]+` },
          DataSource: {
            type: "structure",
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
                  S3DataDistributionType: {
                    type: "string",
                    enum: ["FullyReplicated", "ShardedByS3Key"],
                  },
                  AttributeNames: {
                    type: "list",
                    max: 16,
                    of: { type: "string", min: 1, max: 256, pattern: ".+" },
                  },
                  InstanceGroupNames: { type: "list", max: 5, of: INSTANCE_GROUP_NAME },
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
                },
              },
              FileSystemDataSource: {
                type: "structure",
                required: [
                  "FileSystemId",
                  "FileSystemAccessMode",
                  "FileSystemType",
                  "DirectoryPath",
                ],
                members: {
                  FileSystemId: { type: "string", min: 11, max: 21, pattern: "(fs-[0-9a-f]{8,})" },
                  FileSystemAccessMode: { type: "string", enum: ["rw", "ro"] },
                  FileSystemType: { type: "string", enum: ["EFS", "FSxLustre"] },
                  DirectoryPath: DIRECTORY_PATH,
                },
              },
              DatasetSource: {
                type: "structure",
                required: ["DatasetArn"],
                members: {
                  DatasetArn: {
                    type: "string",
                    max: 2048,
                    pattern: String.raw`(arn:[a-z0-9-\.]{1,63}:sagemaker:\w+(?:-\w+)+:(\d{12}|aws):hub-content\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\/DataSet\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\/\d{1,4}.\d{1,4}.\d{1,4})?`,
                  },
                },
              },
            },
          },
          ContentType: { type: "string", max: 256, pattern: ".*" },
          CompressionType: { type: "string", enum: ["None", "Gzip"] },
          RecordWrapperType: { type: "string", enum: ["None", "RecordIO"] },
          InputMode: TRAINING_INPUT_MODE,
          ShuffleConfig: {
            type: "structure",
            required: ["Seed"],
            members: { Seed: { type: "long" } },
          },
        },
      },
    },
    OutputDataConfig: {
      type: "structure",
      required: ["S3OutputPath"],
      members: {
        KmsKeyId: KMS_KEY_ID,
        S3OutputPath: S3_URI,
        CompressionType: { type: "string", enum: ["GZIP", "NONE"] },
      },
    },
    ResourceConfig: {
      type: "structure",
      members: {
        InstanceType: TRAINING_INSTANCE_TYPE,
        InstanceCount: TRAINING_INSTANCE_COUNT,
        VolumeSizeInGB: OPTIONAL_VOLUME_SIZE_GB,
        VolumeKmsKeyId: KMS_KEY_ID,
        KeepAlivePeriodInSeconds: { type: "integer", min: 0, max: 21600 },
        InstanceGroups: {
          type: "list",
          max: 5,
          of: {
            type: "structure",
            required: ["InstanceType", "InstanceCount", "InstanceGroupName"],
            members: {
              InstanceType: TRAINING_INSTANCE_TYPE,
              InstanceCount: TRAINING_INSTANCE_COUNT,
              InstanceGroupName: INSTANCE_GROUP_NAME,
            },
          },
        },
        TrainingPlanArn: TRAINING_PLAN_ARN,
        InstancePlacementConfig: {
          type: "structure",
          members: {
            EnableMultipleJobs: BOOLEAN,
            PlacementSpecifications: {
              type: "list",
              max: 10,
              of: {
                type: "structure",
                required: ["InstanceCount"],
                members: {
                  UltraServerId: { type: "string", max: 256 },
                  InstanceCount: TRAINING_INSTANCE_COUNT,
                },
              },
            },
          },
        },
        InstancePreferences: {
          type: "list",
          min: 1,
          max: 5,
          of: {
            type: "structure",
            required: ["InstanceType"],
            members: {
              InstanceType: TRAINING_INSTANCE_TYPE,
              InstanceCount: TRAINING_INSTANCE_COUNT,
              TrainingPlanArns: { type: "list", min: 1, max: 1, of: TRAINING_PLAN_ARN },
            },
          },
        },
        SelectedInstanceType: TRAINING_INSTANCE_TYPE,
        SelectedInstanceCount: TRAINING_INSTANCE_COUNT,
      },
    },
    VpcConfig: {
      type: "structure",
      required: ["SecurityGroupIds", "Subnets"],
      members: {
        SecurityGroupIds: {
          type: "list",
          min: 1,
          max: 5,
          of: { type: "string", max: 32, pattern: "[-0-9a-zA-Z]+" },
        },
        Subnets: {
          type: "list",
          min: 1,
          max: 16,
          of: { type: "string", max: 32, pattern: "[-0-9a-zA-Z]+" },
        },
      },
    },
    StoppingCondition: {
      type: "structure",
      members: {
        MaxRuntimeInSeconds: { type: "integer", min: 1 },
        MaxWaitTimeInSeconds: { type: "integer", min: 1 },
        MaxPendingTimeInSeconds: { type: "integer", min: 1800, max: 2419200 },
      },
    },
    Tags: {
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
    },
    EnableNetworkIsolation: BOOLEAN,
    EnableInterContainerTrafficEncryption: BOOLEAN,
    EnableManagedSpotTraining: BOOLEAN,
    CheckpointConfig: {
      type: "structure",
      required: ["S3Uri"],
      members: { S3Uri: S3_URI, LocalPath: DIRECTORY_PATH },
    },
    DebugHookConfig: {
      type: "structure",
      required: ["S3OutputPath"],
      members: {
        LocalPath: DIRECTORY_PATH,
        S3OutputPath: S3_URI,
        HookParameters: {
          type: "map",
          max: 20,
          key: { type: "string", min: 1, max: 256, pattern: ".*" },
          value: { type: "string", max: 256, pattern: ".*" },
        },
        CollectionConfigurations: {
          type: "list",
          max: 20,
          of: {
            type: "structure",
            members: {
              CollectionName: { type: "string", min: 1, max: 256, pattern: ".*" },
              CollectionParameters: {
                type: "map",
                max: 20,
                key: { type: "string", min: 1, max: 256, pattern: ".*" },
                value: { type: "string", max: 256, pattern: ".*" },
              },
            },
          },
        },
      },
    },
    DebugRuleConfigurations: RULE_CONFIGURATIONS,
    TensorBoardOutputConfig: {
      type: "structure",
      required: ["S3OutputPath"],
      members: { LocalPath: DIRECTORY_PATH, S3OutputPath: S3_URI },
    },
    ExperimentConfig: {
      type: "structure",
      members: {
        ExperimentName: EXPERIMENT_ENTITY_NAME,
        TrialName: EXPERIMENT_ENTITY_NAME,
        TrialComponentDisplayName: EXPERIMENT_ENTITY_NAME,
        RunName: EXPERIMENT_ENTITY_NAME,
      },
    },
    ProfilerConfig: {
      type: "structure",
      members: {
        S3OutputPath: S3_URI,
        ProfilingIntervalInMilliseconds: { type: "long" },
        ProfilingParameters: {
          type: "map",
          max: 20,
          key: { type: "string", min: 1, max: 256, pattern: ".*" },
          value: { type: "string", max: 256, pattern: ".*" },
        },
        DisableProfiler: BOOLEAN,
      },
    },
    ProfilerRuleConfigurations: RULE_CONFIGURATIONS,
    Environment: {
      type: "map",
      max: 100,
      secret: true,
      key: { type: "string", max: 512, pattern: "[a-zA-Z_][a-zA-Z0-9_]*" },
      value: { type: "string", max: 512, pattern: String.raw`[\S\s]*` },
    },
    RetryStrategy: {
      type: "structure",
      required: ["MaximumRetryAttempts"],
      members: { MaximumRetryAttempts: { type: "integer", min: 1, max: 30 } },
    },
    RemoteDebugConfig: { type: "structure", members: { EnableRemoteDebug: BOOLEAN } },
    InfraCheckConfig: { type: "structure", members: { EnableInfraCheck: BOOLEAN } },
    SessionChainingConfig: { type: "structure", members: { EnableSessionTagChaining: BOOLEAN } },
    ServerlessJobConfig: {
      type: "structure",
      required: ["BaseModelArn", "JobType"],
      members: {
        BaseModelArn: {
          type: "string",
          min: 1,
          max: 2048,
          pattern: String.raw`(arn:[a-z0-9-\.]{1,63}:sagemaker:\w+(?:-\w+)+:(\d{12}|aws):hub-content\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\/Model\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\/\d{1,4}.\d{1,4}.\d{1,4})?`,
        },
        AcceptEula: BOOLEAN,
        JobType: { type: "string", enum: ["FineTuning", "Evaluation"] },
        CustomizationTechnique: { type: "string", enum: ["SFT", "DPO", "RLVR", "RLAIF"] },
        Peft: { type: "string", enum: ["LORA"] },
        EvaluationType: {
          type: "string",
          enum: ["LLMAJEvaluation", "CustomScorerEvaluation", "BenchmarkEvaluation"],
        },
        EvaluatorArn: { type: "string", pattern: ".*" },
        SequenceLength: { type: "string", min: 1, max: 50, pattern: String.raw`\d+K` },
      },
    },
    MlflowConfig: {
      type: "structure",
      required: ["MlflowResourceArn"],
      members: {
        MlflowResourceArn: {
          type: "string",
          max: 2048,
          pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:mlflow-[a-zA-Z-]*/.*`,
        },
        MlflowExperimentName: { type: "string", min: 1, max: 256, pattern: ".*" },
        MlflowRunName: { type: "string", min: 1, max: 256, pattern: ".*" },
      },
    },
    ModelPackageConfig: {
      type: "structure",
      required: ["ModelPackageGroupArn"],
      members: {
        ModelPackageGroupArn: {
          type: "string",
          min: 1,
          max: 2048,
          pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package-group/[\S]{1,2048}`,
        },
        SourceModelPackageArn: {
          type: "string",
          min: 1,
          max: 2048,
          pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]{1,2048}`,
        },
      },
    },
  },
};
