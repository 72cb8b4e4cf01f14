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

/** `localhost:5000` and the like: to a URL's grammar a scheme, to whoever wrote it a server. */
const NO_SCHEME = /^(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:]+\]):\d{1,5}(?:\/|$)/i;
/** Names that MLflow's own clients know, and no folders. */
const DATABRICKS = /^databricks(?:-uc)?(?::|$)/i;
const DATABASE = /^(?:sqlite|postgres|mysql|mssql|oracle)/i;

/**
 * Reads a tracking URI.
 *
 * @param uri - `http://…`, `https://…`, an ARN of a tracking server or an app, `file:…`, or a folder's path
 * @throws MlflowError for one that means something else, and what to write instead
 */
export function readTrackingUri(uri: string): TrackingPlace {
  // Callers without types give anything.
  if (typeof uri !== "string") {
    throw unusable("is no text");
  }
  const trimmed = uri.trim();
  if (trimmed === "") {
    throw unusable("is empty");
  }
  if (/^https?:\/\//i.test(trimmed)) {
    if (!URL.canParse(trimmed)) {
      throw unusable(`${shown(trimmed)} is no URL that can be read`);
    }
    return { kind: "server", url: trimmed };
  }
  if (trimmed.startsWith("arn:")) {
    const [, partition = "", region = "", resource, name = ""] = ARN.exec(trimmed) ?? [];
    if (resource !== "mlflow-tracking-server" && resource !== "mlflow-app") {
      throw unusable(`${trimmed} is no ARN of an MLflow tracking server or app`);
    }
    return { kind: "managed", arn: trimmed, partition, region, resource, name };
  }
  if (trimmed.startsWith("file:")) {
    return { kind: "folder", path: folderOf(trimmed) };
  }
  if (NO_SCHEME.test(trimmed)) {
    throw unusable(`${shown(trimmed)} has no scheme`, `Write http://${shown(trimmed)}.`);
  }
  if (DATABRICKS.test(trimmed)) {
    throw unusable(`${shown(trimmed)} leads to Databricks, which cannot be logged to from here`);
  }
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(trimmed) ?? [];
  if (scheme !== undefined) {
    throw DATABASE.test(scheme)
      ? unusable(
          `${shown(trimmed)} names a database, which is reached through a server in front of it`,
          "Start one by mlflow server --backend-store-uri …, and give its address.",
        )
      : unusable(`${shown(trimmed)} has the scheme ${scheme}:, of which nothing is known here`);
  }
  return { kind: "folder", path: resolve(trimmed) };
}

/** `file:./mlruns` is no URL by the book, and the form that MLflow's users know. */
function folderOf(uri: string): string {
  const rest = uri.slice("file:".length);
  try {
    return rest.startsWith("//") ? fileURLToPath(uri) : resolve(decodeURI(rest));
  } catch (error) {
    const why =
      error instanceof URIError
        ? "has a % with no code behind it: write %25 for the character"
        : "names a folder of another machine";
    throw unusable(`${shown(uri)} ${why}`, USE, error);
  }
}

/** A URI without what may be a password: where that cannot be told apart, no more than its scheme. */
function shown(uri: string): string {
  if (!/[@?#]/.test(uri)) {
    return uri;
  }
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || `${url.pathname}${url.search}${url.hash}`.includes("@")) {
    return `${/^[a-z][a-z0-9+.-]*:/i.exec(uri)?.[0] ?? ""}…`;
  }
  [url.username, url.password, url.search, url.hash] = ["", "", "", ""];
  return url.href;
}

const USE =
  "Use http(s)://…, the ARN of a SageMaker MLflow tracking server or app, or a folder (file:./mlruns).";

function unusable(why: string, next = USE, cause?: unknown): MlflowError {
  return new MlflowError("INVALID_PARAMETER_VALUE", `The MLflow tracking URI ${why}. ${next}`, {
    ...(cause !== undefined && { cause }),
  });
}
