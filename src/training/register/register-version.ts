/** A job's model as a version in MLflow's model registry. */

import { pathToFileURL } from "node:url";
import { readEnvironment } from "../../environment.ts";
import type { Finding } from "../../errors.ts";
import type { CalledJob } from "../job-calls.ts";
import { withoutUser } from "../mlflow-options.ts";
import { modelDataOf } from "../model-data.ts";
import type { JobDescription } from "../status-poller.ts";
import { mlflowWork } from "../tracking/work.ts";
import type {
  RegisteredModelPackage,
  RegisteredModelVersion,
  RegisterModelOptions,
} from "./register-options.ts";

/** Somebody waits for it. */
const RETRY = { retries: 3, baseMs: 500 };

/** The run of a job, and where it is; both as far as they are known. */
export interface RegistryPlace {
  readonly trackingUri?: string | undefined;
  readonly runId?: string | undefined;
}

/**
 * Registers a job's model.
 *
 * @param job - the job
 * @param description - what the service says of it
 * @param place - where
 * @param options - how
 * @param package_ - the version in SageMaker's model registry, if there is one
 * @throws MlflowError that tells what was done by then; the signal's reason
 */
export async function registerInMlflow(
  job: CalledJob,
  description: JobDescription,
  place: RegistryPlace,
  options: RegisterModelOptions,
  package_: RegisteredModelPackage | undefined,
): Promise<RegisteredModelVersion> {
  const { name, alias, description: words, tags, signal } = options;
  const { runId } = place;
  const data = modelDataOf(job.name, description);
  const source = typeof data === "string" ? data : data.S3DataSource.S3Uri;
  const { MlflowClient, registerVersion } = await mlflowWork();
  const client = new MlflowClient({
    ...{ session: job.session, retry: RETRY },
    ...(place.trackingUri !== undefined && { trackingUri: place.trackingUri }),
  });
  const model = {
    ...{ name, source, runId, alias, description: words },
    tags: {
      ...tags,
      "sagemaker.training_job_name": job.name,
      "sagemaker.training_job_arn": description.TrainingJobArn ?? "",
      ...(package_ && { "sagemaker.model_package_arn": package_.modelPackageArn }),
    },
  };
  const registered = await registerVersion(client, model, { ...(signal && { signal }) });
  return {
    version: registered.version,
    trackingUri: withoutUser(client.trackingUri),
    ...(runId !== undefined && { runId }),
    ...{ source, isNew: registered.isNew },
  };
}

/**
 * What is wrong with where the registry is said to be; nothing is asked of it.
 *
 * @param place - where
 */
export async function placeFindings({ trackingUri }: RegistryPlace): Promise<Finding[]> {
  const { MlflowClient, MlflowError } = await mlflowWork();
  try {
    // It knows which place is meant where none is given.
    new MlflowClient({ ...(trackingUri !== undefined && { trackingUri }) });
    return [];
  } catch (error) {
    if (!MlflowError.isInstance(error)) throw error;
    return [
      {
        ...{ severity: "error", path: "mlflow.trackingUri", message: error.message },
        hint: 'Or give registry: "sagemaker".',
      },
    ];
  }
}

/**
 * Where the registry is.
 *
 * @param job - the job
 * @param given - as the caller names it
 * @param run - the job's, if it has one
 */
export function placeOf(
  { session }: CalledJob,
  given: RegistryPlace | undefined,
  run: RegistryPlace | undefined,
): RegistryPlace {
  const { local } = session;
  const ownFolder =
    local === undefined || readEnvironment().mlflow.trackingUri !== undefined
      ? undefined
      : pathToFileURL(`${local.root}/mlruns`).href;
  const trackingUri = given?.trackingUri ?? run?.trackingUri ?? ownFolder;
  // Another place has other runs.
  const runId = given?.runId ?? (trackingUri === run?.trackingUri ? run?.runId : undefined);
  return { trackingUri, runId };
}
