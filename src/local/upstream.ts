/** AWS's S3 behind the local one: what is missing here is read there once and kept; nothing is ever written there. */

import type { Readable } from "node:stream";
import { parseAddress } from "./services/s3/addressing.ts";
import type { ObjectStore } from "./services/s3/object-store.ts";
import { S3Error } from "./services/s3/s3-error.ts";
import type { WireRequest, WireService } from "./wire/message.ts";
import { ServiceError } from "./wire/service-error.ts";

/** The parts of the AWS SDK's S3 client that are used; all of them read. */
export interface UpstreamS3 {
  getObject(
    input: { Bucket: string; Key: string },
    options: { abortSignal?: AbortSignal },
  ): Promise<{
    readonly Body?: unknown;
    readonly ContentType?: string | undefined;
    readonly ContentEncoding?: string | undefined;
    readonly Metadata?: Record<string, string> | undefined;
  }>;
  listObjectsV2(
    input: { Bucket: string; Prefix: string; ContinuationToken?: string },
    options: { abortSignal?: AbortSignal },
  ): Promise<{
    readonly Contents?: { readonly Key?: string | undefined }[] | undefined;
    readonly NextContinuationToken?: string | undefined;
  }>;
}

/** Objects that are copied at a time. */
const AT_ONCE = 8;
const MISSING = new Set(["NoSuchKey", "NoSuchBucket", "NotFound"]);

/**
 * Reads what is missing in a local store from an S3 that is elsewhere.
 *
 * @example
 * ```ts
 * const upstream = new Upstream(store, "us-east-1", () => session.clients.s3());
 * await upstream.fetch("public-data", "insurance/", undefined); // copies what is not here yet
 * ```
 */
export class Upstream {
  readonly #store: ObjectStore;
  readonly #region: string;
  readonly #client: () => Promise<UpstreamS3>;

  /**
   * @param store - the local objects
   * @param region - of the buckets that are made for copies
   * @param client - gives the client; asked when it is first needed
   */
  constructor(store: ObjectStore, region: string, client: () => Promise<UpstreamS3>) {
    this.#store = store;
    this.#region = region;
    this.#client = client;
  }

  /**
   * Copies what lies under a prefix there and is not here.
   *
   * @returns how many objects there are under the prefix there
   * @throws {@link ServiceError} `ValidationException` when they cannot be read
   */
  async fetch(bucket: string, prefix: string, signal: AbortSignal | undefined): Promise<number> {
    try {
      return await this.#fetch(bucket, prefix, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw unread("ValidationException", bucket, prefix, error);
    }
  }

  /** Copies one object that is not here; without the object, or its bucket, nothing happens. */
  async fetchObject(
    bucket: string,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<"copied" | "no-object" | "no-bucket"> {
    return await this.#copy(await this.#client(), bucket, key, signal);
  }

  async #fetch(bucket: string, prefix: string, signal: AbortSignal | undefined): Promise<number> {
    const client = await this.#client();
    let count = 0;
    let token: string | undefined;
    do {
      const page = await listPage(client, bucket, prefix, token, signal);
      const keys = (page.Contents ?? []).flatMap(({ Key }) => Key ?? []);
      count += keys.length;
      for (let from = 0; from < keys.length; from += AT_ONCE) {
        const some = keys.slice(from, from + AT_ONCE);
        await Promise.all(some.map((key) => this.#copy(client, bucket, key, signal)));
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return count;
  }

  async #copy(
    client: UpstreamS3,
    bucket: string,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<"copied" | "no-object" | "no-bucket"> {
    const here = await this.#store.bucket(bucket);
    if (here !== undefined && (await this.#store.get(bucket, key)) !== undefined) {
      return "copied";
    }
    const there = await client
      .getObject({ Bucket: bucket, Key: key }, abort(signal))
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
        return error.name === "NoSuchBucket" ? ("no-bucket" as const) : ("no-object" as const);
      });
    if (typeof there === "string") return there;
    await this.#store.createBucket(bucket, { region: this.#region });
    const { ContentType: type, ContentEncoding: encoding, Metadata: metadata = {} } = there;
    try {
      await this.#store.put(bucket, key, there.Body as Readable, {
        headers: {
          ...(type !== undefined && { "content-type": type }),
          ...(encoding !== undefined && { "content-encoding": encoding }),
        },
        metadata,
        // What was put here meanwhile is newer.
        condition: { absent: true },
        signal,
      });
    } catch (error) {
      if (!(error instanceof S3Error && error.code === "PreconditionFailed")) throw error;
    }
    return "copied";
  }
}

/**
 * The local S3 with another behind it: an object that is asked for and not here is copied first.
 * Lists show what is here.
 *
 * @param s3 - the local S3
 * @param upstream - what is behind it
 */
export function withUpstream(s3: WireService, upstream: Upstream): WireService {
  return async (request) => {
    const response = await s3(request);
    if (response.status !== 404 || !isObjectRead(request)) return response;
    const { bucket, key } = parseAddress(request.host, request.path);
    if (bucket === undefined || key === undefined) return response;
    let outcome: Awaited<ReturnType<Upstream["fetchObject"]>>;
    try {
      outcome = await upstream.fetchObject(bucket, key, request.signal);
    } catch (error) {
      request.signal?.throwIfAborted();
      // Who asks whether it is there is told no: AWS refuses to say so of buckets of others.
      if (request.method === "HEAD") return response;
      throw unread("AccessDenied", bucket, key, error);
    }
    // Here the bucket may be missing, but there it is.
    if (outcome === "no-object") {
      throw new ServiceError("NoSuchKey", "The specified key does not exist.", 404);
    }
    return outcome === "copied" ? await s3(request) : response;
  };
}

/** A plain GET or HEAD, and not one of an object's tags or the like. */
function isObjectRead({ method, query }: WireRequest): boolean {
  const subresources = [
    "acl",
    "attributes",
    "legal-hold",
    "retention",
    "tagging",
    "torrent",
    "uploadId",
  ];
  return (
    (method === "GET" || method === "HEAD") &&
    !subresources.some((name) => Object.hasOwn(query, name))
  );
}

async function listPage(
  client: UpstreamS3,
  bucket: string,
  prefix: string,
  token: string | undefined,
  signal: AbortSignal | undefined,
): ReturnType<UpstreamS3["listObjectsV2"]> {
  try {
    return await client.listObjectsV2(
      { Bucket: bucket, Prefix: prefix, ...(token !== undefined && { ContinuationToken: token }) },
      abort(signal),
    );
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
}

function unread(code: string, bucket: string, key: string, cause: unknown): ServiceError {
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new ServiceError(
    code,
    `s3://${bucket}/${key} is not in the local S3 and could not be read from the upstream one: ${reason}`,
    code === "AccessDenied" ? 403 : 400,
    { cause },
  );
}

function isMissing(error: unknown): error is Error {
  return error instanceof Error && MISSING.has(error.name);
}

/** The AWS SDK's name for a signal. */
function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
