/** Looks for a finished job that was made from the same: what `fit()` with `reuse` attaches to in place of training again. */

import { translate } from "../../aws/translate.ts";
import type { Session } from "../../session.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import { systemClock } from "../clock.ts";
import { resultOf } from "../end-of-job.ts";
import type { TrainingJobEvent } from "../events.ts";
import { describeJob } from "../job-calls.ts";
import type { ImageFacts } from "../preflight/image.ts";
import { redactRequest } from "../redact.ts";
import { jobOutputUri, type RunRecord } from "../run-record.ts";
import { isTerminal } from "../status-lines.ts";
import { TrainingJob } from "../training-job.ts";
import { listOutput, runRecordOf } from "./finish-record.ts";
import { gatherRun, imageOf, type PreparedRun } from "./gather.ts";
import { askForImage } from "./image-digest.ts";
import type { RunChoice } from "./reuse-choices.ts";
import { type RunInputs, runDigest } from "./run-digest.ts";
import { indexEntryUri } from "./run-index.ts";

export { runChoices } from "./reuse-choices.ts";

/** How a run is looked for. */
export interface FindRunContext {
  readonly session: Session;
  readonly signal: AbortSignal;
  /** Whether ECR may be asked for images that the plan has not looked at. */
  readonly ask: boolean;
  readonly emit: (event: TrainingJobEvent) => void;
}

type Tell = (type: "note" | "warning", code: string, message: string) => void;

/** So many runs of the same digest are looked at, newest first. */
const MOST_CANDIDATES = 20;

/**
 * The newest job that completed from the same image, code, data and settings, if its record agrees and its artifacts are still
 * what they were. Where other machines would do as well, those asked for first are looked for first.
 *
 * A job that still runs is not taken: it may fail, and whoever started it may stop it. It is told of, so that the caller may
 * attach to it. Jobs that failed or were stopped are passed over.
 *
 * @param choices - what would be sent, and what would follow it when there is no capacity
 * @param prepared - what the plan knows of the first
 * @param context - where to look, and whom to tell
 * @returns `undefined` when there is none: train
 * @throws the signal's reason, and nothing else: that nothing can be found out is no reason not to train
 */
