"""MLflow's own Python client against the local cloud's tracking server."""

import math
import os
import pathlib
import sys
import tempfile

# MLflow prints where to look at a run; what is read of this program are its behaviours.
sys.stdout = sys.stderr
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_TRACKING_URI"] = os.environ["AWS_ENDPOINT_URL"]
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag, ViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

from behaviours import behaviour, equal, run  # noqa: E402


@behaviour("the fluent API logs a run: parameters, metrics, tags, artifacts")
def fluent():
    mlflow.set_experiment("fluent")
    with mlflow.start_run(run_name="first", tags={"team": "pricing"}) as run:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({f"p{index}": index for index in range(120)})
        for step in range(20):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"aic": 3.5, "odd": math.nan, "large": math.inf})
        mlflow.set_tag("note", "line 1\nline 2")
        mlflow.log_text("# Fit é", "notes/fit.md")
        mlflow.log_dict({"a": [1, 2]}, "config.json")
    found = MlflowClient().get_run(run.info.run_id)
    equal(found.info.status, "FINISHED")
    equal(found.info.run_name, "first")
    equal(found.data.params["alpha"], "0.5")
    equal(len(found.data.params), 121)
    equal(found.data.metrics["loss"], 0.05)
    equal(math.isnan(found.data.metrics["odd"]), True)
    equal(found.data.metrics["large"], math.inf)
    equal(found.data.tags["note"], "line 1\nline 2")
    equal(found.data.tags["team"], "pricing")
    with tempfile.TemporaryDirectory() as folder:
        path = MlflowClient().download_artifacts(run.info.run_id, "notes/fit.md", folder)
        equal(pathlib.Path(path).read_text(), "# Fit é")
    listed = MlflowClient().list_artifacts(run.info.run_id)
    equal([(each.path, each.is_dir) for each in listed], [("config.json", False), ("notes", True)])


@behaviour("a run is gone on with by MLFLOW_RUN_ID")
def resumed():
    experiment_id = mlflow.set_experiment("resumed").experiment_id
    run = MlflowClient().create_run(experiment_id, run_name="outer")
    os.environ["MLFLOW_RUN_ID"] = run.info.run_id
    with mlflow.start_run() as inner:
        equal(inner.info.run_id, run.info.run_id)
        mlflow.log_metric("m", 1)
    equal(MlflowClient().get_run(run.info.run_id).data.metrics, {"m": 1.0})


@behaviour("histories, batches and data sets are what was logged")
def histories():
    client = MlflowClient()
    run_id = client.create_run("0").info.run_id
    points = [Metric("m", value / 7, 1000 + value, value) for value in range(1000)]
    client.log_batch(run_id, metrics=points[:900], params=[Param("a", "1")], tags=[RunTag("t", "2")])
    client.log_batch(run_id, metrics=points[900:])
    history = client.get_metric_history(run_id, "m")
    equal(
        [(point.value, point.timestamp, point.step) for point in history],
        [(point.value, point.timestamp, point.step) for point in points],
    )
    equal(client.get_run(run_id).data.params, {"a": "1"})


@behaviour("searches find by filter, sorted, page by page")
def searches():
    client = MlflowClient()
    experiment_id = client.create_experiment("searches", tags={"kind": "sweep"})
    for alpha in (0.1, 0.2, 0.3):
        run_id = client.create_run(experiment_id, run_name=f"alpha {alpha}").info.run_id
        client.log_param(run_id, "alpha", alpha)
        client.log_metric(run_id, "aic", 100 * alpha)
    found = client.search_runs([experiment_id], "metrics.aic < 25", order_by=["metrics.aic DESC"], max_results=1)
    equal([run.data.params["alpha"] for run in found], ["0.2"])
    found = client.search_runs(
        [experiment_id], "metrics.aic < 25", order_by=["metrics.aic DESC"], max_results=1, page_token=found.token
    )
    equal([run.data.params["alpha"] for run in found], ["0.1"])
    client.delete_run(found[0].info.run_id)
    equal(len(client.search_runs([experiment_id])), 2)
    equal(len(client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)), 1)
    client.restore_run(found[0].info.run_id)
    equal(len(client.search_runs([experiment_id], run_view_type=ViewType.ALL)), 3)
    names = [each.name for each in client.search_experiments(filter_string="tags.kind = 'sweep'")]
    equal(names, ["searches"])


@behaviour("experiments are made, renamed, deleted and restored")
def experiments():
    client = MlflowClient()
    experiment_id = client.create_experiment("one")
    client.rename_experiment(experiment_id, "two")
    client.set_experiment_tag(experiment_id, "a", "b")
    client.delete_experiment(experiment_id)
    equal(client.get_experiment(experiment_id).lifecycle_stage, "deleted")
    client.restore_experiment(experiment_id)
    found = client.get_experiment_by_name("two")
    equal((found.experiment_id, found.tags["a"], found.lifecycle_stage), (experiment_id, "b", "active"))
    equal(client.get_experiment_by_name("one"), None)


