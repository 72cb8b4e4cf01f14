/**
 * Starting a training job exactly once. CreateTrainingJob has no idempotency token, but names are never free again: so the name is
 * the token. A request is repeated under its name only, and a job that is found under it is ours or it is not.
 */

import { sendCreateTrainingJob } from "../aws/creation.ts";
import { awsErrorCode, awsErrorStatus } from "../aws/translate.ts";
import type { Session } from "../session.ts";
import { heedBetween } from "./abort.ts";
import type { Clock } from "./clock.ts";
import { type Attempts, findOurs, pace } from "./job-of-name.ts";
import { explainLaunchFailure } from "./launch-failures.ts";
import { type Gap, isSignedOut, persist } from "./persist.ts";
import type { TrainingJobRequest } from "./request.ts";
import type { JobDescription } from "./status-poller.ts";

/** What creating a job takes. */
export interface CreationContext {
  readonly session: Session;
  readonly clock: Clock;
  /** Ends it between two attempts, never within one. */
  readonly signal?: AbortSignal | undefined;
  /** Told of attempts that failed. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

/** What became of a request. */
export type Creation =
  | {
      readonly outcome: "created";
      readonly arn: string;
      /** When the first attempt was made, in milliseconds since 1970. */
      readonly createdAt: number;
    }
  | {
      /** The name belongs to a job that this request did not make. */
      readonly outcome: "taken";
      /** The request as the client knows it. */
      readonly known: Readonly<Record<string, unknown>>;
      /** The service's refusal. */
      readonly cause: unknown;
    };

/** An attempt is followed by so many others: about a minute of waiting in all, at full jitter. */
const CREATE_RETRIES = 8;

/** Errors of requests that never left this machine. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "CredentialsProviderError",
  "ProviderError",
  "TokenProviderError",
]);

/**
 * Creates the job that a request describes.
 *
 * @param request - the request
 * @param context - where, and until when
 * @throws {@link SageMakerError} when the service refuses, or nothing answers; it says whether a job may have been started. The
 *   signal's reason, when no job was started
 */
export async function createTrainingJob(
  request: TrainingJobRequest,
  context: CreationContext,
): Promise<Creation> {
  const { session, clock } = context;
  const client = await session.clients.creation();
  const name = request.TrainingJobName ?? "";
  const attempts: Attempts = { startedAt: clock.now(), isOpen: false, known: {} };
  const abort = heedBetween(context.signal);
  let answer: string | { readonly refusal: unknown };
  try {
    answer = await persist(
      (signal) =>
        abort.during(async () => {
          try {
            const arn = await sendCreateTrainingJob(client, request, {
              signal,
              onKnown: (known) => {
                attempts.known = known;
              },
            });
            if (arn === undefined) {
              throw new SyntaxError("the answer names no training job");
            }
            return arn;
          } catch (error) {
            if (awsErrorCode(error) === "ResourceInUse") {
              return { refusal: error };
            }
            attempts.isOpen ||= mayHaveActed(error);
            throw error;
          }
        }),
      {
        ...pace(session, clock),
        action: `start training job ${name}`,
        signal: abort.signal,
        retries: CREATE_RETRIES,
        meanwhile: "no second job is started by that",
        renew: () => client.config.credentials({ forceRefresh: true }),
        onGap: context.onGap,
      },
    );
  } catch (error) {
    if (!attempts.isOpen) {
      throw explainLaunchFailure(error, request);
    }
    // Nothing may run that nobody knows of: neither an error nor an abort ends this before the job was looked for.
    const found = await findOurs(name, attempts, context, error);
    if (found === undefined) {
      throw error;
    }
    return created(found, attempts);
  } finally {
    abort.dispose();
  }
  if (typeof answer === "string") {
    return { outcome: "created", arn: answer, createdAt: attempts.startedAt };
  }
  const found = attempts.isOpen
    ? await findOurs(name, attempts, context, answer.refusal)
    : undefined;
  return found === undefined
    ? { outcome: "taken", known: attempts.known, cause: answer.refusal }
    : created(found, attempts);
}

function created({ TrainingJobArn = "" }: JobDescription, { startedAt }: Attempts): Creation {
  return { outcome: "created", arn: TrainingJobArn, createdAt: startedAt };
}

/** Whether the service may have carried out a request that ended so. A refusal says that it has not, and so does a request that was never sent. */
function mayHaveActed(error: unknown): boolean {
  const status = awsErrorStatus(error);
  const { code = "" } = (error ?? {}) as { code?: string };
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  return !(
    isRefusal ||
    NOT_SENT.has(code) ||
    NOT_SENT.has(awsErrorCode(error)) ||
    isSignedOut(error)
  );
}
