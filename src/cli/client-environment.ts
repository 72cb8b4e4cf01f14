/** The environment that points any AWS client at a local cloud. Pure. */

/** Variables to set, and those that would lead elsewhere. */
export interface ClientEnvironment {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** What has precedence over the variables that are set, or does not go with them. */
const ELSEWHERE = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SESSION_TOKEN",
  // What boto3 calls a session token, too.
  "AWS_SECURITY_TOKEN",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL_SAGEMAKER",
  "AWS_ENDPOINT_URL_CLOUDWATCH",
  "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
  "AWS_ENDPOINT_URL_STS",
  "AWS_ENDPOINT_URL_IAM",
  // The AWS SDK for JavaScript refuses an endpoint of one's own beside them.
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_USE_DUALSTACK_ENDPOINT",
];

/**
 * The environment of clients. Any keys are taken; these say in logs and errors where they belong.
 *
 * @param url - where the local cloud listens
 * @param region - its region
 */
export function clientEnvironment(url: string, region: string): ClientEnvironment {
  return {
    set: {
      AWS_ENDPOINT_URL: url,
      // MLflow's clients read this one where a tracking URI is an ARN.
      SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT: url,
      // The AWS SDKs read the one, older clients the other.
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    },
    unset: ELSEWHERE,
  };
}

/**
 * The same for a POSIX shell to evaluate.
 *
 * @param environment - what to set and unset
 */
export function shellLines({ set, unset }: ClientEnvironment): string {
  return [
    ...Object.entries(set).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `unset ${unset.join(" ")}`,
  ].join("\n");
}

function quoted(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
