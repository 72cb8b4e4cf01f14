/** Options of the framework estimators, under Python's names in camelCase. */

import type { Hyperparameters } from "../hyperparameters.ts";
import { isRecord } from "../is-record.ts";
import type { EstimatorOptions } from "../options.ts";
import type {
  HuggingFaceDistribution,
  PyTorchDistribution,
  TensorFlowDistribution,
} from "./distribution-options.ts";
import type { FrameworkName } from "./framework-choice.ts";

/**
 * What every framework estimator is made from: the options of an {@link Estimator}, and the framework's version in the place of
 * an image. Code goes as Python sends it (`codeDelivery: "toolkit"`), and so do hyperparameters (`jsonEncodeStrings: true`).
 */
export interface FrameworkOptions<H extends object = Hyperparameters>
  extends Omit<EstimatorOptions<H>, "algorithmArn" | "framework"> {
  /** The program: a path in `sourceDir`, or a local file when there is no `sourceDir`. */
  readonly entryPoint: string;
  /** An image in place of the one that AWS publishes for the version. */
  readonly imageUri?: string;
  /** The Python in the image, e.g. `py312`. Default: the one that the version has. */
  readonly pyVersion?: string;
  /** The region whose image is taken. Default: the session's. */
  readonly imageUriRegion?: string;
}

/** What {@link PyTorch} is made from. */
export interface PyTorchOptions<H extends object = Hyperparameters> extends FrameworkOptions<H> {
  /** PyTorch's version, e.g. `2.8` or `2.8.0`. Required unless `imageUri` is given. */
  readonly frameworkVersion?: string;
  /** How the program runs on many processors and machines. Default: once on each machine. */
  readonly distribution?: PyTorchDistribution;
  /** Not here: the SageMaker Training Compiler is refused by name. */
  readonly compilerConfig?: never;
  /** Not here: refused by name. */
  readonly trainingRecipe?: never;
  /** Not here: refused by name. */
  readonly recipeOverrides?: never;
}

/** What {@link TensorFlow} is made from. */
export interface TensorFlowOptions<H extends object = Hyperparameters> extends FrameworkOptions<H> {
  /** TensorFlow's version, e.g. `2.19` or `2.19.0`. Required unless `imageUri` is given. */
  readonly frameworkVersion?: string;
  /**
   * Where the program writes its model, told to it as the hyperparameter `model_dir`; `false` tells it nothing. Default:
   * `<outputPath>/<job>/model`; with MPI `/opt/ml/model`.
   */
  readonly modelDir?: string | false;
  /** How the program runs on many processors and machines. Default: once on each machine. */
  readonly distribution?: TensorFlowDistribution;
  /** Not here: the SageMaker Training Compiler is refused by name. */
  readonly compilerConfig?: never;
}

/** What {@link HuggingFace} is made from. */
export interface HuggingFaceOptions<H extends object = Hyperparameters>
  extends FrameworkOptions<H> {
  /** The version of transformers, e.g. `4.56` or `4.56.2`. Required unless `imageUri` is given. */
  readonly transformersVersion?: string;
  /** The PyTorch underneath, e.g. `2.8` or `2.8.0`: in short where `transformersVersion` is. */
  readonly pytorchVersion?: string;
  /** The TensorFlow underneath, in place of PyTorch. */
  readonly tensorflowVersion?: string;
  /** How the program runs on many processors and machines. Default: once on each machine. */
  readonly distribution?: HuggingFaceDistribution;
  /** Not here: the SageMaker Training Compiler is refused by name. */
  readonly compilerConfig?: never;
}

/** What {@link SKLearn} is made from. */
export interface SKLearnOptions<H extends object = Hyperparameters> extends FrameworkOptions<H> {
  /** The image's version, e.g. `1.4-2`. Required unless `imageUri` is given. */
  readonly frameworkVersion?: string;
}

/** What {@link XGBoost} is made from. */
export interface XGBoostOptions<H extends object = Hyperparameters> extends FrameworkOptions<H> {
  /** The image's version, e.g. `3.0-5`. Required unless `imageUri` is given. */
  readonly frameworkVersion?: string;
}

/** What Python's estimators take, and nothing here does. */
const REFUSED = ["compilerConfig", "trainingRecipe", "recipeOverrides"];
/** Options that only some frameworks have: another's would be dropped. */
const OWN: Readonly<Record<FrameworkName, readonly string[]>> = {
  pytorch: ["frameworkVersion", "distribution"],
  tensorflow: ["frameworkVersion", "distribution", "modelDir"],
  huggingface: ["transformersVersion", "pytorchVersion", "tensorflowVersion", "distribution"],
  sklearn: ["frameworkVersion"],
  xgboost: ["frameworkVersion"],
};
const ALL_OWN = [...new Set(Object.values(OWN).flat())];

/**
 * An Estimator's options that do what a framework's mean.
 *
 * @param name - the framework
 * @param options - its estimator's
 */
export function estimatorOptions<H extends object>(
  name: FrameworkName,
  options: FrameworkOptions<H>,
): EstimatorOptions<H> {
  // Without types anything may come. What is of another kind is told when a plan is made, as it was given.
  const given: Readonly<Record<string, unknown>> = { ...options };
  const text = (option: string): string | undefined => {
    const value = given[option];
    return typeof value === "string" ? value : undefined;
  };
  const { distribution, modelDir } = given;
  const version = text(name === "huggingface" ? "transformersVersion" : "frameworkVersion");
  const refused = [...REFUSED, ...ALL_OWN.filter((option) => !OWN[name].includes(option))];
  return {
    codeDelivery: "toolkit",
    jsonEncodeStrings: true,
    ...(keepsMetrics(name, version) && { enableSagemakerMetrics: true }),
    ...options,
    framework: {
      name,
      ownImage: text("imageUri") !== undefined,
      version,
      pyVersion: text("pyVersion"),
      pytorchVersion: text("pytorchVersion"),
      tensorflowVersion: text("tensorflowVersion"),
      imageUriRegion: text("imageUriRegion"),
      distribution: isRecord(distribution) ? distribution : undefined,
      modelDir: modelDir === false ? modelDir : text("modelDir"),
      refused: refused.filter((option) => (given[option] ?? undefined) !== undefined),
    },
  };
}

/** Python's default for frameworks whose images know of it, where the version is said. */
function keepsMetrics(name: FrameworkName, version: string | undefined): boolean {
  const hasVersion = version !== undefined && ["pytorch", "tensorflow"].includes(name);
  return name === "huggingface" || hasVersion;
}
