"""Every operation of the local cloud, answered and refused, jobs in every state and with every member of a request that may be had
together: all for the sake of the answers, which are held to botocore's model."""

import base64
import time

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

import answers
import samples
from behaviours import behaviour, equal, eventually, run
from operations import answered, model_of

BUCKET, GROUP = "every-operation", "/every/operation"
ROLE = "arn:aws:iam::123456789012:role/SageMaker"
NEVER = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/never"
# What is to be refused is to reach the service.
UNCHECKED = Config(parameter_validation=False)
clients = {name: boto3.client(name, config=UNCHECKED) for name in ("s3", "sagemaker", "logs", "sts", "iam", "cloudwatch")}
s3, sagemaker, logs = clients["s3"], clients["sagemaker"], clients["logs"]
SOURCE = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/", "S3DataDistributionType": "FullyReplicated"}
REQUEST = {
    "AlgorithmSpecification": {"TrainingImage": "tiny:1", "TrainingInputMode": "File"},
    "RoleArn": ROLE,
    "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": SOURCE}}],
    "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
}
# GET / is both: the two have hosts of their own. The first only tells who asks, and there is nothing to refuse.
NEVER_ANSWERED, NEVER_REFUSED = {"ListDirectoryBuckets"}, {"GetCallerIdentity"}


def refuse(call, **parameters):
    try:
        call(**parameters)
    except ClientError:
        return
    raise AssertionError(f"It was not refused: {parameters}")


def job(name, task, **more):
    sagemaker.create_training_job(**{**REQUEST, "TrainingJobName": name, "Environment": {"TASK": task}, **more})
    return sagemaker.describe_training_job(TrainingJobName=name)


def ended(name):
    def look():
        told = sagemaker.describe_training_job(TrainingJobName=name)
        return told["TrainingJobStatus"] not in ("InProgress", "Stopping") and told

    return eventually(look, f"{name} has ended")


