/** An AWS account as a plan's checks see it, over the wire: IAM, STS, ECR, S3, Service Quotas and the price list in their own protocols. */

import { inProcessHandler } from "../../src/local/wire/in-process.ts";
import type { WireRequest, WireResponse } from "../../src/local/wire/message.ts";
import { Session } from "../../src/session.ts";
import type { SessionOptions } from "../../src/session-options.ts";

/** A bucket. */
export interface WireBucket {
  readonly region?: string;
  /** The account that owns it. Default: the account itself. */
  readonly owner?: string;
  /** Nobody but its owner's friends may look. */
  readonly hidden?: boolean;
  /** Sizes by key. */
  readonly objects?: Readonly<Record<string, number>>;
}

/** An image in ECR. */
export interface WireImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: unknown;
  /** Blobs by digest. */
  readonly blobs?: Readonly<Record<string, unknown>>;
}

export const ACCOUNT = "123456789012";
export const REGION = "eu-west-1";
export const TRUSTS_SAGEMAKER = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "sagemaker.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
};

/** An account for each test, with what the test puts there. */
export class AccountWire {
  /** Who asks. */
  caller = `arn:aws:iam::${ACCOUNT}:user/somebody`;
  /** Trust policies by the role's ARN. */
  readonly roles = new Map<string, unknown>();
  /** What the simulator says of iam:PassRole. */
  simulated: { decision: string; missing?: readonly string[] } = { decision: "allowed" };
  /** By `account/repository:tag`. */
  readonly images = new Map<string, WireImage>();
  readonly buckets = new Map<string, WireBucket>();
  /** Values by name, in the order of the pages. */
  readonly quotas = new Map<string, number>();
  /** Products by instance type, as the list has them. */
  readonly products = new Map<string, unknown[]>();
  /** Operations that the caller may not call. */
  readonly denied = new Set<string>();
  /** Another answer for an operation; `hang` for none. */
  readonly faults = new Map<string, WireResponse | "hang">();
  /** What was called, with its input. */
  readonly calls: { readonly operation: string; readonly input: Record<string, unknown> }[] = [];

  /** The operations that were called, in order. */
  get operations(): string[] {
    return this.calls.map(({ operation }) => operation);
  }

  /** A session to this account. */
  session(options: SessionOptions = {}): Session {
    return new Session({
      region: REGION,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      ...options,
      clientConfig: {
        maxAttempts: 1,
        ...options.clientConfig,
        requestHandler: inProcessHandler(async (request) => await this.handle(request)),
      },
    });
  }

  /** A role, which trusts SageMaker unless the test says otherwise. */
  role(name: string, trust: unknown = TRUSTS_SAGEMAKER): string {
    const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
    this.roles.set(arn, trust);
    return arn;
  }

  /** An image of one platform, as `docker push` leaves it. */
  image(name: string, architecture = "amd64"): string {
    this.images.set(`${ACCOUNT}/${name}`, {
      digest: `sha256:${"d".repeat(64)}`,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      manifest: { schemaVersion: 2, config: { digest: `sha256:${architecture}` } },
      blobs: { [`sha256:${architecture}`]: { architecture, os: "linux" } },
    });
    return `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${name}`;
  }

  /** Answers a call. */
  async handle(request: WireRequest): Promise<WireResponse> {
    const { operation, input } = parse(request);
    this.calls.push({ operation, input });
    const fault = this.faults.get(operation);
    if (fault === "hang") return await new Promise(() => {});
    if (fault !== undefined) return fault;
    if (this.denied.has(operation)) return this.#deny(operation);
    switch (operation) {
      case "GetCallerIdentity":
        return xml("GetCallerIdentity", `<Account>${ACCOUNT}</Account><Arn>${this.caller}</Arn>`);
      case "GetRole":
        return this.#getRole(String(input["RoleName"]));
      case "SimulatePrincipalPolicy":
        return this.#simulate();
      case "BatchGetImage":
      case "DescribeImages":
        return this.#image(operation, input);
      case "GetDownloadUrlForLayer":
        return json({
          downloadUrl: `https://layers.test/${input["layerDigest"]}?X-Amz-Signature=s`,
        });
      case "ReadLayer":
        return this.#layer(request.path.slice(1));
      case "ListServiceQuotas":
        return this.#listQuotas(Number(input["NextToken"] ?? 0));
      case "GetServiceQuota":
        return this.#getQuota(String(input["QuotaCode"]));
      case "GetProducts":
        return this.#products(input);
      case "HeadBucket":
      case "ListObjectsV2":
        return this.#bucket(operation, request);
      default:
        return { status: 400, headers: {}, body: "{}" };
    }
  }

