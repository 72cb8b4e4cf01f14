/** What the core and a local job's runner take from this room, behind one lazy import each. */

export { MlflowClient } from "../client.ts";
export { MOST_BYTES } from "./job-files.ts";
export { type JobEnd, JobRun } from "./job-run.ts";
export { parametersOf } from "./parameters.ts";
export { planRun, type RunTarget } from "./run-target.ts";
export { runUrl } from "./run-url.ts";
export { startRun } from "./start-run.ts";
