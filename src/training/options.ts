/** What an Estimator is made from, under Python's names in camelCase. */

import type { InputMode } from "../inputs.ts";
import type { Session } from "../session.ts";
import type { CodeOptions } from "./code/code-options.ts";
import type { DebugOptions } from "./debug-options.ts";
import type { FrameworkChoice } from "./framework/framework-choice.ts";
import type { Hyperparameters } from "./hyperparameters.ts";
import type { ResourceOptions } from "./resource-options.ts";
import type { RunCode } from "./run-record.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** A metric that SageMaker finds in the log: in the service's own words, as in Python. */
export interface MetricDefinition {
  /** The metric's name, 1 to 255 characters. */
  readonly Name: string;
  /** A regular expression of at most 500 characters, whose first group captures the number. */
  readonly Regex: string;
}

/** Tags: a record, whose numbers and booleans are written as text, or the service's list. */
export type Tags =
  | Readonly<Record<string, string | number | boolean>>
  | readonly {
      /** The tag's name, 1 to 128 characters. */
      readonly Key: string;
      /** Its value, at most 256 characters. */
      readonly Value: string;
    }[];

/** Logs the job to MLflow by SageMaker itself, in the service's words. */
export interface MlflowConfig {
  /** The ARN of a SageMaker-managed MLflow tracking server or app. */
  readonly MlflowResourceArn: string;
  /** The experiment, 1 to 256 characters. */
  readonly MlflowExperimentName?: string;
  /** The run, 1 to 256 characters. */
  readonly MlflowRunName?: string;
}

/** Registers the model when the job ends, in the service's words. */
export interface ModelPackageConfig {
  /** The ARN of the model package group. */
  readonly ModelPackageGroupArn: string;
  /** The ARN of the model package that this one comes from. */
  readonly SourceModelPackageArn?: string;
}

/** A job that customises a model of SageMaker's hub without instances of one's own, in the service's words. */
export interface ServerlessJobConfig {
  /** The ARN of the base model in the hub. */
  readonly BaseModelArn: string;
  /** What the job does. */
  readonly JobType: "FineTuning" | "Evaluation";
  /** Accepts the base model's licence. */
  readonly AcceptEula?: boolean;
  /** How the model is customised. */
  readonly CustomizationTechnique?: "SFT" | "DPO" | "RLVR" | "RLAIF";
  /** Parameter-efficient fine-tuning. */
  readonly Peft?: "LORA";
  /** How the model is evaluated. */
  readonly EvaluationType?: "LLMAJEvaluation" | "CustomScorerEvaluation" | "BenchmarkEvaluation";
  /** The ARN of the evaluator. */
  readonly EvaluatorArn?: string;
  /** The sequence length, e.g. `8K`. */
  readonly SequenceLength?: string;
}

/**
 * Members of CreateTrainingJob in the service's own words: for what is newer than this library. Objects are merged, lists and
 * values replaced, and `null` takes a member out.
 */
export type RequestOverrides = Readonly<Record<string, unknown>>;

