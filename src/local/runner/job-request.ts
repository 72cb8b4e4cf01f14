/** The parts of a CreateTrainingJob request that the runner acts on, read from the request as it came. */

import { channelClash, channelProblem } from "./channel-rules.ts";

/** Where a channel's files come from. */
export interface ChannelSource {
  readonly name: string;
  /** In the service's words, e.g. `File`; the channel's own, else the algorithm's. */
  readonly inputMode: string;
  readonly contentType: string | undefined;
  readonly compressionType: string;
  readonly recordWrapperType: string;
  /** `S3Prefix`, `ManifestFile` …; undefined when the source is not in S3. */
  readonly s3DataType: string | undefined;
  readonly s3Uri: string;
  readonly distribution: string;
  /** The instance groups that get it; all when undefined. */
  readonly instanceGroups: readonly string[] | undefined;
  /** ShuffleConfig.Seed; undefined when the order is that of the keys. */
  readonly shuffleSeed: number | undefined;
  /** Of an augmented manifest: which of a line's attributes are streamed, in their order. */
  readonly attributeNames: readonly string[];
}

/** Hosts of one kind. */
export interface InstanceGroup {
  readonly name: string;
  readonly instanceType: string;
  readonly hosts: readonly string[];
}

/** A definition of a metric. */
export interface MetricDefinition {
  readonly Name: string;
  readonly Regex: string;
}

/** A folder of the container that S3 has too. */
export interface SyncedPath {
  /** What asks for it, e.g. `CheckpointConfig`. */
  readonly member: string;
  /** In the container: absolute, no slash at the end. */
  readonly localPath: string;
  readonly s3Uri: string;
  /** Whether what is in S3 is brought in at the start. */
  readonly isRestored: boolean;
  /** Whether S3 keeps what the program deletes. */
  readonly keepsDeleted: boolean;
}

/** What the runner acts on. */
export interface JobRequest {
  readonly hyperParameters: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly channels: readonly ChannelSource[];
  readonly instanceGroups: readonly InstanceGroup[];
  /** `algo-1`, `algo-2` … */
  readonly hosts: readonly string[];
  readonly entrypoint: readonly string[];
  readonly arguments: readonly string[];
  readonly metricDefinitions: readonly MetricDefinition[];
  readonly outputPath: string;
  /** Archives unless the request says `NONE`. */
  readonly compressOutput: boolean;
  /** Of all attempts together. */
  readonly maxRuntimeSeconds: number;
  /** From the job's creation; undefined when it is not a spot job. */
  readonly maxWaitSeconds: number | undefined;
  /** How often a job is begun anew that failed for reasons of the local cloud's own. */
  readonly retries: number;
  readonly networkIsolation: boolean;
  /** Where checkpoints lie in the container; undefined without a CheckpointConfig. */
  readonly checkpointPath: string | undefined;
  /** Folders that are kept in S3 while the job runs. */
  readonly synced: readonly SyncedPath[];
  /** The request's own words, for the files that pass them on. */
  readonly debugHookConfig: unknown;
  readonly profilerConfig: unknown;
}

/** A homogeneous cluster has one group, and that is its name. */
const ONE_GROUP = "homogeneousCluster";
/** The service's default for StoppingCondition. */
const ONE_DAY = 86_400;
/** The service's defaults for LocalPath. */
const CHECKPOINTS = "/opt/ml/checkpoints";
const TENSORS = "/opt/ml/output/tensors";
const TENSORBOARD = "/opt/ml/output/tensorboard";
const INTERMEDIATE = "/opt/ml/output/intermediate";

/** Reads a request. What the API has checked is not checked again; what no local job can do, {@link unsupportedBy} tells. */
export function readJobRequest(request: Readonly<Record<string, unknown>>): JobRequest {
  const algorithm = record(request["AlgorithmSpecification"]);
  const output = record(request["OutputDataConfig"]);
  const checkpoint = request["CheckpointConfig"];
  const groups = instanceGroups(record(request["ResourceConfig"]));
  const defaultMode = text(algorithm["TrainingInputMode"], "File");
  const stopping = record(request["StoppingCondition"]);
  return {
    hyperParameters: record(request["HyperParameters"]),
    environment: record(request["Environment"]) as Readonly<Record<string, string>>,
    channels: list(request["InputDataConfig"]).map((channel) =>
      channelSource(record(channel), defaultMode),
    ),
    instanceGroups: groups,
    hosts: groups.flatMap(({ hosts }) => hosts),
    entrypoint: list(algorithm["ContainerEntrypoint"]).map(String),
    arguments: list(algorithm["ContainerArguments"]).map(String),
    metricDefinitions: list(algorithm["MetricDefinitions"]) as readonly MetricDefinition[],
    outputPath: text(output["S3OutputPath"]),
    compressOutput: output["CompressionType"] !== "NONE",
    maxRuntimeSeconds: number(stopping["MaxRuntimeInSeconds"], ONE_DAY),
    maxWaitSeconds:
      request["EnableManagedSpotTraining"] === true
        ? number(stopping["MaxWaitTimeInSeconds"], ONE_DAY)
        : undefined,
    retries: number(record(request["RetryStrategy"])["MaximumRetryAttempts"], 0),
    networkIsolation: request["EnableNetworkIsolation"] === true,
    checkpointPath:
      checkpoint === undefined || checkpoint === null
        ? undefined
        : text(record(checkpoint)["LocalPath"], CHECKPOINTS),
    synced: syncedPaths(request),
    debugHookConfig: request["DebugHookConfig"] ?? undefined,
    profilerConfig: request["ProfilerConfig"] ?? undefined,
  };
}

