/** What a plan shows of itself, before it is set as text or HTML. Pure. */

import type { Channel } from "../aws/types.ts";
import type { Finding } from "../errors.ts";
import type { PlannedUpload, TrainingPlanParts } from "./plan.ts";
import type { TrainingJobRequest } from "./request.ts";

/** One line of a plan: what it is about, and what there is to say, in one or more lines. */
export interface PlanRow {
  readonly label: string;
  readonly lines: readonly string[];
}

/** What a plan shows. */
export interface PlanView {
  /** The job and what it is made of. */
  readonly job: readonly PlanRow[];
  /** The channels, by name. */
  readonly channels: readonly PlanRow[];
  /** Where results go, and what it can cost. */
  readonly result: readonly PlanRow[];
  /** Findings, grouped by severity. */
  readonly findings: readonly FindingGroup[];
}

/** Findings of one severity. */
export interface FindingGroup {
  readonly severity: Finding["severity"];
  /** `1 error`, `2 warnings` */
  readonly label: string;
  readonly findings: readonly Finding[];
  /** How many more there are than are shown. */
  readonly more: number;
}

/** Lists are cut beyond this, with a count. */
const LIST_LIMIT = 20;
/** Names under which even a number may be a secret. */
const SECRET_NAME = /secret|token|passw|pwd|credential|private|api_?key|auth|\bkey\b|\bpin\b/i;
/** What a hyperparameter's value may be to be shown: a number or a truth value, as JSON has them. */
const PLAIN_VALUE = /^(-?\d{1,15}(\.\d{1,15})?(e[+-]?\d{1,3})?|true|false|null)$/i;

/**
 * What a plan shows. Of hyperparameters only numbers and truth values are shown, and those not where the name speaks of a secret;
 * of environment variables and tags only the names. `plan.request` has them all.
 *
 * @param plan - the plan
 */
export function planView(plan: TrainingPlanParts): PlanView {
  const { request, uploads, findings, costCeiling } = plan;
  const results: [label: string, lines: (string | undefined)[]][] = [
    ["Output", [request.OutputDataConfig?.S3OutputPath]],
    ["Checkpoints", [request.CheckpointConfig?.S3Uri]],
    ["Cost at most", costLines(costCeiling)],
  ];
  return {
    job: said([
      ["Training job", [request.TrainingJobName]],
      ...requestLines(request, costCeiling.priceSource === "this machine"),
    ]),
    channels: channelRows(request.InputDataConfig ?? [], uploads),
    result: said(results),
    findings: (["error", "warning", "note"] as const).flatMap((severity) =>
      group(severity, findings),
    ),
  };
}

/** What a row is about, and what there may be to say of it. */
export type SaidLines = readonly [label: string, lines: readonly (string | undefined)[]];

/**
 * What a job is made of, secrets left out.
 *
 * @param request - the job's
 * @param isThisMachine - whether it runs here
 */
export function requestLines(request: TrainingJobRequest, isThisMachine: boolean): SaidLines[] {
  const algorithm = request.AlgorithmSpecification;
  return [
    ["Image", [algorithm?.TrainingImage]],
    ["Algorithm", [algorithm?.AlgorithmName]],
    ["Entry point", [[...(algorithm?.ContainerEntrypoint ?? [])].join(" ")]],
    ["Role", [request.RoleArn]],
    ["Instances", instanceLines(request, isThisMachine)],
    ["Time limit", [timeLimit(request)]],
    ["Network", [network(request)]],
    ["Hyperparameters", [hyperparameters(request.HyperParameters ?? {})]],
    ["Environment", [names(Object.keys(request.Environment ?? {}), "values not shown")]],
    ["Tags", [names((request.Tags ?? []).map(({ Key = "" }) => Key))]],
  ];
}

/** The rows that have something to say. */
export function said(rows: readonly SaidLines[]): PlanRow[] {
  return rows.flatMap(([label, lines]) => {
    const some = lines.filter((line) => line !== undefined && line !== "") as string[];
    return some.length === 0 ? [] : [{ label, lines: some }];
  });
}

function instanceLines(request: TrainingJobRequest, isThisMachine: boolean): string[] {
  const { ResourceConfig, EnableManagedSpotTraining } = request;
  const {
    InstanceType,
    InstanceCount = 1,
    InstanceGroups = [],
    InstancePreferences = [],
    VolumeSizeInGB: volume,
    KeepAlivePeriodInSeconds: keepAlive,
    TrainingPlanArn,
  } = ResourceConfig ?? {};
  const extras = [
    // This machine's disk is as large as it is.
    volume === undefined || isThisMachine ? "" : `${volume} GB each`,
    EnableManagedSpotTraining ? "spot" : "",
    keepAlive === undefined ? "" : `kept warm for ${duration(keepAlive)}`,
    TrainingPlanArn === undefined ? "" : "of a training plan",
  ].filter((extra) => extra !== "");
  const tail = extras.length === 0 ? "" : `, ${extras.join(", ")}`;
  return [
    ...(InstanceType === undefined ? [] : [`${InstanceCount} x ${InstanceType}${tail}`]),
    ...InstanceGroups.map(
      (one) => `${one.InstanceGroupName}: ${one.InstanceCount} x ${one.InstanceType}${tail}`,
    ),
    ...InstancePreferences.map(
      (one, index) =>
        `${index === 0 ? "first" : "else"} ${one.InstanceCount ?? InstanceCount} x ${one.InstanceType}${tail}`,
    ),
  ];
}

