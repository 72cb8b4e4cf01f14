"""What the SageMaker Python SDK makes of images, framework estimators, rules and hooks, models to be registered, with clients that reach nothing.

A line of JSON in is a question, a line of JSON out its answer: what came out, or the kind of the refusal.
"""

import contextlib
import functools
import json
import logging
import os
import sys
import warnings
from unittest.mock import MagicMock

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

# What it prints on being imported is not an answer.
with contextlib.redirect_stdout(sys.stderr):
    import boto3
    import botocore.loaders
    import sagemaker
    import sagemaker.telemetry.telemetry_logging as telemetry
    import sagemaker.utils
    from sagemaker import debugger, image_uris
    from sagemaker.debugger import rule_configs
    from sagemaker.estimator import Estimator, _TrainingJob
    from sagemaker.huggingface import HuggingFace
    from sagemaker.instance_group import InstanceGroup
    from sagemaker.metadata_properties import MetadataProperties
    from sagemaker.pytorch import PyTorch
    from sagemaker.sklearn import SKLearn
    from sagemaker.tensorflow import TensorFlow
    from sagemaker.xgboost import XGBoost

telemetry._send_telemetry_request = lambda *given, **named: None
# It checks its whole configuration against a schema at each look-up: a quarter of a second, some twenty times an Estimator.
sagemaker.utils.validate_sagemaker_config = lambda config=None: None

# It reads botocore's data from the disk anew for each image.
botocore.loaders.create_loader = functools.lru_cache(botocore.loaders.create_loader)

REGION = "eu-west-1"
CLASSES = {
    each.__name__: each
    for each in (Estimator, HuggingFace, PyTorch, SKLearn, TensorFlow, XGBoost)
}


@functools.cache
def shared_session():
    """Making one takes longer than all that an Estimator does with it."""
    return sagemaker.Session(
        boto_session=boto3.Session(
            region_name=REGION, aws_access_key_id="AKID", aws_secret_access_key="none"
        ),
        sagemaker_client=MagicMock(),
        sagemaker_config={"SchemaVersion": "1.0"},
        default_bucket="mybucket",
    )


def image(arguments):
    return image_uris.retrieve(**arguments)


def collections(configs):
    return [debugger.CollectionConfig(**config) for config in configs]


def rule(kind, how, base, arguments):
    """`["Rule", "sagemaker", "vanishing_gradient", {…}]`; a profiler rule's base is its name and parameters."""
    cls = getattr(debugger, kind)
    arguments = dict(arguments)
    # Whose members are the rule's own words.
    if "rule_parameters" in arguments:
        arguments["rule_parameters"] = arguments["rule_parameters"]["parameters"]
    if "collections_to_save" in arguments:
        arguments["collections_to_save"] = collections(arguments["collections_to_save"])
    if "actions" in arguments:
        arguments["actions"] = rule_configs.ActionList(
            *(getattr(rule_configs, name)(*given) for name, *given in arguments["actions"])
        )
    if how == "custom":
        return cls.custom(**arguments)
    if kind == "Rule":
        return cls.sagemaker(getattr(rule_configs, base)(), **arguments)
    name, parameters = base
    return cls.sagemaker(getattr(rule_configs, name)(**parameters["parameters"]), **arguments)


def request(cls, arguments):
    """The CreateTrainingJob request of a job called `job`."""
    arguments = json.loads(json.dumps(arguments))
    groups = {
        each["instance_group_name"]: InstanceGroup(**each)
        for each in arguments.get("instance_groups") or []
    }
    if groups:
        arguments["instance_groups"] = list(groups.values())
    elif "instance_type" in arguments:
        arguments.setdefault("instance_count", 1)
    distribution = arguments.get("distribution") or {}
    if "instance_groups" in distribution:
        distribution["instance_groups"] = [
            groups.get(name, InstanceGroup(name, "ml.m5.xlarge", 1))
            for name in distribution["instance_groups"]
        ]
    if "rules" in arguments:
        arguments["rules"] = [rule(*given) for given in arguments["rules"]]
    hook = arguments.get("debugger_hook_config")
    if isinstance(hook, dict):
        if "hook_parameters" in hook:
            hook["hook_parameters"] = hook["hook_parameters"]["parameters"]
        if "collection_configs" in hook:
            hook["collection_configs"] = collections(hook["collection_configs"])
        arguments["debugger_hook_config"] = debugger.DebuggerHookConfig(**hook)
    if "profiler_config" in arguments:
        arguments["profiler_config"] = debugger.ProfilerConfig(**arguments["profiler_config"])
    if "tensorboard_output_config" in arguments:
        arguments["tensorboard_output_config"] = debugger.TensorBoardOutputConfig(
            **arguments["tensorboard_output_config"]
        )
    session = shared_session()
    client = session.sagemaker_client = MagicMock()
    estimator = CLASSES[cls](
        role="arn:aws:iam::123456789012:role/SageMakerRole",
        output_path="s3://bucket/prefix",
        sagemaker_session=session,
        **arguments,
    )
    estimator.fit(job_name="job", wait=False)
    asked = client.create_training_job.call_args.kwargs
    # Out of a set, whose order is another each time.
    asked.get("DebugHookConfig", {}).get("CollectionConfigurations", []).sort(key=json.dumps)
    return asked


def register(job, arguments):
    """The CreateModelPackage request for the model of a job that is described so."""
    session = shared_session()
    client = session.sagemaker_client = MagicMock()
    client.describe_training_job.return_value = job
    client.search.return_value = {"Results": [{"TrainingJob": job}]}
    estimator = Estimator(
        image_uri=job["AlgorithmSpecification"]["TrainingImage"],
        role="arn:aws:iam::123456789012:role/SageMakerRole",
        instance_count=1,
        instance_type="ml.m5.large",
        base_job_name="job",
        sagemaker_session=session,
    )
    estimator.latest_training_job = _TrainingJob(session, job["TrainingJobName"])
    metadata = MetadataProperties(**arguments.pop("metadata_properties"))
    estimator.register(metadata_properties=metadata, **arguments)
    return client.create_model_package.call_args.kwargs


def answer(question):
    what, *given = question
    try:
        return {"answer": {"image": image, "request": request, "register": register}[what](*given)}
    except (ValueError, AttributeError, TypeError, RuntimeError, KeyError, AssertionError) as problem:
        return {"refused": type(problem).__name__}


for line in sys.stdin:
    with contextlib.redirect_stdout(sys.stderr):
        answered = answer(json.loads(line))
    print(json.dumps(answered))
