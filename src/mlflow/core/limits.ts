/**
 * The limits of MLflow's servers, as data (`mlflow/utils/validation.py` of MLflow 3). Lengths are in characters, the request's in bytes.
 */
export const LIMITS = {
  /** Of one `log-batch`: metrics, parameters and tags together. */
  entriesPerBatch: 1000,
  metricsPerBatch: 1000,
  paramsPerBatch: 100,
  tagsPerBatch: 100,
  /** Of a request's body: documented for `log-batch`, and held to by managed servers. */
  requestBytes: 1_000_000,
  datasetsPerCall: 1000,
  keyLength: 250,
  /** Longer ones are cut by the server, without a word. */
  paramValueLength: 6000,
  /** The same; servers before 2.17 cut at 5,000. */
  tagValueLength: 8000,
  experimentNameLength: 500,
  /** Of a registered model and its versions. */
  registryTagValueLength: 100_000,
  aliasLength: 255,
  /** Of one page of runs, experiments or metric history. */
  pageResults: 50_000,
} as const;
