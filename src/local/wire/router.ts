/** Finds the service that a request is for, and lets it in. */

import { isForManaged, isManagedPath } from "../services/mlflow/managed.ts";
import { isMlflowPath } from "../services/mlflow/service.ts";
import type { KeyStore } from "../services/sts/key-store.ts";
import { authorize, type Style } from "./authorize.ts";
import { cborTarget } from "./aws-cbor.ts";
import { queryFields } from "./aws-query.ts";
import { readBody } from "./body.ts";
import { faultAnswer, styleOf } from "./fault-answer.ts";
import { header } from "./header.ts";
import type { WireRequest, WireResponse, WireService } from "./message.ts";
import { ServiceError } from "./service-error.ts";
import { parseSignature } from "./signature.ts";

/** The services of a cloud, by what tells them apart on the wire. */
export interface Services {
  /** By what stands before the dot in `x-amz-target`: `SageMaker`. */
  readonly json: Readonly<Record<string, WireService>>;
  /** By the service's name in the path, when CBOR is spoken: `GraniteServiceVersion20100801`. */
  readonly cbor: Readonly<Record<string, WireService>>;
  /** By the field `Version`, with the namespace of the answers. */
  readonly query: Readonly<
    Record<string, { readonly service: WireService; readonly namespace: string }>
  >;
  /** MLflow's REST API: by its paths, of requests that are signed for no other service. */
  readonly mlflow: WireService;
  /** The same of SageMaker-managed servers: by the headers that name one, or by their addresses. */
  readonly managedMlflow: WireService;
  /** What all else is for. */
  readonly s3: WireService;
}

/** Where a request goes, and how it is answered if it does not get there. */
interface Destination {
  readonly style: Style;
  readonly request: WireRequest;
  readonly service: WireService;
  /** Of a Query service's answers. */
  readonly namespace?: string;
}

/**
 * One service out of many.
 *
 * @param services - the services
 * @param keys - the keys that were issued
 */
export function router(services: Services, keys: KeyStore): WireService {
  return async (request) => {
    let destination: Destination | undefined;
    try {
      destination = await find(services, request);
      await authorize(destination.request, keys, destination.style);
      return await destination.service(destination.request);
    } catch (error) {
      return denial(error, request, destination);
    }
  };
}

async function find(services: Services, request: WireRequest): Promise<Destination> {
  const target = header(request, "x-amz-target");
  if (target !== undefined) {
    // Its body is signed, so it is taken in before the signature is looked at.
    const whole = { ...request, body: await readBody(request) };
    return { style: "json", request: whole, service: jsonService(services, target) };
  }
  const cbor = cborTarget(request);
  if (cbor !== undefined) {
    const service = Object.hasOwn(services.cbor, cbor.service) && services.cbor[cbor.service];
    const whole = { ...request, body: await readBody(request) };
    if (service) return { style: "cbor", request: whole, service };
    throw new ServiceError(
      "UnknownOperationException",
      `The local cloud has no service for ${request.path}.`,
      404,
    );
  }
  if (isForManaged(request) || (isManagedPath(request.path) && isUnsigned(request))) {
    const whole = { ...request, body: await readBody(request) };
    return { style: "mlflow", request: whole, service: services.managedMlflow };
  }
  // A bucket may be called `api` all the same: whoever signs for S3, in whatever way, is S3's.
  if (isMlflowPath(request.path) && isUnsigned(request)) {
    return { style: "mlflow", request, service: services.mlflow };
  }
  const scope = parseSignature(request)?.service ?? "s3";
  if (isForm(request) || Object.hasOwn(request.query, "Action")) {
    const whole = { ...request, body: await readBody(request) };
    const { Version: version = "" } = await queryFields(whole);
    const found = Object.hasOwn(services.query, version) ? services.query[version] : undefined;
    if (found !== undefined) return { style: "query", request: whole, ...found };
    if (scope !== "s3") {
      throw new ServiceError(
        "InvalidAction",
        `The local cloud has no service "${scope}" of version "${version}".`,
      );
    }
    return { style: "s3", request: whole, service: services.s3 };
  }
  if (scope !== "s3") {
    throw new ServiceError(
      "UnknownOperationException",
      `The local cloud has no service "${scope}" (${request.method} ${request.path}).`,
      404,
    );
  }
  return { style: "s3", request, service: services.s3 };
}

function jsonService(services: Services, target: string): WireService {
  const [prefix = ""] = target.split(".");
  const service = Object.hasOwn(services.json, prefix) ? services.json[prefix] : undefined;
  if (service !== undefined) return service;
  throw new ServiceError(
    "UnknownOperationException",
    `The local cloud has no service for ${target}.`,
    404,
  );
}

function isUnsigned(request: WireRequest): boolean {
  const { query } = request;
  const isPresigned = ["X-Amz-Signature", "AWSAccessKeyId"].some((name) =>
    Object.hasOwn(query, name),
  );
  return !isPresigned && !/^AWS/.test(header(request, "authorization") ?? "");
}

function isForm({ headers, method }: WireRequest): boolean {
  return styleOf(headers, method) === "query";
}

/** An error in the style of the service that was meant. */
function denial(
  error: unknown,
  request: WireRequest,
  destination: Destination | undefined,
): WireResponse {
  const asked = styleOf(request.headers, request.method);
  const style = destination?.style ?? (asked === "s3" ? "json" : asked);
  return faultAnswer(error, style, request.method, destination?.namespace);
}
