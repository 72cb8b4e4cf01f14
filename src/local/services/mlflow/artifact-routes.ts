/** The proxy routes of artifacts: `/api/2.0/mlflow-artifacts/artifacts/<experiment>/<run>/artifacts/<path>`. */

import { Readable } from "node:stream";
import { artifactPath, contentType } from "../../../mlflow/core/artifact-path.ts";
import { invalid, MlflowError } from "../../../mlflow/core/mlflow-error.ts";
import type { FolderArtifacts } from "../../../mlflow/file/folder-artifacts.ts";
import type { WireRequest, WireResponse } from "../../wire/message.ts";

/** What may be asked for: nothing of the store itself. */
const OF_A_RUN = /^[A-Za-z0-9][\w-]*\/[A-Za-z0-9][\w-]*\/artifacts(?:\/|$)/;
/** What may be written: a file among them. */
const IN_A_RUN = /^[^/]+\/[^/]+\/artifacts\/./;

/**
 * Answers a request for artifacts.
 *
 * @param path - what follows the route, still encoded; empty for a list
 */
export async function answerArtifacts(
  folder: FolderArtifacts,
  request: WireRequest,
  path: string,
): Promise<WireResponse> {
  if (path === "") {
    if (request.method !== "GET") throw notAllowed(request);
    const files = await folder.list(ofARun(request.query["path"] || ""));
    const listed = files.map(({ path: file, isDir, fileSize }) => ({
      path: file.slice(file.lastIndexOf("/") + 1),
      is_dir: isDir,
      ...(fileSize !== undefined && { file_size: fileSize }),
    }));
    listed.sort((a, b) => (a.path < b.path ? -1 : 1));
    return json({ files: listed });
  }
  const file = ofARun(decode(path));
  switch (request.method) {
    case "PUT": {
      const { body } = request;
      if (!IN_A_RUN.test(file)) throw invalid("Invalid path");
      await folder.putStream(
        file,
        body instanceof Readable ? body : Readable.from(body === undefined ? [] : [body]),
      );
      return json({});
    }
    case "GET": {
      const { size, stream } = await folder.open(file);
      const headers = { "content-type": contentType(file), "content-length": String(size) };
      return { status: 200, headers, body: stream };
    }
    case "DELETE":
      await folder.remove(file);
      return json({});
    default:
      throw notAllowed(request);
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw invalid("Invalid path", error);
  }
}

function ofARun(path: string): string {
  const plain = artifactPath(path);
  if (!OF_A_RUN.test(plain)) {
    throw invalid("Invalid path");
  }
  return plain;
}

function notAllowed({ method }: WireRequest): MlflowError {
  return new MlflowError("BAD_REQUEST", `Artifacts take no ${method}.`, { status: 405 });
}

function json(value: object): WireResponse {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
