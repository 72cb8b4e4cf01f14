/** Where jobs run and files lie: region, credentials, default bucket and clients. */

import { Clients } from "./aws/clients.ts";
import { ensureBucket } from "./aws/default-bucket.ts";
import { roleArn } from "./aws/role-arn.ts";
import { awsCall } from "./aws/translate.ts";
import type { LoadedConfig, SagemakerConfig, SessionConfig } from "./config/sagemaker-config.ts";
import { SageMakerError } from "./errors.ts";
import {
  checkSessionOptions,
  type LocalBackend,
  type Logger,
  type SessionOptions,
  type SessionSettings,
} from "./session-options.ts";

/** Who the caller is. */
export interface CallerIdentity {
  /** The account's number. */
  readonly account: string;
  /** The ARN of the user or the assumed role. */
  readonly arn: string;
}

/** Options of a call that may be aborted. */
export interface AbortOptions {
  /** Aborts the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {} };

/**
 * Where jobs run and files lie. Making one does nothing yet: clients, credentials and region are resolved on first use.
 *
 * @example
 * ```ts
 * const session = new Session({ region: "eu-west-1", profile: "research" });
 * const estimator = new Estimator({ session, imageUri, role, instanceType: "ml.m5.xlarge" });
 * ```
 */
export class Session {
  /** The clients of the AWS SDK. @internal */
  readonly clients: Clients;
  /** Set when this session speaks to an embedded local cloud. */
  readonly local: LocalBackend | undefined;
  /** Takes the library's own words. */
  readonly logger: Logger;
  /** What the session does by itself. */
  readonly settings: SessionSettings;
  readonly #options: SessionOptions;
  #identity: Promise<CallerIdentity> | undefined;
  #bucket: Promise<string> | undefined;
  #defaults: Promise<LoadedConfig> | undefined;
  readonly #roles = new Map<string, Promise<string>>();

  /**
   * @param given - how to reach AWS; everything may be left out
   * @throws {@link ValidationError} for names that no option has, and values of another kind
   */
  constructor(given: SessionOptions = {}) {
    const options = checkSessionOptions(given);
    this.#options = options;
    this.clients = new Clients(options);
    this.local = options.local;
    this.logger = options.logger ?? silentLogger;
    this.settings = options.settings ?? {};
  }

  /**
   * The AWS region.
   *
   * @throws {@link SageMakerError} when none is set; it names the three ways to set one
   */
  async region(): Promise<string> {
    if (this.#options.region !== undefined) {
      return this.#options.region;
    }
    return await awsCall("resolve the AWS region", async () => {
      const client = await this.clients.sts();
      return await client.config.region();
    });
  }

  /**
   * The account of the credentials (STS GetCallerIdentity, asked once).
   *
   * @throws {@link SageMakerError} when there are no credentials, or STS refuses them
   */
  async accountId(options: AbortOptions = {}): Promise<string> {
    return (await this.callerIdentity(options)).account;
  }

