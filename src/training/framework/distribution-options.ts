/** How a framework's program runs on many processors and machines: Python's `distribution`, in camelCase. */

import type { InstanceGroup } from "../../inputs.ts";

/** Something that is on or off. */
export interface Enabled {
  /** Whether it is on. */
  readonly enabled: boolean;
}

/** MPI: one program on every host, started by `mpirun`. */
export interface MpiDistribution extends Enabled {
  /** How many processes on each host. Default: 1. */
  readonly processesPerHost?: number;
  /** More options of `mpirun`. */
  readonly customMpiOptions?: string;
}

/** SageMaker's distributed data parallelism. */
export interface DataParallelDistribution extends Enabled {
  /** More options of `mpirun`. */
  readonly customMpiOptions?: string;
}

/** SageMaker's model parallelism. */
export interface ModelParallelDistribution extends Enabled {
  /** The library's parameters in its own words: `partitions`, `microbatches`, `hybrid_shard_degree` … */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** SageMaker's own libraries; one of them. */
export interface SmDistributed {
  /** The data parallelism library. */
  readonly dataparallel?: DataParallelDistribution;
  /** The model parallelism library. */
  readonly modelparallel?: ModelParallelDistribution;
}

/** Every strategy; which ones a framework knows, its own type says. */
export interface Distribution {
  /** A parameter server on every host. */
  readonly parameterServer?: Enabled;
  /** MPI (Horovod and the like). */
  readonly mpi?: MpiDistribution;
  /** `torchrun`: PyTorch's own launcher. */
  readonly torchDistributed?: Enabled;
  /** PyTorch's DDP over SageMaker's data parallelism library. */
  readonly pytorchddp?: DataParallelDistribution;
  /** SageMaker's own libraries. */
  readonly smdistributed?: SmDistributed;
  /** PyTorch/XLA. Needs the SageMaker Training Compiler's image. */
  readonly pytorchxla?: Enabled;
  /** TensorFlow's MultiWorkerMirroredStrategy, since 2.9. */
  readonly multiWorkerMirroredStrategy?: Enabled;
  /** With `instanceGroups` of the estimator: the one group that trains, or its name. */
  readonly instanceGroups?: readonly (string | InstanceGroup)[];
}

/** What PyTorch knows. */
export type PyTorchDistribution = Omit<Distribution, "multiWorkerMirroredStrategy">;
/** What Hugging Face knows. */
export type HuggingFaceDistribution = Omit<Distribution, "multiWorkerMirroredStrategy">;
/** What TensorFlow knows. */
export type TensorFlowDistribution = Omit<
  Distribution,
  "torchDistributed" | "pytorchddp" | "pytorchxla"
>;
