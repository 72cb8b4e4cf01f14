/** Where jobs run and files lie: region, credentials, default bucket and clients. */

import { type ClientConfig, Clients, type Credentials, type ServiceName } from "./aws/clients.ts";
import { ensureBucket } from "./aws/default-bucket.ts";
import { roleArn } from "./aws/role-arn.ts";
import { awsCall } from "./aws/translate.ts";
import type { LoadedConfig, SagemakerConfig, SessionConfig } from "./config/sagemaker-config.ts";
import { SageMakerError } from "./errors.ts";

/** Takes the library's own words; `console` is one. */
export interface Logger {
  /** Detail for finding faults. */
  debug(message: string): void;
  /** What is being done. */
  info(message: string): void;
  /** What the caller should know. */
  warn(message: string): void;
}

/** Something that a local cloud noticed about a job, which the service's own answers have no place for. */
export interface LocalNote {
  /** A stable word for programs, e.g. `local-engine`. */
  readonly code: string;
  /** The words for people. */
  readonly message: string;
}

/** What an embedded local cloud gives to its sessions. */
export interface LocalBackend {
  /** Where its state lies. */
  readonly root: string;
  /** Its account. */
  readonly account: string;
  /** Its region. */
  readonly region: string;
  /** What its S3 does not hold is read from another one. */
  readonly readsUpstream?: boolean;
  /** The program folder that it takes an image for; `undefined` when it does not know the image. */
  program?(image: string): Promise<string | undefined>;
  /** What it noticed about a job so far, in order: which engine runs it, what its program looks like. */
  notes?(jobName: string): Promise<readonly LocalNote[]>;
  /** Whether its jobs can be cut off from the network. */
  isolatesNetwork?(): Promise<boolean>;
}

/** What a session does by itself (Python's `SessionSettings`). */
export interface SessionSettings {
  /**
   * Whether code archives are encrypted with KMS (the account's `aws/s3` key, where no other is named). Turn it off for buckets
   * and callers that may not use KMS. Default: `true` on AWS, `false` on S3-compatible servers.
   */
  readonly encryptRepackedArtifacts?: boolean;
}

/** How to reach AWS, or a local cloud; everything may be left out. */
export interface SessionOptions {
  /** The AWS region. Default: as the AWS SDK resolves it (`AWS_REGION`, then the profile's `region`). */
  readonly region?: string;
  /** A profile of `~/.aws/config`. Default: `AWS_PROFILE`, then `default`. */
  readonly profile?: string;
  /** Keys, or a function that gives them. Default: the AWS SDK's chain (environment, shared config, SSO, process, web identity, container, instance). */
  readonly credentials?: Credentials;
  /** A role to assume with those credentials; renewed before it expires. */
  readonly roleArn?: string;
  /** The external id that the role's trust policy asks for. */
  readonly externalId?: string;
  /** The name that the assumed role's session bears in CloudTrail. Default: `sagemaker-estimator-<process id>`. */
  readonly roleSessionName?: string;
  /** The bucket for inputs and outputs that name none. Default: `config.yaml`'s, else `sagemaker-{region}-{account}`, created on first need. */
  readonly defaultBucket?: string;
  /** A prefix in the default bucket; an empty text for none. Default: `config.yaml`'s, else none. */
  readonly defaultBucketPrefix?: string;
  /** Another endpoint for every service, or one each: an S3-compatible server, a VPC endpoint. */
  readonly endpoint?: string | Partial<Record<ServiceName, string>>;
  /** Anything that every client of the AWS SDK takes: `maxAttempts`, `requestHandler`, `requestChecksumCalculation` … */
  readonly clientConfig?: ClientConfig;
  /** Anything more for the SageMaker client alone. */
  readonly sagemakerClientConfig?: ClientConfig;
  /**
   * Defaults of training jobs as a value, in the schema of the Python SDK's `config.yaml`; the files are then not read. `false`: no
   * defaults at all. Default: the administrator's `config.yaml` and the user's over it, where there are any.
   */
  readonly sagemakerConfig?: SagemakerConfig | false;
  /** What the session does by itself. */
  readonly settings?: SessionSettings;
  /** Takes the library's own words. Default: nothing is printed. */
  readonly logger?: Logger;
  /** Set by `LocalCloud.session()`. @internal */
  readonly local?: LocalBackend;
}

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

  /** @param options - how to reach AWS; everything may be left out */
  constructor(options: SessionOptions = {}) {
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
