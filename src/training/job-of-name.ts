/** The job that is found under a name: one that our own request made, or somebody's. */

import { describeWithTime } from "../aws/dated-description.ts";
import { SageMakerError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Clock } from "./clock.ts";
import type { Creation, CreationContext } from "./create-job.ts";
import { isNotFound, listJobTags } from "./job-calls.ts";
import { type PersistOptions, persist } from "./persist.ts";
import type { TrainingJobRequest } from "./request.ts";
import { differences } from "./same-request.ts";
import type { JobDescription } from "./status-poller.ts";

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

/** What is known of the attempts so far. */
export interface Attempts {
  readonly startedAt: number;
  /** One of them got no answer of the service: it may have been carried out. */
  isOpen: boolean;
  known: Readonly<Record<string, unknown>>;
}

/**
 * The job of that name, if an attempt that got no answer made it: it asks for the same, and is not older than the first attempt.
 *
 * @throws SageMakerError when that cannot be found out
 */
export async function findOurs(
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

/** The pace of attempts, on AWS and on this machine. */
export function pace(
  session: Session,
  clock: Clock,
): Pick<PersistOptions, "clock" | "baseMs" | "capMs"> {
  return { clock, ...(session.local !== undefined && { baseMs: 50, capMs: 1000 }) };
}
