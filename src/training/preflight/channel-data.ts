/** What the request says of its channels' data, and what follows from their sizes and numbers. Pure. */

import type { Finding } from "../../errors.ts";
import { s3UriProblem } from "../../transfer/s3-uri.ts";
import { hasNvmeDisks } from "../instance-traits.ts";
import type { PlannedUpload } from "../plan.ts";
import type { TrainingJobRequest } from "../request.ts";

/** A channel whose data lie in S3. */
export interface ChannelData {
  readonly name: string;
  /** The option that names the data: `inputs.train.s3Data`. */
  readonly path: string;
  readonly uri: string;
  /** The URI is that of a manifest, which names the data. */
  readonly isManifest: boolean;
  /** Each host gets a part of the objects. */
  readonly isSharded: boolean;
  /** All of it is on the disk before the program starts. */
  readonly isDownloaded: boolean;
  /** How many instances read it. */
  readonly hosts: number;
  /** Numbers and sizes matter, not only that there is something. */
  readonly isCounted: boolean;
  /** What `fit()` would stage for it. */
  readonly upload: PlannedUpload | undefined;
}

/** What a list of a prefix showed. */
export interface PrefixListing {
  readonly objects: number;
  /** Empty objects that stand for folders. */
  readonly markers: number;
  readonly bytes: number;
  readonly firstKey: string | undefined;
  /** There are no more than were counted. */
  readonly isComplete: boolean;
}

/** How much lies in a channel. */
export interface ChannelSize {
  readonly channel: ChannelData;
  readonly files: number;
  readonly bytes: number;
  readonly isComplete: boolean;
}

/**
 * The channels of a request whose data are in S3, or will be.
 *
 * @param request - the request
 * @param paths - where each channel comes from, in option names and the request's order
 * @param uploads - what the plan would stage
 * @param isLocal - the job runs on this machine, whose disk has no volume of its own
 */
export function channelData(
  request: TrainingJobRequest,
  paths: readonly string[],
  uploads: readonly PlannedUpload[],
  isLocal: boolean,
): ChannelData[] {
  const hasVolume = !isLocal && volumeOf(request) !== undefined;
  return (request.InputDataConfig ?? []).flatMap((channel, index): ChannelData[] => {
    const source = channel.DataSource?.S3DataSource;
    const uri = source?.S3Uri;
    if (source === undefined || uri === undefined || s3UriProblem(uri) !== undefined) {
      return [];
    }
    const name = channel.ChannelName ?? "";
    const path = paths[index] ?? `inputs.${name}`;
    const mode = channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode;
    const isSharded = source.S3DataDistributionType === "ShardedByS3Key";
    const isManifest = /Manifest/.test(source.S3DataType ?? "");
    const isDownloaded = (mode ?? "File") === "File";
    return [
      {
        name,
        path: path.startsWith("inputs.") ? `${path}.s3Data` : path,
        uri,
        isManifest,
        isSharded,
        isDownloaded,
        hosts: hostsOf(request, source.InstanceGroupNames),
        isCounted: !isManifest && (isSharded || (isDownloaded && hasVolume)),
        upload: uploads.find((upload) => upload.channel === name && upload.uri === uri),
      },
    ];
  });
}

/** How many instances a request asks for, in all or in some of its groups. */
function hostsOf(request: TrainingJobRequest, groups?: readonly string[]): number {
  const { InstanceCount, InstanceGroups = [] } = request.ResourceConfig ?? {};
  const counted = InstanceGroups.filter(
    ({ InstanceGroupName = "" }) => !groups?.length || groups.includes(InstanceGroupName),
  ).reduce((sum, { InstanceCount: count = 0 }) => sum + count, 0);
  return InstanceCount ?? (counted || 1);
}

/** The size of each instance's volume; `undefined` where disks of the instances' own take its place. */
function volumeOf(request: TrainingJobRequest): number | undefined {
  return instanceTypes(request).some(hasNvmeDisks)
    ? undefined
    : request.ResourceConfig?.VolumeSizeInGB;
}

/** The instance types that a request names. */
export function instanceTypes({ ResourceConfig = {} }: TrainingJobRequest): string[] {
  const { InstanceType, InstanceGroups = [], InstancePreferences = [] } = ResourceConfig;
  return [
    InstanceType,
    ...[...InstanceGroups, ...InstancePreferences].map((one) => one.InstanceType),
  ]
    .flatMap((type) => type ?? [])
    .map(String);
}

/**
 * What follows from how much lies in the channels.
 *
 * @param request - the request
 * @param sizes - of the channels that were counted
 * @param isLocal - the job runs on this machine
 */
export function sizeFindings(
  request: TrainingJobRequest,
  sizes: readonly ChannelSize[],
  isLocal: boolean,
): Finding[] {
  return [...sizes.flatMap(shardFindings), ...(isLocal ? [] : diskFindings(request, sizes))];
}

function shardFindings({ channel, files, isComplete }: ChannelSize): Finding[] {
  if (!channel.isSharded || channel.isManifest || !isComplete || files >= channel.hosts) {
    return [];
  }
  return [
    {
      severity: "warning",
      path: channel.path.replace(/\.s3Data$/, ".distribution"),
      message: `${files} object${files === 1 ? " is" : "s are"} shared among ${channel.hosts} hosts: some would have no data.`,
      hint: 'Split the data into more objects, or set distribution: "FullyReplicated".',
    },
  ];
}

const GB = 1024 ** 3;

function diskFindings(request: TrainingJobRequest, sizes: readonly ChannelSize[]): Finding[] {
  const volume = volumeOf(request);
  // What is no size at all, the service's model tells.
  if (volume === undefined || !(volume > 0)) {
    return [];
  }
  // A lower bound: what was not counted to its end is more than was seen.
  const bytes = sizes
    .filter(({ channel }) => channel.isDownloaded && !channel.isManifest)
    .reduce(
      (sum, { channel, bytes: size }) => sum + (channel.isSharded ? size / channel.hosts : size),
      0,
    );
  if (bytes <= volume * GB) {
    return [];
  }
  const isLeast = sizes.some(({ isComplete }) => !isComplete);
  return [
    {
      severity: "warning",
      path: "volumeSize",
      message: `The channels hold ${isLeast ? "more than " : ""}${(bytes / GB).toFixed(1)} GB for each instance, and its volume has ${volume} GB: the job would end with "Insufficient disk space".`,
      hint: 'Set a larger volumeSize, or inputMode: "FastFile" to read without downloading.',
    },
  ];
}
