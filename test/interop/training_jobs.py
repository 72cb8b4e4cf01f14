"""boto3 with the local cloud's SageMaker and CloudWatch Logs: jobs from their creation to their logs and artifacts."""

import datetime
import io
import tarfile

import boto3

from behaviours import behaviour, equal, eventually, includes, refused, run

# What the image "tiny:1" does, it reads from its environment: see boto3.test.ts.
IMAGE = "tiny:1"
ROLE = "arn:aws:iam::123456789012:role/SageMaker"
BUCKET = "interop-jobs"
GROUP = "/aws/sagemaker/TrainingJobs"
sagemaker = boto3.client("sagemaker")
logs = boto3.client("logs")
s3 = boto3.client("s3")
s3.create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
s3.put_object(Bucket=BUCKET, Key="input/data.csv", Body=b"a,b\n1,2\n")


def request(name, **more):
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://{BUCKET}/input/",
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
                "ContentType": "text/csv",
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/output/"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": {"epochs": "3", "name": '"ü"'},
        **more,
    }


def create(name, **more):
    return sagemaker.create_training_job(**request(name, **more))["TrainingJobArn"]


def describe(name):
    return sagemaker.describe_training_job(TrainingJobName=name)


def end_of(name):
    """Waits with boto3's own waiter; it takes Failed for an error, so that one is looked for by hand."""
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 450}
    )
    return describe(name)


def events_of(stream):
    """All of a stream, page by page, until the token stands still."""
    found, token = [], None
    while True:
        page = logs.get_log_events(
            logGroupName=GROUP,
            logStreamName=stream,
            startFromHead=True,
            limit=2,
            **({"nextToken": token} if token else {}),
        )
        found += page["events"]
        if page["nextForwardToken"] == token:
            return found
        token = page["nextForwardToken"]


@behaviour("a job is created, and its ARN told")
def _():
    arn = create(
        "interop-completes",
        Environment={"TASK": "train"},
        Tags=[{"Key": "team", "Value": "claims"}],
    )
    equal(arn, "arn:aws:sagemaker:eu-west-1:123456789012:training-job/interop-completes")


@behaviour("boto3's waiter sees it complete")
def _():
    equal(end_of("interop-completes")["TrainingJobStatus"], "Completed")


@behaviour("Describe echoes the request")
def _():
    told = describe("interop-completes")
    asked = request("interop-completes")
    for name in ("TrainingJobName", "RoleArn", "HyperParameters", "ResourceConfig"):
        equal(told[name], asked[name])
    equal(told["Environment"], {"TASK": "train"})
    equal(told["StoppingCondition"], {"MaxRuntimeInSeconds": 600})
    equal(told["AlgorithmSpecification"]["TrainingImage"], IMAGE)
    equal(
        told["AlgorithmSpecification"]["MetricDefinitions"],
        asked["AlgorithmSpecification"]["MetricDefinitions"],
    )
    channel = told["InputDataConfig"][0]
    equal((channel["ChannelName"], channel["ContentType"]), ("train", "text/csv"))
    equal(channel["DataSource"], asked["InputDataConfig"][0]["DataSource"])
    # The Python SDK's attach reads it without asking whether it is there.
    equal(told["OutputDataConfig"]["KmsKeyId"], "")
    equal(told["OutputDataConfig"]["S3OutputPath"], f"s3://{BUCKET}/output/")


@behaviour("Describe tells times, transitions, billable seconds, metrics and the model's place")
def _():
    told = describe("interop-completes")
    equal(told["SecondaryStatus"], "Completed")
    transitions = told["SecondaryStatusTransitions"]
    statuses = [one["Status"] for one in transitions]
    equal(statuses[0], "Starting")
    equal(statuses[-3:], ["Training", "Uploading", "Completed"])
    includes(statuses, "Downloading")
    for one, following in zip(transitions, transitions[1:]):
        assert one["StartTime"] <= one["EndTime"] <= following["StartTime"], transitions
    assert (
        told["CreationTime"]
        <= told["TrainingStartTime"]
        <= told["TrainingEndTime"]
        <= told["LastModifiedTime"]
    ), told
    age = datetime.datetime.now(datetime.timezone.utc) - told["CreationTime"]
    assert datetime.timedelta() <= age < datetime.timedelta(minutes=5), age
    assert told["TrainingTimeInSeconds"] >= 1
    equal(told["BillableTimeInSeconds"], told["TrainingTimeInSeconds"])
    metrics = told["FinalMetricDataList"]
    # The service's numbers are single floats.
    equal([(one["MetricName"], round(one["Value"], 6)) for one in metrics], [("loss", 0.25)])
    equal(
        told["ModelArtifacts"]["S3ModelArtifacts"],
        f"s3://{BUCKET}/output/interop-completes/output/model.tar.gz",
    )


