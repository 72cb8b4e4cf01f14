"""The SageMaker Python SDK's own Estimator, asked what it would send: a line of JSON in, a line of JSON out.

A line in is an option set of ours (`test/helpers/option-sets.ts`), with `sagemakerConfig` for a session's: names in camelCase, which become Python's by rule and without a list.
A line out is `{"request": ...}`, the CreateTrainingJob request, or `{"error": ...}`, what the SDK raised. Nothing is sent anywhere.
"""

import functools
import json
import logging
import re
import sys

import boto3
import botocore.session
import sagemaker
import sagemaker.telemetry.telemetry_logging as telemetry
import sagemaker.utils
from sagemaker.debugger import (
    CollectionConfig,
    DebuggerHookConfig,
    ProfilerConfig,
    ProfilerRule,
    Rule,
    TensorBoardOutputConfig,
)
from sagemaker.debugger.framework_profile import FrameworkProfile
from sagemaker.estimator import Estimator
from sagemaker.inputs import FileSystemInput, ShuffleConfig, TrainingInput
from sagemaker.instance_group import InstanceGroup

logging.disable(logging.CRITICAL)
telemetry._send_telemetry_request = lambda *given, **named: None
# It checks its whole configuration against a schema at each look-up: a quarter of a second, some twenty times an Estimator.
sagemaker.utils.validate_sagemaker_config = lambda config=None: None


# A session reads botocore's data from the disk anew.
botocore.session.create_loader = functools.lru_cache(botocore.session.create_loader)


class Recorder:
    """Stands where boto3's SageMaker client would be, and keeps what it is given."""

    def __init__(self):
        self.request = None

    def create_training_job(self, **request):
        self.request = request
        return {"TrainingJobArn": "arn:aws:sagemaker:us-west-2:123456789012:training-job/jobname"}


class Storage:
    """Stands where boto3's S3 would be: code goes nowhere."""

    def Object(self, bucket, key):
        return self

    def upload_file(self, path, **more):
        pass


sagemaker.Session._create_s3_bucket_if_it_does_not_exist = lambda *given, **named: None
sagemaker.Session._get_account_id_if_default_bucket = lambda *given, **named: None
recorder = Recorder()


def session(config, default_bucket="default-bucket"):
    made = sagemaker.Session(
        boto_session=boto3.Session(
            region_name="us-west-2", aws_access_key_id="interop", aws_secret_access_key="interop"
        ),
        sagemaker_client=recorder,
        sagemaker_config=config,
        default_bucket=default_bucket,
    )
    made.s3_resource = Storage()
    return made


plain = session({"SchemaVersion": "1.0"})
# Options of ours that say of the code what Python does always.
ALWAYS = ("codeDelivery", "jsonEncodeStrings")


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def named(options):
    return {snake(name): value for name, value in options.items()}


def rule(config):
    config = {
        "instance_type": None,
        "container_local_output_path": None,
        "s3_output_path": None,
        "volume_size_in_gb": None,
        "rule_parameters": {},
        **named(config),
    }
    if config.pop("kind") == "profiler":
        return ProfilerRule(**config)
    return Rule(**config, collections_to_save=[])


class Parameters(FrameworkProfile):
    """Any profiling parameters, without the classes that make the usual ones."""

    def __init__(self, parameters):
        self.profiling_parameters = parameters


def hook(config):
    if isinstance(config, bool):
        return None if config else False
    config = named(config)
    # Without collections it sends none; with some, each once.
    config["collection_configs"] = [
        CollectionConfig(**named(collection)) for collection in config.get("collection_configs", [])
    ]
    return DebuggerHookConfig(**config)


def profiler(config):
    config = named(config)
    if "framework_profile_params" in config:
        config["framework_profile_params"] = Parameters(config["framework_profile_params"])
    return ProfilerConfig(**config)


OBJECTS = {
    "instanceGroups": lambda groups: [InstanceGroup(**named(group)) for group in groups],
    "debuggerHookConfig": hook,
    "profilerConfig": profiler,
    "rules": lambda rules: [rule(config) for config in rules],
    "tensorboardOutputConfig": lambda board: TensorBoardOutputConfig(**named(board)),
}


def fit_input(spec):
    if spec["kind"] == "uri":
        return spec["uri"]
    options = named(spec["options"])
    if spec["kind"] == "FileSystemInput":
        return FileSystemInput(**options)
    if "shuffle_config" in options:
        options["shuffle_config"] = ShuffleConfig(**options["shuffle_config"])
    return TrainingInput(spec["s3Data"], **options)


def fit_inputs(spec):
    if spec is None or spec["kind"] != "channels":
        return spec and fit_input(spec)
    return {name: fit_input(channel) for name, channel in spec["channels"].items()}


def request_of(given):
    recorder.request = None
    options = {
        snake(name): OBJECTS.get(name, lambda value: value)(value)
        for name, value in given["options"].items()
        if name not in ALWAYS
    }
    # It has no default for the number of instances.
    if "instance_type" in options:
        options.setdefault("instance_count", 1)
    config = given.get("sagemakerConfig")
    estimator = Estimator(
        **options, sagemaker_session=session(config, None) if config else plain
    )
    estimator.fit(
        fit_inputs(given.get("inputs")),
        wait=False,
        job_name="jobname",
        experiment_config=given.get("experimentConfig"),
    )
    return recorder.request


for line in sys.stdin:
    try:
        answer = {"request": request_of(json.loads(line))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
