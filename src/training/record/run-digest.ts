/**
 * One digest of all that went into a run: what can change its result, and nothing else. Pure: made from the record alone, so that
 * whoever has a record can check it, and no secret can be in it.
 */

import { createHash } from "node:crypto";
import { SUBMIT_DIRECTORY } from "../code/toolkit-hyperparameters.ts";
import { usualModelDir } from "../framework/prepare-framework.ts";
import { RUN_VARIABLES } from "../mlflow-options.ts";
import { canonicalJson, type RunDigest, type RunRecord } from "../run-record.ts";

/** What the digest is made from. */
export type RunInputs = Pick<
  RunRecord,
  "request" | "redacted" | "image" | "code" | "channels" | "checkpoints"
>;

type Json = Readonly<Record<string, unknown>>;

/** A change of what counts must change every digest, or runs would be taken for the same that are not. */
const FORM = "sagemaker-estimator/run/1";

/**
 * Members that name the job, say where it may run and what it may cost, or where its output goes. Everything else counts, also
 * what is newer than this library.
 */
const WITHOUT_EFFECT = [
  "TrainingJobName",
  "RoleArn",
  "Tags",
  "StoppingCondition",
  "VpcConfig",
  "EnableInterContainerTrafficEncryption",
  "EnableManagedSpotTraining",
  "ExperimentConfig",
  "RetryStrategy",
  "RemoteDebugConfig",
  "InfraCheckConfig",
  "SessionChainingConfig",
  "MlflowConfig",
];
/** Members of ResourceConfig that are not the machines that compute. */
const RESOURCES_WITHOUT_EFFECT = [
  "VolumeSizeInGB",
  "VolumeKmsKeyId",
  "KeepAlivePeriodInSeconds",
  "TrainingPlanArn",
  "InstancePlacementConfig",
];
/** The training toolkit is told where the job's archive lies, and the job's name: the archive itself counts by its digest. */
const PLACES = [SUBMIT_DIRECTORY, "sagemaker_job_name"];
/** Values that say the same as nothing. */
const DEFAULTS: Json = {
  CompressionType: "None",
  RecordWrapperType: "None",
  S3DataDistributionType: "FullyReplicated",
};

/**
 * The digest of a run, or why it has none.
 *
 * @param run - what went in
 * @param options - `fromScratch`: as if no checkpoints had been there, for looking up what began from the beginning
 */
export function runDigest(
  run: RunInputs,
  { fromScratch = false }: { readonly fromScratch?: boolean } = {},
): RunDigest {
  const unknown = whatIsUnknown(run, fromScratch);
  if (unknown.length > 0) {
    return { unknown };
  }
  const value = createHash("sha256")
    .update(canonicalJson([FORM, whatCounts(run)]))
    .digest("hex");
  return { value, unknown };
}

function whatIsUnknown(run: RunInputs, fromScratch: boolean): string[] {
  const { image, code, channels, checkpoints, redacted } = run;
  const hyperparameters = record(run.request["HyperParameters"]);
  return [
    ...(image.unknown === undefined ? [] : [`image: ${image.unknown}`]),
    ...Object.entries(channels).flatMap(([name, { unknown }]) =>
      unknown === undefined ? [] : [`channel ${name}: ${unknown}`],
    ),
    ...(checkpoints === undefined || fromScratch || checkpoints.empty === true
      ? []
      : [
          checkpoints.empty === undefined
            ? `checkpoints: it is not known whether anything lay under ${checkpoints.uri}`
            : `checkpoints: the job could go on from what lay under ${checkpoints.uri}`,
        ]),
    ...redacted.flatMap(({ path, kind }) =>
      kind === "suspect"
        ? [`${path}: it may be a secret by its name, so its value is not recorded`]
        : [],
    ),
    ...(hyperparameters[SUBMIT_DIRECTORY] !== undefined &&
    (code?.digest ?? code?.etag) === undefined
      ? ["code: the archive was made elsewhere, and S3 does not say which it is"]
      : []),
  ];
}

function whatCounts({ request, image, code, channels, checkpoints }: RunInputs): Json {
  const algorithm = record(request["AlgorithmSpecification"]);
  const output = record(request["OutputDataConfig"]);
  const checkpoint = record(request["CheckpointConfig"]);
  const given = record(request["HyperParameters"]);
  const hyperparameters = without(given, [...PLACES, ...placeOfModel(request)]);
  const isArchive = given[SUBMIT_DIRECTORY] !== undefined;
  return {
    ...withoutPlaces(
      without(request, [
        ...WITHOUT_EFFECT,
        "AlgorithmSpecification",
        "HyperParameters",
        "InputDataConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "CheckpointConfig",
        "Environment",
      ]),
    ),
    ...environmentOf(request),
    // An ARN names an algorithm for good; an image's tag does not.
    image: [image.kind, image.digest ?? image.uri],
    code: code?.digest ?? code?.etag,
    AlgorithmSpecification: without(algorithm, [
      "TrainingImage",
      "AlgorithmName",
      "TrainingImageConfig",
    ]),
    HyperParameters: hyperparameters,
    ResourceConfig: without(record(request["ResourceConfig"]), RESOURCES_WITHOUT_EFFECT),
    // Plain files or an archive: whoever asks for one is not served by the other.
    plainOutput: output["CompressionType"] === "NONE",
    checkpoints: checkpoints && { LocalPath: checkpoint["LocalPath"] },
    channels: list(request["InputDataConfig"])
      .map((channel) => {
        const { DataSource, ...settings } = record(channel);
        const name = String(settings["ChannelName"]);
        return {
          InputMode: algorithm["TrainingInputMode"],
          ...withoutDefaults(settings),
          // Without a network the archive comes as a channel: it counts as code, wherever it was copied to.
          data: isArchive && channels[name]?.uri === code?.uri ? undefined : channels[name]?.digest,
          // Where the data lie does not count; how they are read does.
          ...withoutDefaults(without(record(record(DataSource)["S3DataSource"]), ["S3Uri"])),
        };
      })
      .sort((left, right) => (canonicalJson(left) < canonicalJson(right) ? -1 : 1)),
  };
}

/** Where a run is logged has no effect on what comes of it. */
function environmentOf(request: Json): Json {
  const { Environment } = request;
  if (Environment === undefined) {
    return {};
  }
  const counts = without(record(Environment), Object.values(RUN_VARIABLES));
  return Object.keys(counts).length === 0 ? {} : { Environment: counts };
}

/** TensorFlow's programs are told by a hyperparameter where to write, which names the job. */
function placeOfModel(request: Json): string[] {
  const { S3OutputPath = "" } = record(request["OutputDataConfig"]) as { S3OutputPath?: string };
  const usual = usualModelDir(S3OutputPath, String(request["TrainingJobName"]));
  const isUsual = record(request["HyperParameters"])["model_dir"] === JSON.stringify(usual);
  return isUsual ? ["model_dir"] : [];
}

/** What debuggers and profilers write is output: where it goes does not count. */
function withoutPlaces(value: unknown): Json {
  const walk = (member: unknown): unknown => {
    if (Array.isArray(member)) return member.map(walk);
    if (typeof member !== "object" || member === null) return member;
    return Object.fromEntries(
      Object.entries(member).flatMap(([name, below]) =>
        name === "S3OutputPath" ? [] : [[name, walk(below)]],
      ),
    );
  };
  return walk(value) as Json;
}

function withoutDefaults(members: Json): Json {
  return Object.fromEntries(
    Object.entries(members).filter(([name, value]) => value !== DEFAULTS[name]),
  );
}

function without(members: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