function syncedPaths(request: Readonly<Record<string, unknown>>): SyncedPath[] {
  const jobName = text(request["TrainingJobName"]);
  const synced: SyncedPath[] = [];
  const add = (member: string, place: string, localPath: string, below?: string): void => {
    const config = request[member];
    if (config === undefined || config === null) return;
    const given = record(config);
    const s3Uri = text(given[place]);
    synced.push({
      member,
      localPath: text(given["LocalPath"], localPath).replace(/(?<=.)\/+$/, ""),
      s3Uri: below === undefined ? s3Uri : `${s3Uri.replace(/\/+$/, "")}/${jobName}/${below}`,
      isRestored: below === undefined,
      keepsDeleted: false,
    });
  };
  add("CheckpointConfig", "S3Uri", CHECKPOINTS);
  // Below the job's name, where Python's SDK looks for them.
  add("DebugHookConfig", "S3OutputPath", TENSORS, "debug-output");
  add("TensorBoardOutputConfig", "S3OutputPath", TENSORBOARD, "tensorboard-output");
  // The SageMaker training toolkit sends this folder to S3 itself, in this way, unless it finds it there.
  const output = text(record(request["OutputDataConfig"])["S3OutputPath"]);
  synced.push({
    member: "OutputDataConfig",
    localPath: INTERMEDIATE,
    s3Uri: `${output.replace(/\/+$/, "")}/${jobName}/output/intermediate`,
    isRestored: false,
    keepsDeleted: true,
  });
  return synced;
}

function instanceGroups(resources: Readonly<Record<string, unknown>>): InstanceGroup[] {
  const given = list(resources["InstanceGroups"]).map(record);
  // Of types in order of preference, this machine has the first at once.
  const preferred = record(list(resources["InstancePreferences"])[0]);
  const groups =
    given.length > 0 ? given : [{ ...resources, ...preferred, InstanceGroupName: ONE_GROUP }];
  let last = 0;
  return groups.map((group: Readonly<Record<string, unknown>>) => {
    // The numbering of hosts spans the groups.
    const hosts = Array.from(
      { length: Math.max(1, number(group["InstanceCount"], 1)) },
      () => `algo-${++last}`,
    );
    return {
      name: text(group["InstanceGroupName"], ONE_GROUP),
      instanceType: text(group["InstanceType"]),
      hosts,
    };
  });
}

function channelSource(
  channel: Readonly<Record<string, unknown>>,
  defaultMode: string,
): ChannelSource {
  const source = record(channel["DataSource"]);
  const s3 = record(source["S3DataSource"]);
  const groups = list(s3["InstanceGroupNames"]).map(String);
  const shuffle = record(channel["ShuffleConfig"]);
  return {
    name: text(channel["ChannelName"]),
    inputMode: text(channel["InputMode"], defaultMode),
    contentType: typeof channel["ContentType"] === "string" ? channel["ContentType"] : undefined,
    compressionType: text(channel["CompressionType"], "None"),
    recordWrapperType: text(channel["RecordWrapperType"], "None"),
    s3DataType: typeof s3["S3DataType"] === "string" ? s3["S3DataType"] : undefined,
    s3Uri: text(s3["S3Uri"]),
    distribution: text(s3["S3DataDistributionType"], "FullyReplicated"),
    instanceGroups: groups.length === 0 ? undefined : groups,
    shuffleSeed: shuffle["Seed"] === undefined ? undefined : number(shuffle["Seed"], 0),
    attributeNames: list(s3["AttributeNames"]).map(String),
  };
}

/**
 * What the request asks for and the local cloud does not do; undefined when it does all of it. The API refuses these before a job is
 * made; a job that is there all the same ends with these words.
 */
export function unsupportedBy({ channels, synced }: JobRequest): string | undefined {
  for (const channel of channels) {
    const problem = channelProblem(channel);
    if (problem !== undefined) return problem;
  }
  const clash = channelClash(channels);
  if (clash !== undefined) return clash;
  for (const { member, localPath } of synced) {
    const problem = localPathProblem(localPath);
    if (problem !== undefined)
      return `${member}.LocalPath ${JSON.stringify(localPath)} ${problem}.`;
  }
  return undefined;
}

/** Synced folders that a container must have at places outside its /opt/ml, as they are told to people. */
export function outsidePlaces(synced: readonly SyncedPath[]): string[] {
  return synced
    .filter(({ localPath }) => !localPath.startsWith("/opt/ml/"))
    .map(({ member, localPath }) => `${member}.LocalPath "${localPath}"`);
}

/** Why a folder of the container cannot be kept in S3; undefined when it can. */
export function localPathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "is not absolute";
  if (/(?:^|\/)\.\.?(?:\/|$)|\/\//.test(path))
    return 'must have no "." or ".." and no empty part in it';
  if (path === "/" || path === "/opt" || path === "/opt/ml" || path === "/tmp") {
    return "is a folder that the container itself lives in: give one below it";
  }
  if (/^\/opt\/ml\/input(?:\/|$)/.test(path)) return "is where the job's input lies";
  return undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown, otherwise = ""): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
