/** What a session takes, and whether it is that. */

import type { ClientConfig, Credentials, ServiceName } from "./aws/clients.ts";
import type { SagemakerConfig } from "./config/sagemaker-config.ts";
import { ValidationError } from "./errors.ts";
import { conformOptions } from "./training/conform.ts";
import type { Kinds } from "./training/kinds.ts";

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
  /** Whether its jobs of one host can be cut off from the network; those of several hosts never can. */
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

/** What each option is. The compiler sees that none is missing. */
const SESSION_KINDS: Kinds<Omit<SessionOptions, "credentials" | "local" | "logger">> = {
  region: "string",
  profile: "string",
  roleArn: "string",
  externalId: "string",
  roleSessionName: "string",
  defaultBucket: "string",
  defaultBucketPrefix: "string",
  endpoint: {
    oneOf: [
      "string",
      {
        members: {
          s3: "string",
          sagemaker: "string",
          logs: "string",
          sts: "string",
          iam: "string",
          ecr: "string",
          mlflow: "string",
        },
      },
    ],
    words: "A URL, or a record of one for each service,",
  },
  clientConfig: { map: "any" },
  sagemakerClientConfig: { map: "any" },
  sagemakerConfig: { oneOf: [{ word: [false] }, { map: "any" }], words: "A record, or false," },
  settings: { members: { encryptRepackedArtifacts: "boolean" } },
};

/** Of the others only the name is looked at: they come from other libraries. */
const OTHERS = { credentials: "any", local: "any", logger: "any" } as const;

/**
 * The options, without those that are `null` or `undefined`: not given.
 *
 * @param given - as the caller gave them
 * @throws {@link ValidationError} for names that no option has, and values of another kind
 */
export function checkSessionOptions(given: SessionOptions): SessionOptions {
  const members = { ...SESSION_KINDS, ...OTHERS };
  const advice = "Leave it out. What the AWS SDK's clients take goes into clientConfig.";
  const { value, findings } = conformOptions<SessionOptions>(given, members, "The session", advice);
  if (findings.length > 0) {
    throw new ValidationError("The session was not made", findings);
  }
  return value;
}
