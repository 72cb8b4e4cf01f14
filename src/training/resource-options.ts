/** Options of the machines that a job runs on. */

import type { TrainingInstanceType } from "../aws/types.ts";
import type { InstanceGroup } from "../inputs.ts";

/**
 * An instance type: those that the AWS SDK names (an editor completes them), `local` and `local_gpu` for this machine, and any
 * other string, since AWS adds types monthly.
 */
export type InstanceType = TrainingInstanceType | "local" | "local_gpu" | (string & {});

/** One of several instance types that would do, in the order of preference. */
export interface InstancePreference {
  /** The instances' type. */
  readonly instanceType: InstanceType;
  /** How many. Default: the service's. */
  readonly instanceCount?: number;
  /** The ARN of a training plan whose capacity is used. */
  readonly trainingPlan?: string;
}

/** Where the instances of an UltraServer job are placed, in the service's words. */
export interface InstancePlacementConfig {
  /** Whether several jobs may share an UltraServer. */
  readonly EnableMultipleJobs?: boolean;
  /** Which UltraServers, and how many instances on each; at most 10. */
  readonly PlacementSpecifications?: readonly {
    /** The UltraServer's id. */
    readonly UltraServerId?: string;
    /** How many instances on it. */
    readonly InstanceCount: number;
  }[];
}

/** Machines in the place of an estimator's: what is named replaces that option, `undefined` takes it away. */
export type MachineOptions = {
  readonly [K in Exclude<keyof ResourceOptions, "capacityFallbacks">]?:
    | ResourceOptions[K]
    | undefined;
};

/** The machines that a job runs on. */
export interface ResourceOptions {
  /** How many instances. Default: 1. */
  readonly instanceCount?: number;
  /** The instances' type, e.g. `ml.m5.xlarge`; `local` (and `local_gpu`) runs the job on this machine. */
  readonly instanceType?: InstanceType;
  /** Groups of different instances, at most 5, in place of `instanceType` and `instanceCount`: a heterogeneous cluster. */
  readonly instanceGroups?: readonly InstanceGroup[];
  /**
   * Instance types in the order of preference, 1 to 5, in place of `instanceType`: the service takes the first that has capacity.
   */
  readonly instancePreferences?: readonly InstancePreference[];
  /**
   * Other machines that `fit()` goes on with, in this order, when there is no capacity for the first: an instance type, or the options
   * that are to be others. It is for where the service takes no `instancePreferences` (spot instances, groups of instances), or by
   * choice. Each attempt is a job of its own name, and `fit()` resolves with the one that ran. Needs `wait`: without it only a start
   * that is refused moves on. Default: none.
   *
   * @example
   * ```ts
   * const machines = {
   *   instanceType: "ml.g5.xlarge",
   *   useSpotInstances: true,
   *   maxRun: 3600,
   *   maxWait: 7200,
   *   // Another type, then on-demand instances.
   *   capacityFallbacks: ["ml.g4dn.xlarge", { useSpotInstances: false, maxWait: undefined }],
   * };
   * ```
   */
  readonly capacityFallbacks?: readonly (InstanceType | MachineOptions)[];
  /** How many seconds the instances are kept for a next job (a warm pool): 0 to 21,600. Default: not at all. */
  readonly keepAlivePeriodInSeconds?: number;
  /** The size of each instance's data volume in GB. Default: 30. Instances with NVMe disks have a fixed size. */
  readonly volumeSize?: number;
  /** The KMS key that encrypts the volume. Default: the service's own. Instances with NVMe disks take none. */
  readonly volumeKmsKey?: string;
  /** The ARN of a training plan whose reserved capacity is used. */
  readonly trainingPlan?: string;
  /** Placement on UltraServers, in the service's words. */
  readonly instancePlacementConfig?: InstancePlacementConfig;
  /** The most seconds that the job may run. Default: 86,400 (a day). Reaching it stops the job; its model is kept. */
  readonly maxRun?: number;
  /** Runs on spot instances: cheaper, and may be interrupted. Needs `maxWait`; give `checkpointS3Uri` too. Default: `false`. */
  readonly useSpotInstances?: boolean;
  /** The most seconds that a spot job may take, waiting for instances included: at least `maxRun`. */
  readonly maxWait?: number;
  /** The most seconds that the job may wait for capacity: 1,800 to 2,419,200. Default: the service's. */
  readonly maxPendingTime?: number;
  /** How often the service may start the job again after its own internal faults: 1 to 30. Default: not at all. */
  readonly maxRetryAttempts?: number;
}
