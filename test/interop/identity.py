"""boto3 with the local cloud's STS and IAM: who asks, keys of a role, and what is refused to those who use them wrongly."""

import datetime
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

from behaviours import behaviour, equal, includes, refused, run

ROLE = "arn:aws:iam::123456789012:role/service-role/Trainer"
BUCKET = "interop-identity"
boto3.client("s3").create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)


def assume(**more):
    return boto3.client("sts").assume_role(
        RoleArn=ROLE, RoleSessionName="interop", **more
    )


def client(service, credentials, **wrong):
    given = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
        **wrong,
    }
    return boto3.client(service, **given)


@behaviour("any credentials are taken, and are somebody of the account")
def _():
    told = boto3.client("sts").get_caller_identity()
    equal(told["Account"], "123456789012")
    includes(told["Arn"], "arn:aws:iam::123456789012:user/")
    assert told["UserId"]


@behaviour("a role is found by its name")
def _():
    role = boto3.client("iam").get_role(RoleName="Trainer")["Role"]
    equal(role["RoleName"], "Trainer")
    equal(role["Arn"], "arn:aws:iam::123456789012:role/Trainer")
    trust = role["AssumeRolePolicyDocument"]["Statement"][0]
    equal(trust["Principal"], {"Service": "sagemaker.amazonaws.com"})


@behaviour("a role is assumed, for as long as was asked")
def _():
    answer = assume(DurationSeconds=1800)
    equal(
        answer["AssumedRoleUser"]["Arn"],
        "arn:aws:sts::123456789012:assumed-role/Trainer/interop",
    )
    left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert 1700 < left.total_seconds() <= 1800, left


@behaviour("requests signed with the issued keys are taken, by every service")
def _():
    keys = assume()["Credentials"]
    equal(
        client("sts", keys).get_caller_identity()["Arn"],
        "arn:aws:sts::123456789012:assumed-role/Trainer/interop",
    )
    s3 = client("s3", keys)
    s3.put_object(Bucket=BUCKET, Key="signed ü/+&=~'()*!", Body=b"signed", Metadata={"a": "b  c"})
    equal(
        s3.get_object(Bucket=BUCKET, Key="signed ü/+&=~'()*!", Range="bytes=1-3")["Body"].read(),
        b"ign",
    )
    equal(s3.list_objects_v2(Bucket=BUCKET, Prefix="signed ü", Delimiter="/")["KeyCount"], 1)
    equal(client("sagemaker", keys).list_training_jobs()["TrainingJobSummaries"], [])
    equal(client("logs", keys).describe_log_groups()["logGroups"], [])
    equal(client("iam", keys).get_role(RoleName="x")["Role"]["RoleName"], "x")


@behaviour("a wrong secret is refused in each service's own words")
def _():
    wrong = {"aws_secret_access_key": "wrong"}
    keys = assume()["Credentials"]
    with refused("SignatureDoesNotMatch", 403):
        client("sts", keys, **wrong).get_caller_identity()
    with refused("SignatureDoesNotMatch", 403):
        client("s3", keys, **wrong).list_buckets()
    with refused("SignatureDoesNotMatch", 403):
        client("s3", keys, **wrong).put_object(Bucket=BUCKET, Key="wrong", Body=b"x")
    with refused("InvalidSignatureException", 403):
        client("sagemaker", keys, **wrong).list_training_jobs()
    with refused("InvalidSignatureException", 403):
        client("logs", keys, **wrong).describe_log_groups()


@behaviour("issued keys are worth nothing without their session token")
def _():
    keys = assume()["Credentials"]
    with refused("InvalidToken", 400):
        client("s3", keys, aws_session_token="wrong").list_buckets()
    with refused("InvalidClientTokenId", 403):
        client("sts", keys, aws_session_token=None).get_caller_identity()


@behaviour("a URL presigned with issued keys works, and not when it was changed")
def _():
    # Left to itself, boto3 presigns for S3 by the old signature, version 2.
    for version in (None, "s3v4"):
        s3 = client("s3", assume()["Credentials"], config=Config(signature_version=version))
        s3.put_object(Bucket=BUCKET, Key="presigned ü", Body=b"for the bearer")
        s3.put_object(Bucket=BUCKET, Key="presumed ü", Body=b"for nobody")
        url = s3.generate_presigned_url(
            "get_object",
            {"Bucket": BUCKET, "Key": "presigned ü", "ResponseContentType": "text/x-asked"},
            ExpiresIn=60,
        )
        with urllib.request.urlopen(url, timeout=30) as answer:
            equal(answer.read(), b"for the bearer")
        try:
            urllib.request.urlopen(url.replace("presigned", "presumed"), timeout=30)
        except urllib.error.HTTPError as error:
            equal(error.code, 403)
            includes(error.read().decode(), "<Code>SignatureDoesNotMatch</Code>")
        else:
            raise AssertionError("The changed URL was taken.")


@behaviour("what is no role is not assumed, nor for how long one likes")
def _():
    sts = boto3.client("sts")
    with refused("ValidationError", 400):
        sts.assume_role(RoleArn="arn:aws:iam::123456789012:user/x", RoleSessionName="interop")
    with refused("ValidationError", 400):
        assume(DurationSeconds=50_000)


@behaviour("an operation that is not there is named")
def _():
    with refused("InvalidAction", 400, "GetSessionToken"):
        boto3.client("sts").get_session_token()


run()
