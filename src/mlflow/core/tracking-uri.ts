/** What a tracking URI means: a server, a SageMaker-managed one, or a folder. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ManagedKind } from "./managed.ts";
import { MlflowError } from "./mlflow-error.ts";

/** A place that runs are logged to. */
export type TrackingPlace =
  | { readonly kind: "server"; readonly url: string }
  | {
      readonly kind: "managed";
      readonly arn: string;
      readonly partition: string;
      readonly region: string;
      readonly resource: ManagedKind;
      /** The server's name, or the app's id. */
      readonly name: string;
    }
  | { readonly kind: "folder"; readonly path: string };

const ARN =
  /^arn:(aws[a-z-]*):sagemaker:([a-z0-9-]+):\d{12}:(mlflow-tracking-server|mlflow-app)\/([\w-]+)$/;

/**
 * Reads a tracking URI.
 *
 * @param uri - `http://…`, `https://…`, an ARN of a tracking server or an app, `file:…`, or a folder's path
 * @throws MlflowError for one that means something else, and what to write instead
 */
export function readTrackingUri(uri: string): TrackingPlace {
  const trimmed = uri.trim();
  if (/^https?:\/\//i.test(trimmed)) {
    if (!URL.canParse(trimmed)) {
      throw unusable("is no URL that can be read");
    }
    return { kind: "server", url: trimmed };
  }
  if (trimmed.startsWith("arn:")) {
    const [, partition = "", region = "", resource, name = ""] = ARN.exec(trimmed) ?? [];
    if (resource !== "mlflow-tracking-server" && resource !== "mlflow-app") {
      throw unusable(`is no ARN of an MLflow tracking server or app: ${trimmed}`);
    }
    return { kind: "managed", arn: trimmed, partition, region, resource, name };
  }
  if (trimmed.startsWith("file:")) {
    return { kind: "folder", path: folderOf(trimmed) };
  }
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(trimmed) ?? [];
  if (scheme !== undefined) {
    const hint = /^(sqlite|postgresql|mysql|mssql)/.test(scheme)
      ? "a database is reached through a server in front of it: mlflow server --backend-store-uri …"
      : `nothing is known of ${scheme}:`;
    throw unusable(hint);
  }
  if (trimmed === "") {
    throw unusable("is empty");
  }
  return { kind: "folder", path: resolve(trimmed) };
}

/** `file:./mlruns` is no URL by the book, and the form that MLflow's users know. */
function folderOf(uri: string): string {
  const rest = uri.slice("file:".length);
  if (!rest.startsWith("//")) {
    return resolve(decodeURI(rest));
  }
  try {
    return fileURLToPath(uri);
  } catch (error) {
    throw unusable(`names a folder of another machine: ${uri}`, error);
  }
}

// Never with the whole URI: it may hold a password.
function unusable(why: string, cause?: unknown): MlflowError {
  return new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `The MLflow tracking URI ${why}. Use http(s)://…, the ARN of a SageMaker MLflow tracking server or app, or a folder (file:./mlruns).`,
    { ...(cause !== undefined && { cause }) },
  );
}
