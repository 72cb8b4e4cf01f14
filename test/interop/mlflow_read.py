"""Reads with MLflow's own Python client what others have logged: a line of JSON in for each question, one out for each answer."""

import json
import math
import os
import pathlib
import sys
import tempfile

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")

from mlflow import MlflowClient, set_tracking_uri  # noqa: E402


def number(value):
    """JSON has no form for these."""
    return value if math.isfinite(value) else str(value)


def experiment(found):
    return {
        "experimentId": found.experiment_id,
        "name": found.name,
        "lifecycleStage": found.lifecycle_stage,
        "tags": dict(found.tags),
    }


def run(client, run_id):
    found = client.get_run(run_id)
    info = found.info
    return {
        "info": {
            "runName": info.run_name,
            "status": info.status,
            "startTime": info.start_time,
            "endTime": info.end_time,
            "experimentId": info.experiment_id,
            "lifecycleStage": info.lifecycle_stage,
        },
        "metrics": {key: number(value) for key, value in found.data.metrics.items()},
        "params": dict(found.data.params),
        "tags": dict(found.data.tags),
        "datasets": [
            {
                "name": given.dataset.name,
                "digest": given.dataset.digest,
                "sourceType": given.dataset.source_type,
                "source": given.dataset.source,
                "tags": {tag.key: tag.value for tag in given.tags},
            }
            for given in sorted(found.inputs.dataset_inputs, key=lambda given: given.dataset.name)
        ],
        "history": {
            key: [
                [number(point.value), point.timestamp, point.step]
                for point in client.get_metric_history(run_id, key)
            ]
            for key in found.data.metrics
        },
    }


def model(client, name):
    """A registered model with all its versions."""
    found = client.get_registered_model(name)
    versions = client.search_model_versions(f"name = '{name}'", order_by=["name ASC", "version_number ASC"])
    return {
        "description": found.description,
        "created": found.creation_timestamp,
        "tags": dict(found.tags),
        "aliases": {alias: str(version) for alias, version in found.aliases.items()},
        "versions": [version(client.get_model_version(name, each.version)) for each in versions],
    }


def version(found):
    return {
        "version": str(found.version),
        "description": found.description,
        "created": found.creation_timestamp,
        "source": found.source,
        "runId": found.run_id,
        "stage": found.current_stage,
        "status": found.status,
        "tags": {key: value for key, value in found.tags.items() if key != "mlflow.clientRequestToken"},
        "aliases": list(found.aliases),
    }


def artifacts(client, run_id):
    """Every file, with what it holds."""
    with tempfile.TemporaryDirectory() as folder:
        client.download_artifacts(run_id, "", folder)
        root = pathlib.Path(folder)
        return {
            str(path.relative_to(root)): path.read_bytes().hex()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }


for line in sys.stdin:
    question = json.loads(line)
    os.environ.update(question.get("env", {}))
    # Artifacts behind a server are asked of this one.
    set_tracking_uri(question["trackingUri"])
    client = MlflowClient(question["trackingUri"])
    answer = {}
    if "experimentName" in question:
        answer["experiment"] = experiment(client.get_experiment_by_name(question["experimentName"]))
    if "runId" in question:
        answer["run"] = run(client, question["runId"])
    if "modelName" in question:
        answer["model"] = model(client, question["modelName"])
    if question.get("artifacts"):
        answer["artifacts"] = artifacts(client, question["runId"])
    print(json.dumps(answer), flush=True)
