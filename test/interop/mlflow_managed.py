"""MLflow's own Python client with AWS's plugin for SageMaker-managed MLflow, against the local cloud's tracking servers and apps."""

import os
import pathlib
import sys
import tempfile

import sagemaker_plugin  # noqa: F401

# MLflow prints where to look at a run; what is read of this program are its behaviours.
sys.stdout = sys.stderr
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
os.environ["SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"] = ENDPOINT
os.environ["MLFLOW_S3_ENDPOINT_URL"] = ENDPOINT
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"

import boto3  # noqa: E402
import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

from behaviours import behaviour, equal, includes, run  # noqa: E402

BUCKET, ROLE = "managed-mlflow", "arn:aws:iam::123456789012:role/SageMaker"
sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
STORE = {"ArtifactStoreUri": f"s3://{BUCKET}/mlflow", "RoleArn": ROLE}


def logs_a_run(arn):
    mlflow.set_tracking_uri(arn)
    experiment_id = mlflow.set_experiment("my exp/1+2 é").experiment_id
    with mlflow.start_run(run_name="first") as started:
        mlflow.log_param("alpha", 0.5)
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.set_tag("note", "ö")
        mlflow.log_text("# Fit é", "notes/fit.md")
    run_id = started.info.run_id
    client = MlflowClient()
    found = client.get_run(run_id)
    equal((found.info.status, found.data.params, found.data.metrics), ("FINISHED", {"alpha": "0.5"}, {"loss": 0.2}))
    equal(found.data.tags["note"], "ö")
    equal(found.info.artifact_uri, f"s3://{BUCKET}/mlflow/{experiment_id}/{run_id}/artifacts")
    equal(len(client.get_metric_history(run_id, "loss")), 5)
    equal([each.info.run_id for each in client.search_runs([experiment_id], "metrics.loss < 1 and tags.note = 'ö'")], [run_id])
    equal([(each.path, each.is_dir) for each in client.list_artifacts(run_id, "notes")], [("notes/fit.md", False)])
    with tempfile.TemporaryDirectory() as folder:
        equal(pathlib.Path(client.download_artifacts(run_id, "notes/fit.md", folder)).read_text(), "# Fit é")
    key = f"mlflow/{experiment_id}/{run_id}/artifacts/notes/fit.md"
    equal(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode(), "# Fit é")


@behaviour("a run with its artifacts is logged to a tracking server by its ARN")
def _():
    made = sagemaker.create_mlflow_tracking_server(TrackingServerName="pricing", **STORE)
    logs_a_run(made["TrackingServerArn"])


@behaviour("and to an app by its ARN")
def _():
    logs_a_run(sagemaker.create_mlflow_app(Name="pricing", **STORE)["Arn"])


@behaviour("signatures of keys that the local cloud has issued are found right")
def _():
    os.environ["SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN"] = ROLE
    arn = sagemaker.create_mlflow_tracking_server(TrackingServerName="signed", **STORE)["TrackingServerArn"]
    mlflow.set_tracking_uri(arn)
    equal(mlflow.get_experiment_by_name("my exp/1+2 é"), None)
    mlflow.create_experiment("my exp/1+2 é", tags={"a b": "ö"})
    equal(mlflow.get_experiment_by_name("my exp/1+2 é").tags["a b"], "ö")
    del os.environ["SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN"]


@behaviour("a server that is stopped or gone says so")
def _():
    def refusal():
        try:
            mlflow.search_experiments()
        except MlflowException as error:
            return str(error)
        raise AssertionError("It was not refused.")

    sagemaker.stop_mlflow_tracking_server(TrackingServerName="signed")
    includes(refusal(), "The tracking server signed is Stopped")
    sagemaker.delete_mlflow_tracking_server(TrackingServerName="signed")
    includes(refusal(), "Tracking server could not be found")


run()
