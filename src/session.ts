/** Where jobs run and files lie: region, credentials, default bucket and clients. */

import { type ClientConfig, Clients, type Credentials, type ServiceName } from "./aws/clients.ts";
import { awsCall, awsErrorCode, awsErrorStatus, translate } from "./aws/translate.ts";
import type { S3 } from "./aws/types.ts";
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
  /** The bucket for inputs and outputs that name none. Default: `sagemaker-{region}-{account}`, created on first need. */
  readonly defaultBucket?: string;
  /** A prefix in the default bucket. Default: none. */
  readonly defaultBucketPrefix?: string;
  /** Another endpoint for every service, or one each: an S3-compatible server, a VPC endpoint. */
  readonly endpoint?: string | Partial<Record<ServiceName, string>>;
  /** Anything that every client of the AWS SDK takes: `maxAttempts`, `requestHandler`, `requestChecksumCalculation` … */
  readonly clientConfig?: ClientConfig;
  /** Anything more for the SageMaker client alone. */
  readonly sagemakerConfig?: ClientConfig;
  /** Takes the library's own words. Default: nothing is printed. */
  readonly logger?: Logger;
  /** Set by `LocalCloud.session()`. @internal */
  readonly local?: LocalBackend;
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
  /** The prefix in the default bucket, without slashes at its ends. */
  readonly defaultBucketPrefix: string;
  readonly #options: SessionOptions;
  #identity: Promise<string> | undefined;
  #bucket: Promise<string> | undefined;

  /** @param options - how to reach AWS; everything may be left out */
  constructor(options: SessionOptions = {}) {
    this.#options = options;
    this.clients = new Clients(options);
    this.local = options.local;
    this.logger = options.logger ?? silentLogger;
    this.defaultBucketPrefix = (options.defaultBucketPrefix ?? "").replace(/^\/+|\/+$/g, "");
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
    this.#identity ??= awsCall("ask STS who the caller is", async () => {
      const sts = await this.clients.sts();
      const { Account } = await sts.getCallerIdentity({}, abort(options.signal));
      if (Account === undefined) {
        throw new SageMakerError("STS answered without an account.");
      }
      return Account;
    });
    return await forget(this.#identity, () => {
      this.#identity = undefined;
    });
  }

  /**
   * The default bucket's name, whether it exists or not: the one given, or `sagemaker-{region}-{account}`.
   *
   * @throws {@link SageMakerError} when region or account cannot be resolved
   */
  async defaultBucketName(options: AbortOptions = {}): Promise<string> {
    return (
      this.#options.defaultBucket ??
      `sagemaker-${await this.region()}-${await this.accountId(options)}`
    );
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
    return this.#options.defaultBucket === undefined ? await this.accountId(options) : undefined;
  }

  /** Closes the clients' connections. The session makes no new ones. */
  async close(): Promise<void> {
    await this.clients.destroy();
  }

  async #ensureDefaultBucket({ signal }: AbortOptions): Promise<string> {
    const bucket = await this.defaultBucketName({ ...(signal && { signal }) });
    const owner = await this.defaultBucketOwner({ ...(signal && { signal }) });
    const s3 = await this.clients.s3();
    try {
      await s3.headBucket({ Bucket: bucket, ExpectedBucketOwner: owner }, abort(signal));
    } catch (error) {
      const status = awsErrorStatus(error);
      if (status === 404) {
        await this.#createBucket(s3, bucket, signal);
      } else if (status === 403 && owner !== undefined) {
        throw new SageMakerError(
          `The default bucket ${bucket} belongs to another account, or this caller may not read it. ` +
            "Nothing was written there. Name a bucket of your own with new Session({ defaultBucket }).",
          { cause: error },
        );
      } else {
        throw translate(error, `look at the default bucket ${bucket}`);
      }
    }
    return bucket;
  }

  async #createBucket(s3: S3, bucket: string, signal: AbortSignal | undefined): Promise<void> {
    const region = await this.region();
    // us-east-1 is named by leaving the constraint out: S3 refuses it as a value.
    const where =
      region === "us-east-1"
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } };
    try {
      await s3.createBucket({ Bucket: bucket, ...where }, abort(signal));
    } catch (error) {
      // Two processes that start together both find no bucket: the second one's is there already.
      if (
        !["BucketAlreadyOwnedByYou", "OperationAborted"].includes(awsErrorCode(error)) ||
        signal?.aborted
      ) {
        throw translate(error, `create the default bucket ${bucket}`);
      }
      return;
    }
    // Other servers have no such block: MinIO takes the request for a second CreateBucket, and refuses it.
    if (this.clients.isForeign("s3")) {
      return;
    }
    await awsCall(`block public access to the default bucket ${bucket}`, () =>
      s3.putPublicAccessBlock(
        {
          Bucket: bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
        },
        abort(signal),
      ),
    );
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
