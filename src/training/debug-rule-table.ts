/** SageMaker's built-in rules as data: what each is called, what it looks at, and the parameters that are always sent. */

import type { CollectionConfig } from "./debug-options.ts";

const every500: Readonly<Record<string, string>> = { save_interval: "500" };
const every5: Readonly<Record<string, string>> = { save_interval: "5" };
const matching = (pattern: string): Readonly<Record<string, string>> => ({
  include_regex: pattern,
  ...every500,
});

/** Built-in rules over tensors, by Python's names in camelCase. */
export type DebuggerRuleName =
  | "allZero"
  | "checkInputImages"
  | "classImbalance"
  | "confusion"
  | "createXgboostReport"
  | "deadRelu"
  | "explodingTensor"
  | "featureImportanceOverweight"
  | "lossNotDecreasing"
  | "nlpSequenceRatio"
  | "overfit"
  | "overtraining"
  | "poorWeightInitialization"
  | "saturatedActivation"
  | "similarAcrossRuns"
  | "stalledTrainingRule"
  | "tensorVariance"
  | "treeDepth"
  | "unchangedTensor"
  | "vanishingGradient"
  | "weightUpdateRatio";

/** The service's name of each, and the collections that the hook must save. */
export const DEBUGGER_RULES: Readonly<
  Record<DebuggerRuleName, readonly [name: string, collections: readonly CollectionConfig[]]>
> = {
  allZero: ["AllZero", []],
  checkInputImages: [
    "CheckInputImages",
    [{ name: "input_image", parameters: matching(".*hybridsequential0_input_0") }],
  ],
  classImbalance: ["ClassImbalance", []],
  confusion: ["Confusion", []],
  createXgboostReport: [
    "CreateXgboostReport",
    [
      { name: "metrics", parameters: every5 },
      { name: "feature_importance", parameters: every5 },
      { name: "hyperparameters", parameters: { save_steps: "0" } },
      { name: "predictions", parameters: every5 },
      { name: "labels", parameters: every5 },
    ],
  ],
  deadRelu: ["DeadRelu", [{ name: "relu_output", parameters: matching(".*relu_output") }]],
  explodingTensor: ["ExplodingTensor", []],
  featureImportanceOverweight: [
    "FeatureImportanceOverweight",
    [{ name: "feature_importance", parameters: every500 }],
  ],
  lossNotDecreasing: ["LossNotDecreasing", [{ name: "losses", parameters: every500 }]],
  nlpSequenceRatio: [
    "NLPSequenceRatio",
    [{ name: "input_sequence", parameters: matching(".*embedding0_input_0") }],
  ],
  overfit: ["Overfit", []],
  overtraining: ["Overtraining", []],
  poorWeightInitialization: [
    "PoorWeightInitialization",
    [{ name: "relu_input", parameters: matching(".*relu_input") }],
  ],
  saturatedActivation: ["SaturatedActivation", []],
  similarAcrossRuns: ["SimilarAcrossRuns", []],
  stalledTrainingRule: ["StalledTrainingRule", []],
  tensorVariance: ["TensorVariance", []],
  treeDepth: ["TreeDepth", []],
  unchangedTensor: ["UnchangedTensor", []],
  vanishingGradient: ["VanishingGradient", [{ name: "gradients", parameters: every500 }]],
  weightUpdateRatio: ["WeightUpdateRatio", [{ name: "weights", parameters: every500 }]],
};

/** How often profiles are looked at: each minute. */
const scan_interval_us = 60_000_000;

/** Built-in rules over profiles, by their names, and the names of their parameters in the service's words. */
export interface ProfilerRuleParameterNames {
  /** GPUs that small batches leave idle. */
  readonly BatchSize:
    | "cpu_threshold_p95"
    | "gpu_threshold_p95"
    | "gpu_memory_threshold_p95"
    | "patience"
    | "window"
    | "scan_interval_us";
  /** GPUs that wait for CPUs. */
  readonly CPUBottleneck:
    | "threshold"
    | "gpu_threshold"
    | "cpu_threshold"
    | "patience"
    | "scan_interval_us";
  /** Too few or too many processes that load data. */
  readonly Dataloader: "min_threshold" | "max_threshold" | "scan_interval_us";
  /** Memory of GPUs that grows. */
  readonly GPUMemoryIncrease: "increase" | "patience" | "window" | "scan_interval_us";
  /** GPUs that wait for data. */
  readonly IOBottleneck:
    | "threshold"
    | "gpu_threshold"
    | "io_threshold"
    | "patience"
    | "scan_interval_us";
  /** Work that is spread unevenly over GPUs. */
  readonly LoadBalancing: "threshold" | "patience" | "scan_interval_us";
  /** GPUs that are idle, or busy in bursts. */
  readonly LowGPUUtilization:
    | "threshold_p95"
    | "threshold_p5"
    | "window"
    | "patience"
    | "scan_interval_us";
  /** A first step that comes late; the threshold is in minutes. */
  readonly MaxInitializationTime: "threshold" | "scan_interval_us";
  /** Usage of each node; it never fires. */
  readonly OverallSystemUsage: "scan_interval_us";
  /** Steps that take longer than others. */
  readonly StepOutlier: "stddev" | "n_outliers" | "scan_interval_us" | "mode";
}

/** Built-in rules over profiles. */
export type ProfilerRuleName = keyof ProfilerRuleParameterNames;

/** The parameters that are always sent. */
export const PROFILER_RULES: {
  readonly [Name in ProfilerRuleName]: Readonly<
    Partial<Record<ProfilerRuleParameterNames[Name], number>>
  >;
} = {
  BatchSize: {
    cpu_threshold_p95: 70,
    gpu_threshold_p95: 70,
    gpu_memory_threshold_p95: 70,
    patience: 1000,
    window: 500,
    scan_interval_us,
  },
  CPUBottleneck: {
    threshold: 50,
    gpu_threshold: 10,
    cpu_threshold: 90,
    patience: 1000,
    scan_interval_us,
  },
  Dataloader: { min_threshold: 70, max_threshold: 200, scan_interval_us },
  GPUMemoryIncrease: { increase: 5, patience: 1000, window: 10, scan_interval_us },
  IOBottleneck: {
    threshold: 50,
    gpu_threshold: 10,
    io_threshold: 50,
    patience: 1000,
    scan_interval_us,
  },
  LoadBalancing: { threshold: 0.5, patience: 1000, scan_interval_us },
  LowGPUUtilization: {
    threshold_p95: 70,
    threshold_p5: 10,
    window: 500,
    patience: 1000,
    scan_interval_us,
  },
  MaxInitializationTime: { threshold: 20, scan_interval_us },
  OverallSystemUsage: { scan_interval_us },
  StepOutlier: { stddev: 3, n_outliers: 10, scan_interval_us },
};
