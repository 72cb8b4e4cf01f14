/** The engine of a job: chosen, told, and asked whether it can do what the job needs. */

import { join } from "node:path";
import { chooseEngine } from "../engine/choose.ts";
import { describeEngine, type Engine } from "../engine/engine.ts";
import { openFolders } from "../engine/open-folders.ts";
import type { TrainingContext } from "./attempt.ts";
import { JobFailure } from "./failure-reason.ts";
import { type JobRequest, outsidePlaces } from "./job-request.ts";
import { words } from "./objects-to-files.ts";

/**
 * Takes the engine of the job's choice, and says which it was.
 *
 * @throws JobFailure `ClientError: …` when there is none, or it cannot do what the job needs
 */
export async function prepareEngine(
  { job, jobFolder, journal, launcher }: TrainingContext,
  request: JobRequest,
): Promise<Engine> {
  // A runner that is killed meanwhile leaves its trial among the job's files, which whoever finds it dead removes.
  const { engine, note } = await chooseEngine(
    job.engine,
    launcher.path,
    join(jobFolder, "hosts"),
  ).catch((error: unknown) => {
    throw new JobFailure(`ClientError: ${words(error)}`, { cause: error });
  });
  journal.write({
    type: "engine",
    at: Date.now(),
    name: describeEngine(engine),
    ...(note !== undefined && { note }),
  });
  const refusal = engine.refusal({
    hosts: request.hosts.length,
    networkIsolation: request.networkIsolation,
    places: outsidePlaces(request.synced),
  });
  if (refusal !== undefined) throw new JobFailure(`ClientError: ${refusal}`);
  const mountedPaths = request.synced
    .map(({ localPath }) => localPath)
    .filter((path) => !/^\/(?:opt\/ml|tmp)\//.test(path));
  await openFolders(mountedPaths).catch((error: unknown) => {
    throw new JobFailure(`ClientError: ${words(error)}`, { cause: error });
  });
  return engine;
}
