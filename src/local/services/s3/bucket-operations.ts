/** Operations on buckets themselves. */

import { createHash } from "node:crypto";
import type { WireResponse } from "../../wire/message.ts";
import { parseSignature } from "../../wire/signature.ts";
import { checkBucketName, noSuchBucket } from "./addressing.ts";
import type { BucketStore } from "./bucket-store.ts";
import type { PublicAccessBlock } from "./catalog.ts";
import type { BucketInfo } from "./object-store.ts";
import {
  type BucketRequest,
  emptyResponse,
  type Operation,
  type S3Context,
  type S3Request,
  xmlResponse,
} from "./request.ts";
import { S3Error } from "./s3-error.ts";
import { checkBucketHeaders } from "./write-headers.ts";
import type { XmlElement } from "./xml.ts";
import { readXml } from "./xml-body.ts";

/** S3's first region: its buckets have no location, and are made twice without complaint. */
const FIRST_REGION = "us-east-1";

/** The owner of everything, as S3 writes it. */
export function ownerOf(account: string): { ID: string; DisplayName: string } {
  return { ID: createHash("sha256").update(account).digest("hex"), DisplayName: "local" };
}

/**
 * The bucket, if it is there and the account owns it that the request expects.
 *
 * @throws S3Error `NoSuchBucket`, `AccessDenied`
 */
async function requireBucket(request: BucketRequest, context: S3Context): Promise<BucketInfo> {
  const bucket = await context.store.bucket(request.bucket);
  if (bucket === undefined) throw noSuchBucket(request.bucket);
  checkOwner(request.headers["x-amz-expected-bucket-owner"], context);
  return bucket;
}

/**
 * The store of the bucket that a request is for, under the same conditions.
 *
 * @throws S3Error `NoSuchBucket`, `AccessDenied`
 */
export async function openBucket(request: BucketRequest, context: S3Context): Promise<BucketStore> {
  const store = await context.store.in(request.bucket);
  checkOwner(request.headers["x-amz-expected-bucket-owner"], context);
  return store;
}

/** Refuses a request that expects another account. */
export function checkOwner(expected: string | undefined, context: S3Context): void {
  if (expected !== undefined && expected !== context.account) throw new S3Error("AccessDenied");
}

/** S3's largest page of buckets. */
const MOST_BUCKETS = 10_000;

function maxBuckets(text: string | undefined): number {
  if (text === undefined) return MOST_BUCKETS;
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= 1 && number <= MOST_BUCKETS) return number;
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: "max-buckets", ArgumentValue: text },
    { message: `Argument max-buckets must be an integer between 1 and ${MOST_BUCKETS}` },
  );
}

export const listBuckets: Operation<S3Request> = async ({ query }, { store, account }) => {
  const { prefix = "", "bucket-region": region, "continuation-token": token } = query;
  const limit = maxBuckets(query["max-buckets"]);
  const after = token === undefined ? "" : Buffer.from(token, "base64url").toString();
  const found = (await store.buckets()).filter(
    (bucket) =>
      bucket.name.startsWith(prefix) &&
      bucket.name > after &&
      (region === undefined || bucket.region === region),
  );
  const page = found.slice(0, limit);
  const last = page.at(-1)?.name;
  return xmlResponse("ListAllMyBucketsResult", {
    Owner: ownerOf(account),
    Buckets: {
      Bucket: page.map((bucket) => ({
        Name: bucket.name,
        CreationDate: bucket.createdAt.toISOString(),
        BucketRegion: bucket.region,
      })),
    },
    ContinuationToken:
      found.length > page.length && last !== undefined
        ? Buffer.from(last).toString("base64url")
        : undefined,
    Prefix: query["prefix"],
  });
};

