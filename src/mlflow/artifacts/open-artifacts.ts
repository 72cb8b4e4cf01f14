/** The artifacts of a run, wherever its artifact URI says that they lie. */

import { fileURLToPath } from "node:url";
import type { Session } from "../../session.ts";
import type { ArtifactStore } from "../core/artifact-store.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import type { RestCaller } from "../rest/rest-caller.ts";

/**
 * Opens a run's artifacts.
 *
 * @param uri - the run's artifact URI
 * @param caller - the tracking server, when there is one
 * @param session - for those in S3
 * @throws MlflowError when nobody here can reach them
 */
export async function openArtifacts(
  uri: string,
  caller: RestCaller | undefined,
  session: Session | undefined,
): Promise<ArtifactStore> {
  if (uri.startsWith("mlflow-artifacts:") && caller !== undefined) {
    const { ProxiedArtifacts } = await import("./proxied-artifacts.ts");
    return new ProxiedArtifacts(caller, proxiedRoot(uri, caller));
  }
  if (uri.startsWith("s3://")) {
    const [{ S3Artifacts }, { Session }] = await Promise.all([
      import("./s3-artifacts.ts"),
      import("../../session.ts"),
    ]);
    return new S3Artifacts(session ?? new Session(), uri);
  }
  if (uri.startsWith("file:") || uri.startsWith("/")) {
    const { FolderArtifacts } = await import("../file/folder-artifacts.ts");
    return new FolderArtifacts(uri.startsWith("/") ? uri : fileURLToPath(uri));
  }
  throw new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `The run's artifacts lie at ${uri}, which cannot be reached from here: mlflow-artifacts: (behind a server), s3:// and file: can.`,
  );
}

/** `mlflow-artifacts:/1/run/artifacts`, or the same with a server's name: it must be this one. */
function proxiedRoot(uri: string, caller: RestCaller): string {
  const url = new URL(uri.replace(/^mlflow-artifacts:/, "http:"));
  const named = /^mlflow-artifacts:\/\/[^/]/.test(uri);
  if (named && url.host !== new URL(caller.address).host) {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `The run's artifacts lie behind another server, ${url.host}: log to that one.`,
    );
  }
  const path = named ? url.pathname : uri.slice("mlflow-artifacts:".length);
  return decodeURIComponent(path).replace(/^\/+|\/+$/g, "");
}
