/** The keys of the Python SDK's `config.yaml` (schema 1.0) and what each holds: one table, so that a file written for Python is understood. Data. */

/**
 * What a key holds: a word for a single value, a record for members of its own, a list of one for a list of such.
 *
 * - `strings`: names of the writer's own, each with a text
 * - `anything`: not looked into
 */
export type ConfigShape = ConfigLeaf | ConfigMembers | readonly [ConfigShape];

/** What a single value is. */
export type ConfigLeaf = "version" | "text" | "boolean" | "strings" | "bucket" | "anything";

/** Members by name. */
export interface ConfigMembers {
  readonly [name: string]: ConfigShape;
}

const tags = [{ Key: "text", Value: "text" }] as const;
const vpc = { SecurityGroupIds: ["text"], Subnets: ["text"] } as const;
const kms = { KmsKeyId: "text" } as const;
const volumeKms = { VolumeKmsKeyId: "text" } as const;
const network = {
  EnableInterContainerTrafficEncryption: "boolean",
  EnableNetworkIsolation: "boolean",
  VpcConfig: vpc,
} as const;
const autoMlSecurity = {
  EnableInterContainerTrafficEncryption: "boolean",
  ...volumeKms,
  VpcConfig: vpc,
} as const;
const containers = [{ Environment: "strings" }] as const;
const transform = {
  Environment: "strings",
  TransformOutput: kms,
  TransformResources: volumeKms,
} as const;

/** Members that must be there, where their parent is. */
export const REQUIRED_MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  [tags[0], ["Key", "Value"]],
]);

const modules = {
  Session: { DefaultS3Bucket: "bucket", DefaultS3ObjectKeyPrefix: "text" },
  Estimator: { DebugHookConfig: "boolean" },
  ModelTrainer: "anything",
  RemoteFunction: {
    Dependencies: "text",
    PreExecutionCommands: ["text"],
    PreExecutionScript: "text",
    EnableInterContainerTrafficEncryption: "boolean",
    EnvironmentVariables: "strings",
    ImageUri: "text",
    IncludeLocalWorkDir: "boolean",
    CustomFileFilter: { IgnoreNamePatterns: ["text"] },
    InstanceType: "text",
    JobCondaEnvironment: "text",
    RoleArn: "text",
    S3KmsKeyId: "text",
    S3RootUri: "text",
    Tags: tags,
    ...volumeKms,
    VpcConfig: vpc,
  },
  NotebookJob: {
    RoleArn: "text",
    S3RootUri: "text",
    S3KmsKeyId: "text",
    ...volumeKms,
    VpcConfig: vpc,
  },
  Serve: {
    RoleArn: "text",
    S3ModelDataUri: "text",
    InstanceType: "text",
    EnvironmentVariables: "strings",
  },
  TelemetryOptOut: "boolean",
} as const;

/** Every key of schema 1.0. */
export const CONFIG_KEYS: ConfigMembers = {
  SchemaVersion: "version",
  CustomParameters: "strings",
  SageMaker: {
    // `Resources` is sagemaker-core's own part of the same file.
    PythonSDK: { Modules: modules, Resources: "anything" },
    FeatureGroup: {
      OfflineStoreConfig: { S3StorageConfig: kms },
      OnlineStoreConfig: { SecurityConfig: kms },
      RoleArn: "text",
      Tags: tags,
    },
    MonitoringSchedule: {
      MonitoringScheduleConfig: {
        MonitoringJobDefinition: {
          Environment: "strings",
          MonitoringOutputConfig: kms,
          MonitoringResources: { ClusterConfig: volumeKms },
          NetworkConfig: network,
          RoleArn: "text",
        },
      },
      Tags: tags,
    },
    Endpoint: { Tags: tags },
    EndpointConfig: {
      AsyncInferenceConfig: { OutputConfig: kms },
      DataCaptureConfig: kms,
      ...kms,
      ProductionVariants: [{ CoreDumpConfig: kms }],
      Tags: tags,
    },
    AutoMLJob: {
      AutoMLJobConfig: { SecurityConfig: autoMlSecurity },
      OutputDataConfig: kms,
      RoleArn: "text",
      Tags: tags,
    },
    AutoMLJobV2: {
      SecurityConfig: autoMlSecurity,
      OutputDataConfig: kms,
      RoleArn: "text",
      Tags: tags,
    },
    TransformJob: { DataCaptureConfig: kms, ...transform, Tags: tags },
    CompilationJob: { OutputConfig: kms, RoleArn: "text", VpcConfig: vpc, Tags: tags },
    Pipeline: { RoleArn: "text", Tags: tags },
    Model: {
      Containers: containers,
      EnableNetworkIsolation: "boolean",
      ExecutionRoleArn: "text",
      PrimaryContainer: containers[0],
      VpcConfig: vpc,
      Tags: tags,
    },
    ModelPackage: {
      InferenceSpecification: { Containers: containers },
      ValidationSpecification: {
        ValidationProfiles: [{ TransformJobDefinition: transform }],
        ValidationRole: "text",
      },
    },
    ProcessingJob: {
      Environment: "strings",
      NetworkConfig: network,
      ProcessingInputs: [
        {
          DatasetDefinition: {
            AthenaDatasetDefinition: kms,
            RedshiftDatasetDefinition: { ...kms, ClusterRoleArn: "text" },
          },
        },
      ],
      ProcessingOutputConfig: kms,
      ProcessingResources: { ClusterConfig: volumeKms },
      RoleArn: "text",
      Tags: tags,
    },
    TrainingJob: {
      ...network,
      Environment: "strings",
      OutputDataConfig: kms,
      ResourceConfig: volumeKms,
      ProfilerConfig: { DisableProfiler: "boolean" },
      RoleArn: "text",
      Tags: tags,
    },
    EdgePackagingJob: { OutputConfig: kms, ResourceKey: "text", RoleArn: "text", Tags: tags },
  },
};

/** Where the keys stand that this library reads; the others are Python's own, and passed over. */
export const READ_KEYS: readonly (readonly string[])[] = [
  ["SchemaVersion"],
  ["SageMaker", "TrainingJob"],
  ["SageMaker", "PythonSDK", "Modules", "Session"],
  ["SageMaker", "PythonSDK", "Modules", "Estimator"],
];
