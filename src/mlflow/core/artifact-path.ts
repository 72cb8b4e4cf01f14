/** Paths of artifacts: below a run's own, and nowhere else (pure). */

import { posix } from "node:path";
import { invalid } from "./mlflow-error.ts";

/**
 * An artifact's path in its plain form: `a//b/` is `a/b`.
 *
 * @param path - as given; empty for the run's artifacts themselves
 * @throws MlflowError for one that leads out, or that is no path
 */
export function artifactPath(path: string): string {
  const plain = posix.normalize(path).replace(/\/$/, "");
  if (path === "" || plain === ".") return "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it ends a path for the system
  if (/^\/|^\.\.(?:\/|$)|\\|\u0000/.test(plain)) {
    throw invalid(
      `Invalid artifact path: ${JSON.stringify(path)} leads out of the run's artifacts, or has a backslash. Use a path like plots/fit.svg.`,
    );
  }
  return plain;
}

/**
 * The path of a file: never the run's artifacts themselves.
 *
 * @throws MlflowError as {@link artifactPath} does, and for an empty one
 */
export function artifactFilePath(path: string): string {
  const plain = artifactPath(path);
  if (plain === "") {
    throw invalid(
      `Invalid artifact path: ${JSON.stringify(path)} names no file. Use a path like plots/fit.svg.`,
    );
  }
  return plain;
}

/** A file's place in a folder of artifacts. */
export function joinArtifact(folder: string, name: string): string {
  return artifactPath(folder === "" ? name : `${folder}/${name}`);
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  csv: "text/csv",
  gif: "image/gif",
  gz: "application/gzip",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript",
  json: "application/json",
  md: "text/markdown",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
};

/** A file's media type, by its name. */
export function contentType(path: string): string {
  const ending = posix.extname(path).slice(1).toLowerCase();
  return (Object.hasOwn(TYPES, ending) && TYPES[ending]) || "application/octet-stream";
}