@behaviour("a model among a run's artifacts is registered, named by an alias, and brought back by it")
def registered():
    with mlflow.start_run() as run:
        mlflow.log_text("a: 1", "model dir/MLmodel")
    client = MlflowClient()
    version = mlflow.register_model(f"runs:/{run.info.run_id}/model dir", "registered é", tags={"kind": "glm"})
    equal((version.version, version.run_id, version.status), ("1", run.info.run_id, "READY"))
    client.set_registered_model_alias("registered é", "champion", "1")
    found = client.get_model_version_by_alias("registered é", "champion")
    equal((found.version, found.tags["kind"], found.aliases), ("1", "glm", ["champion"]))
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts("models:/registered é@champion", dst_path=folder)
        equal((pathlib.Path(path) / "MLmodel").read_text(), "a: 1")
    copied = client.copy_model_version("models:/registered é@champion", "copied")
    equal((copied.name, copied.run_id), ("copied", run.info.run_id))
    equal(client.get_model_version_download_uri("copied", "1"), version.source)
    client.delete_registered_model_alias("registered é", "champion")
    equal(client.get_registered_model("registered é").aliases, {})


@behaviour("registered models are made, described, tagged, renamed, searched and deleted")
def registered_models():
    client = MlflowClient()
    for name in ("find a", "find b"):
        client.create_registered_model(name, tags={"odd": name[-1]}, description="d")
    for key in "xyz":
        client.create_model_version("find a", f"s3://bucket/{key}", tags={"key": key}, description="v")
    client.update_registered_model("find b", "anew")
    client.set_registered_model_tag("find b", "a/b", "1")
    client.set_registered_model_tag("find b", "odd", "2")
    client.delete_registered_model_tag("find b", "odd")
    client.set_model_version_tag("find a", "1", "more", "1")
    client.delete_model_version_tag("find a", "1", "key")
    client.update_model_version("find a", "1", "described")
    one = client.get_model_version("find a", "1")
    equal((one.description, one.tags), ("described", {"more": "1"}))
    client.transition_model_version_stage("find a", "1", "Production")
    client.transition_model_version_stage("find a", "2", "production", archive_existing_versions=True)
    latest = client.get_latest_versions("find a", ["Production", "Archived"])
    equal(sorted((each.version, each.current_stage) for each in latest), [("1", "Archived"), ("2", "Production")])
    found = client.search_registered_models("name LIKE 'find%'", order_by=["name DESC"], max_results=1)
    equal([(each.name, each.description, each.tags) for each in found], [("find b", "anew", {"a/b": "1"})])
    found = client.search_registered_models(
        "name LIKE 'find%'", order_by=["name DESC"], max_results=1, page_token=found.token
    )
    equal([(each.name, len(each.latest_versions)) for each in found], [("find a", 3)])
    found = client.search_model_versions("name = 'find a'", order_by=["name ASC", "version_number ASC"])
    equal([int(each.version) for each in found], [1, 2, 3])
    found = client.search_model_versions("tags.key = 'z' and source_path LIKE 's3:%'")
    equal([each.version for each in found], ["3"])
    client.rename_registered_model("find a", "renamed")
    client.delete_model_version("renamed", "3")
    equal([each.version for each in client.search_model_versions("name = 'renamed' and version_number > 1")], ["2"])
    client.delete_registered_model("renamed")
    equal(client.search_model_versions("name = 'renamed'"), [])


@behaviour("refusals are MLflow's own errors")
def refusals():
    client = MlflowClient()
    run_id = client.create_run("0").info.run_id
    client.log_param(run_id, "a", "1")
    for code, refused in (
        ("INVALID_PARAMETER_VALUE", lambda: client.log_param(run_id, "a", "2")),
        ("RESOURCE_DOES_NOT_EXIST", lambda: client.get_run("0" * 32)),
        ("RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment("Default")),
        ("INVALID_PARAMETER_VALUE", lambda: client.search_runs(["0"], "metrics.a = 'x'")),
        ("RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("none")),
        ("RESOURCE_ALREADY_EXISTS", lambda: [client.create_registered_model("twice") for _ in range(2)]),
        ("RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version("twice", "1")),
        ("INVALID_PARAMETER_VALUE", lambda: client.get_model_version_by_alias("twice", "none")),
        ("INVALID_PARAMETER_VALUE", lambda: client.search_model_versions("stage = 'x'")),
    ):
        try:
            refused()
        except MlflowException as error:
            equal(error.error_code, code)
        else:
            raise AssertionError(f"It was not refused with {code}.")


run()
