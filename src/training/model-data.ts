/** Where a job's artifacts lie, as Describe tells it. */

import { SageMakerError } from "../errors.ts";
import { isTerminal } from "./status-lines.ts";
import type { JobDescription } from "./status-poller.ts";

/** A model of plain files: what SageMaker's models take as their data source. */
export interface UncompressedModelData {
  /** In the service's words. */
  readonly S3DataSource: {
    /** The prefix, which ends in a slash. */
    readonly S3Uri: string;
    /** `S3Uri` is a prefix of several objects. */
    readonly S3DataType: "S3Prefix";
    /** They are plain files. */
    readonly CompressionType: "None";
  };
}

/** Where a model lies: the URI of `model.tar.gz`, or a source of plain files. */
export type ModelData = string | UncompressedModelData;

/**
 * Where the model lies.
 *
 * @param job - the job's name
 * @param description - what the service says of it
 * @throws {@link SageMakerError} while there is no model
 */
export function modelDataOf(job: string, description: JobDescription): ModelData {
  const uri = description.ModelArtifacts?.S3ModelArtifacts ?? "";
  const status = description.TrainingJobStatus ?? "";
  if (uri === "" || !isTerminal(status)) {
    const next = isTerminal(status)
      ? "Its container wrote nothing to /opt/ml/model."
      : "Wait for its end with job.wait().";
    throw new SageMakerError(`Training job ${job} is ${status} and has no model. ${next}`);
  }
  if (!isUncompressed(description)) {
    return uri;
  }
  const S3Uri = uri.endsWith("/") ? uri : `${uri}/`;
  return { S3DataSource: { S3Uri, S3DataType: "S3Prefix", CompressionType: "None" } };
}

/** Whether the artifacts lie as plain files. */
export function isUncompressed({ OutputDataConfig }: JobDescription): boolean {
  return OutputDataConfig?.CompressionType === "NONE";
}

/**
 * Where what the job wrote to `/opt/ml/output/data` lies: an archive, or the prefix of plain files.
 *
 * @param job - the job's name
 * @param description - what the service says of it
 */
export function outputDataUri(job: string, description: JobDescription): string {
  const base = (description.OutputDataConfig?.S3OutputPath ?? "").replace(/\/+$/, "");
  return `${base}/${job}/output/${isUncompressed(description) ? "data/" : "output.tar.gz"}`;
}
