/** A local job's run in MLflow, logged by its runner: it goes on when the launcher does not. */

import { untilAborted } from "../../training/abort.ts";
import { JobValues } from "../../training/job-values.ts";
import { MetricScanner } from "../../training/metrics.ts";
import { type NamedRun, type PendingRun, withoutUser } from "../../training/mlflow-options.ts";
import { outcomeOf } from "../../training/run-outcome.ts";
import type { RunRecord } from "../../training/run-record.ts";
import { sentence } from "../../training/sentence.ts";
import { hostFolder } from "../opt-ml.ts";
import { describeTrainingJob } from "../services/sagemaker/describe-training-job.ts";
import type { JobEntry, JobRecord } from "../services/sagemaker/job.ts";
import { foldJob } from "../services/sagemaker/job-state.ts";
import { readJobRequest } from "./job-request.ts";

/** The end of a job is not kept back longer by a server that does not answer, in milliseconds. */
const PATIENCE_MS = 10_000;

/** What the runner tells a run. */
export interface RunnerRun {
  /** A line that a host printed. */
  line(host: string, text: string, at: number): void;
  /**
   * The job has ended, and `entries` are its whole journal. Never rejects: whoever follows the job, or comes back to it, logs what
   * is missing.
   */
  ended(entries: readonly JobEntry[], record: RunRecord | undefined): Promise<void>;
}

/**
 * Opens the run of a job, which its launcher leaves to this process. Never rejects: a job trains without its run.
 *
 * @param found - the run, or what it is to be
 * @param job - the job
 * @param jobFolder - its folder
 * @param tell - told of what could not be logged
 */
export async function openRunnerRun(
  found: NamedRun | PendingRun,
  job: JobRecord,
  jobFolder: string,
  tell: (message: string) => void,
): Promise<RunnerRun | undefined> {
  const { metricDefinitions, hyperParameters, hosts } = readJobRequest(job.request);
  let failures = 0;
  const failed = (error: unknown): void => {
    failures += 1;
    if (failures === 1) tell(inWords(error, withoutUser(found.trackingUri)));
  };
  try {
    const { JobRun, MlflowClient, parametersOf, startRun } = await import(
      "../../mlflow/job/index.ts"
    );
    const client = new MlflowClient({
      trackingUri: found.trackingUri,
      retry: { retries: 5, baseMs: 200 },
      onError: failed,
    });
    const runOf = (runId: string) => new JobRun(client, { runId, jobName: job.name }, failed);
    let run = "runId" in found ? runOf(found.runId) : undefined;
    // Of a run that could not be made before the job, and is made at its end.
    const held = new JobValues();
    const made = async (signal: AbortSignal) => {
      if (run !== undefined) return run;
      const about = { name: job.name, startTime: job.createdAt, isAgain: true };
      const { runId } = await startRun(client, { tags: {}, ...found }, about, { signal });
      run = runOf(runId);
      held.followed();
      if (!held.areAll(run)) throw new Error("There were more values than are kept without a run.");
      held.release(run);
      return run;
    };
    const metrics = new MetricScanner(metricDefinitions, new Date(job.createdAt));
    const end = async (
      entries: readonly JobEntry[],
      record: RunRecord | undefined,
      signal: AbortSignal,
    ): Promise<void> => {
      const description = describeTrainingJob(job, foldJob(job, entries));
      const outcome = outcomeOf(description, undefined, false);
      if (outcome === undefined) return;
      const { S3ModelArtifacts: modelUri } = (description["ModelArtifacts"] ?? {}) as {
        readonly S3ModelArtifacts?: string;
      };
      const folders = hosts.flatMap((name) => {
        const { ml } = hostFolder(jobFolder, name);
        return [["model", `${ml}/model`] as const, ["output", `${ml}/output/data`] as const];
      });
      const started = record && {
        facts: { arn: job.arn, record, user: undefined },
        parameters: parametersOf(hyperParameters as Readonly<Record<string, string>>, {}),
      };
      await (await made(signal)).ended(
        { outcome, modelUri, started, record, folders: async () => folders },
        { signal },
      );
    };
    return {
      line: (host, text, at) => {
        for (const event of metrics.scan({ type: "log", host, text, time: new Date(at) })) {
          if (event.type !== "metric") continue;
          if (run === undefined) held.hold(event);
          else run.point(event);
        }
      },
      ended: async (entries, record) => {
        const signal = AbortSignal.timeout(PATIENCE_MS);
        await untilAborted(end(entries, record, signal), signal).catch(failed);
      },
    };
  } catch (error) {
    failed(error);
    return undefined;
  }
}

function inWords(error: unknown, place: string): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const text = name === "TimeoutError" ? `${place} did not answer in time.` : message;
  return `MLflow: ${sentence(text)} Whoever waits for the job logs what is missing, and so does job.flushMlflow().`;
}
