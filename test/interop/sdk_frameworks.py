"""The SageMaker Python SDK's PyTorch and SKLearn with the local cloud: code through S3, hyperparameters, models, failures, spot with checkpoints."""

import json
import pathlib
import tarfile

from sdk_setting import BUCKET, ROLE, printed, session

from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.pytorch import PyTorch
from sagemaker.sklearn import SKLearn

from behaviours import behaviour, equal, includes, run

TRAIN = '''
import argparse, json, os, pathlib, time
from helper import halved

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--name")
parser.add_argument("--task", default="train")
given = parser.parse_args()
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
if given.task == "fail":
    raise ValueError("Column 'Claims' is missing.")
kept = model.parent / "checkpoints" / "state.json"
state = json.loads(kept.read_text()) if kept.exists() else {"epoch": 0, "losses": []}
print(f"begins after epoch {state['epoch']}")
interrupted = state["epoch"] > 0
for epoch in range(state["epoch"] + 1, given.epochs + 1):
    state = {"epoch": epoch, "losses": [*state["losses"], halved(epoch)]}
    if given.task == "spot":
        kept.write_text(json.dumps(state))
        print(f"saved epoch {epoch}")
        if epoch == 2 and not interrupted:
            time.sleep(120)
told = {name: os.environ[name] for name in ("SM_CURRENT_HOST", "SM_USER_ENTRY_POINT", "SM_NUM_CPUS")}
rows = (pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]) / "data.csv").read_text()
out = {"name": given.name, "hps": json.loads(os.environ["SM_HPS"]), "rows": rows, **state, **told}
(model / "model.json").write_text(json.dumps(out))
'''
pathlib.Path("code").mkdir()
pathlib.Path("code/train.py").write_text(TRAIN)
pathlib.Path("code/helper.py").write_text("def halved(epoch):\n    return 0.5**epoch\n")
pathlib.Path("data.csv").write_text("a,b\n1,2\n")
INPUT = session.upload_data("data.csv", key_prefix="sdk/input").rsplit("/", 1)[0]


def options(**more):
    hyperparameters = {"epochs": 3, "name": "ü & co", **more.pop("hyperparameters", {})}
    return {
        **{"entry_point": "train.py", "source_dir": "code", "image_uri": "toolkit:1"},
        **{"role": ROLE, "instance_count": 1, "instance_type": "ml.m5.large"},
        **{"hyperparameters": hyperparameters, "sagemaker_session": session, **more},
    }


# AWS's PyTorch image names its module so; SKLearn runs by the toolkit alone here.
MODULE = {"SAGEMAKER_TRAINING_MODULE": "sagemaker_pytorch_container.training:main"}


def pytorch(**more):
    return PyTorch(**options(environment=MODULE, **more))


def fit(estimator, name):
    """Waits without following the log, for which the SDK looks at the job every 30 s alone: sdk_estimator.py does that."""
    printed(lambda: estimator.fit({"train": INPUT}, job_name=name, logs=False))


def model_of(estimator):
    name = estimator.latest_training_job.name
    session.download_data(name, BUCKET, f"{name}/output/model.tar.gz")
    with tarfile.open(f"{name}/model.tar.gz") as model:
        return json.load(model.extractfile("model.json"))


def check(estimator, name):
    fit(estimator, name)
    told = session.describe_training_job(name)["HyperParameters"]
    submitted = json.loads(told["sagemaker_submit_directory"])
    equal(submitted, f"s3://{BUCKET}/{name}/source/sourcedir.tar.gz")
    model = model_of(estimator)
    equal(model["hps"], {"epochs": 3, "name": "ü & co"})
    equal((model["name"], model["epoch"], model["losses"]), ("ü & co", 3, [0.5, 0.25, 0.125]))
    equal((model["rows"], model["SM_CURRENT_HOST"]), ("a,b\n1,2\n", "algo-1"))
    equal(model["SM_USER_ENTRY_POINT"], "train.py")


@behaviour("PyTorch: its code comes out of S3, and its model goes back")
def _():
    check(pytorch(), "sdk-pytorch")


@behaviour("SKLearn: the same by another class")
def _():
    check(SKLearn(**options()), "sdk-sklearn")


@behaviour("a script that raises: its error is in the reason of the failure")
def _():
    one = pytorch(hyperparameters={"task": "fail"})
    try:
        fit(one, "sdk-raises")
    except UnexpectedStatusException as error:
        reason = session.describe_training_job("sdk-raises")["FailureReason"]
        includes(reason, "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage \"")
        # The toolkit reads what comes and takes each piece for a line, so that the colon may be lost.
        for words in ("ValueError", "Column 'Claims' is missing."):
            includes(reason, words)
            includes(str(error), words)
    else:
        raise AssertionError("It did not fail.")


@behaviour("a spot job that is interrupted goes on from its checkpoint")
def _():
    one = pytorch(
        hyperparameters={"task": "spot"},
        use_spot_instances=True,
        max_run=600,
        max_wait=1200,
        checkpoint_s3_uri=f"s3://{BUCKET}/sdk/checkpoints",
    )
    fit(one, "sdk-goes-on")
    words = printed(lambda: session.logs_for_job("sdk-goes-on"))
    for line in ("begins after epoch 0", "saved epoch 2", "begins after epoch 2", "saved epoch 3"):
        includes(words, line)
    # Not of the first attempt: the SDK prints a stream twice where a job has more streams than hosts.
    equal([words.count(f"begins after epoch {epoch}") for epoch in (1, 2)], [0, 1])
    model = model_of(one)
    equal((model["epoch"], model["losses"]), (3, [0.5, 0.25, 0.125]))
    told = session.describe_training_job("sdk-goes-on")
    statuses = [one["Status"] for one in told["SecondaryStatusTransitions"]]
    equal([statuses.count("Training"), statuses.count("Interrupted"), statuses[-1]], [2, 1, "Completed"])
    equal(json.loads(session.read_s3_file(BUCKET, "sdk/checkpoints/state.json"))["epoch"], 3)


run()
