/** An MLflow tracking server over a folder: its REST API, and the proxy routes of artifacts. */

import { MlflowError } from "../../../mlflow/core/mlflow-error.ts";
import { VERSION } from "../../../mlflow/core/version.ts";
import { toCamelCase, toSnakeCase } from "../../../mlflow/core/wire-json.ts";
import { readBody } from "../../wire/body.ts";
import type { WireRequest, WireResponse, WireService } from "../../wire/message.ts";
import { answerArtifacts } from "./artifact-routes.ts";
import { type Fields, parseFields } from "./fields.ts";
import { listArtifacts } from "./list-artifacts.ts";
import { OPERATIONS } from "./operations.ts";
import type { Asked, MlflowContext, MlflowPlaces } from "./places.ts";
import { presignedUpload } from "./presigned-upload.ts";
import { REGISTRY_OPERATIONS } from "./registry-operations.ts";

const API = /^\/(?:ajax-)?api\/2\.0\/mlflow\/(.+)$/;
const ARTIFACTS = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/artifacts(?:\/(.*))?$/;
/** What is for this service, and no key of a bucket, when nobody signed it for S3. */
const OURS = /^\/(?:ajax-)?api\/[23]\.0\/mlflow(?:-artifacts)?\/|^\/(?:health|version)$/;

/** Whether a path is MLflow's. A bucket may still be called `api`: whoever signs for S3 is S3's. */
export function isMlflowPath(path: string): boolean {
  return OURS.test(path);
}

/**
 * The service.
 *
 * @param places - where runs are kept
 * @param context - what surrounds it
 */
export function mlflowService(
  places: () => Promise<MlflowPlaces>,
  context: MlflowContext,
): WireService {
  return async (request) => {
    try {
      return await answer(request, places, context);
    } catch (error) {
      return mlflowRefusal(error);
    }
  };
}

async function answer(
  request: WireRequest,
  places: () => Promise<MlflowPlaces>,
  context: MlflowContext,
): Promise<WireResponse> {
  const { method, path } = request;
  if (path === "/health")
    return { status: 200, headers: { "content-type": "text/plain" }, body: "OK" };
  if (path === "/version") {
    return { status: 200, headers: { "content-type": "text/plain" }, body: VERSION };
  }
  const artifacts = ARTIFACTS.exec(path);
  if (artifacts !== null) {
    const { artifacts: files } = await places();
    if (files === undefined)
      throw notFound(request, "Artifacts lie in S3, where clients put them.");
    return await answerArtifacts(files, request, artifacts[1] ?? "");
  }
  const name = API.exec(path)?.[1] ?? "";
  const operation = operationOf(`${method} ${name}`);
  if (operation === undefined) {
    throw notFound(
      request,
      "It has experiments, runs, metrics, artifacts and registered models; for the rest run an MLflow server.",
    );
  }
  const fields =
    method === "GET"
      ? (toCamelCase({ ...request.query, ...request.repeated }) as Fields)
      : parseFields((await readBody(request)).toString());
  const asked = { ...context, places: await places(), endpoint: context.endpoint(request) };
  return json(toSnakeCase(await operation(asked, fields)) as object);
}

type Operation = (asked: Asked, fields: Fields) => Promise<object>;

function operationOf(call: string): Operation | undefined {
  if (call === "GET artifacts/list") return listArtifacts;
  if (call === "POST artifacts/presigned-upload-url") return presignedUpload;
  const tracking = Object.hasOwn(OPERATIONS, call) ? OPERATIONS[call] : undefined;
  if (tracking !== undefined) return ({ places }, fields) => tracking(places.store, fields);
  const registered = Object.hasOwn(REGISTRY_OPERATIONS, call)
    ? REGISTRY_OPERATIONS[call]
    : undefined;
  return registered && (({ places }, fields) => registered(places.registry, fields));
}

function notFound({ method, path }: WireRequest, advice: string): MlflowError {
  const what = `The local cloud's tracking server has no ${method} ${path}.`;
  return new MlflowError("ENDPOINT_NOT_FOUND", `${what} ${advice}`, { status: 404 });
}

/** An error, as MLflow's servers write it. */
export function mlflowRefusal(error: unknown): WireResponse {
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
