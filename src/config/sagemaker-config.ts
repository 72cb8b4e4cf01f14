/** The configuration as a value, and what it was put together from. Types. */

/** Defaults of training jobs, in the service's words. */
export interface TrainingJobConfig {
  /** For `encryptInterContainerTraffic`. */
  readonly EnableInterContainerTrafficEncryption?: boolean;
  /** For `enableNetworkIsolation`. */
  readonly EnableNetworkIsolation?: boolean;
  /** For `environment`, where the estimator gives none. */
  readonly Environment?: Readonly<Record<string, string>>;
  /** Where artifacts go. */
  readonly OutputDataConfig?: {
    /** For `outputKmsKey`. */
    readonly KmsKeyId?: string;
  };
  /** The machines. */
  readonly ResourceConfig?: {
    /** For `volumeKmsKey`, where the instances take one. */
    readonly VolumeKmsKeyId?: string;
  };
  /** The profiler. */
  readonly ProfilerConfig?: {
    /** For `disableProfiler`. */
    readonly DisableProfiler?: boolean;
  };
  /** For `role`. */
  readonly RoleArn?: string;
  /** The job's VPC. */
  readonly VpcConfig?: {
    /** For `subnets`. */
    readonly Subnets?: readonly string[];
    /** For `securityGroupIds`. */
    readonly SecurityGroupIds?: readonly string[];
  };
  /** Added to `tags`, but for keys that are there. */
  readonly Tags?: readonly {
    /** The tag's name. */
    readonly Key: string;
    /** Its value. */
    readonly Value: string;
  }[];
}

/** Defaults of a session. */
export interface SessionConfig {
  /** For `defaultBucket`. */
  readonly DefaultS3Bucket?: string;
  /** For `defaultBucketPrefix`. */
  readonly DefaultS3ObjectKeyPrefix?: string;
}

/**
 * Defaults in the schema of the Python SDK's `config.yaml`. The members that are named here are read; those of Python's other classes may
 * stand beside them.
 *
 * @example
 * ```ts
 * const sagemakerConfig: SagemakerConfig = {
 *   SageMaker: { TrainingJob: { RoleArn: "arn:aws:iam::123456789012:role/Trainer", Environment: { LOG_LEVEL: "info" } } },
 * };
 * ```
 */
export interface SagemakerConfig {
  /** `1.0`. Required in a file; in a value it may be left out. */
  readonly SchemaVersion?: string;
  /** The writer's own, for programs that read the configuration. */
  readonly CustomParameters?: Readonly<Record<string, string>>;
  /** The defaults. */
  readonly SageMaker?: {
    /** Defaults of training jobs. */
    readonly TrainingJob?: TrainingJobConfig;
    /** Defaults of classes of the SDK. */
    readonly PythonSDK?: {
      /** By class. */
      readonly Modules?: {
        /** For `defaultBucket` and `defaultBucketPrefix` of a session. */
        readonly Session?: SessionConfig;
        /** Defaults of estimators. */
        readonly Estimator?: {
          /** For `debuggerHookConfig`. */
          readonly DebugHookConfig?: boolean;
        };
        readonly [module: string]: unknown;
      };
      readonly [part: string]: unknown;
    };
    readonly [resource: string]: unknown;
  };
}

/** One file of defaults, or the value given to the session. */
export interface ConfigSource {
  /** What people call it: a path, a URI, `new Session({ sagemakerConfig })`. */
  readonly name: string;
  /** What stands in it, as it was checked. */
  readonly config: SagemakerConfig;
}

/** The defaults of a session. */
export interface LoadedConfig {
  /** All sources merged: what stands in a later one wins. */
  readonly config: SagemakerConfig;
  /** In the order in which they were merged. */
  readonly sources: readonly ConfigSource[];
  /** They come from files, not from a value that the program gave. */
  readonly isFromFiles: boolean;
  /** Files that were named and are not there, which a session of a local cloud goes without. */
  readonly missing: readonly string[];
}
