/** Where registered models lie: files of this folder to whoever opens it, artifacts behind the server to its clients. */

import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { artifactPath } from "../../../mlflow/core/artifact-path.ts";
import type { SourceForms } from "../../../mlflow/file/file-registry.ts";

/** `mlflow-artifacts:/1/…`, and not another server's: `mlflow-artifacts://host/…`. */
const BEHIND_SERVER = /^mlflow-artifacts:\/(?!\/)(.+)$/s;

/** The two forms. @param root - the folder of the runs */
export function modelSources(root: string): SourceForms {
  const files = `${pathToFileURL(root).href}/`;
  return {
    kept(source) {
      const [, path] = BEHIND_SERVER.exec(source) ?? [];
      return path === undefined ? source : pathToFileURL(join(root, artifactPath(path))).href;
    },
    told(source) {
      if (!source.startsWith(files)) return source;
      const path = relative(root, pathOf(source) ?? root)
        .split(sep)
        .join("/");
      return path === "" ? source : `mlflow-artifacts:/${path}`;
    },
  };
}

/** Other programs may have written what is no URL of a file by the book. */
function pathOf(source: string): string | undefined {
  try {
    return fileURLToPath(source);
  } catch {
    return undefined;
  }
}
