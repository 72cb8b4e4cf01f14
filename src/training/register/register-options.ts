/** How a job's model is registered, and what came of it. Types. */

import type { AbortOptions } from "../../session.ts";
import type { RequestOverrides } from "../options.ts";

/** Whether a version may be deployed. */
export type ModelApprovalStatus = "Approved" | "Rejected" | "PendingManualApproval";

/** Where a version comes from. */
export interface ModelMetadataProperties {
  /** The commit of the code. Default: that of the run record, if there is one. */
  readonly commitId?: string | undefined;
  /** The repository of the code. Default: that of the run record, if there is one. */
  readonly repository?: string | undefined;
  /** What made the model. Default: the training job's ARN. */
  readonly generatedBy?: string | undefined;
  /** The project. */
  readonly projectId?: string | undefined;
}

/** Which registries a model goes into. */
export type ModelRegistry = "sagemaker" | "mlflow" | "both";

/** Where in MLflow a model is registered. */
export interface RegisterMlflowOptions {
  /**
   * A server (`https://…`), the ARN of a SageMaker-managed tracking server or app, or a folder (`file:./mlruns`). Default: where the job's run is;
   * without one as for `new MlflowClient()`, or a local session's own folder.
   */
  readonly trackingUri?: string | undefined;
  /** The run that made the model. Default: the job's, if it is there. */
  readonly runId?: string | undefined;
}

/** How to register a job's model. The names are those of Python's `estimator.register()`. */
export interface RegisterModelOptions extends AbortOptions {
  /**
   * The model's name: that of the registered model in MLflow, and of SageMaker's model package group, which wants letters, digits and single hyphens
   * between them.
   */
  readonly name: string;
  /** Which registries. Default: both, where the job has a run in MLflow or `mlflow` is given; else SageMaker's alone. */
  readonly registry?: ModelRegistry | undefined;
  /**
   * Points to this version from now on, and to no other: `champion`. SageMaker has no aliases; there it is a tag of the group, `alias:champion`,
   * whose value is the version's number.
   */
  readonly alias?: string | undefined;
  /** What people are told of the version. It stays as it was first registered. */
  readonly description?: string | undefined;
  /** Where in MLflow. Default: as the job's run has it. */
  readonly mlflow?: RegisterMlflowOptions | undefined;
  /** The version's own names and values. SageMaker's versions have no tags; there they are `customerMetadataProperties`. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The group, by its name or ARN, where it is not called as the model. By ARN it may be another account's; it is not made then. */
  readonly modelPackageGroupName?: string | undefined;
  /** The image that serves the model. Default: the one that it was trained with. */
  readonly imageUri?: string | undefined;
  /** Variables of the container that serves the model. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** MIME types of the input that the model takes. */
  readonly contentTypes?: readonly string[] | undefined;
  /** MIME types of what it answers. */
  readonly responseTypes?: readonly string[] | undefined;
  /** Instance types of endpoints that the model may run on. */
  readonly inferenceInstances?: readonly string[] | undefined;
  /** Instance types of batch transform that the model may run on. */
  readonly transformInstances?: readonly string[] | undefined;
  /**
   * Whether the version may be deployed. Default: `PendingManualApproval`. A version that is there already gets it too, but a decision
   * that was made stays unless another is given.
   */
  readonly approvalStatus?: ModelApprovalStatus | undefined;
  /** The version's own names and values, in SageMaker alone. Those of a version that is there already are added to. */
  readonly customerMetadataProperties?: Readonly<Record<string, string>> | undefined;
  /** Where the version comes from. Default: what is known of the job. */
  readonly metadataProperties?: ModelMetadataProperties | undefined;
  /** `COMPUTER_VISION`, `NATURAL_LANGUAGE_PROCESSING` or `MACHINE_LEARNING`. */
  readonly domain?: string | undefined;
  /** What the model does: `REGRESSION`, `CLASSIFICATION`, `OTHER` … */
  readonly task?: string | undefined;
  /** An S3 URI of examples of the input, for Inference Recommender. */
  readonly samplePayloadUrl?: string | undefined;
  /** The framework of the serving image: `PYTORCH` … */
  readonly framework?: string | undefined;
  /** Its version. */
  readonly frameworkVersion?: string | undefined;
  /** A model that Inference Recommender knows and that is like this one. */
  readonly nearestModelName?: string | undefined;
  /** The form of the input, as JSON. */
  readonly dataInputConfiguration?: string | undefined;
  /** `All`: SageMaker does not validate the model. */
  readonly skipModelValidation?: "All" | "None" | undefined;
  /** Members of CreateModelPackage in the service's words, merged last: `{ ModelMetrics: { … } }`. `null` takes a member out. */
  readonly overrides?: RequestOverrides | undefined;
}

/** A version in SageMaker's model registry. */
export interface RegisteredModelPackage {
  /** The group, by its name. */
  readonly modelPackageGroupName: string;
  /** The version's ARN: what SageMaker makes a model from. */
  readonly modelPackageArn: string;
  /** Its number in the group. */
  readonly version: number;
  /** Whether it may be deployed. */
  readonly approvalStatus: ModelApprovalStatus;
  /** `false`: the job's model was registered before, and this is the version that was made then. */
  readonly isNew: boolean;
}

/** A version in MLflow's model registry. */
export interface RegisteredModelVersion {
  /** Its number, as MLflow has it. */
  readonly version: string;
  /** Where the registry is. */
  readonly trackingUri: string;
  /** The run that made the model. */
  readonly runId?: string;
  /** Where the model lies: an S3 URI. */
  readonly source: string;
  /** `false`: the job's model was registered before, and this is the version that was made then. */
  readonly isNew: boolean;
}

/** What came of it. */
export interface RegisteredModel {
  /** The model's name, as it was given. */
  readonly name: string;
  /** What points to the version now. */
  readonly alias?: string;
  /** The version in SageMaker's model registry, if it went there. */
  readonly sagemaker?: RegisteredModelPackage;
  /** The version in MLflow's model registry, if it went there. */
  readonly mlflow?: RegisteredModelVersion;
}
