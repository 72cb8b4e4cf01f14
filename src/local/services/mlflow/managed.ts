/** SageMaker-managed MLflow: the REST API of tracking servers and apps, for requests that are signed, or of a browser that a link let in. */

import { MANAGED, type ManagedKind, managedArn } from "../../../mlflow/core/managed.ts";
import { MlflowError } from "../../../mlflow/core/mlflow-error.ts";
import { header } from "../../wire/header.ts";
import type { WireRequest, WireResponse, WireService } from "../../wire/message.ts";
import { parseSignature } from "../../wire/signature.ts";
import { isSession, openSession, placeOf } from "../sagemaker/managed-mlflow/link.ts";
import type { ManagedServer, ManagedStore } from "../sagemaker/managed-mlflow/managed-store.ts";
import { managedPage, SESSION_COOKIE } from "./managed-page.ts";
import { type MlflowContext, type MlflowPlaces, mlflowPlaces } from "./places.ts";
import { mlflowRefusal, mlflowService } from "./service.ts";

/** What the service works on. */
export interface ManagedContext extends MlflowContext {
  readonly account: string;
  readonly managed: ManagedStore;
}

const KINDS = Object.keys(MANAGED) as ManagedKind[];
/** The addresses that `TrackingServerUrl` and links name. */
const PLACE = /^\/(mlflow-tracking-server|mlflow-app)\/([A-Za-z0-9-]+)(\/.*)?$/;
/** So many servers' stores stay open. */
const MOST_OPEN = 100;

/** Whether a request names one in its headers. */
export function isForManaged(request: WireRequest): boolean {
  return KINDS.some((kind) => header(request, MANAGED[kind].header) !== undefined);
}

/** Whether a path is the address of one, for requests that nobody signed. */
export function isManagedPath(path: string): boolean {
  return PLACE.test(path);
}

/** The service, for requests that either is true of; whether signatures are right has been looked at. */
export function managedMlflowService(context: ManagedContext): WireService {
  const open = new Map<string, () => Promise<MlflowPlaces>>();

  const serve = async (request: WireRequest, server: ManagedServer): Promise<WireResponse> => {
    requireActive(server);
    const root = String(server.members["ArtifactStoreUri"]).replace(/\/+$/, "");
    // One of the same name is another, and a new place for artifacts counts at once.
    const key = `${server.secret} ${root}`;
    const places = open.get(key) ?? mlflowPlaces(server.runs, { artifactRoot: root });
    if (open.size >= MOST_OPEN) open.clear();
    open.set(key, places);
    return await mlflowService(places, context)(request);
  };

  const bySignature = async (request: WireRequest): Promise<WireResponse> => {
    const { kind, arn } = addressee(request);
    const id = arn.slice(arn.lastIndexOf("/") + 1);
    const server = await context.managed.find(kind, id);
    if (server === undefined || arn !== managedArn(kind, context, id)) return notFound(arn);
    return await serve(request, server);
  };

  const byAddress = async (request: WireRequest): Promise<WireResponse> => {
    const [, kind, id = "", rest = "/"] = PLACE.exec(request.path) ?? [];
    const server = await context.managed.find(kind as ManagedKind, id);
    const arn = managedArn(kind as ManagedKind, context, id);
    if (server === undefined) return notFound(arn);
    const facts = { arn, runs: server.runs, endpoint: context.endpoint(request) ?? "" };
    if (rest === "/") return managedPage(facts);
    if (rest === "/auth") {
      const session = openSession(request.query["authToken"] || "", server.secret);
      if (session === undefined) throw denied("The link is over, or none: ask for another.");
      return managedPage({
        ...facts,
        session: { ...session, path: placeOf("", kind as ManagedKind, id) },
      });
    }
    if (!isSession(cookie(request), server.secret)) {
      throw denied(
        `Requests to ${arn} are signed and name it in a header, as those of a client are whose tracking URI is the ARN; a browser is let in by a presigned URL.`,
      );
    }
    return await serve({ ...request, path: rest }, server);
  };

  return async (request) => {
    try {
      return await (isForManaged(request) ? bySignature(request) : byAddress(request));
    } catch (error) {
      return mlflowRefusal(error);
    }
  };
}

/** Whom a request is for, once it is signed for that kind, with the header that says so. */
function addressee(request: WireRequest): { readonly kind: ManagedKind; readonly arn: string } {
  const kind = KINDS.find((each) => header(request, MANAGED[each].header) !== undefined);
  const signature = parseSignature(request);
  if (kind === undefined || signature === undefined) {
    throw denied("Missing Authentication Token: requests to managed MLflow are signed.");
  }
  const { service, header: name } = MANAGED[kind];
  if (signature.service !== service) {
    throw denied(
      `Credential should be scoped to correct service: '${service}', and not '${signature.service}'.`,
    );
  }
  if (!signature.signedHeaders.includes(name)) {
    throw denied(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
  return { kind, arn: header(request, name) ?? "" };
}

function requireActive({ id, members }: ManagedServer): void {
  const { TrackingServerStatus: status, IsActive: active } = members as Record<string, string>;
  if (active === "Inactive") {
    throw new MlflowError(
      "INVALID_STATE",
      `The tracking server ${id} is ${status}: StartMlflowTrackingServer starts it again.`,
      { status: 400 },
    );
  }
}

function cookie(request: WireRequest): string {
  const found = new RegExp(`(?:^|; )${SESSION_COOKIE}=([^;]*)`).exec(
    header(request, "cookie") ?? "",
  );
  return found?.[1] ?? "";
}

function denied(message: string): MlflowError {
  return new MlflowError("PERMISSION_DENIED", message, { status: 403 });
}

/** AWS's words, and whose they are. */
function notFound(arn: string): WireResponse {
  return {
    status: 404,
    headers: { "content-type": "text/plain" },
    body: `Tracking server could not be found: the local cloud has no ${arn}`,
  };
}
