/** What a program inside a training job can know of the job: `/opt/ml` and the environment, typed. */

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SageMakerError } from "../errors.ts";
import { decodeHyperparameters } from "../training/hyperparameters.ts";
import { filesBelow, type InputChannel, readChannels } from "./channels.ts";
import {
  checkHyperparameters,
  type HyperparameterSchema,
  type HyperparameterValues,
} from "./hyperparameters.ts";
import { type EnvironmentVariables, type OptMlPaths, optMlPaths } from "./paths.ts";

/** Options of {@link trainingEnvironment}. */
export interface TrainingEnvironmentOptions {
  /** Environment variables. Default: `process.env`. */
  readonly env?: EnvironmentVariables;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/** A group of instances of one type, as `resourceconfig.json` tells of it. */
export interface JobInstanceGroup {
  /** The group's name; `homogeneousCluster` when the job was started without groups. */
  readonly instanceGroupName: string;
  /** `ml.m5.large` … */
  readonly instanceType: string;
  /** The group's hosts, in the platform's order. */
  readonly hosts: readonly string[];
}

/** What {@link TrainingEnvironment} is made of. */
interface JobFacts {
  readonly paths: OptMlPaths;
  readonly checkpointDir: string;
  readonly rawHyperparameters: Readonly<Record<string, string>>;
  readonly channels: Readonly<Record<string, InputChannel>>;
  readonly resources: JsonObject;
  readonly env: EnvironmentVariables;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The job that this program runs in. Made by {@link trainingEnvironment}.
 *
 * @example
 * ```ts
 * const job = await trainingEnvironment();
 * console.log(`${job.jobName} on ${job.currentHost}, one of ${job.hosts.length}`);
 * for (const file of await job.channelFiles("train")) console.log(file);
 * ```
 */
export class TrainingEnvironment implements OptMlPaths {
  /** The folder that holds all others: `SAGEMAKER_BASE_DIR`, else `/opt/ml`. */
  readonly baseDir: string;
  /** What the job was given. */
  readonly inputDir: string;
  /** The job's configuration files. */
  readonly inputConfigDir: string;
  /** What is written here becomes `model.tar.gz`. */
  readonly modelDir: string;
  /** `/opt/ml/output`. */
  readonly outputDir: string;
  /** What is written here becomes `output.tar.gz`. */
  readonly outputDataDir: string;
  /** The file whose text becomes the job's FailureReason. */
  readonly failureFile: string;
  /** What is written here is kept in S3 while the job runs, and is there again when it is resumed, if the job has a checkpoint configuration. */
  readonly checkpointDir: string;
  /** The input channels by name. */
  readonly channels: Readonly<Record<string, InputChannel>>;
  /** The hyperparameters as SageMaker passes them: strings. */
  readonly rawHyperparameters: Readonly<Record<string, string>>;
  /** The hyperparameters, each parsed as JSON where it is JSON. {@link TrainingEnvironment.checkHyperparameters} checks them. */
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** The names of all hosts of the job: `algo-1`, `algo-2` … */
  readonly hosts: readonly string[];
  /** This host's name. */
  readonly currentHost: string;
  /** This host's place among the hosts, from 0. */
  readonly hostRank: number;
  /** Whether this is the first host: the one that writes what must be written once. */
  readonly isPrimary: boolean;
  /** This host's instance type: `ml.m5.large`, or `local`. */
  readonly instanceType: string;
  /** The name of this host's instance group. */
  readonly currentInstanceGroup: string;
  /** All instance groups of the job. */
  readonly instanceGroups: readonly JobInstanceGroup[];
  /** The network interface between the hosts: `eth0`. */
  readonly networkInterfaceName: string;
  /** The training job's name, if the platform told it. */
  readonly jobName?: string;
  /** The training job's ARN, if the platform told it. */
  readonly jobArn?: string;
  /** The AWS region, if the platform told it. */
  readonly region?: string;

  /** @internal */
  constructor(facts: JobFacts) {
    const { paths, resources, env } = facts;
    this.baseDir = paths.baseDir;
    this.inputDir = paths.inputDir;
    this.inputConfigDir = paths.inputConfigDir;
    this.modelDir = paths.modelDir;
    this.outputDir = paths.outputDir;
    this.outputDataDir = paths.outputDataDir;
    this.failureFile = paths.failureFile;
    this.checkpointDir = facts.checkpointDir;
    this.channels = facts.channels;
    this.rawHyperparameters = facts.rawHyperparameters;
    this.hyperparameters = decodeHyperparameters(facts.rawHyperparameters);
    // The defaults are those of the SageMaker training toolkit.
    this.currentHost = stringOf(resources["current_host"]) ?? "algo-1";
    this.hosts = stringsOf(resources["hosts"]) ?? [this.currentHost];
    this.hostRank = this.hosts.indexOf(this.currentHost);
    this.isPrimary = this.hostRank === 0;
    this.instanceType = stringOf(resources["current_instance_type"]) ?? "local";
    this.currentInstanceGroup = stringOf(resources["current_group_name"]) ?? "homogeneousCluster";
    this.instanceGroups = instanceGroupsOf(resources["instance_groups"]) ?? [
      {
        instanceGroupName: this.currentInstanceGroup,
        instanceType: this.instanceType,
        hosts: this.hosts,
      },
    ];
    this.networkInterfaceName = stringOf(resources["network_interface_name"]) ?? "eth0";
    const jobName = env["TRAINING_JOB_NAME"];
    const jobArn = env["TRAINING_JOB_ARN"];
    const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || jobArn?.split(":")[3];
    if (jobName) this.jobName = jobName;
    if (jobArn) this.jobArn = jobArn;
    if (region) this.region = region;
  }

