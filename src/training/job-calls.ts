/** The single calls about one job, with errors that say which job and where. */

import { awsErrorCode } from "../aws/translate.ts";
import { SageMakerError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Clock } from "./clock.ts";
import { persist } from "./persist.ts";
import { isTerminal } from "./status-lines.ts";
import type { JobDescription } from "./status-poller.ts";

/** The job that a call is about. */
export interface CalledJob {
  readonly name: string;
  readonly session: Session;
  readonly clock: Clock;
}

/** A call to stop a job is tried again so many times. */
const STOP_RETRIES = 5;

/**
 * What the service says of a job now.
 *
 * @throws {@link SageMakerError} when there is no such job, or it may not be described; the signal's reason
 */
export async function describeJob(
  { session, name, clock }: CalledJob,
  signal: AbortSignal | undefined,
): Promise<JobDescription> {
  const client = await session.clients.sagemaker();
  try {
    return await persist(
      (abortSignal) => client.describeTrainingJob({ TrainingJobName: name }, { abortSignal }),
      // The AWS SDK has its own three attempts: a single look need not outlast more.
      { action: `describe training job ${name}`, clock, signal, retries: 0 },
    );
  } catch (error) {
    throw await notFound(error, session, name);
  }
}

/**
 * Asks a job to stop; one that has ended, or is stopping, stays as it is.
 *
 * @throws {@link SageMakerError} when there is no such job, or it may not be stopped; the signal's reason
 */
export async function stopJob(job: CalledJob, signal: AbortSignal | undefined): Promise<void> {
  const { session, name, clock } = job;
  const client = await session.clients.sagemaker();
  try {
    await persist(
      (abortSignal) => client.stopTrainingJob({ TrainingJobName: name }, { abortSignal }),
      {
        action: `stop training job ${name}`,
        clock,
        signal,
        retries: STOP_RETRIES,
        onGap: ({ message }) => session.logger.warn(message),
      },
    );
  } catch (error) {
    if (!isValidation(error)) {
      throw error;
    }
    // "The request was rejected because the training job is in status …": only the status itself tells whether it is so.
    const { TrainingJobStatus } = await describeJob(job, signal);
    if (!isTerminal(TrainingJobStatus) && TrainingJobStatus !== "Stopping") {
      throw error;
    }
  }
}

function isValidation(error: unknown): boolean {
  return awsErrorCode((error as Error | undefined)?.cause) === "ValidationException";
}

/** The service's "Requested resource not found." in words that say which and where. */
async function notFound(error: unknown, session: Session, name: string): Promise<unknown> {
  const { cause } = (error ?? {}) as Error;
  if (!isValidation(error) || !/not found/i.test(String(cause))) {
    return error;
  }
  const where =
    session.local === undefined
      ? `region ${await session.region()} of this account`
      : `the local cloud ${session.local.root}`;
  return new SageMakerError(
    `There is no training job ${name} in ${where}. Check the name, and the session that the job was started with.`,
    { cause },
  );
}
