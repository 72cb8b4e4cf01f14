/** The parts of a CreateTrainingJob request that the runner acts on, read from the request as it came. */

import { JobFailure } from "./failure-reason.ts";

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
  readonly shuffled: boolean;
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
  readonly maxRuntimeSeconds: number;
  readonly networkIsolation: boolean;
  /** Where checkpoints lie in the container; undefined without a CheckpointConfig. */
  readonly checkpointPath: string | undefined;
  /** The request's own words, for the files that pass them on. */
  readonly debugHookConfig: unknown;
  readonly profilerConfig: unknown;
}

/** A homogeneous cluster has one group, and that is its name. */
const ONE_GROUP = "homogeneousCluster";
/** The service's default for StoppingCondition. */
const ONE_DAY = 86_400;
/** The service's default for CheckpointConfig.LocalPath. */
const CHECKPOINTS = "/opt/ml/checkpoints";

/**
 * Reads a request. What the API has checked is not checked again.
 *
 * @throws JobFailure when it asks for something that no local job can do
 */
export function readJobRequest(request: Readonly<Record<string, unknown>>): JobRequest {
  const algorithm = record(request["AlgorithmSpecification"]);
  const output = record(request["OutputDataConfig"]);
  const checkpoint = request["CheckpointConfig"];
  const groups = instanceGroups(record(request["ResourceConfig"]));
  const defaultMode = text(algorithm["TrainingInputMode"], "File");
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
    maxRuntimeSeconds: number(record(request["StoppingCondition"])["MaxRuntimeInSeconds"], ONE_DAY),
    networkIsolation: request["EnableNetworkIsolation"] === true,
    checkpointPath:
      checkpoint === undefined || checkpoint === null
        ? undefined
        : text(record(checkpoint)["LocalPath"], CHECKPOINTS),
    debugHookConfig: request["DebugHookConfig"] ?? undefined,
    profilerConfig: request["ProfilerConfig"] ?? undefined,
  };
}

function instanceGroups(resources: Readonly<Record<string, unknown>>): InstanceGroup[] {
  const given = list(resources["InstanceGroups"]).map(record);
  const groups = given.length > 0 ? given : [{ ...resources, InstanceGroupName: ONE_GROUP }];
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
  const name = text(channel["ChannelName"]);
  if (!/^[A-Za-z0-9._-]+$/.test(name) || name === "." || name === "..") {
    throw new JobFailure(
      `ClientError: The channel name ${JSON.stringify(name)} is no folder name.`,
    );
  }
  return {
    name,
    inputMode: text(channel["InputMode"], defaultMode),
    contentType: typeof channel["ContentType"] === "string" ? channel["ContentType"] : undefined,
    compressionType: text(channel["CompressionType"], "None"),
    recordWrapperType: text(channel["RecordWrapperType"], "None"),
    s3DataType: typeof s3["S3DataType"] === "string" ? s3["S3DataType"] : undefined,
    s3Uri: text(s3["S3Uri"]),
    distribution: text(s3["S3DataDistributionType"], "FullyReplicated"),
    instanceGroups: groups.length === 0 ? undefined : groups,
    shuffled: channel["ShuffleConfig"] !== undefined && channel["ShuffleConfig"] !== null,
  };
}

/**
 * What the request asks for and the local cloud does not do yet; undefined when it does all of it. The API refuses these before a job is
 * made; a job that is there all the same ends with these words.
 */
export function unsupportedBy({ channels, checkpointPath }: JobRequest): string | undefined {
  for (const { name, inputMode, s3DataType, compressionType, recordWrapperType } of channels) {
    const wanted = [
      ["InputMode", inputMode, "File"],
      ["S3DataType", s3DataType ?? "no S3DataSource", "S3Prefix"],
      ["CompressionType", compressionType, "None"],
      ["RecordWrapperType", recordWrapperType, "None"],
    ] as const;
    const other = wanted.find(([, value, done]) => value !== done);
    if (other !== undefined) {
      const [field, value, done] = other;
      return `The local cloud does not do ${field} "${value}" yet (channel "${name}"): use "${done}".`;
    }
  }
  if (
    checkpointPath !== undefined &&
    (!/^\/(?:opt\/ml|tmp)\/./.test(checkpointPath) || checkpointPath.split("/").includes(".."))
  ) {
    return `The local cloud keeps checkpoints under /opt/ml or /tmp, not at CheckpointConfig.LocalPath "${checkpointPath}".`;
  }
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
