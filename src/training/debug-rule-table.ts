/** SageMaker's built-in rules as data: what each is called, what it looks at, and the parameters that are always sent. */

import type { CollectionConfig } from "./debug-options.ts";

const every500: Readonly<Record<string, string>> = { save_interval: "500" };
const every5: Readonly<Record<string, string>> = { save_interval: "5" };
const matching = (pattern: string): Readonly<Record<string, string>> => ({
  include_regex: pattern,
  ...every500,
});

/** Rules over tensors, by Python's names in camelCase: the service's name, and the collections that the hook must save. */
export const DEBUGGER_RULES = {
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
} as const satisfies Readonly<
  Record<string, readonly [name: string, collections: readonly CollectionConfig[]]>
>;

/** How often profiles are looked at: each minute. */
const scan_interval_us = 60_000_000;

/** Rules over profiles, by their names: the parameters that are always sent, in the service's words. */
export const PROFILER_RULES = {
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
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>;
