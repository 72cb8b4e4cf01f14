/** The AWS SDK's clients, each loaded and made on its first use: importing them all costs about half a second. */

import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { S3 } from "@aws-sdk/client-s3";
import type { SageMaker } from "@aws-sdk/client-sagemaker";
import type { STS, STSClientConfig } from "@aws-sdk/client-sts";
import type { OptionalClients } from "./optional.ts";

/** Keys, or a function that gives them, as the AWS SDK's clients take them. */
export type Credentials = NonNullable<STSClientConfig["credentials"]>;

/** Anything that every client of the AWS SDK takes: `maxAttempts`, `requestHandler`, `retryMode`, `useFipsEndpoint` … */
export type ClientConfig = Readonly<Record<string, unknown>>;

/** The services with an endpoint of their own. */
export type ServiceName = "s3" | "sagemaker" | "logs" | "sts" | "iam" | "ecr" | "mlflow";

/** The optional clients whose endpoint can be named. */
const OPTIONAL_SERVICES: { readonly [K in keyof OptionalClients]?: ServiceName } = {
  iam: "iam",
  ecr: "ecr",
};

/**
 * The AWS SDK waits for ever where nobody answers. A connection comes about within 20 seconds, and one on which nothing has moved for
 * two minutes is given up: then the attempt counts as failed, and is followed by the next.
 */
const LIMITS = { connectionTimeout: 20_000, socketTimeout: 120_000 };

/** What the clients are made from. */
export interface ClientSettings {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly credentials?: Credentials | undefined;
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly roleSessionName?: string | undefined;
  readonly endpoint?: string | Partial<Record<ServiceName, string>> | undefined;
  readonly clientConfig?: ClientConfig | undefined;
  readonly sagemakerClientConfig?: ClientConfig | undefined;
}

/** Clients of one session: made lazily, once. */
export class Clients {
  readonly #settings: ClientSettings;
  #base: Promise<Record<string, unknown>> | undefined;
  #s3: Promise<S3> | undefined;
  #sagemaker: Promise<SageMaker> | undefined;
  #creation: Promise<SageMaker> | undefined;
  #logs: Promise<CloudWatchLogs> | undefined;
  #sts: Promise<STS> | undefined;
  readonly #optional = new Map<string, Promise<{ destroy(): void }>>();

  constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  /** The S3 client. */
  s3(): Promise<S3> {
    this.#s3 ??= Promise.all([import("@aws-sdk/client-s3"), this.#config("s3")]).then(
      ([{ S3 }, config]) =>
        new S3({
          // A bucket in another region is followed instead of failing with PermanentRedirect.
          followRegionRedirects: true,
          // Asking before each body of 2 MiB or more would cost a round trip a part.
          expectContinueHeader: false,
          // Servers other than AWS rarely answer for `bucket.host`.
          ...(this.isForeign("s3") && { forcePathStyle: true }),
          ...config,
        }),
    );
    return this.#s3;
  }

  /** The SageMaker client. */
  sagemaker(): Promise<SageMaker> {
    this.#sagemaker ??= Promise.all([
      import("@aws-sdk/client-sagemaker"),
      this.#config("sagemaker"),
    ]).then(
      ([{ SageMaker }, config]) =>
        new SageMaker({ ...config, ...this.#settings.sagemakerClientConfig }),
    );
    return this.#sagemaker;
  }

  /**
   * The SageMaker client that creates jobs. It makes one attempt a call: whether an attempt that got no answer may be followed by
   * another is for the caller to find out.
   */
  creation(): Promise<SageMaker> {
    this.#creation ??= Promise.all([
      import("@aws-sdk/client-sagemaker"),
      this.#config("sagemaker"),
    ]).then(([{ SageMaker }, config]) => {
      // A strategy of the caller's would count its attempts by itself.
      const { retryStrategy: _, ...rest } = { ...config, ...this.#settings.sagemakerClientConfig };
      return new SageMaker({ ...rest, retryMode: "standard", maxAttempts: 1 });
    });
    return this.#creation;
  }

  /** The CloudWatch Logs client. */
  logs(): Promise<CloudWatchLogs> {
    this.#logs ??= Promise.all([
      import("@aws-sdk/client-cloudwatch-logs"),
      this.#config("logs"),
    ]).then(([{ CloudWatchLogs }, config]) => new CloudWatchLogs(config));
    return this.#logs;
  }

  /** The STS client. */
  sts(): Promise<STS> {
    this.#sts ??= Promise.all([import("@aws-sdk/client-sts"), this.#config("sts")]).then(
      ([{ STS }, config]) => new STS(config),
    );
    return this.#sts;
  }

  /**
   * A client that only some checks need.
   *
   * @param name - which
   * @throws MissingClientError when its package is not installed
   */
  optional<K extends keyof OptionalClients>(name: K): Promise<OptionalClients[K]> {
    let client = this.#optional.get(name) as Promise<OptionalClients[K]> | undefined;
    if (client === undefined) {
      client = this.#makeOptional(name);
      this.#optional.set(name, client);
    }
    return client;
  }

  /** Closes the connections of every client that was made. */
  async destroy(): Promise<void> {
    const made = [
      this.#s3,
      this.#sagemaker,
      this.#creation,
      this.#logs,
      this.#sts,
      ...this.#optional.values(),
    ];
    for (const client of made) {
      (await client?.catch(() => undefined))?.destroy();
    }
  }

  async #makeOptional<K extends keyof OptionalClients>(name: K): Promise<OptionalClients[K]> {
    const { loadOptionalClient } = await import("./optional.ts");
    const service = OPTIONAL_SERVICES[name];
    const config = service === undefined ? await this.#anyConfig() : await this.#config(service);
    // The price list is answered in a few regions only, whatever the session's is.
    return await loadOptionalClient(
      name,
      name === "pricing" ? { ...config, region: "us-east-1" } : config,
    );
  }

  /** The endpoint that was named for a service; `undefined` for AWS's own. */
  endpointOf(service: ServiceName): string | undefined {
    const { endpoint } = this.#settings;
    return typeof endpoint === "string" ? endpoint : endpoint?.[service];
  }

  /** Whether a service is answered by a server other than AWS. */
  isForeign(service: ServiceName): boolean {
    const endpoint = this.endpointOf(service);
    return endpoint !== undefined && !/\.amazonaws\.com(\.cn)?(:\d+)?\/?$/.test(endpoint);
  }

  async #config(service: ServiceName): Promise<Record<string, unknown>> {
    const endpoint = this.endpointOf(service);
    return { ...(await this.#anyConfig()), ...(endpoint !== undefined && { endpoint }) };
  }

  /** One endpoint for every service is meant for those as well that have no name of their own here. */
  async #anyConfig(): Promise<Record<string, unknown>> {
    this.#base ??= this.#makeBase();
    const { endpoint } = this.#settings;
    return { ...(await this.#base), ...(typeof endpoint === "string" && { endpoint }) };
  }

  async #makeBase(): Promise<Record<string, unknown>> {
    const { region, profile, credentials, roleArn, clientConfig } = this.#settings;
    const given = clientConfig?.["requestHandler"];
    // A handler of the caller's own sees to its limits by itself.
    const requestHandler = isHandler(given)
      ? given
      : { ...LIMITS, ...(await proxied()), ...(given as object | undefined) };
    const base = {
      ...clientConfig,
      requestHandler,
      ...(region !== undefined && { region }),
      ...(profile !== undefined && { profile }),
    };
    if (credentials !== undefined && roleArn === undefined) {
      return { ...base, credentials };
    }
    const providers = await import("@aws-sdk/credential-providers");
    const inner = { ...(region !== undefined && { region }), ...pick(base, ["requestHandler"]) };
    const source =
      credentials ??
      providers.fromNodeProviderChain({
        ...(profile !== undefined && { profile }),
        clientConfig: inner,
      });
    if (roleArn === undefined) {
      return { ...base, credentials: source };
    }
    const { externalId, roleSessionName } = this.#settings;
    const endpoint = this.endpointOf("sts");
    return {
      ...base,
      credentials: providers.fromTemporaryCredentials({
        masterCredentials: source,
        clientConfig: { ...inner, ...(endpoint !== undefined && { endpoint }) },
        params: {
          RoleArn: roleArn,
          RoleSessionName: roleSessionName ?? `sagemaker-estimator-${process.pid}`,
          ...(externalId !== undefined && { ExternalId: externalId }),
        },
      }),
    };
  }
}

/** A request handler for the environment's proxy, if there is one. */
async function proxied(): Promise<object | undefined> {
  const { proxyRequestHandler } = await import("./proxy.ts");
  return await proxyRequestHandler();
}

/** The AWS SDK takes a handler, or the options of its own. */
function isHandler(given: unknown): given is { handle(): unknown } {
  return typeof (given as { handle?: unknown } | undefined)?.handle === "function";
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  );
}
