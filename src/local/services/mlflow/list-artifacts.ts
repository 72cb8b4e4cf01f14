/** `artifacts/list`: what lies in a folder of a run's artifacts, wherever those lie. */

import { artifactPath } from "../../../mlflow/core/artifact-path.ts";
import type { FileInfo } from "../../../mlflow/core/entities.ts";
import { MlflowError } from "../../../mlflow/core/mlflow-error.ts";
import { parseS3Uri } from "../../../transfer/s3-uri.ts";
import type { ObjectStore } from "../s3/object-store.ts";
import { type Fields, optionalText, runIdOf } from "./fields.ts";
import type { Asked } from "./places.ts";

/** The answer to `runId`, and the folder as `path`. */
export async function listArtifacts(
  { places, objects }: Pick<Asked, "places" | "objects">,
  fields: Fields,
): Promise<object> {
  const { artifactUri, experimentId, runId } = await places.store.getRunInfo(runIdOf(fields));
  const folder = artifactPath(optionalText(fields, "path") ?? "");
  if (artifactUri.startsWith("s3://")) {
    return { rootUri: artifactUri, files: await inS3(objects, artifactUri, folder) };
  }
  const root = `${experimentId}/${runId}/artifacts`;
  const listed = (await places.artifacts?.list(joined(root, folder))) ?? [];
  const files = listed.map((file) => ({ ...file, path: file.path.slice(root.length + 1) }));
  return { rootUri: `mlflow-artifacts:/${root}`, files };
}

/** Of what lies deeper, only the folder is told. */
async function inS3(
  objects: Pick<ObjectStore, "list">,
  uri: string,
  folder: string,
): Promise<FileInfo[]> {
  const { bucket, key } = parseS3Uri(uri);
  const prefix = `${joined(key, folder)}/`;
  const found = await objects.list(bucket, { prefix }).catch((error: Error) => {
    throw new MlflowError("INTERNAL_ERROR", `${uri} cannot be listed: ${error.message}`, {
      status: 500,
      cause: error,
    });
  });
  const files = new Map<string, FileInfo>();
  for (const { key: name, size } of found.objects) {
    const [first = "", ...deeper] = name.slice(prefix.length).split("/");
    const path = joined(folder, first);
    if (deeper.length > 0) files.set(path, { path, isDir: true });
    else if (first !== "") files.set(path, { path, isDir: false, fileSize: size });
  }
  return [...files.values()];
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}
