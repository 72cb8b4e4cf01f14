/** MLflow's room, loaded where a job has a run: most have none. */

/** The one lazy import of it in the core. */
export function mlflowWork(): Promise<typeof import("../../mlflow/job/index.ts")> {
  // biome-ignore lint/style/noRestrictedImports: the one lazy import of mlflow/ in the core
  return import("../../mlflow/job/index.ts");
}

type Work = Awaited<ReturnType<typeof mlflowWork>>;
/** The run of a job, as it is logged to. */
export type JobRun = InstanceType<Work["JobRun"]>;
/** A run to be, and where. */
export type RunTarget = NonNullable<ReturnType<Work["planRun"]>["target"]>;
/** The client that logs. */
export type RunClient = ConstructorParameters<Work["JobRun"]>[0];
/** What is known of a job once it was started. */
export type StartedJob = Parameters<JobRun["started"]>[0];