@behaviour("objects and buckets")
def _():
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    refuse(s3.create_bucket, Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.create_bucket(Bucket=f"{BUCKET}-2", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.list_buckets(MaxBuckets=1, Prefix="every")
    refuse(s3.list_buckets, MaxBuckets=0)
    kept = {
        "CacheControl": "no-store", "ContentDisposition": "inline", "ContentEncoding": "identity", "ContentLanguage": "en",
        "ContentType": "text/csv", "Expires": "Wed, 21 Oct 2026 07:28:00 GMT", "Metadata": {"a": "b c"}, "Tagging": "a=1",
        "StorageClass": "STANDARD_IA", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k", "BucketKeyEnabled": True,
        "WebsiteRedirectLocation": "/x",
    }  # fmt: skip
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket=BUCKET, Key=f"in/{algorithm}", Body=b"a,b\n", ChecksumAlgorithm=algorithm, **kept)
    s3.put_object(Bucket=BUCKET, Key="in/data.csv", Body=b"a,b\n1,2\n")
    for more in ({}, {"Range": "bytes=1-2"}, {"ChecksumMode": "ENABLED"}, {"PartNumber": 1}, {"ResponseContentType": "a/b"}):
        s3.get_object(Bucket=BUCKET, Key="in/SHA256", **more)["Body"].read()
    s3.head_object(Bucket=BUCKET, Key="in/SHA1", ChecksumMode="ENABLED")
    asked = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    s3.get_object_attributes(Bucket=BUCKET, Key="in/CRC32", ObjectAttributes=asked)
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/in/SHA1", MetadataDirective="REPLACE", ChecksumAlgorithm="SHA256")
    s3.put_object_tagging(Bucket=BUCKET, Key="copy", Tagging={"TagSet": [{"Key": "a b", "Value": ""}]})
    s3.get_object_tagging(Bucket=BUCKET, Key="copy")
    s3.delete_object_tagging(Bucket=BUCKET, Key="copy")
    block = {name: True for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    for name in ("get_public_access_block", "delete_public_access_block", "get_bucket_location", "get_bucket_versioning", "head_bucket"):
        getattr(s3, name)(Bucket=BUCKET)
        refuse(getattr(s3, name), Bucket=f"{BUCKET}-3")
    refuse(s3.put_public_access_block, Bucket=f"{BUCKET}-3", PublicAccessBlockConfiguration=block)
    for name, more in {"list_objects": {}, "list_objects_v2": {"FetchOwner": True}, "list_multipart_uploads": {}}.items():
        for page in ({}, {"Prefix": "in/", "Delimiter": "/"}, {"EncodingType": "url", "Delimiter": "/"}):
            getattr(s3, name)(Bucket=BUCKET, **more, **page)
        refuse(getattr(s3, name), Bucket=f"{BUCKET}-3")
    s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1, StartAfter="c")
    none = {"Bucket": BUCKET, "Key": "none"}
    for name in ("get_object", "head_object", "get_object_tagging", "delete_object_tagging"):
        refuse(getattr(s3, name), **none)
    refuse(s3.get_object_attributes, **none, ObjectAttributes=asked)
    refuse(s3.put_object_tagging, **none, Tagging={"TagSet": []})
    refuse(s3.copy_object, Bucket=BUCKET, Key="a", CopySource=f"{BUCKET}/none")
    refuse(s3.put_object, **none, Body=b"", ContentMD5=base64.b64encode(b"0" * 16).decode())
    refuse(s3.get_object, Bucket=BUCKET, Key="copy", IfNoneMatch="*")


@behaviour("uploads in parts, and what is deleted")
def _():
    for algorithm, kind in (("CRC32", "FULL_OBJECT"), ("SHA256", "COMPOSITE")):
        key = {"Bucket": BUCKET, "Key": algorithm}
        upload = {**key, "UploadId": s3.create_multipart_upload(**key, ChecksumAlgorithm=algorithm, ChecksumType=kind)["UploadId"]}
        part = s3.upload_part(**upload, PartNumber=1, Body=b"a" * 5 * 2**20, ChecksumAlgorithm=algorithm)
        copied = s3.upload_part_copy(**upload, PartNumber=2, CopySource=f"{BUCKET}/in/data.csv")["CopyPartResult"]
        s3.list_parts(**upload, MaxParts=1)
        s3.list_multipart_uploads(Bucket=BUCKET, MaxUploads=1)
        parts = [
            {"PartNumber": number, "ETag": one["ETag"], f"Checksum{algorithm}": one[f"Checksum{algorithm}"]}
            for number, one in ((1, part), (2, copied))
        ]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        s3.get_object_attributes(**key, ObjectAttributes=["ObjectParts", "Checksum"], MaxParts=1)
        s3.head_object(**key, PartNumber=2)
    again = {**key, "UploadId": s3.create_multipart_upload(**key)["UploadId"]}
    s3.abort_multipart_upload(**again)
    for name in ("abort_multipart_upload", "list_parts"):
        refuse(getattr(s3, name), **again)
    refuse(s3.upload_part, **again, PartNumber=1, Body=b"")
    refuse(s3.upload_part_copy, **again, PartNumber=1, CopySource=f"{BUCKET}/in/data.csv")
    refuse(s3.complete_multipart_upload, **again, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]})
    refuse(s3.create_multipart_upload, **key, ChecksumAlgorithm="SHA1", ChecksumType="FULL_OBJECT")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "copy"}, {"Key": "none"}]})
    refuse(s3.delete_objects, Bucket=f"{BUCKET}-3", Delete={"Objects": [{"Key": "a"}]})
    s3.delete_object(Bucket=BUCKET, Key="SHA256")
    refuse(s3.delete_object, Bucket=f"{BUCKET}-3", Key="a")
    s3.delete_bucket(Bucket=f"{BUCKET}-2")
    refuse(s3.delete_bucket, Bucket=BUCKET)


