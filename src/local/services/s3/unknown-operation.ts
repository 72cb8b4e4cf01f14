/** What this S3 does not have is refused by name: to do something else instead would hide it. */

import type { S3Request } from "./request.ts";
import { S3Error } from "./s3-error.ts";

/** S3's subresources of buckets and objects, and what its operations on them are called, without or with the verb. */
const BUCKET_SUBRESOURCES: Readonly<Record<string, string>> = {
  abac: "BucketAbac",
  accelerate: "BucketAccelerateConfiguration",
  acl: "BucketAcl",
  analytics: "BucketAnalyticsConfiguration",
  cors: "BucketCors",
  delete: "DeleteObjects",
  encryption: "BucketEncryption",
  "intelligent-tiering": "BucketIntelligentTieringConfiguration",
  inventory: "BucketInventoryConfiguration",
  lifecycle: "BucketLifecycleConfiguration",
  location: "BucketLocation",
  logging: "BucketLogging",
  metadataAnnotationTable: "BucketMetadataAnnotationTableConfiguration",
  metadataConfiguration: "BucketMetadataConfiguration",
  metadataInventoryTable: "BucketMetadataInventoryTableConfiguration",
  metadataJournalTable: "BucketMetadataJournalTableConfiguration",
  metadataTable: "BucketMetadataTableConfiguration",
  metrics: "BucketMetricsConfiguration",
  notification: "BucketNotificationConfiguration",
  "object-lock": "ObjectLockConfiguration",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  policyStatus: "BucketPolicyStatus",
  publicAccessBlock: "PublicAccessBlock",
  replication: "BucketReplication",
  requestPayment: "BucketRequestPayment",
  session: "CreateSession",
  tagging: "BucketTagging",
  uploads: "MultipartUploads",
  versioning: "BucketVersioning",
  versions: "ListObjectVersions",
  website: "BucketWebsite",
};

const OBJECT_SUBRESOURCES: Readonly<Record<string, string>> = {
  acl: "ObjectAcl",
  annotation: "ObjectAnnotation",
  encryption: "ObjectEncryption",
  "legal-hold": "ObjectLegalHold",
  renameObject: "RenameObject",
  restore: "RestoreObject",
  retention: "ObjectRetention",
  select: "SelectObjectContent",
  torrent: "ObjectTorrent",
};

/** What already says what is done. */
const WITH_VERB = /^(?:Create|Delete|List|Rename|Restore|Select)/;
const VERBS: Readonly<Record<string, string>> = {
  DELETE: "Delete",
  GET: "Get",
  PUT: "Put",
};

/**
 * The error for a request whose operation is not there.
 *
 * @param onlySubresource - `undefined` is returned when the query names no subresource of S3's
 */
export function unknownOperation(request: S3Request): S3Error;
export function unknownOperation(request: S3Request, onlySubresource: true): S3Error | undefined;
export function unknownOperation(request: S3Request, onlySubresource = false): S3Error | undefined {
  const { method, query, key } = request;
  const known = key === undefined ? BUCKET_SUBRESOURCES : OBJECT_SUBRESOURCES;
  const name = Object.keys(query).find((parameter) => Object.hasOwn(known, parameter));
  if (name === undefined) {
    return onlySubresource ? undefined : new S3Error("MethodNotAllowed", { Method: method });
  }
  const noun = known[name] ?? name;
  const operation = WITH_VERB.test(noun) ? noun : `${VERBS[method] ?? ""}${noun}`;
  return new S3Error(
    "NotImplemented",
    { Header: name },
    {
      message: `A header you provided implies functionality that is not implemented: the local cloud has no S3 ${operation} (${method} ?${name}).`,
    },
  );
}