export const createBucket: Operation<BucketRequest> = async (request, { store, region }) => {
  checkBucketName(request.bucket);
  checkBucketHeaders(request.headers);
  const document = await readXml(request, "CreateBucketConfiguration");
  const constraint = document?.text("LocationConstraint") || undefined;
  const chosen = bucketRegion(constraint, signedRegion(request) ?? region);
  const outcome = await store.createBucket(request.bucket, { region: chosen });
  const headers = { location: `/${request.bucket}` };
  if (outcome === "created") return emptyResponse(200, headers);
  const existing = await store.bucket(request.bucket);
  if (existing?.region === FIRST_REGION && chosen === FIRST_REGION) {
    return emptyResponse(200, headers);
  }
  throw new S3Error("BucketAlreadyOwnedByYou", { BucketName: request.bucket });
};

/** The region that a request is signed for. */
function signedRegion({ wire }: S3Request): string | undefined {
  return parseSignature(wire)?.scope.split("/")[1] || undefined;
}

/** Each regional endpoint makes buckets of its own region only, and wants it said; the first one makes any. */
function bucketRegion(constraint: string | undefined, endpoint: string): string {
  if (constraint === FIRST_REGION) {
    throw new S3Error("InvalidLocationConstraint", { LocationConstraint: constraint });
  }
  if (endpoint === FIRST_REGION)
    return constraint === "EU" ? "eu-west-1" : (constraint ?? endpoint);
  if (constraint === endpoint) return endpoint;
  throw new S3Error(
    "IllegalLocationConstraintException",
    {},
    {
      message: `The ${constraint ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    },
  );
}

export const headBucket: Operation<BucketRequest> = async (request, context) => {
  const { region } = await requireBucket(request, context);
  return emptyResponse(200, {
    "x-amz-bucket-region": region,
    "x-amz-access-point-alias": "false",
    "content-type": "application/xml",
  });
};

export const deleteBucket: Operation<BucketRequest> = async (request, context) => {
  await requireBucket(request, context);
  const outcome = await context.store.deleteBucket(request.bucket);
  if (outcome === "deleted") return emptyResponse(204);
  throw new S3Error(outcome === "missing" ? "NoSuchBucket" : "BucketNotEmpty", {
    BucketName: request.bucket,
  });
};

export const getBucketLocation: Operation<BucketRequest> = async (request, context) => {
  const { region } = await requireBucket(request, context);
  return xmlResponse("LocationConstraint", region === FIRST_REGION ? "" : region);
};

/** There are no versions here, so a bucket never says that it has any. */
export const getBucketVersioning: Operation<BucketRequest> = async (request, context) => {
  await requireBucket(request, context);
  return xmlResponse("VersioningConfiguration", "");
};

export const getPublicAccessBlock: Operation<BucketRequest> = async (request, context) => {
  const { publicAccessBlock } = await requireBucket(request, context);
  if (publicAccessBlock === undefined) {
    throw new S3Error("NoSuchPublicAccessBlockConfiguration", { BucketName: request.bucket });
  }
  return xmlResponse("PublicAccessBlockConfiguration", { ...publicAccessBlock });
};

export const putPublicAccessBlock: Operation<BucketRequest> = async (request, context) => {
  await requireBucket(request, context);
  const document = await readXml(request, "PublicAccessBlockConfiguration");
  if (document === undefined) throw new S3Error("MalformedXML");
  const access: PublicAccessBlock = {
    BlockPublicAcls: isTrue(document, "BlockPublicAcls"),
    IgnorePublicAcls: isTrue(document, "IgnorePublicAcls"),
    BlockPublicPolicy: isTrue(document, "BlockPublicPolicy"),
    RestrictPublicBuckets: isTrue(document, "RestrictPublicBuckets"),
  };
  await context.store.setPublicAccessBlock(request.bucket, access);
  return emptyResponse(200);
};

function isTrue(document: XmlElement, name: string): boolean {
  const text = document.text(name)?.trim().toLowerCase() ?? "false";
  if (text === "true" || text === "false") return text === "true";
  throw new S3Error("MalformedXML");
}

export const deletePublicAccessBlock: Operation<BucketRequest> = async (
  request,
  context,
): Promise<WireResponse> => {
  await requireBucket(request, context);
  await context.store.setPublicAccessBlock(request.bucket, undefined);
  return emptyResponse(204);
};