@behaviour("a job with every member of the request that may be had together")
def _():
    whole = samples.value(model_of("sagemaker").operation_model("CreateTrainingJob").input_shape, chance=1.0)
    for name in ("ServerlessJobConfig", "TrainingJobName", "RoleArn", "Environment"):
        del whole[name]
    algorithm = {**whole["AlgorithmSpecification"], "TrainingImage": "tiny:1", "TrainingInputMode": "File"}
    for name in ("AlgorithmName", "ContainerEntrypoint", "ContainerArguments"):
        del algorithm[name]
    for part in ("CheckpointConfig", "DebugHookConfig", "TensorBoardOutputConfig"):
        whole[part]["LocalPath"] = f"/opt/ml/{part}"
    whole |= {
        "AlgorithmSpecification": algorithm,
        "InputDataConfig": [{**whole["InputDataConfig"][0], "ChannelName": "train", "DataSource": {"S3DataSource": SOURCE}, "InputMode": "File"}],
        "ResourceConfig": {
            **whole["ResourceConfig"], "InstanceType": "ml.m5.large", "InstanceCount": 1, "KeepAlivePeriodInSeconds": 60,
        },
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900},
    }  # fmt: skip
    whole["InputDataConfig"][0] |= {"CompressionType": "None", "RecordWrapperType": "None"}
    for other in ("InstanceGroups", "InstancePreferences"):
        whole["ResourceConfig"].pop(other, None)
    job("everything", "train", **whole)
    ended("everything")
    preferred = [{"InstanceType": "ml.m5.large", "InstanceCount": 1}]
    job("preferred", "train", ResourceConfig={"InstancePreferences": preferred, "VolumeSizeInGB": 1})
    groups = [{"InstanceGroupName": "g", "InstanceType": "ml.m5.large", "InstanceCount": 1}]
    job("grouped", "fail", ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 1})
    equal([ended(name)["TrainingJobStatus"] for name in ("preferred", "grouped")], ["Completed", "Failed"])


@behaviour("a job in each state, looked at and listed")
def _():
    job("sleeper", "sleep")
    seen = set()

    def is_training():
        told = sagemaker.describe_training_job(TrainingJobName="sleeper")
        seen.add(told["SecondaryStatus"])
        return told["SecondaryStatus"] == "Training"

    eventually(is_training, "it trains")
    sagemaker.list_training_jobs(MaxResults=1)
    sagemaker.update_training_job(TrainingJobName="sleeper", RemoteDebugConfig={"EnableRemoteDebug": True})
    refuse(sagemaker.delete_training_job, TrainingJobName="sleeper")
    sagemaker.stop_training_job(TrainingJobName="sleeper")
    sagemaker.describe_training_job(TrainingJobName="sleeper")
    arn = ended("sleeper")["TrainingJobArn"]
    sagemaker.list_training_jobs(SortBy="Status", SortOrder="Descending")
    refuse(sagemaker.list_training_jobs, NextToken="none")
    refuse(sagemaker.create_training_job, **{**REQUEST, "TrainingJobName": "sleeper"})
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": ""}])
    sagemaker.list_tags(ResourceArn=arn)
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    refuse(sagemaker.add_tags, ResourceArn=NEVER, Tags=[])
    refuse(sagemaker.list_tags, ResourceArn=NEVER)
    refuse(sagemaker.delete_tags, ResourceArn=NEVER, TagKeys=["a"])
    for name in ("describe_training_job", "stop_training_job", "update_training_job"):
        refuse(getattr(sagemaker, name), TrainingJobName="never")
    sagemaker.delete_training_job(TrainingJobName="sleeper")


