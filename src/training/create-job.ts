/**
 * Starting a training job exactly once. CreateTrainingJob has no idempotency token, but names are never free again: so the name is
 * the token. A request is repeated under its name only, and a job that is found under it is ours or it is not.
 */

import { describeWithTime, sendCreateTrainingJob } from "../aws/creation.ts";
import { awsErrorCode, awsErrorStatus } from "../aws/translate.ts";
import { SageMakerError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Clock } from "./clock.ts";
import { isNotFound, listJobTags } from "./job-calls.ts";
import { explainLaunchFailure } from "./launch-failures.ts";
import { type Gap, isSignedOut, type PersistOptions, persist } from "./persist.ts";
import type { TrainingJobRequest } from "./request.ts";
import { differences } from "./same-request.ts";
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
/** A job that may have been made is looked for so many times more. */
const LOOK_RETRIES = 3;
/** No look takes longer, in milliseconds. */
const LOOK_MS = 10_000;
/** The service's `Date` has whole seconds, and its answer takes a while to arrive. */
const DATE_PRECISION_MS = 2000;
/** Times come as fractions of a second. */
const LOCAL_PRECISION_MS = 10;
/** Signatures are refused when the clocks of caller and service are further apart. */
const SIGNATURE_SKEW_MS = 300_000;

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

/** What is known of the attempts so far. */
interface Attempts {
  readonly startedAt: number;
  /** One of them got no answer of the service: it may have been carried out. */
  isOpen: boolean;
  known: Readonly<Record<string, unknown>>;
}

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

/**
 * The job of that name, if an attempt that got no answer made it: it asks for the same, and is not older than the first attempt.
 *
 * @throws SageMakerError when that cannot be found out
 */
async function findOurs(
  name: string,
  attempts: Attempts,
  { session, clock }: CreationContext,
  cause: unknown,
): Promise<JobDescription | undefined> {
  const client = await session.clients.creation();
  try {
    const { description, serviceTime } = await persist(
      (signal) => describeWithTime(client, name, signal),
      {
        ...pace(session, clock),
        action: `look for training job ${name}`,
        retries: LOOK_RETRIES,
        attemptMs: LOOK_MS,
        renew: () => client.config.credentials({ forceRefresh: true }),
        // The service may still be at it, or not show yet what it has made.
        survives: isNotFound,
      },
    );
    const createdAt = description.CreationTime?.getTime() ?? 0;
    if (createdAt < earliest(session, attempts.startedAt, serviceTime, clock.now())) {
      return undefined;
    }
    const tags = await tagsIfAllowed(session, description, clock);
    return differences(attempts.known, { ...description }, tags).length === 0
      ? description
      : undefined;
  } catch (error) {
    if (isNotFound((error as Error).cause)) {
      return undefined;
    }
    throw new SageMakerError(
      `It is not known whether training job ${name} was started: ${(cause as Error).message} It could not be looked for: ` +
        `${(error as Error).message} Look for it before starting another: TrainingJob.attach("${name}").`,
      { cause },
    );
  }
}

/**
 * The first moment, on the service's clock, at which a job of this call can have been made. How the clocks differ is told by the
 * answer's own date. Without one, a local cloud has this machine's clock, and a service's can differ by what signatures allow.
 */
function earliest(
  session: Session,
  startedAt: number,
  serviceTime: number | undefined,
  now: number,
): number {
  if (session.local !== undefined) {
    return startedAt - LOCAL_PRECISION_MS;
  }
  return serviceTime === undefined
    ? startedAt - SIGNATURE_SKEW_MS
    : startedAt + (serviceTime - now) - DATE_PRECISION_MS;
}

/** The job's tags without AWS's own; `undefined` when they may not be listed. */
async function tagsIfAllowed(
  session: Session,
  { TrainingJobArn: arn = "", TrainingJobName: name = "" }: JobDescription,
  clock: Clock,
): Promise<readonly unknown[] | undefined> {
  try {
    const tags = await listJobTags({ session, name, clock }, arn, undefined);
    return tags.filter(({ Key = "" }) => !Key.startsWith("aws:"));
  } catch {
    // One witness less: name, time and request still speak.
    return undefined;
  }
}

/**
 * The error of a name that the caller chose and that is taken: by whom, and how to go on.
 *
 * @param request - the request that was refused
 * @param taken - what became of it
 * @param context - where it is
 */
export async function nameTaken(
  { TrainingJobName: name = "" }: TrainingJobRequest,
  { known, cause }: Extract<Creation, { outcome: "taken" }>,
  { session, clock }: CreationContext,
): Promise<SageMakerError> {
  const owner = await whoHas(name, known, session, clock).catch(() => "");
  return new SageMakerError(
    `There is already a training job called ${name}${owner}. Names are never free again: choose another jobName, or go on with ` +
      `that job: TrainingJob.attach("${name}").`,
    { cause },
  );
}

async function whoHas(
  name: string,
  known: Readonly<Record<string, unknown>>,
  session: Session,
  clock: Clock,
): Promise<string> {
  const client = await session.clients.creation();
  const { description } = await persist((signal) => describeWithTime(client, name, signal), {
    ...pace(session, clock),
    action: `describe training job ${name}`,
    retries: LOOK_RETRIES,
    attemptMs: LOOK_MS,
  });
  const { TrainingJobStatus: status, CreationTime: time } = description;
  const differs = differences(known, { ...description }, undefined);
  const comparison =
    differs.length === 0
      ? "its request is the same"
      : `its request differs in ${differs.join(", ")}`;
  return ` (${status}, created ${time?.toISOString() ?? "at an unknown time"}; ${comparison})`;
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

function pace(session: Session, clock: Clock): Pick<PersistOptions, "clock" | "baseMs" | "capMs"> {
  return { clock, ...(session.local !== undefined && { baseMs: 50, capMs: 1000 }) };
}

/** A signal that is heeded between pieces of work, never within one. */
interface HeldSignal {
  readonly signal: AbortSignal;
  /** Does a piece of work; what aborts meanwhile counts when it has failed. */
  during<T>(work: () => Promise<T>): Promise<T>;
  dispose(): void;
}

function heedBetween(parent: AbortSignal | undefined): HeldSignal {
  const own = new AbortController();
  let isBusy = false;
  const heed = (): void => {
    if (!isBusy && parent?.aborted) {
      own.abort(parent.reason);
    }
  };
  parent?.addEventListener("abort", heed);
  heed();
  return {
    signal: own.signal,
    async during(work) {
      isBusy = true;
      try {
        return await work();
      } catch (error) {
        isBusy = false;
        heed();
        throw error;
      }
    },
    dispose: () => parent?.removeEventListener("abort", heed),
  };
}
