/** The protocol AWS JSON: SageMaker and CloudWatch Logs speak 1.1, the AWS SDK's clients of CloudWatch 1.0, which differs in its name alone. */

import { randomUUID } from "node:crypto";
import { readPlainBody } from "./body.ts";
import { header } from "./header.ts";
import type { WireRequest, WireResponse, WireService } from "./message.ts";
import { faultMessage, ServiceError } from "./service-error.ts";

/** One operation: members in, members out; nothing out is an empty answer. */
type JsonOperation = (
  input: Readonly<Record<string, unknown>>,
  request: WireRequest,
) => Promise<Readonly<Record<string, unknown>> | undefined>;

/** Operations by name. */
export type AwsJsonOperations = Readonly<Record<string, JsonOperation>>;

const CONTENT_TYPE = "application/x-amz-json-1.1";

/**
 * A service in this protocol.
 *
 * @param name - the service's name for people: `SageMaker`
 * @param operations - by the name after the dot in `x-amz-target`
 */
export function awsJsonService(name: string, operations: AwsJsonOperations): WireService {
  return async (request) => {
    try {
      const operation = operationOf(request);
      if (!Object.hasOwn(operations, operation)) throw unknownOperation(name, operation);
      const output = await operations[operation]?.(
        parseBody(await readPlainBody(request)),
        request,
      );
      return answer(200, output === undefined ? "" : JSON.stringify(output));
    } catch (error) {
      return jsonError(error);
    }
  };
}

/** An error in this protocol. */
export function jsonError(error: unknown): WireResponse {
  const { code, status, message } =
    error instanceof ServiceError
      ? error
      : { code: "InternalFailure", status: 500, message: faultMessage(error) };
  // The AWS SDKs read `message`; older clients read `Message`.
  return answer(status, JSON.stringify({ __type: code, message, Message: message }), {
    "x-amzn-errortype": code,
  });
}

/** What AWS answers to an operation that it does not know; AWS says no more than the code, this names what is missing. */
function unknownOperation(service: string, operation: string): ServiceError {
  return new ServiceError(
    "UnknownOperationException",
    `The local cloud has no operation ${service}.${operation}.`,
    404,
  );
}

function operationOf(request: WireRequest): string {
  const target = header(request, "x-amz-target") ?? "";
  return target.slice(target.lastIndexOf(".") + 1);
}

function parseBody(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  if (isTooDeep(body)) {
    throw new ServiceError("SerializationException", "The request is nested too deeply.");
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new ServiceError("SerializationException", "The request is not JSON.", 400, {
      cause: error,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ServiceError("SerializationException", "Expected a structure.");
  }
  return value as Readonly<Record<string, unknown>>;
}

/** The services' requests go some ten levels deep. What is much deeper can be read, but not be written again. */
const DEEPEST = 128;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

function isTooDeep(body: Buffer): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (CLOSE.has(byte)) depth -= 1;
    else if (OPEN.has(byte)) {
      depth += 1;
      if (depth > DEEPEST) return true;
    }
  }
  return false;
}

function answer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return {
    status,
    headers: { "content-type": CONTENT_TYPE, "x-amzn-requestid": randomUUID(), ...headers },
    body,
  };
}
