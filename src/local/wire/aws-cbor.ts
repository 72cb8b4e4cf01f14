/** The protocol Smithy RPC v2 with CBOR: today's clients of CloudWatch speak it. */

import { randomUUID } from "node:crypto";
import { readPlainBody } from "./body.ts";
import { CborError, readCbor, writeCbor } from "./cbor.ts";
import { header } from "./header.ts";
import type { WireRequest, WireResponse, WireService, WireStructure } from "./message.ts";
import { faultMessage, ServiceError } from "./service-error.ts";

/** One operation: members in (times in seconds since 1970), members out. */
type CborOperation = (input: Readonly<Record<string, unknown>>) => Promise<WireStructure>;

/** How a service is made. */
interface CborServiceOptions {
  /** The service's name for people: `CloudWatch`. */
  readonly name: string;
  readonly operations: Readonly<Record<string, CborOperation>>;
  /** The names of errors in the model, by the codes that the Query protocol has for them. */
  readonly errorNames: Readonly<Record<string, string>>;
}

const PATH = /\/service\/([^/]+)\/operation\/([^/]+)$/;

/** The service that is meant, by its name in the path, and the operation; `undefined` when another protocol is spoken. */
export function cborTarget(
  request: WireRequest,
): { readonly service: string; readonly operation: string } | undefined {
  if (header(request, "smithy-protocol") !== "rpc-v2-cbor") return undefined;
  const [, service = "", operation = ""] = PATH.exec(request.path) ?? [];
  return { service, operation };
}

/** Makes a service in this protocol. */
export function cborService({ name, operations, errorNames }: CborServiceOptions): WireService {
  return async (request) => {
    try {
      const operation = cborTarget(request)?.operation ?? "";
      const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (run === undefined) {
        throw new ServiceError(
          "UnknownOperationException",
          `The local cloud has no operation ${name}.${operation}.`,
          404,
        );
      }
      return answer(200, await run(parseBody(await readPlainBody(request))));
    } catch (error) {
      return cborError(error, errorNames);
    }
  };
}

/** An error in this protocol; the header has the code by which the Query protocol knows it. */
export function cborError(
  error: unknown,
  names: Readonly<Record<string, string>> = {},
): WireResponse {
  const { code, status, message } =
    error instanceof ServiceError
      ? error
      : { code: "InternalFailure", status: 500, message: faultMessage(error) };
  const type = (Object.hasOwn(names, code) ? names[code] : undefined) ?? code;
  return answer(
    status,
    { __type: type, message, Message: message },
    { "x-amzn-query-error": `${code};${status < 500 ? "Sender" : "Receiver"}` },
  );
}

function parseBody(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = readCbor(body);
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
    throw new ServiceError("SerializationException", `The request is not CBOR: ${error.message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ServiceError("SerializationException", "Expected a structure.");
  }
  return value as Readonly<Record<string, unknown>>;
}

function answer(
  status: number,
  members: WireStructure,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return {
    status,
    headers: {
      "content-type": "application/cbor",
      "smithy-protocol": "rpc-v2-cbor",
      "x-amzn-requestid": randomUUID(),
      ...headers,
    },
    body: writeCbor(members),
  };
}
