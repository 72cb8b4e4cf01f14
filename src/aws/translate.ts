/** AWS's errors in words that say what to do, in one place. The original stays in `cause`. */

import { SageMakerError } from "../errors.ts";

/** The parts of an AWS error that are read. */
interface AwsErrorLike {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** The error's AWS code: `AccessDenied`, `ThrottlingException` … */
export function awsErrorCode(error: unknown): string {
  const { name, code } = (error ?? {}) as AwsErrorLike;
  return name !== undefined && name !== "Error" ? name : (code ?? name ?? "");
}

/** The HTTP status of an AWS error, when an answer came. */
export function awsErrorStatus(error: unknown): number | undefined {
  return ((error ?? {}) as AwsErrorLike).$metadata?.httpStatusCode;
}

/** Whether the error is the abort of a signal, `AbortSignal.timeout()` included; a timed-out connection is none. */
export function isAbort(error: unknown): boolean {
  const { name } = (error ?? {}) as AwsErrorLike;
  return name === "AbortError" || (name === "TimeoutError" && error instanceof DOMException);
}

const TRANSIENT_CODES = new Set([
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "SlowDown",
  "ServiceUnavailable",
  "InternalFailure",
  "InternalServerError",
  "InternalError",
  "RequestTimeout",
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
  // A connection of the AWS SDK that timed out. The abort of a signal bears the same name.
  "TimeoutError",
  // A gateway's HTML page reaches a JSON client as this.
  "SyntaxError",
]);

/** What a body that is none of the service's reaches a client as, beside JSON's SyntaxError. */
const NO_ANSWER = /XML parse error/i;

/** Whether the same call may go through later: throttling, the service's own faults, dropped connections, expired credentials. */
export function isTransient(error: unknown): boolean {
  const status = awsErrorStatus(error);
  const { code, name, message = "" } = (error ?? {}) as AwsErrorLike;
  if (isAbort(error)) {
    return false;
  }
  return (
    (status !== undefined && (status >= 500 || status === 429)) ||
    TRANSIENT_CODES.has(code ?? "") ||
    TRANSIENT_CODES.has(name ?? "") ||
    NO_ANSWER.test(message)
  );
}

/** What to do about an answer that is none of AWS's. */
const NOT_AWS =
  "Something between here and AWS answered in its stead. Check the endpoint and any proxy.";

/** The AWS SDK's word to its own users: nobody sees that field of ours. */
const ASIDE = /\s*Deserialization error: to see the raw response.*$/s;

const NO_REGION = /region is missing/i;

/** What to do about an error, by its code; `undefined` where the service's own words must do. */
function hint(error: unknown): string | undefined {
  const code = awsErrorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (NO_REGION.test(message)) {
    return (
      'No AWS region is set. Set it in one of three ways: new Session({ region: "eu-west-1" }), ' +
      "the environment variable AWS_REGION, or `region = …` under the profile in ~/.aws/config."
    );
  }
  if (NO_ANSWER.test(message)) {
    return NOT_AWS;
  }
  switch (code) {
    case "CredentialsProviderError":
    case "ProviderError":
    case "TokenProviderError":
      return (
        "No AWS credentials were found. Sign in (`aws sso login`, `aws login`), name a profile with " +
        "new Session({ profile }), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY - or run on this machine " +
        'with instanceType: "local".'
      );
    case "ExpiredToken":
    case "ExpiredTokenException":
    case "RequestExpired":
      return "The credentials have expired. Sign in again; a job that was started goes on.";
    case "AccessDenied":
    case "AccessDeniedException":
    case "UnauthorizedOperation":
      return "The caller's identity lacks this permission. Ask for it, or use another profile or role.";
    case "InvalidClientTokenId":
    case "UnrecognizedClientException":
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
      return "AWS does not know these credentials. Check the keys, and that they belong to this partition and region.";
    case "SyntaxError":
      return NOT_AWS;
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "ECONNREFUSED":
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "The endpoint could not be reached. Check the region, the network, and HTTPS_PROXY if there is a proxy.";
    default:
      return undefined;
  }
}

/**
 * An AWS error as one of ours: what was being done, the service's words, and what to do next.
 * Aborts and our own errors pass through as they are.
 *
 * @param error - what was thrown
 * @param action - what was being done, for "Could not …": `describe training job my-job`
 * @param advice - what to do next, where the caller knows better than the error's code
 */
export function translate(error: unknown, action: string, advice = hint(error)): unknown {
  if (isAbort(error) || SageMakerError.isInstance(error)) {
    return error;
  }
  const { message: original, $metadata } = (error ?? {}) as AwsErrorLike;
  const message = original?.replace(ASIDE, "");
  const code = awsErrorCode(error);
  const request = $metadata?.requestId === undefined ? "" : ` (request ${$metadata.requestId})`;
  const said = code === "" || message?.includes(code) ? message : `${code}: ${message}`;
  return new SageMakerError(
    `Could not ${action}: ${said ?? String(error)}${request}${advice === undefined ? "" : ` ${advice}`}`,
    { cause: error },
  );
}

/**
 * Awaits a call and translates its error.
 *
 * @param action - what is being done, for "Could not …"
 * @param call - the call
 */
export async function awsCall<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(error, action);
  }
}