  #deny(operation: string): WireResponse {
    const words = `User: ${this.caller} is not authorized to perform: ${operation}`;
    if (/Role|Policy|Identity/.test(operation)) return xmlError(403, "AccessDenied", words);
    return /Bucket|Objects/.test(operation)
      ? s3Error(403, "AccessDenied", words)
      : json({ __type: "AccessDeniedException", message: words }, 400);
  }

  #getRole(name: string): WireResponse {
    const found = [...this.roles].find(([arn]) => arn.endsWith(`/${name}`));
    if (found === undefined) {
      return xmlError(404, "NoSuchEntity", `The role with name ${name} cannot be found.`);
    }
    const [arn, trust] = found;
    const document = encodeURIComponent(JSON.stringify(trust));
    return xml(
      "GetRole",
      `<Role><Path>/</Path><RoleName>${name}</RoleName><RoleId>A</RoleId><Arn>${arn}</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument></Role>`,
    );
  }

  #simulate(): WireResponse {
    const { decision, missing = [] } = this.simulated;
    const members = missing.map((name) => `<member>${name}</member>`).join("");
    return xml(
      "SimulatePrincipalPolicy",
      `<EvaluationResults><member><EvalActionName>iam:PassRole</EvalActionName><EvalDecision>${decision}</EvalDecision><MissingContextValues>${members}</MissingContextValues></member></EvaluationResults>`,
    );
  }

  #image(operation: string, input: Readonly<Record<string, unknown>>): WireResponse {
    const [id = {}] = input["imageIds"] as { imageTag?: string; imageDigest?: string }[];
    const repository = `${input["registryId"]}/${input["repositoryName"]}`;
    const inRepository = [...this.images].filter(([name]) => name.startsWith(`${repository}:`));
    if (inRepository.length === 0) {
      return json(
        {
          __type: "RepositoryNotFoundException",
          message: `The repository with name '${input["repositoryName"]}' does not exist`,
        },
        400,
      );
    }
    const image = inRepository.find(
      ([name, { digest }]) => name === `${repository}:${id.imageTag}` || digest === id.imageDigest,
    )?.[1];
    if (operation === "DescribeImages") {
      return image === undefined
        ? json({ __type: "ImageNotFoundException", message: "The image does not exist" }, 400)
        : json({
            imageDetails: [{ imageDigest: image.digest, imageManifestMediaType: image.mediaType }],
          });
    }
    return image === undefined
      ? json({
          images: [],
          failures: [{ failureCode: "ImageNotFound", failureReason: "Requested image not found" }],
        })
      : json({
          images: [
            {
              imageId: { imageDigest: image.digest },
              imageManifest: JSON.stringify(image.manifest),
              imageManifestMediaType: image.mediaType,
            },
          ],
          failures: [],
        });
  }

  #layer(digest: string): WireResponse {
    for (const { blobs = {} } of this.images.values()) {
      if (digest in blobs) return json(blobs[digest]);
    }
    return { status: 404, headers: {}, body: "" };
  }

  #listQuotas(from: number): WireResponse {
    const names = [...this.quotas.keys()];
    const page = names.slice(from, from + 2).map((name, index) => this.#quota(name, from + index));
    return json({
      Quotas: page,
      ...(from + 2 < names.length && { NextToken: String(from + 2) }),
    });
  }

  #getQuota(code: string): WireResponse {
    const index = Number(code.slice(2));
    return json({ Quota: this.#quota([...this.quotas.keys()][index] ?? "", index) });
  }

  #quota(QuotaName: string, index: number) {
    return { QuotaName, QuotaCode: `L-${index}`, Value: this.quotas.get(QuotaName) };
  }

  #products(input: Readonly<Record<string, unknown>>): WireResponse {
    const filters = input["Filters"] as { Field: string; Value: string }[];
    const type = filters.find(({ Field }) => Field === "instanceName")?.Value ?? "";
    return json({ PriceList: this.products.get(type) ?? [] });
  }

  #bucket(operation: string, request: WireRequest): WireResponse {
    const name = bucketOf(request.host);
    const bucket = this.buckets.get(name);
    if (bucket === undefined) {
      return s3Error(404, "NoSuchBucket", "The specified bucket does not exist");
    }
    const { region = REGION, owner = ACCOUNT, hidden = false, objects = {} } = bucket;
    const headers = { "x-amz-bucket-region": region };
    const isRefused = (request.headers["x-amz-expected-bucket-owner"] || owner) !== owner;
    if (hidden || isRefused) {
      return { ...s3Error(403, "AccessDenied", "Access Denied"), headers };
    }
    if (operation === "HeadBucket") return { status: 200, headers };
    return list(objects, request.query);
  }
}