@behaviour("the model registry, with every member of a package that may be had together")
def _():
    group = {"ModelPackageGroupName": "registry"}
    arn = sagemaker.create_model_package_group(
        **group, ModelPackageGroupDescription="d", Tags=[{"Key": "a", "Value": "b"}], ManagedConfiguration={"ManagedStorageType": "Restricted"}
    )["ModelPackageGroupArn"]
    refuse(sagemaker.create_model_package_group, **group)
    whole = samples.value(model_of("sagemaker").operation_model("CreateModelPackage").input_shape, chance=1.0)
    for name in ("ModelPackageName", "Tags"):
        del whole[name]
    model = {"S3Uri": f"s3://{BUCKET}/in/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    for container in whole["InferenceSpecification"]["Containers"]:
        container |= {"ModelDataUrl": f"s3://{BUCKET}/in/data.csv", "ModelDataSource": {"S3DataSource": model}}
    package = sagemaker.create_model_package(**whole | group)["ModelPackageArn"]
    for more in (group, {"ModelPackageName": "alone"}, {}):
        refuse(sagemaker.create_model_package, **more | {"InferenceSpecification": {"Containers": [{"ModelDataUrl": "s3://never/m"}]}})
    sagemaker.create_model_package(ModelPackageName="alone", SourceAlgorithmSpecification=whole["SourceAlgorithmSpecification"])
    more = samples.value(model_of("sagemaker").operation_model("UpdateModelPackage").input_shape, chance=1.0)
    more |= {"ModelPackageArn": package, "InferenceSpecification": whole["InferenceSpecification"]}
    more["AdditionalInferenceSpecificationsToAdd"][0]["Name"] = "another"
    sagemaker.update_model_package(**more)
    refuse(sagemaker.update_model_package, **more)
    sagemaker.describe_model_package(ModelPackageName=package)
    sagemaker.describe_model_package(ModelPackageName="alone")
    sagemaker.describe_model_package_group(**group)
    sagemaker.list_model_packages(ModelPackageType="Both", MaxResults=1)
    sagemaker.list_model_package_groups(SortBy="Name")
    for name in ("list_model_packages", "list_model_package_groups"):
        refuse(getattr(sagemaker, name), NextToken="none")
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": ""}])
    sagemaker.list_tags(ResourceArn=arn)
    for resource in ("TrainingJob", "ModelPackage", "ModelPackageGroup"):
        sagemaker.search(Resource=resource)
    refuse(sagemaker.search, Resource="ModelPackage", SearchExpression={})
    refuse(sagemaker.delete_model_package_group, **group)
    sagemaker.delete_model_package(ModelPackageName=package)
    for name in ("describe_model_package", "delete_model_package"):
        refuse(getattr(sagemaker, name), ModelPackageName=package)
    sagemaker.delete_model_package_group(**group)
    refuse(sagemaker.describe_model_package_group, **group)


@behaviour("tracking servers and apps of managed MLflow")
def _():
    model = model_of("sagemaker")
    for name, wrong in (("CreateMlflowTrackingServer", "TrackingServerName"), ("CreateMlflowApp", "Name")):
        whole = samples.value(model.operation_model(name).input_shape, chance=1.0)
        whole |= {"ArtifactStoreUri": f"s3://{BUCKET}/mlflow", wrong: "mlflow"}
        create = getattr(sagemaker, xform_name(name))
        made = create(**whole)
        refuse(create, **{**whole, "ArtifactStoreUri": "https://example.com/"})
    server, app = {"TrackingServerName": "mlflow"}, {"Arn": made["Arn"]}
    never = {"TrackingServerName": "never"}, {"Arn": app["Arn"] + "X"}
    sagemaker.create_mlflow_tracking_server(TrackingServerName="least", ArtifactStoreUri=f"s3://{BUCKET}", RoleArn=ROLE)
    for kind, one, none, changed in (
        ("mlflow_tracking_server", server, never[0], {"TrackingServerSize": "Large"}),
        ("mlflow_app", app, never[1], {"Name": "other"}),
    ):
        calls = {
            name: getattr(sagemaker, name)
            for name in (f"describe_{kind}", f"create_presigned_{kind}_url", f"update_{kind}")
        }
        for name, call in calls.items():
            call(**one, **(changed if name.startswith("update") else {}))
            refuse(call, **none)
        calls[f"describe_{kind}"](**one)
        page = getattr(sagemaker, f"list_{kind}s")
        page(MaxResults=1, SortBy="Name")
        refuse(page, NextToken="none")
        refuse(getattr(sagemaker, f"delete_{kind}"), **none)
    refuse(sagemaker.start_mlflow_tracking_server, **server)
    sagemaker.stop_mlflow_tracking_server(**server)
    sagemaker.describe_mlflow_tracking_server(**server)
    refuse(sagemaker.stop_mlflow_tracking_server, **server)
    sagemaker.start_mlflow_tracking_server(**server)
    sagemaker.list_tags(ResourceArn=app["Arn"])
    sagemaker.delete_mlflow_tracking_server(**server)
    sagemaker.delete_mlflow_app(**app)


@behaviour("logs, metrics and identities")
def _():
    place = {"logGroupName": GROUP, "logStreamName": "s"}
    now = int(time.time() * 1000)
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(**place)
    refuse(logs.create_log_group, logGroupName=GROUP)
    refuse(logs.create_log_stream, **place)
    logs.put_log_events(**place, logEvents=[{"timestamp": at, "message": "m"} for at in (now - 20 * 86_400_000 + 1,)])
    logs.put_log_events(**place, logEvents=[{"timestamp": now + at, "message": f"m {at}"} for at in range(3)])
    logs.describe_log_groups(limit=1)
    logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", descending=True)
    logs.get_log_events(**place, limit=1)
    logs.filter_log_events(logGroupName=GROUP, filterPattern="m", limit=1)
    wrong = {"logGroupName": "/never", "logStreamName": "s"}
    refuse(logs.put_log_events, **wrong, logEvents=[{"timestamp": now, "message": "m"}])
    refuse(logs.get_log_events, **wrong)
    refuse(logs.describe_log_groups, nextToken="none")
    refuse(logs.describe_log_streams, logGroupName="/never")
    refuse(logs.filter_log_events, logGroupName="/never")
    clients["sts"].get_caller_identity()
    clients["sts"].assume_role(RoleArn=ROLE, RoleSessionName="ab", SourceIdentity="me", Tags=[{"Key": "a", "Value": "b"}])
    refuse(clients["sts"].assume_role, RoleArn=f"{ROLE}/", RoleSessionName="ab")
    clients["iam"].get_role(RoleName="a")
    refuse(clients["iam"].get_role, RoleName="a b")
    watch, metric = clients["cloudwatch"], {"Namespace": "n", "MetricName": "m"}
    times = {"StartTime": now / 1000 - 3600, "EndTime": now / 1000 + 60}
    watch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 0.5, "Unit": "Count"}])
    refuse(watch.put_metric_data, Namespace="AWS/", MetricData=[{"MetricName": "m", "Value": 1}])
    watch.get_metric_statistics(**metric, **times, Period=60, Statistics=["Sum", "Maximum"])
    refuse(watch.get_metric_statistics, **metric, **times, Period=90, Statistics=["Sum"])
    queries = [{"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]
    watch.get_metric_data(**times, MetricDataQueries=queries)
    refuse(watch.get_metric_data, **times, MetricDataQueries=queries * 2)
    watch.list_metrics(Namespace="n")
    refuse(watch.list_metrics, NextToken="none")


@behaviour("each operation that the local cloud has has been answered and refused by now")
def _():
    lacking = []
    for operation in answered():
        for is_refused, but in ((False, NEVER_ANSWERED), (True, NEVER_ANSWERED | NEVER_REFUSED)):
            key = (operation.service_model.service_name, operation.name, is_refused)
            if key not in answers.seen and operation.name not in but:
                lacking.append(f"{'.'.join(key[:2])} was not {'refused' if is_refused else 'answered'}")
    equal(lacking, [])


run()
