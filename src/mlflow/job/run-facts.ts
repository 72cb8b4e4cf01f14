/** What a run of MLflow is told of its job: tags, data sets, status. Pure. */

import type { RunOutcome, RunRecord } from "../../training/run-record.ts";
import type { DatasetInput, RunStatus, Tag } from "../core/entities.ts";
import { asKey } from "../core/entry-key.ts";
import { LIMITS } from "../core/limits.ts";

/** The tag that says whose run it is: nobody else's is written to. */
export const JOB_NAME_TAG = "sagemaker.training_job_name";
/** Set last of all: the run has everything. */
export const JOB_STATUS_TAG = "sagemaker.training_job_status";

/**
 * Whether a run is this job's: of others nothing is touched.
 *
 * @param runTags - the run's
 * @param jobName - the job's name
 */
export function isRunOf(runTags: readonly Tag[], jobName: string): boolean {
  return runTags.some(({ key, value }) => key === JOB_NAME_TAG && value === jobName);
}

/** A data set's digest in MLflow. */
const DIGEST_LENGTH = 36;

/** What is known of a job from its request and its record. */
export interface JobFacts {
  readonly arn: string;
  readonly record: RunRecord;
  readonly user: string | undefined;
}

const JOB_ARN_TAG = "sagemaker.training_job_arn";
/** Set when all is logged that is known of a job at its start. */
const REGION_TAG = "sagemaker.region";

/**
 * Whether a run has what is known of its job at the start.
 *
 * @param runTags - the run's
 * @param facts - the job's
 */
export function isStarted(runTags: readonly Tag[], { arn }: JobFacts): boolean {
  const has = (key: string, value: string): boolean =>
    runTags.some((tag) => tag.key === key && tag.value === value);
  // The program of the job may have made the run, with the ARN alone.
  return has(JOB_ARN_TAG, arn) && has(REGION_TAG, regionOf(arn));
}

/**
 * The tag that is set when the run has all of that.
 *
 * @param facts - the job's
 */
export function tagOfStarted({ arn }: JobFacts): Tag[] {
  return tags({ [REGION_TAG]: regionOf(arn) });
}

function regionOf(arn: string): string {
  return arn.split(":")[3] ?? "";
}

/**
 * The tags of a run whose job was started, but for the last one. Those that begin with `mlflow.` are MLflow's own
 * (`mlflow/utils/mlflow_tags.py`), which its UI shows.
 *
 * @param facts - the job's
 */
export function tagsOfJob({ arn, record, user }: JobFacts): Tag[] {
  const { image, code, channels, digest, request } = record;
  const resources = (request["ResourceConfig"] ?? {}) as {
    readonly InstanceType?: string;
    readonly InstanceCount?: number;
    readonly InstanceGroups?: readonly { InstanceType?: string; InstanceCount?: number }[];
  };
  const groups = resources.InstanceGroups ?? [resources];
  const output = request["OutputDataConfig"] as { readonly S3OutputPath?: string } | undefined;
  return tags({
    "mlflow.source.type": "JOB",
    "mlflow.source.name": image.uri,
    "mlflow.user": user,
    "mlflow.docker.image.uri": image.kind === "image" ? image.uri : undefined,
    "mlflow.source.git.commit": code?.git?.commit,
    "mlflow.source.git.branch": code?.git?.branch,
    "mlflow.source.git.repoURL": code?.git?.remote,
    "mlflow.source.git.dirty": code?.git && String(code.git.dirty),
    [JOB_ARN_TAG]: arn,
    "sagemaker.instance_type": list(groups.map(({ InstanceType }) => InstanceType)),
    "sagemaker.instance_count": list(groups.map(({ InstanceCount }) => InstanceCount)),
    "sagemaker.image_uri": image.uri,
    "sagemaker.image_digest": image.digest,
    "sagemaker.code_digest": code?.digest ?? code?.etag,
    "sagemaker.run_digest": digest.value,
    "sagemaker.output_s3_uri": output?.S3OutputPath,
    ...Object.fromEntries(
      Object.entries(channels).flatMap(([name, { uri, digest: data }]) => [
        [asKey(`sagemaker.channel.${name}.uri`), uri],
        [asKey(`sagemaker.channel.${name}.digest`), data],
      ]),
    ),
  });
}

/**
 * The channels of a job as data sets, where it is known what they held.
 *
 * @param record - the job's
 */
export function datasetsOf({ channels }: RunRecord): DatasetInput[] {
  return Object.entries(channels).flatMap(([name, { uri, digest, files, bytes }]) =>
    digest === undefined
      ? []
      : [
          {
            dataset: {
              name,
              digest: digest.slice(0, DIGEST_LENGTH),
              sourceType: uri?.startsWith("s3://") ? "s3" : "local",
              source: JSON.stringify({ uri }),
              profile: JSON.stringify({ num_files: files, num_bytes: bytes }),
            },
            tags: [{ key: "mlflow.data.context", value: name }],
          },
        ],
  );
}

/**
 * The tags of a run whose job has ended.
 *
 * @param outcome - how
 * @param modelUri - where its model lies
 */
export function tagsOfEnd(outcome: RunOutcome, modelUri: string | undefined): Tag[] {
  return tags({
    "sagemaker.secondary_status": outcome.secondaryStatus,
    "sagemaker.failure_reason": outcome.failureReason,
    "sagemaker.model_s3_uri": modelUri,
    "sagemaker.training_seconds": outcome.trainingSeconds?.toString(),
    "sagemaker.billable_seconds": outcome.billableSeconds?.toString(),
    // Which of several the service took.
    "sagemaker.instance_type": outcome.instanceType,
    "sagemaker.instance_count": outcome.instanceCount?.toString(),
  });
}

/**
 * MLflow's word for how a job ended.
 *
 * @param status - the job's
 */
export function runStatus(
  status: RunOutcome["status"],
): Exclude<RunStatus, "RUNNING" | "SCHEDULED"> {
  return ({ Completed: "FINISHED", Failed: "FAILED", Stopped: "KILLED" } as const)[status];
}

/**
 * Tags that have a value, within MLflow's limit.
 *
 * @param values - by their keys
 */
export function tags(values: Readonly<Record<string, string | undefined>>): Tag[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === ""
      ? []
      : [{ key, value: [...value].slice(0, LIMITS.tagValueLength).join("") }],
  );
}

function list(values: readonly (string | number | undefined)[]): string {
  return values.filter((value) => value !== undefined).join(", ");
}
