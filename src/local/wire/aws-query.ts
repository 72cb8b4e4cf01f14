/** The protocol AWS Query: STS and IAM speak it, and older clients of CloudWatch. A form goes in, XML comes out. */

import { randomUUID } from "node:crypto";
import { readPlainBody } from "./body.ts";
import type {
  WireRequest,
  WireResponse,
  WireService,
  WireStructure,
  WireValue,
} from "./message.ts";
import { faultMessage, ServiceError } from "./service-error.ts";

/** The fields of a request. */
export type QueryFields = Readonly<Partial<Record<string, string>>>;

/** One operation: form fields in, members out. */
type QueryOperation = (input: QueryFields, request: WireRequest) => Promise<WireStructure>;

/** A service in this protocol. */
export interface QueryServiceOptions {
  /** The service's name for people: `STS`. */
  readonly name: string;
  /** The namespace of its answers: `https://sts.amazonaws.com/doc/2011-06-15/`. */
  readonly namespace: string;
  /** By the field `Action`. */
  readonly operations: Readonly<Record<string, QueryOperation>>;
}

/** Makes a service in this protocol. */
export function awsQueryService(options: QueryServiceOptions): WireService {
  const { name, namespace, operations } = options;
  return async (request) => {
    try {
      const input = await queryFields(request);
      const action = input["Action"] ?? "";
      if (!Object.hasOwn(operations, action)) {
        throw new ServiceError(
          "InvalidAction",
          `Could not find operation ${action} for version ${input["Version"] ?? "NO_VERSION_SPECIFIED"}: ` +
            `the local cloud has no ${name} ${action}.`,
        );
      }
      const result = (await operations[action]?.(input, request)) ?? {};
      const id = randomUUID();
      const members = xmlMembers(result);
      // What answers nothing has no result at all.
      const wrapped = members === "" ? "" : `<${action}Result>${members}</${action}Result>`;
      return answer(
        200,
        id,
        `<${action}Response xmlns="${namespace}">${wrapped}` +
          `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></${action}Response>`,
      );
    } catch (error) {
      return queryError(error, namespace);
    }
  };
}

/** An error in this protocol. */
export function queryError(error: unknown, namespace: string): WireResponse {
  const { code, status, message } =
    error instanceof ServiceError
      ? error
      : { code: "InternalFailure", status: 500, message: faultMessage(error) };
  const id = randomUUID();
  // What is no value of its type has another code in this protocol.
  const Code = code === "SerializationException" ? "MalformedInput" : code;
  const fault = { Type: status < 500 ? "Sender" : "Receiver", Code, Message: message };
  return answer(
    status,
    id,
    `<ErrorResponse xmlns="${namespace}"><Error>${xmlMembers(fault)}</Error><RequestId>${id}</RequestId></ErrorResponse>`,
  );
}

/** The fields of a Query request, from the form or from the URL. */
export async function queryFields(request: WireRequest): Promise<QueryFields> {
  const form = new URLSearchParams((await readPlainBody(request)).toString("utf8"));
  return { ...request.query, ...Object.fromEntries(form) };
}

/** A text as XML carries it; control characters that XML cannot carry are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(CONTROL, "")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const CONTROL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function xmlMembers(members: WireStructure): string {
  return Object.entries(members)
    .map(([name, value]) => (value === undefined ? "" : `<${name}>${xmlValue(value)}</${name}>`))
    .join("");
}

function xmlValue(value: WireValue): string {
  if (typeof value !== "object") return escapeXml(String(value));
  if (value instanceof Date) return value.toISOString();
  if (isList(value)) return value.map((one) => `<member>${xmlValue(one)}</member>`).join("");
  return xmlMembers(value);
}

function isList(value: object): value is readonly WireValue[] {
  return Array.isArray(value);
}

function answer(status: number, id: string, xml: string): WireResponse {
  return {
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": id },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  };
}
