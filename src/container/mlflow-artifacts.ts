/** Artifacts of a job's run: behind its server, or in S3 by URLs that the server signs. */

import { stat } from "node:fs/promises";
import { basename, relative, sep } from "node:path";
import { contentType, joinArtifact } from "../mlflow/core/artifact-path.ts";
import { MlflowError } from "../mlflow/core/mlflow-error.ts";
import type { CallOptions } from "../mlflow/core/tracking-store.ts";
import { httpSender } from "../mlflow/rest/http.ts";
import { bodyOf, ProxiedArtifacts } from "../mlflow/rest/proxied-artifacts.ts";
import { RestCaller } from "../mlflow/rest/rest-caller.ts";
import type { RetryOptions } from "../mlflow/rest/retry.ts";
import { filesBelow } from "./channels.ts";
import type { Connection } from "./mlflow-connection.ts";
import type { NewArtifact, PutArtifact } from "./mlflow-uploads.ts";

/** How long a URL that the server signs is good for: all attempts of one upload. In seconds. */
const SIGNED_FOR = 900;

/**
 * The way to the place where a run's artifacts lie.
 *
 * @throws MlflowError when programs inside a job cannot reach it
 */
export async function openArtifacts(
  connection: Connection,
  retry: RetryOptions,
  options: CallOptions,
): Promise<PutArtifact> {
  const { store, caller, runId } = connection;
  const { artifactUri } = (await store.getRun(runId, options)).info;
  if (artifactUri.startsWith("mlflow-artifacts:")) {
    const place = new ProxiedArtifacts(caller, artifactUri);
    return async (path, source, call) => await place.put(path, source, call);
  }
  if (artifactUri.startsWith("s3://")) {
    return signedUploads(connection, artifactUri, retry);
  }
  throw new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `The run's artifacts lie at ${artifactUri}, which a program inside a job cannot reach: start the server with --serve-artifacts, so that they go through it.`,
  );
}

/** `mlflow server --no-serve-artifacts` over S3, and SageMaker-managed ones. */
function signedUploads(
  { caller, runId }: Connection,
  artifactUri: string,
  retry: RetryOptions,
): PutArtifact {
  const send = httpSender();
  return async (path, source, { signal }) => {
    const fields = { path, expiration: SIGNED_FOR, runId };
    const { presigned_url: url, headers = {} } = await caller
      .call({ method: "POST", path: "artifacts/presigned-upload-url", fields, signal })
      .catch((error: unknown) => {
        throw MlflowError.isInstance(error) && [404, 405, 501].includes(error.status ?? 0)
          ? notSigned(artifactUri, error)
          : error;
      });
    const target = new URL(String(url));
    // The URL is the permission: the server's password is not for S3.
    const storage = new RestCaller({
      url: target.origin,
      send,
      authorize: async (it) => it,
      retry,
    });
    const size = "bytes" in source ? source.bytes.length : source.size;
    const response = await storage.request(() => ({
      method: "PUT",
      url: target,
      headers: {
        "content-type": contentType(path),
        "content-length": String(size),
        ...(headers as Record<string, string>),
      },
      body: bodyOf(source),
      signal,
    }));
    response.body.resume();
  };
}

function notSigned(artifactUri: string, cause: MlflowError): MlflowError {
  return new MlflowError(
    "NOT_IMPLEMENTED",
    `The run's artifacts lie in S3 (${artifactUri}), and the server signs no uploads to it, as current releases of MLflow do. Start it with --serve-artifacts, or log them outside of the job with MlflowClient, which has an S3 client.`,
    { cause },
  );
}

/**
 * A local file as an artifact.
 *
 * @throws MlflowError when it is none
 */
export async function fileArtifact(localPath: string, folder: string): Promise<NewArtifact> {
  if (!(await stat(localPath)).isFile()) {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `${localPath} is no file: logArtifacts is for folders.`,
    );
  }
  return { path: joinArtifact(folder, basename(localPath)), file: localPath };
}

/** Everything below a local folder, as artifacts. */
export async function folderArtifacts(
  localFolder: string,
  folder: string,
  { signal }: CallOptions,
): Promise<NewArtifact[]> {
  const files = await filesBelow(localFolder, signal);
  return files.map((file) => ({
    path: joinArtifact(folder, relative(localFolder, file).split(sep).join("/")),
    file,
  }));
}
