/** Clients that only some checks need: optional peers, loaded when they are first used. */

import { SageMakerError } from "../errors.ts";
import type { UrlReader } from "./read-url.ts";

/** The methods of an AWS client that are called here: each takes the service's words and answers in them. */
type Call<Input, Output> = (
  input: Input,
  options?: { readonly abortSignal?: AbortSignal },
) => Promise<Output>;

/** IAM, as far as it is asked. */
export interface IamClient {
  getRole: Call<
    { readonly RoleName: string },
    {
      readonly Role?:
        | {
            readonly Arn?: string | undefined;
            /** The trust policy, percent-encoded JSON. */
            readonly AssumeRolePolicyDocument?: string | undefined;
          }
        | undefined;
    }
  >;
  simulatePrincipalPolicy: Call<
    {
      readonly PolicySourceArn: string;
      readonly ActionNames: string[];
      readonly ResourceArns?: string[];
      readonly ContextEntries?: {
        readonly ContextKeyName: string;
        readonly ContextKeyValues: string[];
        readonly ContextKeyType: "string";
      }[];
    },
    {
      readonly EvaluationResults?:
        | {
            readonly EvalActionName?: string | undefined;
            readonly EvalDecision?: string | undefined;
            /** What conditions ask for and the simulation was not told. */
            readonly MissingContextValues?: string[] | undefined;
          }[]
        | undefined;
    }
  >;
  destroy(): void;
}

/** Elastic Container Registry, as far as it is asked. */
export interface EcrClient {
  describeImages: Call<
    {
      readonly registryId: string;
      readonly repositoryName: string;
      readonly imageIds: { readonly imageTag?: string; readonly imageDigest?: string }[];
    },
    {
      readonly imageDetails?:
        | {
            readonly imageDigest?: string | undefined;
            readonly imageManifestMediaType?: string | undefined;
            readonly artifactMediaType?: string | undefined;
          }[]
        | undefined;
    }
  >;
  batchGetImage: Call<
    {
      readonly registryId: string;
      readonly repositoryName: string;
      readonly imageIds: { readonly imageTag?: string; readonly imageDigest?: string }[];
      readonly acceptedMediaTypes?: string[];
    },
    {
      readonly images?:
        | {
            readonly imageId?: { readonly imageDigest?: string | undefined } | undefined;
            readonly imageManifest?: string | undefined;
            readonly imageManifestMediaType?: string | undefined;
          }[]
        | undefined;
      readonly failures?:
        | {
            readonly failureCode?: string | undefined;
            readonly failureReason?: string | undefined;
          }[]
        | undefined;
    }
  >;
  getDownloadUrlForLayer: Call<
    { readonly registryId: string; readonly repositoryName: string; readonly layerDigest: string },
    { readonly downloadUrl?: string | undefined }
  >;
  /** What carries its requests. */
  readonly config: UrlReader;
  destroy(): void;
}

/** One quota. */
export interface ServiceQuota {
  readonly QuotaName?: string | undefined;
  readonly QuotaCode?: string | undefined;
  readonly Value?: number | undefined;
}

/** Service Quotas, as far as it is asked. */
export interface ServiceQuotasClient {
  listServiceQuotas: Call<
    {
      readonly ServiceCode: string;
      readonly NextToken?: string | undefined;
      readonly MaxResults?: number;
    },
    { readonly Quotas?: ServiceQuota[] | undefined; readonly NextToken?: string | undefined }
  >;
  getServiceQuota: Call<
    { readonly ServiceCode: string; readonly QuotaCode: string },
    { readonly Quota?: ServiceQuota | undefined }
  >;
  destroy(): void;
}

/** The price list, as far as it is asked. */
export interface PricingClient {
  getProducts: Call<
    {
      readonly ServiceCode: string;
      readonly Filters: {
        readonly Type: "TERM_MATCH";
        readonly Field: string;
        readonly Value: string;
      }[];
      readonly MaxResults?: number;
    },
    { readonly PriceList?: readonly unknown[] | undefined }
  >;
  destroy(): void;
}

/** The optional clients by name. */
export interface OptionalClients {
  readonly iam: IamClient;
  readonly ecr: EcrClient;
  readonly quotas: ServiceQuotasClient;
  readonly pricing: PricingClient;
}

/** A client that is not installed; what needs it is skipped, with a word on it. */
export class MissingClientError extends SageMakerError {
  override readonly name: string = "MissingClientError";
  /** The package to install. */
  readonly packageName: string;

  /** @param packageName - the package to install */
  constructor(packageName: string, options?: ErrorOptions) {
    super(`${packageName} is not installed. Install it: npm install ${packageName}.`, options);
    this.packageName = packageName;
  }
}

/** How each is loaded: literal names, so that bundlers see them. */
const LOADERS: {
  readonly [K in keyof OptionalClients]: readonly [
    packageName: string,
    load: () => Promise<new (config: never) => OptionalClients[K]>,
  ];
} = {
  iam: ["@aws-sdk/client-iam", async () => (await import("@aws-sdk/client-iam")).IAM as never],
  ecr: ["@aws-sdk/client-ecr", async () => (await import("@aws-sdk/client-ecr")).ECR as never],
  quotas: [
    "@aws-sdk/client-service-quotas",
    async () => (await import("@aws-sdk/client-service-quotas")).ServiceQuotas as never,
  ],
  pricing: [
    "@aws-sdk/client-pricing",
    async () => (await import("@aws-sdk/client-pricing")).Pricing as never,
  ],
};

/**
 * An optional client.
 *
 * @param name - which
 * @param config - what every client of the session is made from
 * @throws {@link MissingClientError} when its package is not installed
 */
export async function loadOptionalClient<K extends keyof OptionalClients>(
  name: K,
  config: Readonly<Record<string, unknown>>,
): Promise<OptionalClients[K]> {
  const [packageName, load] = LOADERS[name];
  let Client: new (config: never) => OptionalClients[K];
  try {
    Client = await load();
  } catch (error) {
    throw new MissingClientError(packageName, { cause: error });
  }
  return new Client(config as never);
}
