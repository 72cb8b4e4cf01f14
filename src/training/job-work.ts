/** What a handle does, behind one lazy import. */

export { downloadArtifacts } from "./download.ts";
export { feedOf } from "./feed.ts";
export { followJob } from "./follow.ts";
export { describeJob, stopJob } from "./job-calls.ts";
export { jobCost } from "./job-cost.ts";
export { redactDescription, textOf } from "./job-text.ts";
export { listJobs } from "./list-jobs.ts";
export { checkTail, logNow } from "./log-now.ts";
export { modelDataOf } from "./model-data.ts";
export { isTerminal } from "./status-lines.ts";
export { updateJob } from "./update-job.ts";
export { watchJob } from "./watch.ts";
