/** Estimators of the frameworks that AWS publishes images of: the same class, with the framework's version in the image's place. */

import { Estimator } from "./estimator.ts";
import {
  estimatorOptions,
  type HuggingFaceOptions,
  type PyTorchOptions,
  type SKLearnOptions,
  type TensorFlowOptions,
  type XGBoostOptions,
} from "./training/framework/framework-options.ts";
import type { Hyperparameters } from "./training/hyperparameters.ts";

/**
 * Trains with PyTorch, in the image that AWS publishes for a version.
 *
 * @typeParam H - what the hyperparameters are
 *
 * @example
 * ```ts
 * const estimator = new PyTorch({
 *   entryPoint: "train.py",
 *   sourceDir: "src/",
 *   frameworkVersion: "2.8",
 *   role: "arn:aws:iam::123456789012:role/SageMakerRole",
 *   instanceType: "ml.g5.12xlarge",
 *   distribution: { torchDistributed: { enabled: true } },
 * });
 * ```
 */
export class PyTorch<H extends object = Hyperparameters> extends Estimator<H> {
  /** @param options - see {@link PyTorchOptions}; nothing is resolved or checked yet */
  constructor(options: PyTorchOptions<H>) {
    super(estimatorOptions("pytorch", options));
  }
}

/**
 * Trains with TensorFlow, in the image that AWS publishes for a version.
 *
 * @typeParam H - what the hyperparameters are
 *
 * @example
 * ```ts
 * const estimator = new TensorFlow({ entryPoint: "train.py", frameworkVersion: "2.19", role, instanceType: "ml.g5.xlarge" });
 * ```
 */
export class TensorFlow<H extends object = Hyperparameters> extends Estimator<H> {
  /** @param options - see {@link TensorFlowOptions}; nothing is resolved or checked yet */
  constructor(options: TensorFlowOptions<H>) {
    super(estimatorOptions("tensorflow", options));
  }
}

/**
 * Trains with Hugging Face's transformers on PyTorch or TensorFlow, in the image that AWS publishes for their versions.
 *
 * @typeParam H - what the hyperparameters are
 *
 * @example
 * ```ts
 * const estimator = new HuggingFace({
 *   entryPoint: "train.py",
 *   transformersVersion: "4.56",
 *   pytorchVersion: "2.8",
 *   role,
 *   instanceType: "ml.g5.xlarge",
 * });
 * ```
 */
export class HuggingFace<H extends object = Hyperparameters> extends Estimator<H> {
  /** @param options - see {@link HuggingFaceOptions}; nothing is resolved or checked yet */
  constructor(options: HuggingFaceOptions<H>) {
    super(estimatorOptions("huggingface", options));
  }
}

/**
 * Trains with scikit-learn, in the image that AWS publishes for a version.
 *
 * @typeParam H - what the hyperparameters are
 *
 * @example
 * ```ts
 * const estimator = new SKLearn({ entryPoint: "train.py", frameworkVersion: "1.4-2", role, instanceType: "ml.m5.xlarge" });
 * ```
 */
export class SKLearn<H extends object = Hyperparameters> extends Estimator<H> {
  /** @param options - see {@link SKLearnOptions}; nothing is resolved or checked yet */
  constructor(options: SKLearnOptions<H>) {
    super(estimatorOptions("sklearn", options));
  }
}

/**
 * Trains with XGBoost and a program of one's own, in the image that AWS publishes for a version.
 *
 * @typeParam H - what the hyperparameters are
 *
 * @example
 * ```ts
 * const estimator = new XGBoost({ entryPoint: "train.py", frameworkVersion: "3.0-5", role, instanceType: "ml.m5.xlarge" });
 * ```
 */
export class XGBoost<H extends object = Hyperparameters> extends Estimator<H> {
  /** @param options - see {@link XGBoostOptions}; nothing is resolved or checked yet */
  constructor(options: XGBoostOptions<H>) {
    super(estimatorOptions("xgboost", options));
  }
}
