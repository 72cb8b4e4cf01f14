/** The action of IAM's that each call of MLflow's REST API is, on SageMaker's tracking servers. */

/** By `METHOD path`. @see https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server-iam.html */
const ACTIONS: Readonly<Record<string, string>> = {
  "POST experiments/create": "CreateExperiment",
  "GET experiments/get": "GetExperiment",
  "GET experiments/get-by-name": "GetExperimentByName",
  "POST experiments/search": "SearchExperiments",
  "POST experiments/update": "UpdateExperiment",
  "POST experiments/delete": "DeleteExperiment",
  "POST experiments/restore": "RestoreExperiment",
  "POST experiments/set-experiment-tag": "SetExperimentTag",
  "POST runs/create": "CreateRun",
  "GET runs/get": "GetRun",
  "POST runs/update": "UpdateRun",
  "POST runs/delete": "DeleteRun",
  "POST runs/restore": "RestoreRun",
  "POST runs/search": "SearchRuns",
  "POST runs/log-batch": "LogBatch",
  "POST runs/log-inputs": "LogInputs",
  "POST runs/delete-tag": "DeleteTag",
  "GET metrics/get-history": "GetMetricHistory",
  "POST registered-models/create": "CreateRegisteredModel",
  "GET registered-models/get": "GetRegisteredModel",
  "GET registered-models/search": "SearchRegisteredModels",
  "POST registered-models/rename": "RenameRegisteredModel",
  "PATCH registered-models/update": "UpdateRegisteredModel",
  "DELETE registered-models/delete": "DeleteRegisteredModel",
  "POST registered-models/set-tag": "SetRegisteredModelTag",
  "DELETE registered-models/delete-tag": "DeleteRegisteredModelTag",
  "POST registered-models/get-latest-versions": "GetLatestModelVersions",
  "POST registered-models/alias": "SetRegisteredModelAlias",
  "GET registered-models/alias": "GetModelVersionByAlias",
  "DELETE registered-models/alias": "DeleteRegisteredModelAlias",
  "POST model-versions/create": "CreateModelVersion",
  "GET model-versions/get": "GetModelVersion",
  "GET model-versions/search": "SearchModelVersions",
  "PATCH model-versions/update": "UpdateModelVersion",
  "DELETE model-versions/delete": "DeleteModelVersion",
  "GET model-versions/get-download-uri": "GetDownloadURIForModelVersionArtifacts",
  "POST model-versions/transition-stage": "TransitionModelVersionStage",
  "DELETE model-versions/delete-tag": "DeleteModelVersionTag",
};

/** The action of a call; for one that AWS names none for, the call itself. */
export function mlflowAction(method: string, path: string): string {
  const call = `${method} ${path.replace("/api/2.0/mlflow/", "")}`;
  return ACTIONS[call] ?? call;
}
