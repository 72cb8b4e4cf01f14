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
    const { ProxiedArtifacts } = await import("../rest/proxied-artifacts.ts");
    return new ProxiedArtifacts(caller, uri);
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
