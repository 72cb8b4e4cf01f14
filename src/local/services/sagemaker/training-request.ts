/** A CreateTrainingJob request once it is known to have the service's form: the parts that the local cloud reads. */

/** Where a channel's data lie. */
interface DataSource {
  readonly S3DataSource?: {
    readonly S3DataType: string;
    readonly S3Uri: string;
    readonly S3DataDistributionType?: string;
    readonly InstanceGroupNames?: readonly string[];
    readonly AttributeNames?: readonly string[];
    readonly ModelAccessConfig?: unknown;
    readonly HubAccessConfig?: unknown;
  };
  readonly FileSystemDataSource?: unknown;
  readonly DatasetSource?: unknown;
}

/** One input channel. */
export interface Channel {
  readonly ChannelName: string;
  readonly DataSource: DataSource;
  readonly CompressionType?: string;
  readonly RecordWrapperType?: string;
  readonly InputMode?: string;
}

/** A tag. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** The request. */
export interface TrainingRequest {
  readonly TrainingJobName: string;
  readonly RoleArn: string;
  readonly HyperParameters?: Readonly<Record<string, string>>;
  readonly AlgorithmSpecification?: {
    readonly TrainingImage?: string;
    readonly AlgorithmName?: string;
    readonly TrainingInputMode: string;
    readonly MetricDefinitions?: readonly { readonly Name: string; readonly Regex: string }[];
  };
  readonly InputDataConfig?: readonly Channel[];
  readonly OutputDataConfig: {
    readonly S3OutputPath: string;
    readonly KmsKeyId?: string;
    readonly CompressionType?: string;
  };
  readonly ResourceConfig?: {
    readonly InstanceType?: string;
    readonly InstanceCount?: number;
    readonly InstanceGroups?: readonly {
      readonly InstanceType: string;
      readonly InstanceCount: number;
      readonly InstanceGroupName: string;
    }[];
    readonly InstancePreferences?: readonly {
      readonly InstanceType: string;
      readonly InstanceCount?: number;
    }[];
    readonly KeepAlivePeriodInSeconds?: number;
    readonly TrainingPlanArn?: string;
  };
  readonly StoppingCondition?: {
    readonly MaxRuntimeInSeconds?: number;
    readonly MaxWaitTimeInSeconds?: number;
  };
  readonly Tags?: readonly Tag[];
  readonly EnableManagedSpotTraining?: boolean;
  readonly EnableNetworkIsolation?: boolean;
  readonly CheckpointConfig?: { readonly S3Uri: string };
  readonly DebugHookConfig?: { readonly S3OutputPath: string };
  readonly DebugRuleConfigurations?: readonly unknown[];
  readonly TensorBoardOutputConfig?: { readonly S3OutputPath: string };
  readonly ExperimentConfig?: Readonly<Record<string, unknown>>;
  readonly ProfilerConfig?: { readonly DisableProfiler?: boolean };
  readonly ProfilerRuleConfigurations?: readonly unknown[];
  readonly RemoteDebugConfig?: { readonly EnableRemoteDebug?: boolean };
  readonly InfraCheckConfig?: { readonly EnableInfraCheck?: boolean };
  readonly SessionChainingConfig?: { readonly EnableSessionTagChaining?: boolean };
  readonly ServerlessJobConfig?: unknown;
  readonly MlflowConfig?: unknown;
  readonly ModelPackageConfig?: unknown;
}