function list(
  objects: Readonly<Record<string, number>>,
  query: WireRequest["query"],
): WireResponse {
  const max = Number(query["max-keys"] ?? 1000);
  const from = Number(query["continuation-token"] ?? 0);
  const keys = Object.keys(objects)
    .filter((key) => key.startsWith(query["prefix"] ?? ""))
    .sort((a, b) => (a < b ? -1 : 1));
  const page = keys.slice(from, from + max);
  const isMore = from + max < keys.length;
  const contents = page
    .map((key) => `<Contents><Key>${key}</Key><Size>${objects[key]}</Size></Contents>`)
    .join("");
  const next = isMore ? `<NextContinuationToken>${from + max}</NextContinuationToken>` : "";
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: `<ListBucketResult><IsTruncated>${isMore}</IsTruncated>${next}<KeyCount>${page.length}</KeyCount>${contents}</ListBucketResult>`,
  };
}

function parse(request: WireRequest): { operation: string; input: Record<string, unknown> } {
  const text = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
  if ("x-amz-target" in request.headers) {
    const input = JSON.parse(text) as Record<string, unknown>;
    return { operation: `${request.headers["x-amz-target"]}`.replace(/^.*\./, ""), input };
  }
  if (request.method === "POST" && text.includes("Action=")) {
    const input = Object.fromEntries(new URLSearchParams(text));
    return { operation: input["Action"] ?? "", input };
  }
  if (request.host === "layers.test")
    return { operation: "ReadLayer", input: { ...request.query } };
  return {
    operation: s3Operation(request),
    input: { Bucket: bucketOf(request.host), ...request.query },
  };
}

/** Those that a plan makes by their names, any other by its method: that it was called must show. */
function s3Operation({ method, path, query }: WireRequest): string {
  const what = path === "/" ? "Bucket" : "Object";
  if (method === "HEAD") return `Head${what}`;
  if (method !== "GET") return `${method} ${path}`;
  return what === "Bucket" && "list-type" in query ? "ListObjectsV2" : `Get${what}`;
}

function bucketOf(host: string): string {
  return host.replace(/\.s3[.-].*$/, "");
}

function json(body: unknown, status = 200): WireResponse {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(body),
  };
}

function xml(operation: string, result: string): WireResponse {
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
  };
}

function xmlError(status: number, code: string, message: string): WireResponse {
  return {
    status,
    headers: { "content-type": "text/xml" },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}

function s3Error(status: number, code: string, message: string): WireResponse {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}