@behaviour("the model is an archive in S3, made from the input and the hyperparameters")
def _():
    body = s3.get_object(
        Bucket=BUCKET, Key="output/interop-completes/output/model.tar.gz"
    )["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        names = [name.removeprefix("./") for name in archive.getnames()]
        equal(sorted(name for name in names if name not in ("", ".")), ["data.csv", "hyperparameters.json"])
        files = {
            member.name.removeprefix("./"): archive.extractfile(member).read()
            for member in archive.getmembers()
            if member.isfile()
        }
    equal(files["data.csv"], b"a,b\n1,2\n")
    includes(files["hyperparameters.json"].decode(), '"epochs"')


@behaviour("the log has one stream a host, which is found by the job's name")
def _():
    streams = logs.describe_log_streams(
        logGroupName=GROUP, logStreamNamePrefix="interop-completes/"
    )["logStreams"]
    equal(len(streams), 1)
    assert streams[0]["logStreamName"].startswith("interop-completes/algo-1-"), streams
    assert streams[0]["firstEventTimestamp"] <= streams[0]["lastEventTimestamp"]


@behaviour("log events come page by page, in order, each once, until the token stands still")
def _():
    stream = logs.describe_log_streams(
        logGroupName=GROUP, logStreamNamePrefix="interop-completes/"
    )["logStreams"][0]["logStreamName"]
    events = events_of(stream)
    equal(
        [event["message"] for event in events],
        ["epochs are ü", "loss=0.5", "loss=0.25", "to stderr", "done"],
    )
    times = [event["timestamp"] for event in events]
    equal(times, sorted(times))


@behaviour("log events are filtered")
def _():
    events = logs.filter_log_events(
        logGroupName=GROUP,
        logStreamNamePrefix="interop-completes/",
        filterPattern='"loss="',
    )["events"]
    equal([event["message"] for event in events], ["loss=0.5", "loss=0.25"])


@behaviour("a log that is not there is ResourceNotFoundException")
def _():
    with refused("ResourceNotFoundException", 400, "The specified log stream does not exist."):
        logs.get_log_events(logGroupName=GROUP, logStreamName="never")
    with refused("ResourceNotFoundException", 400, "The specified log group does not exist."):
        logs.describe_log_streams(logGroupName="/never")


@behaviour("a failed job says why, in its failure file's words and with its exit code")
def _():
    create("interop-fails", Environment={"TASK": "fail"})
    told = eventually(
        lambda: (job := describe("interop-fails"))["TrainingJobStatus"] == "Failed" and job,
        "the job has failed",
    )
    equal(
        told["FailureReason"],
        "AlgorithmError: Column 'Claims' is missing. Columns: a, b, exit code: 7",
    )
    equal(told["SecondaryStatus"], "Failed")
    equal(told["SecondaryStatusTransitions"][-1]["StatusMessage"], "Training job failed")


@behaviour("a job is stopped, and what it saved by then is kept")
def _():
    create("interop-sleeps", Environment={"TASK": "sleep"})
    eventually(
        lambda: [
            event
            for stream in logs.describe_log_streams(
                logGroupName=GROUP, logStreamNamePrefix="interop-sleeps/"
            )["logStreams"]
            for event in events_of(stream["logStreamName"])
        ],
        "the program has begun",
    )
    equal(describe("interop-sleeps")["TrainingJobStatus"], "InProgress")
    sagemaker.stop_training_job(TrainingJobName="interop-sleeps")
    told = end_of("interop-sleeps")
    equal((told["TrainingJobStatus"], told["SecondaryStatus"]), ("Stopped", "Stopped"))
    includes([one["Status"] for one in told["SecondaryStatusTransitions"]], "Stopping")
    assert "FailureReason" not in told
    s3.head_object(Bucket=BUCKET, Key="output/interop-sleeps/output/model.tar.gz")


@behaviour("a job that has ended is not stopped")
def _():
    with refused("ValidationException", 400, "the training job is in status Completed."):
        sagemaker.stop_training_job(TrainingJobName="interop-completes")


@behaviour("jobs are listed: sorted, filtered, paged")
def _():
    pages = list(
        sagemaker.get_paginator("list_training_jobs").paginate(
            SortBy="Name", SortOrder="Descending", PaginationConfig={"PageSize": 2}
        )
    )
    summaries = [one for page in pages for one in page["TrainingJobSummaries"]]
    equal(
        [(one["TrainingJobName"], one["TrainingJobStatus"]) for one in summaries],
        [
            ("interop-sleeps", "Stopped"),
            ("interop-fails", "Failed"),
            ("interop-completes", "Completed"),
        ],
    )
    equal(summaries[0]["TrainingJobArn"], describe("interop-sleeps")["TrainingJobArn"])

    def names(**query):
        found = sagemaker.list_training_jobs(**query)["TrainingJobSummaries"]
        return [one["TrainingJobName"] for one in found]

    equal(names(StatusEquals="Failed"), ["interop-fails"])
    equal(names(NameContains="sleep"), ["interop-sleeps"])
    equal(names(CreationTimeAfter=describe("interop-fails")["CreationTime"]), ["interop-sleeps"])
    equal(names(CreationTimeBefore=datetime.datetime(2020, 1, 1)), [])


@behaviour("tags are told, added and taken away")
def _():
    arn = describe("interop-completes")["TrainingJobArn"]

    def tags():
        found = sagemaker.list_tags(ResourceArn=arn)["Tags"]
        return {one["Key"]: one["Value"] for one in found}

    equal(tags(), {"team": "claims"})
    sagemaker.add_tags(
        ResourceArn=arn,
        Tags=[{"Key": "team", "Value": "pricing"}, {"Key": "Stage", "Value": ""}],
    )
    equal(tags(), {"team": "pricing", "Stage": ""})
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    equal(tags(), {"Stage": ""})


@behaviour("a name is taken once and for all")
def _():
    with refused("ResourceInUse", 400, "Training job names must be unique"):
        create("interop-completes")


@behaviour("a job that is not there is ValidationException, 'Requested resource not found.'")
def _():
    for ask in (sagemaker.describe_training_job, sagemaker.stop_training_job):
        with refused("ValidationException", 400, "Requested resource not found."):
            ask(TrainingJobName="interop-never")


@behaviour("a job without input data is refused before anything starts")
def _():
    nowhere = request("interop-empty")["InputDataConfig"]
    nowhere[0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{BUCKET}/nothing/"
    with refused(
        "ValidationException", 400, f'No S3 objects found under S3 URL "s3://{BUCKET}/nothing/"'
    ):
        create("interop-empty", InputDataConfig=nowhere)


@behaviour("over HTTP an image is one that was mapped, never a path")
def _():
    for image in ("unknown:1", "/bin"):
        with refused("ValidationException", 400, "does not know the image"):
            create("interop-unknown", AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"})


@behaviour("what SageMaker's model forbids is refused, though boto3 lets it pass")
def _():
    with refused("ValidationException", 400, "failed to satisfy constraint"):
        create("interop_underscore")
    with refused("ValidationException", 400, "failed to satisfy constraint"):
        create("interop-values", HyperParameters={"long": "x" * 2501})


@behaviour("an operation that is not there is named")
def _():
    try:
        sagemaker.list_models()
    except sagemaker.exceptions.ClientError as error:
        includes(error.response["Error"]["Message"], "ListModels")
    else:
        raise AssertionError("It was answered.")


run()
