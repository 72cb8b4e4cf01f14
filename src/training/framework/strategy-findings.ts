/**
 * What does not fit a strategy that is on: types of instances, versions, images. What Python refuses by its lists of types and
 * versions is a warning: lists age, and the service does not look at them. Pure.
 */

import { accelerator } from "../instance-traits.ts";
import type { EstimatorOptions } from "../options.ts";
import { isOn, isOnAnywhere } from "./distribution.ts";
import type { Distribution } from "./distribution-options.ts";
import type { FrameworkChoice } from "./framework-choice.ts";
import { modelParallelFindings } from "./model-parallel-findings.ts";
import { isBefore } from "./version.ts";

/** Takes what is wrong, by its path in the distribution. */
export type Tell = (path: string, message: string, hint: string) => void;

/** What is told, and of what. */
export interface Telling {
  readonly error: Tell;
  readonly warning: Tell;
  readonly choice: FrameworkChoice;
  readonly options: EstimatorOptions;
  /** With `pytorchddp` as what it means. */
  readonly distribution: Distribution;
}

/** What the data parallelism library runs on without `torchrun` (SageMaker developer guide, supported instance types). */
const DATA_PARALLEL_TYPES = /^ml\.(?:p3\.16xlarge|p3dn\.24xlarge|p4d\.24xlarge|p4de\.24xlarge)$/;

/**
 * Tells what does not fit.
 *
 * @param telling - the distribution, and who is told
 */
export function strategyFindings(telling: Telling): void {
  smDistributed(telling);
  torchDistributed(telling);
  others(telling);
}

function smDistributed({ error, warning, choice, options, distribution }: Telling): void {
  const { smdistributed, torchDistributed } = distribution;
  if (smdistributed === undefined) {
    return;
  }
  const version = baseVersion(choice);
  if (isOn(smdistributed.dataparallel)) {
    for (const type of trainingTypes(options, distribution)) {
      if (!isOn(torchDistributed) && type !== "local_gpu" && !DATA_PARALLEL_TYPES.test(type)) {
        warning(
          "smdistributed.dataparallel",
          `It is not made for '${type}'.`,
          "It runs on ml.p3.16xlarge, ml.p3dn.24xlarge, ml.p4d.24xlarge and ml.p4de.24xlarge, and on newer types with torchDistributed.",
        );
      }
    }
    const [framework, last] =
      baseFramework(choice) === "tensorflow" ? ["TensorFlow", "2.11"] : ["PyTorch", "2.2"];
    if (!choice.ownImage && version !== undefined && isBefore(last, version)) {
      warning(
        "smdistributed.dataparallel",
        `The Python SDK knows it up to ${framework} ${last}, not for ${version}.`,
        "See which images hold the library, or take an earlier version.",
      );
    }
  }
  const { modelparallel } = smdistributed;
  if (!isOn(modelparallel)) {
    return;
  }
  if (choice.name === "pytorch" && isOn(torchDistributed) && !choice.ownImage) {
    error(
      "smdistributed.modelparallel",
      "With torchDistributed the library is in images of its own, which are not known here.",
      "Give one as imageUri: <account>.dkr.ecr.<region>.amazonaws.com/smdistributed-modelparallel:<version>.",
    );
  }
  for (const { member, message } of modelParallelFindings(modelparallel?.parameters ?? {})) {
    warning(
      `smdistributed.modelparallel.parameters${member === "" ? "" : `.${member}`}`,
      message,
      "The library refuses it when the program starts.",
    );
  }
}

function torchDistributed({ warning, choice, options, distribution }: Telling): void {
  if (!isOn(distribution.torchDistributed)) {
    return;
  }
  for (const type of trainingTypes(options, distribution)) {
    if (accelerator(type) === "none") {
      warning(
        "torchDistributed",
        `It is made for GPUs and Trainium, and '${type}' has none.`,
        "Take an instance type with GPUs, or leave it out.",
      );
    }
  }
  const version = baseVersion(choice);
  if (!choice.ownImage && version !== undefined && isBefore(version, "1.13.1")) {
    warning(
      "torchDistributed",
      `PyTorch knows it since 1.13.1, not in ${version}.`,
      "Take a newer version.",
    );
  }
  if (options.entryPoint !== undefined && !options.entryPoint.endsWith(".py")) {
    warning(
      "torchDistributed",
      `torchrun starts Python programs, and '${options.entryPoint}' is none.`,
      "Give a .py file as entryPoint.",
    );
  }
}

function others({ error, warning, choice, options, distribution }: Telling): void {
  const { parameterServer, pytorchxla, multiWorkerMirroredStrategy } = distribution;
  const types = trainingTypes(options, distribution);
  if (isOn(parameterServer) && types.some((type) => type === "local_gpu" || /^ml\.p/.test(type))) {
    warning(
      "parameterServer",
      "It runs one worker on each host, however many GPUs there are.",
      "Use another strategy on instances with several GPUs.",
    );
  }
  if (pytorchxla !== undefined && choice.name !== "tensorflow") {
    (!choice.ownImage ? error : warning)(
      "pytorchxla",
      "It needs an image of the SageMaker Training Compiler.",
      "Give one as imageUri, and the compiler's settings as hyperparameters.",
    );
  }
  // Of another framework's it is told that there is none.
  const version = choice.name === "tensorflow" ? choice.version : undefined;
  if (isOn(multiWorkerMirroredStrategy) && version !== undefined && isBefore(version, "2.9")) {
    error(
      "multiWorkerMirroredStrategy",
      `TensorFlow's image knows it since 2.9, not in ${version}.`,
      "Take a newer version.",
    );
  }
  const strategies = Object.keys(distribution).filter((name) => name !== "torchDistributed");
  const [first] = strategies;
  if (first !== undefined && types.some((type) => accelerator(type) === "neuron")) {
    warning(
      first,
      "On Trainium only torchDistributed is made for it.",
      "Use torchDistributed alone.",
    );
  }
  if (options.codeDelivery === "channel" && Object.values(distribution).some(isOnAnywhere)) {
    error(
      Object.keys(distribution)[0] ?? "",
      'It is read by the training toolkit, which codeDelivery: "channel" leaves out.',
      'Leave codeDelivery out (the frameworks\' is "toolkit").',
    );
  }
}

function baseFramework({ name, tensorflowVersion }: FrameworkChoice): "pytorch" | "tensorflow" {
  return name === "tensorflow" || tensorflowVersion !== undefined ? "tensorflow" : "pytorch";
}

function baseVersion({
  name,
  version,
  pytorchVersion,
  tensorflowVersion,
}: FrameworkChoice): string | undefined {
  return name === "huggingface" ? (tensorflowVersion ?? pytorchVersion) : version;
}

/** The types of the instances that train: those of the groups that are named, where some are. */
function trainingTypes(
  options: EstimatorOptions,
  { instanceGroups: named }: Distribution,
): string[] {
  const { instanceType, instanceGroups = [], instancePreferences = [] } = options;
  const names = named?.map((group) =>
    typeof group === "string" ? group : group.instanceGroupName,
  );
  const meant = instanceGroups.filter(
    ({ instanceGroupName }) => names === undefined || names.includes(instanceGroupName),
  );
  return [
    ...(instanceType === undefined ? [] : [instanceType]),
    ...[...meant, ...instancePreferences].map((each) => each.instanceType),
  ];
}
