/** Options of the debugger, the profiler and TensorBoard: what Python's classes of these names hold, as plain objects. */

/** One collection of tensors that the debugger saves. */
export interface CollectionConfig {
  /** The collection's name, e.g. `losses`. */
  readonly name: string;
  /** Its parameters, e.g. `{ save_interval: "100" }`, at most 20. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What the debugger's hook saves, and where. */
export interface DebuggerHookConfig {
  /** Where tensors go. Default: the estimator's `outputPath`. */
  readonly s3OutputPath?: string;
  /** The folder in the container. Default: the service's, `/opt/ml/output/tensors/`. */
  readonly containerLocalOutputPath?: string;
  /** The hook's parameters, at most 20. */
  readonly hookParameters?: Readonly<Record<string, string>>;
  /** The collections to save, at most 20. */
  readonly collectionConfigs?: readonly CollectionConfig[];
}

/** What the profiler measures, and where it writes. */
export interface ProfilerConfig {
  /** Where profiles go. Default: the estimator's `outputPath`. */
  readonly s3OutputPath?: string;
  /** Milliseconds between two measurements of the system: 100, 200, 500, 1,000, 5,000 or 60,000. Default: the service's, 500. */
  readonly systemMonitorIntervalMillis?: number;
  /** Parameters of the framework's profiling in the service's words, at most 20. */
  readonly frameworkProfileParams?: Readonly<Record<string, string>>;
  /** Turns profiling off. Default: `false`. */
  readonly disableProfiler?: boolean;
}

/** Where TensorBoard's summaries go. */
export interface TensorBoardOutputConfig {
  /** Where in S3. */
  readonly s3OutputPath: string;
  /** The folder in the container. Default: the service's, `/opt/ml/output/tensorboard`. */
  readonly containerLocalOutputPath?: string;
}

/** What happens when a rule fires, in the service's words. The job's role must be allowed to do it. */
export type RuleAction =
  | {
      /** Stops a training job. */
      readonly name: "stoptraining";
      /** The beginning of the job's name. Default: this job. */
      readonly trainingJobPrefix?: string;
    }
  | {
      /** Tells somebody. */
      readonly name: "email" | "sms";
      /** The address, or the phone number. */
      readonly endpoint: string;
    };

/** A rule that is evaluated beside the job: of the debugger, or of the profiler. `Rule` and `ProfilerRule` make them. */
export interface RuleConfig {
  /** `debugger`: over saved tensors. `profiler`: over profiles. */
  readonly kind: "debugger" | "profiler";
  /** The rule's name, unique in the job. */
  readonly name: string;
  /** The image that evaluates it. Default: that of SageMaker's built-in rules in the session's region. */
  readonly imageUri?: string;
  /** The type of the instance that evaluates it. Default: the service's own, for its built-in rules. */
  readonly instanceType?: string;
  /** Its volume in GB. */
  readonly volumeSizeInGB?: number;
  /** The rule's parameters, at most 100; `rule_to_invoke` names a built-in rule. */
  readonly ruleParameters?: Readonly<Record<string, string>>;
  /** The tensors that it looks at: the debugger's hook saves them too. */
  readonly collectionsToSave?: readonly CollectionConfig[];
  /** What happens when a debugger rule fires. Default: nothing but its status. */
  readonly actions?: readonly RuleAction[];
  /** Where its output goes. Default: beside the tensors. */
  readonly s3OutputPath?: string;
  /** The folder of its output in the container. */
  readonly containerLocalOutputPath?: string;
}

/** Debugger, profiler and TensorBoard. All of it is off unless it is asked for (Python turns hook and profiler on). */
export interface DebugOptions {
  /** The debugger's hook; `true` for one with the service's defaults, `false` for none. Default: none, unless `rules` has one of the debugger. */
  readonly debuggerHookConfig?: DebuggerHookConfig | boolean;
  /** Rules that are evaluated beside the job, at most 20 of each kind. */
  readonly rules?: readonly RuleConfig[];
  /** The profiler. Default: none, unless `rules` has one of the profiler. */
  readonly profilerConfig?: ProfilerConfig;
  /** `true` says to the service that no profiler shall run. Default: nothing is said. */
  readonly disableProfiler?: boolean;
  /** TensorBoard's summaries. Default: none. */
  readonly tensorboardOutputConfig?: TensorBoardOutputConfig;
}