/** What an {@link Estimator} is made from. */
export interface EstimatorOptions<H extends object = Hyperparameters>
  extends ResourceOptions,
    CodeOptions,
    DebugOptions {
  /**
   * The training image: an ECR URI on AWS. On the local cloud also a program folder's path, or a URI that its `images` map.
   * Either this or `algorithmArn`.
   */
  readonly imageUri?: string;
  /** The ARN or name of an algorithm of one's own or of AWS Marketplace, in place of `imageUri`. */
  readonly algorithmArn?: string;
  /**
   * The role that the job runs as: its ARN, or its name, which IAM is asked for. May be left out with `instanceType: "local"`,
   * with a session of a local cloud, and where `config.yaml` names one.
   */
  readonly role?: string;
  /** How the channels' data reach the container, unless a channel says otherwise. Default: `File`. */
  readonly inputMode?: InputMode;
  /** Where artifacts go: `<outputPath>/<job>/output/model.tar.gz`. Default: the session's default bucket and prefix. */
  readonly outputPath?: string;
  /** The KMS key that encrypts artifacts (and, with `codeDelivery: "toolkit"`, the code in the same bucket). Default: the bucket's own encryption. */
  readonly outputKmsKey?: string;
  /** Leaves model and output as plain files in place of archives. Default: `false`. */
  readonly disableOutputCompression?: boolean;
  /** Where checkpoints are kept: restored before the start, and copied there while the job runs. Default: nowhere. */
  readonly checkpointS3Uri?: string;
  /** The folder of checkpoints in the container. Needs `checkpointS3Uri`. Default: the service's, `/opt/ml/checkpoints/`. */
  readonly checkpointLocalPath?: string;
  /** What job names begin with; the time follows. Default: the image's name. */
  readonly baseJobName?: string;
  /**
   * Hyperparameters: strings go as they are, everything else as JSON. At most 100, values of at most 2,500 characters. With a
   * `hyperparameterSchema`: what it takes, so that what it has defaults for may be left out.
   */
  readonly hyperparameters?: H & object;
  /**
   * Checks and completes the hyperparameters before anything else is done: any schema that speaks Standard Schema (zod, valibot,
   * arktype). What it gives back is what is sent.
   */
  readonly hyperparameterSchema?: StandardSchema<object, H>;
  /** Sends strings as JSON too, in quotes: for images that read hyperparameters as Python's Framework writes them. Default: `false`. */
  readonly jsonEncodeStrings?: boolean;
  /** Environment variables of the container: at most 100, values of at most 512 characters. Anyone who may describe the job can read them: no secrets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Tags of the job, at most 50. */
  readonly tags?: Tags;
  /** The subnets of the job's VPC, 1 to 16. Needs `securityGroupIds`. */
  readonly subnets?: readonly string[];
  /** The security groups of the job's VPC, 1 to 5. Needs `subnets`. */
  readonly securityGroupIds?: readonly string[];
  /** Cuts the container off from the network, S3 and MLflow included. Default: `false`. */
  readonly enableNetworkIsolation?: boolean;
  /** Encrypts what the job's instances say to each other; slower. Default: `false`. */
  readonly encryptInterContainerTraffic?: boolean;
  /** A model to go on from: an `s3://` URI or a local path, given to the job as one more channel. */
  readonly modelUri?: string;
  /** The name of that channel. Default: `model`. */
  readonly modelChannelName?: string;
  /** Metrics to find in the log, at most 40. */
  readonly metricDefinitions?: readonly MetricDefinition[];
  /** Whether SageMaker keeps metrics as time series. Default: the service's. */
  readonly enableSagemakerMetrics?: boolean;
  /** The program to run instead of the image's own (Docker's ENTRYPOINT). Default: the image's, with the argument `train`. */
  readonly containerEntryPoint?: readonly string[];
  /** Its arguments (Docker's CMD). */
  readonly containerArguments?: readonly string[];
  /** `Vpc` for an image in a registry other than ECR, which the job reaches through its VPC. Default: `Platform`. */
  readonly trainingRepositoryAccessMode?: "Platform" | "Vpc";
  /** The ARN of a Lambda function that gives the credentials of that registry. Needs `trainingRepositoryAccessMode`. */
  readonly trainingRepositoryCredentialsProviderArn?: string;
  /** Checks the instances' health before the start. Default: the service's. */
  readonly enableInfraCheck?: boolean;
  /** Lets people open a shell in the running container through Systems Manager. Default: the service's, off. */
  readonly enableRemoteDebug?: boolean;
  /** Passes the session's tags on to the services that the job calls. Default: the service's, off. */
  readonly enableSessionTagChaining?: boolean;
  /** Has SageMaker log the job to its managed MLflow, in the service's words. */
  readonly mlflowConfig?: MlflowConfig;
  /** Has SageMaker register the model, in the service's words. */
  readonly modelPackageConfig?: ModelPackageConfig;
  /** Customises a model of SageMaker's hub, in the service's words. Needs no instances and no image. */
  readonly serverlessJobConfig?: ServerlessJobConfig;
  /** Members of the request in the service's own words, merged last: for what is newer than this library. */
  readonly overrides?: RequestOverrides;
  /** Set by the estimators of frameworks. @internal */
  readonly framework?: FrameworkChoice;
  /** Where jobs run. Default: `new Session()`; with `instanceType: "local"` the local cloud of the working folder. */
  readonly session?: Session;
  /** These are all the options of a job that was: no defaults are put under them. @internal */
  readonly isComplete?: boolean;
  /** The code of the run that is repeated: it counts as long as the job takes it from there. @internal */
  readonly recordedCode?: RunCode;
}

/** The instance types that name this machine. */
const LOCAL_INSTANCE_TYPES: readonly string[] = ["local", "local_gpu"];

/** Whether the options ask for this machine by instance type. */
export function asksForLocal(options: Pick<EstimatorOptions, "instanceType">): boolean {
  return LOCAL_INSTANCE_TYPES.includes(options.instanceType ?? "");
}
