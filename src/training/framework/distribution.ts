/** A distribution as the hyperparameters that the training toolkit in the image reads, as Python makes them. Pure. */

import type { EstimatorOptions } from "../options.ts";
import type { Distribution } from "./distribution-options.ts";
import type { FrameworkChoice } from "./framework-choice.ts";

type Options = Pick<EstimatorOptions, "instanceType" | "instanceGroups">;
type Values = Record<string, unknown>;

/**
 * The hyperparameters of a framework's distribution, before they are written as JSON.
 *
 * @param choice - the framework and its distribution
 * @param options - the estimator's machines
 */
export function distributionHyperparameters(choice: FrameworkChoice, options: Options): Values {
  const { name, distribution = {} } = choice;
  const { torchDistributed, pytorchddp } = distribution;
  const instanceType =
    options.instanceType === undefined ? {} : { sagemaker_instance_type: options.instanceType };
  if (name === "huggingface" && pytorchddp?.enabled === true) {
    return { sagemaker_pytorch_ddp_enabled: true, ...instanceType };
  }
  if (name !== "tensorflow" && torchDistributed?.enabled === true) {
    const meant = asSmDistributed(choice);
    return {
      ...(name === "pytorch" && meant.smdistributed !== undefined && launchers(meant, options)),
      sagemaker_torch_distributed_enabled: true,
      ...instanceType,
    };
  }
  return launchers(asSmDistributed(choice), options);
}

/** For PyTorch, `pytorchddp` is another word for SageMaker's data parallelism library. */
export function asSmDistributed({ name, distribution = {} }: FrameworkChoice): Distribution {
  const { pytorchddp, ...others } = distribution;
  return name === "pytorch" && pytorchddp !== undefined
    ? { ...others, smdistributed: { dataparallel: pytorchddp } }
    : distribution;
}

/** What most frameworks have in common. A strategy that is named and off is said to be off. */
function launchers(distribution: Distribution, options: Options): Values {
  const { parameterServer, mpi, pytorchxla, smdistributed } = distribution;
  const { multiWorkerMirroredStrategy: mirrored } = distribution;
  const groups = trainingGroups(distribution, options);
  return {
    ...(groups.length > 0 && { sagemaker_distribution_instance_groups: groups }),
    ...(pytorchxla && { sagemaker_pytorch_xla_multi_worker_enabled: isOn(pytorchxla) }),
    ...(parameterServer && { sagemaker_parameter_server_enabled: isOn(parameterServer) }),
    ...(mpi && {
      sagemaker_mpi_enabled: isOn(mpi),
      ...(mpi.processesPerHost && {
        sagemaker_mpi_num_of_processes_per_host: mpi.processesPerHost,
      }),
      sagemaker_mpi_custom_mpi_options: mpi.customMpiOptions ?? "",
    }),
    ...(smdistributed && smDistributed(smdistributed, options)),
    ...(mirrored && { sagemaker_multi_worker_mirrored_strategy_enabled: isOn(mirrored) }),
  };
}

function smDistributed(
  { dataparallel, modelparallel }: NonNullable<Distribution["smdistributed"]>,
  { instanceType }: Options,
): Values {
  const { parameters = {} } = modelparallel ?? {};
  return {
    ...(isOn(modelparallel) && Object.keys(parameters).length > 0 && { mp_parameters: parameters }),
    sagemaker_distributed_dataparallel_enabled: isOn(dataparallel),
    // As in Python: null where instance groups take its place.
    sagemaker_instance_type: instanceType ?? null,
    ...(isOn(dataparallel) && {
      sagemaker_distributed_dataparallel_custom_mpi_options: dataparallel?.customMpiOptions ?? "",
    }),
  };
}

/**
 * The names of the instance groups that train: those that were named; else, as in Python, the only one there is, where the
 * launcher reads them (MPI, and the data parallelism library over it).
 */
function trainingGroups(distribution: Distribution, { instanceGroups = [] }: Options): string[] {
  const { mpi, smdistributed, instanceGroups: named } = distribution;
  if (named !== undefined) {
    return named.map((group) => (typeof group === "string" ? group : group.instanceGroupName));
  }
  const reads = isOn(mpi) || isOn(smdistributed?.dataparallel);
  return reads && instanceGroups.length === 1
    ? instanceGroups.map(({ instanceGroupName }) => instanceGroupName)
    : [];
}

/** Only the value `true` is on. */
export function isOn(strategy: { readonly enabled?: unknown } | undefined): boolean {
  return strategy?.enabled === true;
}

/** Whether the strategy, or one of the libraries in it, is on. */
export function isOnAnywhere(strategy: unknown): boolean {
  if (typeof strategy !== "object" || strategy === null) {
    return false;
  }
  return isOn(strategy) || Object.values(strategy).some(isOn);
}
