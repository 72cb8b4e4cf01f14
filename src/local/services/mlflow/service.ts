/** An MLflow tracking server over a folder: its REST API, and the proxy routes of artifacts. */

import { artifactPath } from "../../../mlflow/core/artifact-path.ts";
import { MlflowError } from "../../../mlflow/core/mlflow-error.ts";
import type { RegistryStore } from "../../../mlflow/core/registry-store.ts";
import type { TrackingStore } from "../../../mlflow/core/tracking-store.ts";
import { toCamelCase, toSnakeCase } from "../../../mlflow/core/wire-json.ts";
import type { FolderArtifacts } from "../../../mlflow/file/folder-artifacts.ts";
import { readBody } from "../../wire/body.ts";
import type { WireRequest, WireResponse, WireService } from "../../wire/message.ts";
import { answerArtifacts } from "./artifact-routes.ts";
import { type Fields, optionalText, parseFields, runIdOf } from "./fields.ts";
import { modelSources } from "./model-sources.ts";
import { OPERATIONS } from "./operations.ts";
import { REGISTRY_OPERATIONS } from "./registry-operations.ts";

/** The release of MLflow whose API is answered. */
const VERSION = "3.17.2";
const API = /^\/(?:ajax-)?api\/2\.0\/mlflow\/(.+)$/;
const ARTIFACTS = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/artifacts(?:\/(.*))?$/;
/** What is for this service, and no key of a bucket, when nobody signed it for S3. */
const OURS = /^\/(?:ajax-)?api\/[23]\.0\/mlflow(?:-artifacts)?\/|^\/(?:health|version)$/;

/** What is loaded when the first call comes: most clouds never see one. */
export interface MlflowPlaces {
  readonly store: TrackingStore;
  readonly registry: RegistryStore;
  /** The store's own folder. */
  readonly artifacts: FolderArtifacts;
}

/** Whether a path is MLflow's. A bucket may still be called `api`: whoever signs for S3 is S3's. */
export function isMlflowPath(path: string): boolean {
  return OURS.test(path);
}

/**
 * The places of a tracking server, opened by its first call.
 *
 * @param root - the folder, in the layout of MLflow's own
 * @param make - called before the first write makes it
 */
export function mlflowPlaces(root: string, make: () => void): () => Promise<MlflowPlaces> {
  const open = async (): Promise<MlflowPlaces> => {
    const [{ FileStore }, { FileRegistry }, { FolderArtifacts }] = await Promise.all([
      import("../../../mlflow/file/file-store.ts"),
      import("../../../mlflow/file/file-registry.ts"),
      import("../../../mlflow/file/folder-artifacts.ts"),
    ]);
    return {
      store: new FileStore(root, make),
      registry: new FileRegistry(root, make, modelSources(root)),
      artifacts: new FolderArtifacts(root),
    };
  };
  let opened: Promise<MlflowPlaces> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}

/**
 * The service.
 *
 * @param places - where runs are kept
 */
export function mlflowService(places: () => Promise<MlflowPlaces>): WireService {
  return async (request) => {
    try {
      return await answer(request, places);
    } catch (error) {
      return refusal(error);
    }
  };
}

async function answer(
  request: WireRequest,
  places: () => Promise<MlflowPlaces>,
): Promise<WireResponse> {
  const { method, path } = request;
  if (path === "/health")
    return { status: 200, headers: { "content-type": "text/plain" }, body: "OK" };
  if (path === "/version") {
    return { status: 200, headers: { "content-type": "text/plain" }, body: VERSION };
  }
  const artifacts = ARTIFACTS.exec(path);
  if (artifacts !== null) {
    return await answerArtifacts((await places()).artifacts, request, artifacts[1] ?? "");
  }
  const name = API.exec(path)?.[1] ?? "";
  const operation = operationOf(`${method} ${name}`);
  if (operation === undefined) {
    throw new MlflowError(
      "ENDPOINT_NOT_FOUND",
      `The local cloud's tracking server has no ${method} ${path}. It has experiments, runs, metrics, artifacts and registered models; for the rest run an MLflow server.`,
      { status: 404 },
    );
  }
  const fields =
    method === "GET"
      ? (toCamelCase({ ...request.query, ...request.repeated }) as Fields)
      : parseFields((await readBody(request)).toString());
  return json(toSnakeCase(await operation(await places(), fields)) as object);
}

type Operation = (places: MlflowPlaces, fields: Fields) => Promise<object>;

function operationOf(call: string): Operation | undefined {
  if (call === "GET artifacts/list") return listArtifacts;
  const tracking = Object.hasOwn(OPERATIONS, call) ? OPERATIONS[call] : undefined;
  if (tracking !== undefined) return ({ store }, fields) => tracking(store, fields);
  const registered = Object.hasOwn(REGISTRY_OPERATIONS, call)
    ? REGISTRY_OPERATIONS[call]
    : undefined;
  return registered && (({ registry }, fields) => registered(registry, fields));
}

/** Artifacts by run, wherever they lie: here those of this folder. */
async function listArtifacts(
  { store, artifacts: files }: MlflowPlaces,
  fields: Fields,
): Promise<object> {
  const { experimentId, runId } = await store.getRunInfo(runIdOf(fields));
  const root = `${experimentId}/${runId}/artifacts`;
  const folder = artifactPath(optionalText(fields, "path") ?? "");
  const listed = await files.list([root, folder].filter((part) => part !== "").join("/"));
  return {
    rootUri: `mlflow-artifacts:/${root}`,
    files: listed.map(({ path, isDir, fileSize }) => ({
      path: path.slice(root.length + 1),
      isDir,
      ...(fileSize !== undefined && { fileSize }),
    })),
  };
}

function refusal(error: unknown): WireResponse {
  if (MlflowError.isInstance(error)) {
    const { errorCode, message, status = 500 } = error;
    return json({ error_code: errorCode, message }, status);
  }
  const message = error instanceof Error ? error.message : String(error);
  return json({ error_code: "INTERNAL_ERROR", message }, 500);
}

function json(value: object, status = 200): WireResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