function timeLimit({ StoppingCondition }: TrainingJobRequest): string | undefined {
  const { MaxRuntimeInSeconds, MaxWaitTimeInSeconds } = StoppingCondition ?? {};
  if (MaxRuntimeInSeconds === undefined) {
    return undefined;
  }
  const wait = MaxWaitTimeInSeconds;
  return `${duration(MaxRuntimeInSeconds)}${wait === undefined ? "" : `, ${duration(wait)} with the wait for capacity`}`;
}

function network(request: TrainingJobRequest): string {
  const { Subnets = [], SecurityGroupIds = [] } = request.VpcConfig ?? {};
  return [
    request.VpcConfig === undefined ? "" : `VPC ${[...Subnets, ...SecurityGroupIds].join(", ")}`,
    request.EnableNetworkIsolation ? "isolated" : "",
    request.EnableInterContainerTrafficEncryption ? "encrypted between instances" : "",
  ]
    .filter((part) => part !== "")
    .join("; ");
}

function hyperparameters(values: Readonly<Record<string, string>>): string {
  const shown = Object.entries(values).map(([name, value]) =>
    PLAIN_VALUE.test(value) && !SECRET_NAME.test(name) ? `${name} = ${value}` : name,
  );
  const isAll = shown.every((text) => text.includes(" = "));
  return names(shown, isAll ? undefined : "text not shown");
}

function names(list: readonly string[], remark?: string): string {
  if (list.length === 0) {
    return "";
  }
  const more = list.length - LIST_LIMIT;
  const shown = list.slice(0, LIST_LIMIT).join(", ");
  const tail = more > 0 ? `, and ${more} more` : "";
  return `${shown}${tail}${remark === undefined ? "" : ` (${remark})`}`;
}

/** The channels: where their data lies, and what is uploaded for them. */
export function channelRows(
  channels: readonly Channel[],
  uploads: readonly PlannedUpload[],
): PlanRow[] {
  const rows = channels.map(({ ChannelName: label = "", DataSource, InputMode }): PlanRow => {
    const s3 = DataSource?.S3DataSource;
    const system = DataSource?.FileSystemDataSource;
    const place =
      s3?.S3Uri ??
      (system && `${system.FileSystemType} ${system.FileSystemId}${system.DirectoryPath}`) ??
      DataSource?.DatasetSource?.DatasetArn ??
      "?";
    const traits = [
      ...(InputMode === undefined ? [] : [`${InputMode} mode`]),
      ...(s3?.S3DataType === undefined || s3.S3DataType === "S3Prefix" ? [] : [s3.S3DataType]),
      ...(s3?.S3DataDistributionType === "ShardedByS3Key" ? ["shared among the hosts"] : []),
    ];
    const own = uploads.filter(({ channel, uri }) => channel === label && uri === s3?.S3Uri);
    return {
      label,
      lines: [
        `${place}${traits.length === 0 ? "" : ` (${traits.join(", ")})`}`,
        ...own.map(uploadLine),
      ],
    };
  });
  const inChannels = (upload: PlannedUpload): boolean =>
    channels.some(
      ({ ChannelName, DataSource }) =>
        ChannelName === upload.channel && DataSource?.S3DataSource?.S3Uri === upload.uri,
    );
  // Code that no channel brings: an archive that the image's toolkit fetches.
  const others = uploads
    .filter((upload) => !inChannels(upload))
    .map((upload) => ({ label: upload.channel, lines: [upload.uri, uploadLine(upload)] }));
  return [...rows, ...others];
}

function uploadLine({ source, files, bytes, present }: PlannedUpload): string {
  const state = present === undefined ? "" : present ? ", already there" : ", to be uploaded";
  return `from ${source}: ${files} file${files === 1 ? "" : "s"}, ${size(bytes)}${state}`;
}

function costLines({
  amountUsd,
  instanceHours,
  explanation,
}: TrainingPlanParts["costCeiling"]): string[] {
  const amount = amountUsd === undefined ? "not known" : `$${amountUsd.toFixed(2)}`;
  const hours = Number(instanceHours.toFixed(2));
  return [`${amount} for ${hours} instance hour${hours === 1 ? "" : "s"}`, explanation];
}

function group(severity: Finding["severity"], all: readonly Finding[]): FindingGroup[] {
  const findings = all.filter((finding) => finding.severity === severity);
  return findings.length === 0
    ? []
    : [
        {
          severity,
          label: `${findings.length} ${severity}${findings.length === 1 ? "" : "s"}`,
          findings: findings.slice(0, LIST_LIMIT),
          more: Math.max(0, findings.length - LIST_LIMIT),
        },
      ];
}

/** `1.2 MB`, as S3 and disks count. */
function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/**
 * `1 h 30 min`, `2 d`, `45 s`.
 *
 * @param seconds - whole ones
 */
export function duration(seconds: number): string {
  const parts: [count: number, unit: string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const some = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return some.length === 0 ? "0 s" : some.join(" ");
}
