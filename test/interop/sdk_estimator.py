"""The SageMaker Python SDK's own Estimator with the local cloud: from its default bucket to the model that it downloads."""

import pathlib
import tarfile

from sdk_setting import BUCKET, ROLE, printed, session

from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.inputs import TrainingInput
from sagemaker.model import ModelPackage

from behaviours import behaviour, equal, eventually, includes, run

METRICS = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
pathlib.Path("data.csv").write_text("a,b\n1,2\n")


def estimator(task, **more):
    return Estimator(
        image_uri="tiny:1",
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.large",
        environment={"TASK": task},
        sagemaker_session=session,
        **more,
    )


def status(name):
    return session.describe_training_job(name)["TrainingJobStatus"]


@behaviour("default_bucket makes the account's bucket")
def _():
    equal(session.default_bucket(), BUCKET)


@behaviour("upload_data")
def _():
    equal(session.upload_data("data.csv", key_prefix="sdk/input"), f"s3://{BUCKET}/sdk/input/data.csv")
    equal(session.read_s3_file(BUCKET, "sdk/input/data.csv"), "a,b\n1,2\n")


@behaviour("fit prints the job's log and ends when the job is done")
def _():
    one = estimator("train", hyperparameters={"epochs": 3}, metric_definitions=METRICS)
    words = printed(
        lambda: one.fit(
            {"train": TrainingInput(f"s3://{BUCKET}/sdk/input/", content_type="text/csv")},
            job_name="sdk-completes",
        )
    )
    for line in ("epochs are ü", "loss=0.25", "to stderr", "Training job completed", "Training seconds:"):
        includes(words, line)
    equal(one.model_data, f"s3://{BUCKET}/sdk-completes/output/model.tar.gz")


@behaviour("the model is downloaded")
def _():
    session.download_data("model", BUCKET, "sdk-completes/output/model.tar.gz")
    with tarfile.open("model/model.tar.gz") as model:
        equal(sorted(name for name in model.getnames() if name != "."), ["data.csv", "hyperparameters.json"])


@behaviour("attach, in another process as it were")
def _():
    attached = []
    words = printed(lambda: attached.append(Estimator.attach("sdk-completes", sagemaker_session=session)))
    includes(words, "Completed")
    equal(attached[0].latest_training_job.name, "sdk-completes")
    equal(attached[0].hyperparameters(), {"epochs": "3"})
    equal(attached[0].model_data, f"s3://{BUCKET}/sdk-completes/output/model.tar.gz")


@behaviour("logs of a job that is done")
def _():
    includes(printed(lambda: session.logs_for_job("sdk-completes")), "loss=0.5")


@behaviour("TrainingJobAnalytics has the job's metrics as a data frame")
def _():
    frame = TrainingJobAnalytics("sdk-completes", sagemaker_session=session).dataframe()
    equal(list(frame.columns), ["timestamp", "metric_name", "value"])
    equal(set(frame.metric_name), {"loss"})
    # 0.5 and 0.25: in one minute, or in two.
    includes([[0.375], [0.5, 0.25]], list(frame.value))


@behaviour("register makes the group, and a version in it with a card of the job")
def _():
    attached = []
    printed(lambda: attached.append(Estimator.attach("sdk-completes", sagemaker_session=session)))
    client, types = session.sagemaker_client, ["ml.m5.large"]
    asked = {
        "model_package_group_name": "sdk-models", "approval_status": "Approved", "description": "It prices",
        "customer_metadata_properties": {"team": "a"}, "domain": "MACHINE_LEARNING", "task": "REGRESSION",
    }  # fmt: skip
    arns = []
    printed(lambda: arns.extend(attached[0].register(["text/csv"], ["text/csv"], types, types, **asked).model_package_arn for _ in range(2)))
    equal([arn.rpartition("/")[2] for arn in arns], ["1", "2"])
    told = client.describe_model_package(ModelPackageName=arns[0])
    equal(told["InferenceSpecification"], {
        "Containers": [{"Image": "tiny:1", "Environment": {}, "ModelDataUrl": f"s3://{BUCKET}/sdk-completes/output/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedRealtimeInferenceInstanceTypes": types,
        "SupportedTransformInstanceTypes": types,
    })  # fmt: skip
    includes(told["ModelCard"]["ModelCardContent"], "training-job/sdk-completes")
    equal((told["ModelApprovalStatus"], told["CustomerMetadataProperties"]), ("Approved", {"team": "a"}))


@behaviour("a model package is updated by the SDK's own ModelPackage")
def _():
    (first, *_) = session.sagemaker_client.list_model_packages(ModelPackageGroupName="sdk-models")["ModelPackageSummaryList"]
    package = ModelPackage(role=ROLE, model_package_arn=first["ModelPackageArn"], sagemaker_session=session)
    package.update_approval_status("Rejected", "It does not price")
    package.update_customer_metadata({"team": "b"})
    package.remove_customer_metadata_properties(["other"])
    told = session.sagemaker_client.describe_model_package(ModelPackageName=first["ModelPackageArn"])
    equal((told["ModelApprovalStatus"], told["ApprovalDescription"]), ("Rejected", "It does not price"))
    equal(told["CustomerMetadataProperties"], {"team": "b"})


@behaviour("a job that fails raises with the reason that the program wrote")
def _():
    try:
        printed(lambda: estimator("fail").fit(job_name="sdk-fails"))
    except UnexpectedStatusException as error:
        equal(error.actual_status, "Failed")
        includes(str(error), "Column 'Claims' is missing. Columns: a, b")
    else:
        raise AssertionError("It did not fail.")


@behaviour("stop_training_job ends a job that runs, and wait says that it was stopped")
def _():
    one = estimator("sleep")
    one.fit(wait=False, job_name="sdk-sleeps")
    eventually(
        lambda: session.describe_training_job("sdk-sleeps")["SecondaryStatus"] == "Training", "it trains"
    )
    session.stop_training_job("sdk-sleeps")
    words = printed(lambda: session.logs_for_job("sdk-sleeps", wait=True, poll=1))
    equal(status("sdk-sleeps"), "Stopped")
    includes(words, "Training job stopped")


@behaviour("a spot job with checkpoints tells its savings")
def _():
    one = estimator(
        "train",
        use_spot_instances=True,
        max_run=600,
        max_wait=1200,
        checkpoint_s3_uri=f"s3://{BUCKET}/sdk/checkpoints",
    )
    words = printed(lambda: one.fit({"train": f"s3://{BUCKET}/sdk/input/"}, job_name="sdk-spot"))
    includes(words, "Managed Spot Training savings:")
    told = session.describe_training_job("sdk-spot")
    equal(told["EnableManagedSpotTraining"], True)
    equal(told["CheckpointConfig"]["S3Uri"], f"s3://{BUCKET}/sdk/checkpoints")


@behaviour("list_training_jobs of its client")
def _():
    jobs = session.sagemaker_client.list_training_jobs(StatusEquals="Completed", NameContains="sdk-")
    equal(
        sorted(job["TrainingJobName"] for job in jobs["TrainingJobSummaries"]), ["sdk-completes", "sdk-spot"]
    )


run()
