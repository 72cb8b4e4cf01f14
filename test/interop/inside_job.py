"""A training program with boto3's clients as they are made by their names alone: prints what each was told."""

import json
import os
import time

import boto3

JOB = os.environ["TRAINING_JOB_NAME"]
LOG = {"logGroupName": "/from/python", "logStreamName": JOB}


def s3():
    client = boto3.client("s3")
    client.put_object(Bucket="bucket", Key=f"inside/{JOB}", Body=b"hello")
    page = client.list_objects_v2(Bucket="bucket", Prefix="in/")
    return [one["Key"] for one in page["Contents"]]


def logs():
    client = boto3.client("logs")
    client.create_log_group(logGroupName=LOG["logGroupName"])
    client.create_log_stream(**LOG)
    client.put_log_events(
        **LOG, logEvents=[{"timestamp": round(time.time() * 1000), "message": "hi"}]
    )
    return [event["message"] for event in client.get_log_events(**LOG)["events"]]


def sagemaker():
    told = boto3.client("sagemaker").describe_training_job(TrainingJobName=JOB)
    return [told["TrainingJobArn"] == os.environ["TRAINING_JOB_ARN"], told["SecondaryStatus"]]


def sts():
    return boto3.client("sts").get_caller_identity()["Arn"]


for call in (s3, logs, sagemaker, sts):
    try:
        told = call()
    except Exception as error:
        told = type(error).__name__
    print(call.__name__, json.dumps(told))
