/** How hostile requests are written: their type, and the shapes that many of them have. */

import { createHash } from "node:crypto";

/** One of them. */
export interface HostileRequest {
  readonly name: string;
  /** All that is sent, as Latin-1 text or bytes. */
  readonly send: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Status and code, as in S3's XML, Query's XML or the JSON protocol. Several: in the order of the answers. */
  readonly answer: readonly [status: number, code: string] | readonly (readonly [number, string])[];
  /** Whether the connection goes on afterwards. Default: `true`. */
  readonly goesOn?: boolean;
  readonly halfClose?: boolean;
}

export const HOST = "Host: 127.0.0.1";
export const NL = "\r\n";

/** A request's text: the first line without the version, headers, body; `Content-Length` and `Host` are added unless they are given. */
export function http(line: string, headers: readonly string[] = [], body = ""): string {
  const has = (name: string): boolean =>
    headers.some((header) => header.toLowerCase().startsWith(`${name}:`));
  return [
    `${line} HTTP/1.1`,
    ...(has("host") ? [] : [HOST]),
    ...headers,
    ...(body === "" || has("content-length") || has("transfer-encoding")
      ? []
      : [`Content-Length: ${Buffer.byteLength(body, "latin1")}`]),
    "",
    body,
  ].join(NL);
}

/** A call of a JSON service. */
export function json(target: string, body: string, headers: readonly string[] = []): string {
  const type = "Content-Type: application/x-amz-json-1.1";
  return http("POST /", [type, `X-Amz-Target: ${target}`, ...headers], body);
}

export const JOB = {
  TrainingJobName: "job",
  RoleArn: "arn:aws:iam::123456789012:role/r",
  AlgorithmSpecification: { TrainingImage: "image:1", TrainingInputMode: "File" },
  OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};
export const create = (change: object): string =>
  json("SageMaker.CreateTrainingJob", JSON.stringify({ ...JOB, ...change }));
export const channel = (ChannelName: string, S3Uri = "s3://bucket/"): object => ({
  InputDataConfig: [
    {
      ChannelName,
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri } },
    },
  ],
});
export const image = (TrainingImage: string): object => ({
  AlgorithmSpecification: { TrainingImage, TrainingInputMode: "File" },
});
export const logs = (operation: string, body: object): string =>
  json(`Logs_20140328.${operation}`, JSON.stringify(body));
export const md5 = (text: string): string =>
  `Content-MD5: ${createHash("md5").update(text, "latin1").digest("base64")}`;
export const deletion = (xml: string): string => http("POST /bucket?delete", [md5(xml)], xml);
export const chunked = (body: string, headers: readonly string[] = []): string =>
  http("PUT /bucket/k", ["Transfer-Encoding: chunked", ...headers], body);
/** A body in aws-chunked. */
export const aws = (size: number | string, body: string, headers: readonly string[] = []): string =>
  http(
    "PUT /bucket/k",
    [
      "Content-Encoding: aws-chunked",
      "X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      `X-Amz-Decoded-Content-Length: ${size}`,
      ...headers,
    ],
    body,
  );
export const SIGNED = (date: string, expires: string): string =>
  `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00`;
export const CREATED = "<Delete><Object><Key>k</Key></Object></Delete>";
export const BOMB = `<!DOCTYPE Delete [<!ENTITY a "${"lol".repeat(10)}">${Array.from({ length: 9 }, (_, at) => `<!ENTITY ${"bcdefghij"[at]} "${`&${"abcdefghi"[at]};`.repeat(10)}">`).join("")}]><Delete><Object><Key>&j;</Key></Object></Delete>`;

export const MALFORMED = [400, "BadRequest"] as const;
export const PUT = "PUT /bucket/k";
export const LAST = `0${NL}${NL}`;