  /**
   * One input channel.
   *
   * @param name - the channel's name
   * @throws {@link SageMakerError} if the job has no such channel; it names those that there are
   */
  channel(name: string): InputChannel {
    const channel = Object.hasOwn(this.channels, name) ? this.channels[name] : undefined;
    if (channel === undefined) {
      const names = Object.keys(this.channels).join(", ") || "none";
      throw new SageMakerError(
        `The job has no input channel "${name}" (it has: ${names}). Pass it to fit(), e.g. fit({ "${name}": "data/" }).`,
      );
    }
    return channel;
  }

  /**
   * The files of a channel, in its folders too, as absolute paths in S3's order.
   *
   * @param name - the channel's name
   * @param options - `signal`: ends the walk
   * @throws {@link SageMakerError} if the job has no such channel, or it is in Pipe mode and so has no files
   *
   * @example
   * ```ts
   * const files = (await job.channelFiles("train")).filter((file) => file.endsWith(".csv"));
   * ```
   */
  async channelFiles(name: string, options: { signal?: AbortSignal } = {}): Promise<string[]> {
    const { path, inputMode } = this.channel(name);
    if (inputMode === "Pipe") {
      throw new SageMakerError(
        `Input channel "${name}" is in Pipe mode: it is a stream at ${path}_0, and has no files.`,
      );
    }
    return filesBelow(path, options.signal);
  }

  /**
   * Checks the hyperparameters against what the program takes, and gives their values, typed.
   *
   * @param schema - the hyperparameters that the program takes
   * @throws {@link ValidationError} with everything that is wrong: unknown names, missing ones, bad values
   *
   * @example
   * ```ts
   * const { epochs, rate } = job.checkHyperparameters({
   *   epochs: { type: "integer", default: 10, min: 1 },
   *   rate: { type: "number", default: 0.1, min: 0 },
   * });
   * ```
   */
  checkHyperparameters<const S extends HyperparameterSchema>(schema: S): HyperparameterValues<S> {
    return checkHyperparameters(this.rawHyperparameters, schema);
  }
}

/**
 * Reads what SageMaker gave to this job: the files of `/opt/ml/input/config` and the environment.
 *
 * The base folder is `/opt/ml`, or `SAGEMAKER_BASE_DIR`; the training toolkit's `SM_MODEL_DIR`, `SM_CHANNEL_TRAIN` … win where
 * they are set. A configuration file that is missing counts as empty, so that a program can also be run by hand.
 *
 * @param options - environment variables to read, abort signal
 * @throws {@link SageMakerError} if a configuration file is there but cannot be read
 *
 * @example
 * ```ts
 * import { trainingEnvironment } from "sagemaker-estimator/container";
 *
 * const job = await trainingEnvironment();
 * const epochs = job.hyperparameters["epochs"];
 * ```
 */
export async function trainingEnvironment(
  options: TrainingEnvironmentOptions = {},
): Promise<TrainingEnvironment> {
  const { env = process.env, signal } = options;
  const paths = optMlPaths(env);
  const read = (name: string): Promise<JsonObject> =>
    readJsonObject(join(paths.inputConfigDir, name), signal);
  const [hyperparameters, inputData, resources, checkpoint] = await Promise.all([
    read("hyperparameters.json"),
    read("inputdataconfig.json"),
    read("resourceconfig.json"),
    // Only there when the job has a checkpoint configuration.
    read("checkpointconfig.json"),
  ]);
  return new TrainingEnvironment({
    paths,
    env,
    resources,
    channels: readChannels(objectsOf(inputData), paths.inputDir, env),
    checkpointDir: resolve(
      env["SM_CHECKPOINT_DIR"] ||
        stringOf(checkpoint["LocalPath"]) ||
        join(paths.baseDir, "checkpoints"),
    ),
    rawHyperparameters: Object.fromEntries(
      Object.entries(hyperparameters).map(([name, value]) => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  });
}

/** A JSON file that holds an object; `{}` if there is no such file. */
async function readJsonObject(path: string, signal: AbortSignal | undefined): Promise<JsonObject> {
  signal?.throwIfAborted();
  try {
    const value: unknown = JSON.parse(await readFile(path, { encoding: "utf8", signal }));
    if (!isObject(value)) throw new TypeError("it holds no JSON object");
    return value;
  } catch (cause) {
    signal?.throwIfAborted();
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SageMakerError(`The job's configuration ${path} cannot be read: ${reason}`, {
      cause,
    });
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function stringsOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.filter((item) => typeof item === "string");
}

/** The members of an object that are objects themselves. */
function objectsOf(value: JsonObject): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (isObject(item) ? [[name, item]] : [])),
  );
}

function instanceGroupsOf(value: unknown): JobInstanceGroup[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.filter(isObject).map((group) => ({
    instanceGroupName: stringOf(group["instance_group_name"]) ?? "",
    instanceType: stringOf(group["instance_type"]) ?? "",
    hosts: stringsOf(group["hosts"]) ?? [],
  }));
}
