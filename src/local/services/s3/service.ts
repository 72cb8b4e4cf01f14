/** S3 in REST and XML: finds the operation that a request is for, and writes its errors. */

import { randomBytes } from "node:crypto";
import type { WireRequest, WireResponse, WireService } from "../../wire/message.ts";
import { faultMessage } from "../../wire/service-error.ts";
import * as buckets from "./bucket-operations.ts";
import * as deletes from "./delete-operations.ts";
import * as lists from "./list-operations.ts";
import * as uploads from "./multipart-list-operations.ts";
import * as multipart from "./multipart-operations.ts";
import { checkPresigned } from "./presigned.ts";
import * as reads from "./read-operations.ts";
import {
  type BucketRequest,
  discardBody,
  type ObjectRequest,
  type Operation,
  parseRequest,
  type S3Context,
  type S3Request,
} from "./request.ts";
import { S3Error } from "./s3-error.ts";
import { unknownOperation } from "./unknown-operation.ts";
import * as writes from "./write-operations.ts";
import { xmlDocument } from "./xml.ts";

/** Operations on a bucket, by method and subresource. */
const BUCKET_OPERATIONS: Readonly<Record<string, Operation<BucketRequest>>> = {
  "DELETE ": buckets.deleteBucket,
  "DELETE publicAccessBlock": buckets.deletePublicAccessBlock,
  "GET ": lists.listObjects,
  "GET list-type": lists.listObjectsV2,
  "GET location": buckets.getBucketLocation,
  "GET publicAccessBlock": buckets.getPublicAccessBlock,
  "GET uploads": uploads.listMultipartUploads,
  "GET versioning": buckets.getBucketVersioning,
  "HEAD ": buckets.headBucket,
  "POST delete": deletes.deleteObjects,
  "PUT ": buckets.createBucket,
  "PUT publicAccessBlock": buckets.putPublicAccessBlock,
};

/** Operations on an object, by method and subresource; ` copy` where `x-amz-copy-source` is given. */
const OBJECT_OPERATIONS: Readonly<Record<string, Operation>> = {
  "DELETE ": deletes.deleteObject,
  "DELETE tagging": writes.deleteObjectTagging,
  "DELETE uploadId": multipart.abortMultipartUpload,
  "GET ": reads.getObject,
  "GET attributes": reads.getObjectAttributes,
  "GET tagging": reads.getObjectTagging,
  "GET uploadId": uploads.listParts,
  "HEAD ": reads.headObject,
  "POST uploadId": multipart.completeMultipartUpload,
  "POST uploads": multipart.createMultipartUpload,
  "PUT ": writes.putObject,
  "PUT  copy": writes.copyObject,
  "PUT tagging": writes.putObjectTagging,
  "PUT uploadId": multipart.uploadPart,
  "PUT uploadId copy": multipart.uploadPartCopy,
};

/**
 * The local S3.
 *
 * @param context - the objects, and whose they are
 *
 * @example
 * ```ts
 * const s3 = s3Service({ store: new ObjectStore(".sagemaker-local/s3"), account: "123456789012", region: "us-east-1" });
 * const response = await s3(request);
 * ```
 */
export function s3Service(context: S3Context): WireService {
  return async (wire) => {
    // As S3 writes them: 16 and 56 characters.
    const requestId = randomBytes(8).toString("hex").toUpperCase();
    const hostId = randomBytes(42).toString("base64");
    const ids = { "x-amz-request-id": requestId, "x-amz-id-2": hostId };
    let response: WireResponse;
    try {
      response = await answer(wire, context);
    } catch (error) {
      discardBody(wire);
      // Whoever has gone is told nothing: the way of the request says so itself.
      if (wire.signal?.aborted) throw error;
      response = errorResponse(error, wire, { RequestId: requestId, HostId: hostId });
    }
    return { ...response, headers: { ...response.headers, ...ids, server: "AmazonS3" } };
  };
}

async function answer(wire: WireRequest, context: S3Context): Promise<WireResponse> {
  checkPresigned(wire, Date.now());
  const request = parseRequest(wire);
  if (isBucketRequest(request)) {
    if (isObjectRequest(request)) return await object(request, context);
    const operation = find(BUCKET_OPERATIONS, request);
    if (operation === undefined) throw unknownOperation(request);
    return await operation(request, context);
  }
  if (request.method !== "GET") throw new S3Error("MethodNotAllowed", { Method: request.method });
  return await buckets.listBuckets(request, context);
}

async function object(request: ObjectRequest, context: S3Context): Promise<WireResponse> {
  const isCopy = request.headers["x-amz-copy-source"] !== undefined && request.method === "PUT";
  const operation = find(OBJECT_OPERATIONS, request, isCopy ? " copy" : "");
  if (operation === undefined) throw unknownOperation(request);
  return await operation(request, context);
}

/** The operation with the subresource that the query names; without any, the plain one. */
function find<R extends S3Request>(
  operations: Readonly<Record<string, Operation<R>>>,
  request: S3Request,
  suffix = "",
): Operation<R> | undefined {
  const { method, query } = request;
  for (const name of Object.keys(query)) {
    const key = `${method} ${name}${suffix}`;
    if (name !== "" && Object.hasOwn(operations, key)) return operations[key];
  }
  if (unknownOperation(request, true) !== undefined) return undefined;
  const key = `${method} ${suffix}`;
  return Object.hasOwn(operations, key) ? operations[key] : undefined;
}

const isBucketRequest = (request: S3Request): request is BucketRequest =>
  request.bucket !== undefined;
const isObjectRequest = (request: BucketRequest): request is ObjectRequest =>
  request.key !== undefined;

/** An error as S3 writes it; a HEAD is answered without words. */
function errorResponse(
  error: unknown,
  wire: WireRequest,
  ids: Readonly<Record<string, string>>,
): WireResponse {
  const known =
    error instanceof S3Error
      ? error
      : new S3Error("InternalError", {}, { message: faultMessage(error), cause: error });
  const { code, status, message, details, headers } = known;
  if (wire.method === "HEAD") return { status, headers: { ...headers } };
  const body = Buffer.from(
    xmlDocument("Error", { Code: code, Message: message, ...details, ...ids }, false),
  );
  return {
    status,
    headers: {
      "content-type": "application/xml",
      "content-length": String(body.length),
      ...headers,
    },
    body,
  };
}
