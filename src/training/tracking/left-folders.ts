/** What a job left in S3, brought here for as long as it takes to keep it among its run's artifacts. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Session } from "../../session.ts";
import { downloadArtifacts } from "../download.ts";
import { listOutput } from "../record/finish-record.ts";
import { jobOutputUri } from "../run-record.ts";
import type { JobDescription } from "../status-poller.ts";
import { mlflowWork } from "./work.ts";

/** Folders that are brought when they are wanted. */
export interface LeftFolders {
  /** Names and folders of what is small enough. */
  readonly bring: (
    signal: AbortSignal | undefined,
  ) => Promise<readonly (readonly [name: string, folder: string])[]>;
  /** Removes what was brought. */
  readonly remove: () => Promise<void>;
}

/**
 * The model and the output of a job.
 *
 * @param session - where it ran
 * @param description - the last one
 */
export function leftFolders(session: Session, description: JobDescription): LeftFolders {
  let folder: string | undefined;
  return {
    bring: async (signal) => {
      const { MOST_BYTES } = await mlflowWork();
      const uri = jobOutputUri(
        description.OutputDataConfig?.S3OutputPath ?? "",
        description.TrainingJobName ?? "",
      );
      const { found, more } = await listOutput(session, uri, signal);
      folder = await mkdtemp(join(tmpdir(), "sagemaker-estimator-mlflow-"));
      const brought: [string, string][] = [];
      for (const what of ["model", "output"] as const) {
        const own = found.filter((artifact) =>
          new RegExp(`^${what}(?:\\.tar\\.gz$|/)`).test(artifact.uri.slice(uri.length)),
        );
        const bytes = own.reduce((sum, artifact) => sum + artifact.bytes, 0);
        if (own.length > 0 && bytes <= MOST_BYTES && !more) {
          const into = join(folder, what);
          await downloadArtifacts(session, what, into, description, {
            ...(signal && { signal }),
            progress: false,
            handleSigint: false,
          });
          brought.push([what, into]);
        }
      }
      return brought;
    },
    remove: async () => {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