export async function findRun(
  choices: readonly RunChoice[],
  prepared: PreparedRun,
  context: FindRunContext,
): Promise<TrainingJob | undefined> {
  const { session, signal } = context;
  const tell: Tell = (type, code, message) =>
    context.emit({ type, time: new Date(), code, message });
  try {
    const runs = await gatherChoices(choices, prepared, context);
    // What completed from the beginning is what was asked for, though its checkpoints lie there now.
    const digests = runs.map((run) => runDigest(run, { fromScratch: true }));
    const unknown = new Set(digests.flatMap((digest) => digest.unknown));
    if (digests.some(({ value }) => value !== undefined)) {
      // Made here, or the run that follows could not be found again either.
      await session.defaultBucket({ signal });
    }
    const seen = new Set<string>();
    for (const [index, { value: digest }] of digests.entries()) {
      if (digest === undefined || seen.has(digest)) continue;
      seen.add(digest);
      const found = await newestOf(digest, context, tell);
      if (found !== undefined) {
        const on = index === 0 ? "" : ` on ${choices[index]?.machines}, which would do as well`;
        tell(
          "note",
          "reused",
          `Training job ${found.name} completed from the same image, code, data and settings${on}: it is reused, and nothing was uploaded or started.`,
        );
        return found;
      }
    }
    if (unknown.size > 0) {
      tell(
        "warning",
        "reuse-unknown",
        `${seen.size === 0 ? "No earlier run can be reused" : "Not every earlier run could be looked for"}, since not all that goes in is known: ${[...unknown].join("; ")}. The job is trained.`,
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    const { message } = translate(error, "look for a run to reuse") as Error;
    tell("warning", "reuse-failed", `${message} The job is trained.`);
  }
  return undefined;
}

/** What goes in for each choice: what they have in common is looked at once. */
async function gatherChoices(
  choices: readonly RunChoice[],
  prepared: PreparedRun,
  { session, signal, ask }: FindRunContext,
): Promise<RunInputs[]> {
  const [first, ...others] = choices.map(({ request }) => request);
  if (first === undefined) {
    return [];
  }
  const run = await gatherRun(first, prepared, session, signal);
  const imageOfFirst = first.AlgorithmSpecification?.TrainingImage;
  return [
    run,
    ...(await Promise.all(
      others.map(async (request): Promise<RunInputs> => {
        const { value, redacted } = redactRequest(request);
        const uri = request.AlgorithmSpecification?.TrainingImage;
        const facts: ImageFacts =
          uri === undefined || uri === imageOfFirst
            ? prepared.facts
            : (await askForImage(uri, { session, signal, ask })).facts;
        const image =
          facts === prepared.facts ? run.image : await imageOf(request, { facts }, session, signal);
        return { ...run, request: value, redacted, image };
      }),
    )),
  ];
}

/** The newest job of a digest that can be taken. */
async function newestOf(
  digest: string,
  context: FindRunContext,
  tell: Tell,
): Promise<TrainingJob | undefined> {
  for (const name of await candidates(context.session, digest, context.signal)) {
    const found = await lookAt(name, digest, context, tell);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The jobs of a digest, newest first. */
async function candidates(
  session: Session,
  digest: string,
  signal: AbortSignal,
): Promise<string[]> {
  const { bucket, key } = parseS3Uri(await indexEntryUri(session, digest, "", signal));
  const owner = await session.defaultBucketOwner({ signal });
  const s3 = await session.clients.s3();
  const { Contents = [] } = await s3.listObjectsV2(
    {
      Bucket: bucket,
      Prefix: key,
      ...(owner !== undefined && { ExpectedBucketOwner: owner }),
    },
    { abortSignal: signal },
  );
  return Contents.sort(
    (left, right) => (right.LastModified?.getTime() ?? 0) - (left.LastModified?.getTime() ?? 0),
  )
    .slice(0, MOST_CANDIDATES)
    .flatMap(({ Key = "" }) => /^([A-Za-z0-9-]+)\.json$/.exec(Key.slice(key.length))?.[1] ?? []);
}

/** The job, if it completed, its record says the same of it, and what it left is still there. */
async function lookAt(
  name: string,
  digest: string,
  { session, signal }: FindRunContext,
  tell: Tell,
): Promise<TrainingJob | undefined> {
  try {
    const description = await describeJob({ name, session, clock: systemClock }, signal);
    const result = resultOf(description);
    if (result?.status !== "Completed") {
      if (!isTerminal(description.TrainingJobStatus)) {
        tell(
          "note",
          "run-in-progress",
          `Training job ${name} is being trained from the same. It is not waited for, since it may fail or be stopped; come back to it with TrainingJob.attach("${name}").`,
        );
      }
      return undefined;
    }
    const record = await runRecordOf(session, description, signal);
    const problem =
      record.job.arn !== description.TrainingJobArn || runDigest(record).value !== digest
        ? "its record tells of another run"
        : await whatIsGone(session, record, signal);
    if (problem !== undefined) {
      tell("note", "reuse-passed-over", `Training job ${name} is not reused: ${problem}.`);
      return undefined;
    }
    return new TrainingJob(name, session, { description, reused: result });
  } catch (error) {
    signal.throwIfAborted();
    const { message } = translate(error, `look at training job ${name}`) as Error;
    tell("note", "reuse-passed-over", `Training job ${name} is not reused: ${message}`);
    return undefined;
  }
}

async function whatIsGone(
  session: Session,
  { request, job, outcome }: RunRecord,
  signal: AbortSignal,
): Promise<string | undefined> {
  const recorded = outcome?.artifacts;
  if (recorded === undefined) {
    return "what it left is not recorded";
  }
  const { S3OutputPath = "" } = (request["OutputDataConfig"] ?? {}) as { S3OutputPath?: string };
  const { found } = await listOutput(session, jobOutputUri(S3OutputPath, job.name), signal);
  const there = new Map(found.map((artifact) => [artifact.uri, artifact]));
  for (const { uri, bytes, etag } of recorded) {
    const now = there.get(uri);
    if (now === undefined) return `${uri} is gone`;
    if (now.bytes !== bytes || now.etag !== etag) return `${uri} was overwritten`;
  }
  return undefined;
}
