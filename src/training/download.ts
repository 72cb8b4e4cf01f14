/** A job's artifacts, from where Describe says they lie into a folder. */

import { SageMakerError } from "../errors.ts";
import type { AbortOptions, Session } from "../session.ts";
import type { TrainingJobEvent } from "./events.ts";
import { interruptible } from "./interrupt.ts";
import { isUncompressed, modelDataOf, outputDataUri } from "./model-data.ts";
import { openReporter } from "./reporter.ts";
import { isTerminal } from "./status-lines.ts";
import type { JobDescription } from "./status-poller.ts";

/** How to bring artifacts. */
export interface DownloadOptions extends AbortOptions {
  /** Whether files that exist are replaced. Default: `false`, they are an error. */
  readonly overwrite?: boolean;
  /** Whether the progress is printed. Default: `true`. */
  readonly progress?: boolean;
  /** Told of the progress, a few times a second. */
  readonly onEvent?: ((event: TrainingJobEvent) => void) | undefined;
  /** `false`: Ctrl-C is left alone. Default: it leaves nothing half written behind, if nobody else listens for SIGINT. */
  readonly handleSigint?: boolean | undefined;
}

/**
 * Brings a job's model, or what it wrote to `/opt/ml/output/data`.
 *
 * @param session - where the job ran
 * @param what - which of the two
 * @param folder - where to
 * @param description - what the service says of the job
 */
export async function downloadArtifacts(
  session: Session,
  what: "model" | "output",
  folder: string,
  description: JobDescription,
  options: DownloadOptions,
): Promise<void> {
  const job = description.TrainingJobName ?? "";
  const uri = placeOf(what, job, description);
  const { signal, handleSigint, onEvent, overwrite, progress = true } = options;
  const farewell = async (): Promise<string> =>
    `The download was interrupted, and nothing of it is left in ${folder}. The ${what} of training job ${job} stays at ${uri}.`;
  await interruptible({ signal, handleSigint, farewell }, async (ownSignal) => {
    // Loaded when used: archives are no part of starting a job.
    const { downloadArchive, downloadFolder } = await import("../transfer/artifact.ts");
    const reporter = await openReporter(progress);
    const bring = isUncompressed(description) ? downloadFolder : downloadArchive;
    try {
      await bring(session, uri, folder, {
        job,
        what,
        overwrite,
        signal: ownSignal,
        onProgress(event) {
          reporter?.event(event);
          onEvent?.(event);
        },
      });
    } finally {
      reporter?.close();
    }
  });
}

function placeOf(what: "model" | "output", job: string, description: JobDescription): string {
  if (what === "model") {
    const data = modelDataOf(job, description);
    return typeof data === "string" ? data : data.S3DataSource.S3Uri;
  }
  const status = description.TrainingJobStatus ?? "";
  if (!isTerminal(status)) {
    throw new SageMakerError(
      `Training job ${job} is ${status} and has no output yet. Wait for its end with job.wait().`,
    );
  }
  return outputDataUri(job, description);
}
