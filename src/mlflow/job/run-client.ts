/** What of MLflow's client the run of a job needs. */

import type { MlflowClient } from "../client.ts";

/** Logs to a run, and looks at it. An `MlflowClient` is one. */
export type RunClient = Pick<
  MlflowClient,
  | "createRun"
  | "flush"
  | "getExperimentByName"
  | "getRunRecord"
  | "logArtifacts"
  | "logBatch"
  | "logInputs"
  | "logText"
  | "metricHistory"
  | "searchRuns"
  | "setExperiment"
  | "setTerminated"
  | "trackingUri"
  | "updateRun"
>;