  /** The account and the ARN of the credentials (STS GetCallerIdentity, asked once). @internal */
  async callerIdentity(options: AbortOptions = {}): Promise<CallerIdentity> {
    this.#identity ??= awsCall("ask STS who the caller is", async () => {
      const sts = await this.clients.sts();
      const { Account, Arn = "" } = await sts.getCallerIdentity({}, abort(options.signal));
      if (Account === undefined) {
        throw new SageMakerError(
          "STS answered without an account. Something between here and AWS may have answered in its stead: check the endpoint and any proxy.",
        );
      }
      return { account: Account, arn: Arn };
    });
    return await forget(this.#identity, () => {
      this.#identity = undefined;
    });
  }

  /**
   * The defaults of training jobs: those given, or what the files of `config.yaml` say together. Read once.
   *
   * @returns the configuration; empty where there is none
   * @throws {@link ValidationError} with everything that is wrong in the files
   * @throws {@link SageMakerError} when a file that an environment variable names is not there or cannot be read
   */
  async sagemakerConfig(options: AbortOptions = {}): Promise<SagemakerConfig> {
    return (await this.loadedConfig(options)).config;
  }

  /** The defaults, and the files that they come from. @internal */
  async loadedConfig({ signal }: AbortOptions = {}): Promise<LoadedConfig> {
    this.#defaults ??= import("./config/load-config.ts").then(({ loadConfig }) =>
      loadConfig({
        given: this.#options.sagemakerConfig,
        s3: () => this.clients.s3(),
        isLocal: this.local !== undefined,
        logger: this.logger,
        signal,
      }),
    );
    return await forget(this.#defaults, () => {
      this.#defaults = undefined;
    });
  }

  /**
   * A role's ARN (Python's `expand_role`): an ARN is given back, a name is looked up in IAM, once.
   *
   * @param role - an ARN, or a name with or without the role's path: `Trainer`, `service-role/Trainer`
   * @throws {@link SageMakerError} when there is no such role, or the caller may not ask
   * @throws MissingClientError when `@aws-sdk/client-iam` is not installed
   */
  async expandRole(role: string, options: AbortOptions = {}): Promise<string> {
    if (role.startsWith("arn:")) {
      return role;
    }
    const asked = this.#roles.get(role) ?? roleArn(this.clients, role, options.signal);
    this.#roles.set(role, asked);
    return await forget(asked, () => this.#roles.delete(role));
  }

  /**
   * The default bucket's name, whether it exists or not: the one given, `config.yaml`'s, or `sagemaker-{region}-{account}`.
   *
   * @throws {@link SageMakerError} when region or account cannot be resolved
   */
  async defaultBucketName(options: AbortOptions = {}): Promise<string> {
    return (
      (await this.#namedBucket(options)) ??
      `sagemaker-${await this.region()}-${await this.accountId(options)}`
    );
  }

  /**
   * The prefix in the default bucket, without slashes at its ends; empty for none.
   *
   * @throws {@link ValidationError} when `config.yaml` cannot be used
   */
  async defaultBucketPrefix(options: AbortOptions = {}): Promise<string> {
    const prefix =
      this.#options.defaultBucketPrefix ??
      (await this.#sessionDefaults(options)).DefaultS3ObjectKeyPrefix ??
      "";
    return prefix.replace(/^\/+|\/+$/g, "");
  }

  /**
   * The default bucket, made on first need with public access blocked.
   *
   * @throws {@link SageMakerError} when another account owns the bucket of that name, or it cannot be made
   */
  async defaultBucket(options: AbortOptions = {}): Promise<string> {
    this.#bucket ??= this.#ensureDefaultBucket(options);
    return await forget(this.#bucket, () => {
      this.#bucket = undefined;
    });
  }

  /**
   * The account that must own the default bucket: this one where the name is the one that anyone can guess, and may have
   * taken; `undefined` for a name that was given. @internal
   */
  async defaultBucketOwner(options: AbortOptions = {}): Promise<string | undefined> {
    const named = await this.#namedBucket(options);
    return named === undefined ? await this.accountId(options) : undefined;
  }

  /** Closes the clients' connections. The session makes no new ones. */
  async close(): Promise<void> {
    await this.clients.destroy();
  }

  async #namedBucket(options: AbortOptions): Promise<string | undefined> {
    return this.#options.defaultBucket ?? (await this.#sessionDefaults(options)).DefaultS3Bucket;
  }

  async #sessionDefaults(options: AbortOptions): Promise<SessionConfig> {
    return (await this.sagemakerConfig(options)).SageMaker?.PythonSDK?.Modules?.Session ?? {};
  }

  async #ensureDefaultBucket(options: AbortOptions): Promise<string> {
    const bucket = await this.defaultBucketName(options);
    const owner = await this.defaultBucketOwner(options);
    await ensureBucket({
      s3: await this.clients.s3(),
      bucket,
      owner,
      prefix: await this.defaultBucketPrefix(options),
      region: () => this.region(),
      isForeign: this.clients.isForeign("s3"),
      signal: options.signal,
    });
    return bucket;
  }
}

/** The AWS SDK's name for a signal. */
function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** Keeps a shared promise only if it succeeds, so that the next caller tries again. */
async function forget<T>(shared: Promise<T>, reset: () => void): Promise<T> {
  try {
    return await shared;
  } catch (error) {
    reset();
    throw error;
  }
}
