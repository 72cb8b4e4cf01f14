/** The environment of a container, made from nothing: the contract's variables, the request's, and what leads to the local cloud. */

import { dirname, join } from "node:path";
import { channelsOf, type HostFolder, placeOf } from "../opt-ml.ts";
import type { JobRecord } from "../services/sagemaker/job.ts";
import type { JobRequest } from "./job-request.ts";

/** Where and as whom a program reaches the local cloud. */
export interface CloudAccess {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What a container's environment is made of. */
export interface EnvironmentSource {
  readonly job: Pick<JobRecord, "name" | "arn" | "region" | "program">;
  readonly request: JobRequest;
  readonly host: HostFolder;
  /** Whether the container has an /opt/ml and a /tmp of its own. */
  readonly mounts: boolean;
  /** Undefined with network isolation: no way there, and no credentials. */
  readonly cloud: CloudAccess | undefined;
  /** Of the launcher, only these. */
  readonly launcher: { readonly path: string; readonly lang: string | undefined };
}

/** The whole environment of one host's container. */
export function containerEnvironment(
  source: EnvironmentSource,
): Readonly<Record<string, string>> & { readonly PATH: string } {
  const { job, request, host, mounts, cloud, launcher } = source;
  const base = mounts ? "/opt/ml" : host.ml;
  const { PATH: path = launcher.path, ...given } = request.environment;
  return {
    LANG: launcher.lang ?? "C.UTF-8",
    HOME: join(host.path, "home"),
    TMPDIR: mounts ? "/tmp" : join(host.path, "tmp"),
    HOSTNAME: host.name,
    // Nothing but what follows is to be found by an AWS SDK.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_EXECUTION_ENV: "AWS_ECS_EC2",
    AWS_REGION: job.region,
    // On AWS there is but the former; boto3 reads but this one.
    AWS_DEFAULT_REGION: job.region,
    DMLC_INTERFACE: "eth0",
    SAGEMAKER_METRICS_DIRECTORY: `${base}/output/metrics/sagemaker`,
    ...(cloud === undefined ? {} : cloudVariables(cloud)),
    ...(mounts ? {} : pathVariables(request, host)),
    TRAINING_JOB_NAME: job.name,
    TRAINING_JOB_ARN: job.arn,
    ...given,
    // The program folder first, whatever the request says: it is what the image would have there.
    PATH: [job.program, dirname(process.execPath), path].filter((part) => part !== "").join(":"),
  };
}

/** Different clients read different ones. */
function cloudVariables(cloud: CloudAccess): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: cloud.url,
    AWS_ENDPOINT_URL_S3: cloud.url,
    S3_ENDPOINT_URL: cloud.url,
    AWS_ACCESS_KEY_ID: cloud.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.secretAccessKey,
    AWS_SESSION_TOKEN: cloud.sessionToken,
    // The local cloud is a tracking server too: code that logs to MLflow finds it by itself.
    MLFLOW_TRACKING_URI: cloud.url,
    // Where AWS's plugin for MLflow, and our client, ask the servers that ARNs name.
    SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT: cloud.url,
  };
}

/** Without mounts, a program finds its files by the names that the SageMaker training toolkit gives them. */
function pathVariables(request: JobRequest, host: HostFolder): Record<string, string> {
  const { name, ml } = host;
  const channels = channelsOf(request, name).map((channel) => channel.name);
  return {
    SAGEMAKER_BASE_DIR: ml,
    // The toolkit waits for each host's name to resolve, which here none does.
    SM_STUDIO_LOCAL_MODE: "true",
    SM_INPUT_DIR: `${ml}/input`,
    SM_INPUT_CONFIG_DIR: `${ml}/input/config`,
    SM_MODEL_DIR: `${ml}/model`,
    SM_OUTPUT_DIR: `${ml}/output`,
    SM_OUTPUT_DATA_DIR: `${ml}/output/data`,
    SM_OUTPUT_INTERMEDIATE_DIR: `${ml}/output/intermediate`,
    ...(request.checkpointPath === undefined
      ? {}
      : { SM_CHECKPOINT_DIR: placeOf(host, request.checkpointPath) }),
    SM_CURRENT_HOST: name,
    SM_HOSTS: JSON.stringify(request.hosts),
    SM_CHANNELS: JSON.stringify([...channels].sort()),
    ...Object.fromEntries(
      channels.map((channel) => [
        `SM_CHANNEL_${channel.toUpperCase()}`,
        `${ml}/input/data/${channel}`,
      ]),
    ),
  };
}
