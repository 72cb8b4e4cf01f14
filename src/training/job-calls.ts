/** The single calls about one job, with errors that say which job and where. */

import { awsErrorCode } from "../aws/translate.ts";
import type { SageMaker, Tag } from "../aws/types.ts";
import { SageMakerError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Clock } from "./clock.ts";
import { persist } from "./persist.ts";
import { isTerminal } from "./status-lines.ts";
import type { JobDescription } from "./status-poller.ts";

/** Where a call goes to, and its time. */
export interface CallContext {
  readonly session: Session;
  readonly clock: Clock;
}

/** The job that a call is about. */
export interface CalledJob extends CallContext {
  readonly name: string;
}

/** A single call is tried again so many times, beside the AWS SDK's own three attempts. */
const RETRIES = 5;
/** More pages than any job's tags have; ends a service's endless list. */
const MOST_PAGES = 20;

/**
 * What the service says of a job now.
 *
 * @throws {@link SageMakerError} when there is no such job, or it may not be described; the signal's reason
 */
export async function describeJob(
  job: CalledJob,
  signal: AbortSignal | undefined,
): Promise<JobDescription> {
  const { session, name } = job;
  try {
    return await callAbout(job, `describe training job ${name}`, signal, (client, abortSignal) =>
      client.describeTrainingJob({ TrainingJobName: name }, { abortSignal }),
    );
  } catch (error) {
    throw await notFound(error, session, name);
  }
}

/**
 * Every tag of a job, AWS's own among them.
 *
 * @param job - the job
 * @param arn - its ARN
 * @throws {@link SageMakerError} when they may not be listed; the signal's reason
 */
export async function listJobTags(
  job: CalledJob,
  arn: string,
  signal: AbortSignal | undefined,
): Promise<Tag[]> {
  const tags: Tag[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const sent = token;
    const answer = await callAbout(
      job,
      `list the tags of training job ${job.name}`,
      signal,
      (client, abortSignal) =>
        client.listTags(
          { ResourceArn: arn, MaxResults: 100, ...(sent !== undefined && { NextToken: sent }) },
          { abortSignal },
        ),
    );
    tags.push(...(answer.Tags ?? []));
    token = answer.NextToken;
    if (token === undefined || token === sent) {
      break;
    }
  }
  return tags;
}

/**
 * Asks a job to stop; one that has ended, or is stopping, stays as it is.
 *
 * @throws {@link SageMakerError} when there is no such job, or it may not be stopped; the signal's reason
 */
export async function stopJob(job: CalledJob, signal: AbortSignal | undefined): Promise<void> {
  const { name } = job;
  try {
    await callAbout(job, `stop training job ${name}`, signal, (client, abortSignal) =>
      client.stopTrainingJob({ TrainingJobName: name }, { abortSignal }),
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

/**
 * A single call, tried again for a while: it outlasts throttling, the service's own faults, dropped connections and credentials that
 * have expired. The gap is told to the session's logger.
 *
 * @param context - where it goes to
 * @param action - what is being done, for "Could not …"
 * @param signal - ends it
 * @param call - the call
 */
export async function callAbout<T>(
  { session, clock }: CallContext,
  action: string,
  signal: AbortSignal | undefined,
  call: (client: SageMaker, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = await session.clients.sagemaker();
  return await persist((abortSignal) => call(client, abortSignal), {
    action,
    clock,
    signal,
    retries: RETRIES,
    ...(session.local !== undefined && { baseMs: 50, capMs: 1000 }),
    renew: () => client.config.credentials({ forceRefresh: true }),
    onGap: ({ message }) => session.logger.warn(message),
  });
}

/** Whether the service says that there is no such job. */
export function isNotFound(error: unknown): boolean {
  return awsErrorCode(error) === "ValidationException" && /not found/i.test(String(error));
}

function isValidation(error: unknown): boolean {
  return awsErrorCode((error as Error | undefined)?.cause) === "ValidationException";
}

/** The service's "Requested resource not found." in words that say which and where. */
async function notFound(error: unknown, session: Session, name: string): Promise<unknown> {
  const { cause } = (error ?? {}) as Error;
  if (!isNotFound(cause)) {
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
