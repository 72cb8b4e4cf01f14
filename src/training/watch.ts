/** A job's statuses, one after the other, at a pace that suits the service and the caller. */

import type { Session } from "../session.ts";
import type { Clock } from "./clock.ts";
import { isTerminal } from "./status-lines.ts";
import {
  type JobDescription,
  type Known,
  pollerOf,
  type StatusPoller,
  type WatchOptions,
} from "./status-poller.ts";

/** The shortest wait between two looks at AWS; any number of jobs costs one list in that time at most. */
const FIRST_MS = 5000;

/**
 * A job's descriptions: the first one at once, then each one that differs from the last, until the job has ended.
 *
 * @param session - where the job runs
 * @param name - the job
 * @throws the signal's reason; or what Describe answers, unless trying again may help
 */
export async function* watchJob(
  session: Session,
  name: string,
  options: WatchOptions,
): AsyncGenerator<JobDescription, void, undefined> {
  const poller = pollerOf(session);
  const leave = poller.enter();
  try {
    yield* descriptions(session, name, options, poller);
  } finally {
    options.looks?.release();
    leave();
  }
}

async function* descriptions(
  session: Session,
  name: string,
  options: WatchOptions,
  poller: StatusPoller,
): AsyncGenerator<JobDescription, void, undefined> {
  const { clock, signal, looks } = options;
  looks?.begin();
  const first = await poller.describe(name, options);
  let { description } = first;
  looks?.bring(first.seenTo);
  yield description;
  let known: Known = { description, checkedAt: clock.now(), describedAt: clock.now() };
  let quiet = 0;
  while (!isTerminal(description.TrainingJobStatus)) {
    const due = clock.now() + pause(session, options, quiet, description);
    const at =
      session.local === undefined && options.pollIntervalMs === undefined
        ? poller.gather(due, FIRST_MS, clock)
        : due;
    const ms = at - clock.now();
    await (looks === undefined ? clock.sleep(ms, signal) : looks.sleep(ms, clock, signal));
    const isAsked = looks?.isAsked === true;
    const wait = isAsked ? Math.min(at, askedAt(session, poller, known, clock)) - clock.now() : 0;
    if (wait > 0) {
      await clock.sleep(wait, signal);
    }
    looks?.begin();
    // A list may lag behind, and lines of a job that does not train yet say that it does by now.
    const seen =
      isAsked && !isTraining(description)
        ? await poller.describe(name, options, known)
        : await poller.look(name, known, options);
    if (seen !== undefined) {
      looks?.bring(seen.seenTo);
      known = {
        description: seen.description,
        checkedAt: clock.now(),
        describedAt: clock.now(),
      };
    }
    if (seen === undefined || fingerprint(seen.description) === fingerprint(description)) {
      quiet += isAsked ? 0 : 1;
      looks?.answer();
      continue;
    }
    quiet = 0;
    description = seen.description;
    yield description;
  }
}

/**
 * When a look that lines wait for is made. While a job trains its status changes seldom, and it may print all the time: looks are
 * then as far apart as a wait's own ones at the least. Otherwise the lines may be the first sign of another status: at once.
 */
function askedAt(session: Session, poller: StatusPoller, known: Known, clock: Clock): number {
  const isSpaced = session.local === undefined && isTraining(known.description);
  return Math.max(isSpaced ? known.checkedAt + FIRST_MS : 0, poller.soon(FIRST_MS, clock));
}

function isTraining({ SecondaryStatus }: JobDescription): boolean {
  return SecondaryStatus === "Training";
}

/** How long until the next look, in milliseconds, after so many looks that found nothing new. */
function pause(
  session: Session,
  { pollIntervalMs, clock }: WatchOptions,
  quiet: number,
  { SecondaryStatus }: JobDescription,
): number {
  if (pollIntervalMs !== undefined) {
    return pollIntervalMs;
  }
  const [first, longest] = session.local === undefined ? [FIRST_MS, 30_000] : [50, 250];
  // The end follows these within a minute or so, and is worth being seen.
  const nearEnd = SecondaryStatus === "Uploading" || SecondaryStatus === "Stopping";
  const base = nearEnd ? first : Math.min(longest, first * 1.1 ** quiet);
  return base * (0.85 + 0.3 * clock.random());
}

/** What a change is told by. */
function fingerprint(description: JobDescription): string {
  const { TrainingJobStatus, SecondaryStatus, LastModifiedTime } = description;
  const { SecondaryStatusTransitions = [] } = description;
  const last = SecondaryStatusTransitions.at(-1);
  return JSON.stringify([
    TrainingJobStatus,
    SecondaryStatus,
    LastModifiedTime,
    SecondaryStatusTransitions.length,
    last?.StatusMessage,
  ]);
}
