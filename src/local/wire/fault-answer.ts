/** Errors that concern no operation, in the style of the service that was meant. */

import { randomUUID } from "node:crypto";
import type { Style } from "./authorize.ts";
import { cborError } from "./aws-cbor.ts";
import { jsonError } from "./aws-json.ts";
import { escapeXml, queryError } from "./aws-query.ts";
import type { WireResponse } from "./message.ts";
import { faultMessage, ServiceError } from "./service-error.ts";

/** What can be wrong with a request before any service sees it. */
export type Fault = "denied" | "headers" | "malformed" | "method" | "timeout" | "uri";

type Words = readonly [code: string, status: number, message: string];

/** S3's own, from its list of error codes. */
const S3_FAULTS: Readonly<Record<Fault, Words>> = {
  denied: ["AccessDenied", 403, "Access Denied"],
  headers: [
    "RequestHeaderSectionTooLarge",
    400,
    "Your request header section exceeds the maximum allowed size.",
  ],
  malformed: ["BadRequest", 400, "An error occurred when parsing the HTTP request."],
  method: ["MethodNotAllowed", 405, "The specified method is not allowed against this resource."],
  timeout: [
    "RequestTimeout",
    400,
    "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
  ],
  uri: ["InvalidURI", 400, "Couldn't parse the specified URI."],
};

/** All other services', from the list of errors that are common to them. */
const COMMON_FAULTS: Readonly<Record<Fault, Words>> = {
  denied: [
    "AccessDeniedException",
    403,
    "You do not have sufficient access to perform this action.",
  ],
  headers: ["RequestEntityTooLargeException", 413, "The request's headers are too large."],
  malformed: ["MalformedHttpRequestException", 400, "The request is not well-formed HTTP."],
  method: ["MalformedHttpRequestException", 400, "The service takes no requests by this method."],
  timeout: ["RequestTimeoutException", 408, "Reading the request timed out."],
  uri: ["MalformedHttpRequestException", 400, "The request's URI cannot be parsed."],
};

/** The error of a fault, in a style's terms. */
export function faultError(fault: Fault, style: Style, message?: string): ServiceError {
  const [code, status, words] = (style === "s3" ? S3_FAULTS : COMMON_FAULTS)[fault];
  return new ServiceError(code, message ?? words, status);
}

/** The style that a request's headers ask for. Names in lower case. */
export function styleOf(headers: Readonly<Record<string, unknown>>, method = "POST"): Style {
  if (headers["x-amz-target"] !== undefined) return "json";
  if (headers["smithy-protocol"] !== undefined) return "cbor";
  const type = String(headers["content-type"] ?? "");
  const isForm = method === "POST" && type.startsWith("application/x-www-form-urlencoded");
  return isForm ? "query" : "s3";
}

/**
 * An error in a style; whatever is no {@link ServiceError} is a fault of the local cloud.
 *
 * @param method - a HEAD is answered without words
 * @param namespace - of a Query service's answers
 */
export function faultAnswer(
  error: unknown,
  style: Style,
  method: string,
  namespace = "",
): WireResponse {
  if (style === "json") return jsonError(error);
  if (style === "cbor") return cborError(error);
  if (style === "mlflow") return mlflowError(error);
  return style === "query" ? queryError(error, namespace) : s3Error(error, method);
}

function mlflowError(error: unknown): WireResponse {
  const { code, status, message } =
    error instanceof ServiceError
      ? error
      : { code: "INTERNAL_ERROR", status: 500, message: faultMessage(error) };
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error_code: code, message }),
  };
}

function s3Error(error: unknown, method: string): WireResponse {
  const { code, status, message } =
    error instanceof ServiceError
      ? error
      : { code: "InternalError", status: 500, message: faultMessage(error) };
  const id = randomUUID();
  const xml =
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(code)}</Code>` +
    `<Message>${escapeXml(message)}</Message><RequestId>${id}</RequestId></Error>`;
  return {
    status,
    headers: { "content-type": "application/xml", "x-amz-request-id": id },
    ...(method !== "HEAD" && { body: xml }),
  };
}
