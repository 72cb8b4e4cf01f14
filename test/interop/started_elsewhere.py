"""Jobs that this project's command did not start: one of boto3, two of the SageMaker Python SDK. The environment says where they go."""

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput

ROLE = "arn:aws:iam::123456789012:role/SageMaker"
BUCKET = "by-python"
region = boto3.Session().region_name
boto3.client("s3").create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region}
)
boto3.client("s3").put_object(Bucket=BUCKET, Key="input/data.csv", Body=b"a,b\n1,2\n")
assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
boto3.client("sagemaker").create_training_job(
    TrainingJobName="by-boto3",
    AlgorithmSpecification={"TrainingImage": "tiny:1", "TrainingInputMode": "File"},
    RoleArn=ROLE,
    OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/output/"},
    ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    StoppingCondition={"MaxRuntimeInSeconds": 600},
    Environment={"TASK": "fail"},
)
# Its version 2 chooses the STS endpoint by itself for a bucket of its own choice.
session = sagemaker.Session(default_bucket=BUCKET)


def estimator(task):
    return Estimator(
        image_uri="tiny:1",
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.large",
        environment={"TASK": task},
        hyperparameters={"epochs": 3},
        sagemaker_session=session,
    )


estimator("sleep").fit(wait=False, job_name="by-sdk-sleeps")
estimator("train").fit(
    {"train": TrainingInput(f"s3://{BUCKET}/input/")}, job_name="by-sdk-trains", logs=False
)
