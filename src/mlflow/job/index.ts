/** What the core and a local job's runner take from this room, behind one lazy import each. */

export { MlflowClient } from "../client.ts";
export { isRefusal, MlflowError } from "../core/mlflow-error.ts";
export { readTrackingUri } from "../core/tracking-uri.ts";
export { MOST_BYTES } from "./job-files.ts";
export { type JobEnd, JobRun, type StartedJob } from "./job-run.ts";
export { parametersOf } from "./parameters.ts";
export { registerVersion } from "./register-version.ts";
export { planRun, type RunTarget } from "./run-target.ts";
export { runUrl } from "./run-url.ts";
export { startRun } from "./start-run.ts";
