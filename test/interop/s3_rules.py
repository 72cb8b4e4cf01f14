"""boto3 with an S3: single rules of the protocol, each by itself, for servers side by side."""

import base64
import datetime
import hashlib

import boto3
from botocore.exceptions import ClientError

from behaviours import behaviour, equal, refused, run

BUCKET = "interop-rules"
MIB = 1024 * 1024
s3 = boto3.client("s3")
s3.create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
for each in ("list/a b", "list/c+d", "list/e/1", "list/e/2", "list/f"):
    s3.put_object(Bucket=BUCKET, Key=each, Body=b"x")
s3.put_object(Bucket=BUCKET, Key="digits", Body=b"0123456789")
DAY = datetime.timedelta(days=1)


def keys(**query):
    return [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, **query).get("Contents", [])]


def get(**query):
    return s3.get_object(Bucket=BUCKET, Key="digits", **query)


def copy(**more):
    return s3.copy_object(
        Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "digits"}, **more
    )


def etag():
    return s3.head_object(Bucket=BUCKET, Key="digits")["ETag"]


def upload(key="parts"):
    return s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]


@behaviour("encoding-type=url: keys with spaces and plus signs come back as they are")
def _():
    equal(keys(Prefix="list/")[:2], ["list/a b", "list/c+d"])


@behaviour("max-keys beyond 1,000 is 1,000")
def _():
    equal(s3.list_objects_v2(Bucket=BUCKET, MaxKeys=5000)["MaxKeys"], 1000)


@behaviour("a continuation token outdoes start-after")
def _():
    first = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", MaxKeys=2)
    token = first["NextContinuationToken"]
    equal(keys(Prefix="list/", ContinuationToken=token, StartAfter="zzz")[0], "list/e/1")


@behaviour("a page tells that it is cut, and the last that it is not")
def _():
    first = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", MaxKeys=4)
    equal((first["IsTruncated"], first["KeyCount"]), (True, 4))
    last = s3.list_objects_v2(
        Bucket=BUCKET, Prefix="list/", ContinuationToken=first["NextContinuationToken"]
    )
    equal((last["IsTruncated"], last["KeyCount"]), (False, 1))


@behaviour("a prefix that ends in the delimiter lists what is directly below")
def _():
    equal(keys(Prefix="list/e/", Delimiter="/"), ["list/e/1", "list/e/2"])


@behaviour("an error tells code, message and request id")
def _():
    try:
        s3.get_object(Bucket=BUCKET, Key="never")
    except ClientError as error:
        equal(error.response["Error"]["Code"], "NoSuchKey")
        equal(error.response["Error"]["Message"], "The specified key does not exist.")
        assert error.response["ResponseMetadata"]["RequestId"]


@behaviour("an error of a missing bucket names it")
def _():
    try:
        s3.list_objects_v2(Bucket="interop-never")
    except ClientError as error:
        equal(error.response["Error"]["BucketName"], "interop-never")


@behaviour("a suffix range longer than the object is the whole object")
def _():
    equal(get(Range="bytes=-99")["Body"].read(), b"0123456789")


@behaviour("a suffix range of nothing is refused")
def _():
    with refused("InvalidRange", 416):
        get(Range="bytes=-0")


@behaviour("several ranges are answered with the whole object")
def _():
    answer = get(Range="bytes=0-1,4-5")
    equal((answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentLength"]), (200, 10))


@behaviour("a range of a HEAD is told, without a body")
def _():
    answer = s3.head_object(Bucket=BUCKET, Key="digits", Range="bytes=2-4")
    equal((answer["ContentLength"], answer["ContentRange"]), (3, "bytes 2-4/10"))


@behaviour("If-Match takes an ETag with or without quotes")
def _():
    equal(get(IfMatch=etag().strip('"'))["ContentLength"], 10)


@behaviour("If-Match outdoes If-Unmodified-Since")
def _():
    now = datetime.datetime.now(datetime.timezone.utc)
    equal(get(IfMatch=etag(), IfUnmodifiedSince=now - DAY)["ContentLength"], 10)


@behaviour("If-None-Match outdoes If-Modified-Since")
def _():
    now = datetime.datetime.now(datetime.timezone.utc)
    with refused("304", 304):
        get(IfNoneMatch=etag(), IfModifiedSince=now - DAY)


@behaviour("a copy under If-Match of its source")
def _():
    copy(CopySourceIfMatch=etag())
    with refused("PreconditionFailed", 412):
        copy(CopySourceIfMatch='"other"')


@behaviour("a copy under If-None-Match of its source")
def _():
    copy(CopySourceIfNoneMatch='"other"')
    with refused("PreconditionFailed", 412):
        copy(CopySourceIfNoneMatch=etag())


@behaviour("a copy under If-Modified-Since of its source")
def _():
    now = datetime.datetime.now(datetime.timezone.utc)
    copy(CopySourceIfModifiedSince=now - DAY)
    with refused("PreconditionFailed", 412):
        copy(CopySourceIfUnmodifiedSince=now - DAY)


@behaviour("a copy takes tags along, or replaces them")
def _():
    s3.put_object(Bucket=BUCKET, Key="digits", Body=b"0123456789", Tagging="a=1")
    copy()
    equal(s3.get_object_tagging(Bucket=BUCKET, Key="copy")["TagSet"], [{"Key": "a", "Value": "1"}])
    copy(TaggingDirective="REPLACE", Tagging="b=2")
    equal(s3.get_object_tagging(Bucket=BUCKET, Key="copy")["TagSet"], [{"Key": "b", "Value": "2"}])


@behaviour("tags are counted on a read")
def _():
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"", Tagging="a=1&b=2")
    equal(s3.get_object(Bucket=BUCKET, Key="tagged")["TagCount"], 2)


@behaviour("eleven tags are refused")
def _():
    tags = [{"Key": str(n), "Value": ""} for n in range(11)]
    with refused("BadRequest", 400):
        s3.put_object_tagging(Bucket=BUCKET, Key="digits", Tagging={"TagSet": tags})


@behaviour("a new put takes the tags away")
def _():
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"")
    equal(s3.get_object_tagging(Bucket=BUCKET, Key="tagged")["TagSet"], [])


@behaviour("a read may ask for another ContentType")
def _():
    equal(get(ResponseContentType="asked")["ContentType"], "asked")


@behaviour("a read may ask for another CacheControl")
def _():
    equal(get(ResponseCacheControl="asked")["CacheControl"], "asked")


@behaviour("a read may ask for another ContentDisposition")
def _():
    equal(get(ResponseContentDisposition="asked")["ContentDisposition"], "asked")


@behaviour("a read may ask for another ContentEncoding")
def _():
    equal(get(ResponseContentEncoding="asked")["ContentEncoding"], "asked")


@behaviour("a read may ask for another ContentLanguage")
def _():
    equal(get(ResponseContentLanguage="asked")["ContentLanguage"], "asked")


@behaviour("1,001 keys are too many for one deletion")
def _():
    objects = [{"Key": str(n)} for n in range(1001)]
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})


@behaviour("a deletion of no keys is refused")
def _():
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": []})


@behaviour("an upload of no parts is not completed")
def _():
    with refused("MalformedXML", 400):
        s3.complete_multipart_upload(
            Bucket=BUCKET, Key="parts", UploadId=upload(), MultipartUpload={"Parts": []}
        )


@behaviour("parts are numbered from 1 to 10,000")
def _():
    for number in (0, 10_001):
        with refused("InvalidArgument", 400):
            s3.upload_part(
                Bucket=BUCKET, Key="parts", UploadId=upload(), PartNumber=number, Body=b"x"
            )


@behaviour("parts are listed page by page")
def _():
    identity = upload("paged")
    for number in (1, 3, 5):
        s3.upload_part(
            Bucket=BUCKET, Key="paged", UploadId=identity, PartNumber=number, Body=b"x"
        )
    page = s3.list_parts(Bucket=BUCKET, Key="paged", UploadId=identity, MaxParts=2)
    equal((page["IsTruncated"], page["NextPartNumberMarker"]), (True, 3))
    rest = s3.list_parts(
        Bucket=BUCKET, Key="paged", UploadId=identity, PartNumberMarker=page["NextPartNumberMarker"]
    )
    equal([one["PartNumber"] for one in rest["Parts"]], [5])


@behaviour("one part alone may be small, and its ETag says that there is one")
def _():
    identity = upload("single")
    part = s3.upload_part(
        Bucket=BUCKET, Key="single", UploadId=identity, PartNumber=7, Body=b"small"
    )
    answer = s3.complete_multipart_upload(
        Bucket=BUCKET,
        Key="single",
        UploadId=identity,
        MultipartUpload={"Parts": [{"PartNumber": 7, "ETag": part["ETag"]}]},
    )
    wanted = hashlib.md5(hashlib.md5(b"small").digest()).hexdigest()
    equal(answer["ETag"], f'"{wanted}-1"')


@behaviour("an upload that is none is refused")
def _():
    with refused("NoSuchUpload", 404):
        s3.abort_multipart_upload(Bucket=BUCKET, Key="parts", UploadId="never")


SUMS = {
    "CRC32": "poTHxg==",
    "CRC32C": "KAwGng==",
    "CRC64NVME": "Ffmx7kz9nB0=",
    "SHA1": "h6zsF82dzSCnFsws9nQXtxyKcBY=",
    "SHA256": "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=",
}


def right(algorithm):
    name = f"Checksum{algorithm}"
    s3.put_object(Bucket=BUCKET, Key="sum", Body=b"0123456789", **{name: SUMS[algorithm]})
    told = s3.head_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
    equal((told[name], told["ChecksumType"]), (SUMS[algorithm], "FULL_OBJECT"))


def wrong(algorithm):
    value = bytes(byte ^ 1 for byte in base64.b64decode(SUMS[algorithm]))
    checksum = {f"Checksum{algorithm}": base64.b64encode(value).decode()}
    with refused("BadDigest", 400):
        s3.put_object(Bucket=BUCKET, Key="sum", Body=b"0123456789", **checksum)


@behaviour("a right CRC32 is taken and told")
def _():
    right("CRC32")


@behaviour("a wrong CRC32 is BadDigest")
def _():
    wrong("CRC32")


@behaviour("a right CRC32C is taken and told")
def _():
    right("CRC32C")


@behaviour("a wrong CRC32C is BadDigest")
def _():
    wrong("CRC32C")


@behaviour("a right CRC64NVME is taken and told")
def _():
    right("CRC64NVME")


@behaviour("a wrong CRC64NVME is BadDigest")
def _():
    wrong("CRC64NVME")


@behaviour("a right SHA1 is taken and told")
def _():
    right("SHA1")


@behaviour("a wrong SHA1 is BadDigest")
def _():
    wrong("SHA1")


@behaviour("a right SHA256 is taken and told")
def _():
    right("SHA256")


@behaviour("a wrong SHA256 is BadDigest")
def _():
    wrong("SHA256")


def no_bucket(name):
    with refused("InvalidBucketName", 400):
        s3.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )


@behaviour("no bucket is named Capital")
def _():
    no_bucket("Capital")


@behaviour("no bucket is named under_score")
def _():
    no_bucket("under_score")


@behaviour("no bucket is named -dash")
def _():
    no_bucket("-dash")


@behaviour("no bucket is named two..dots")
def _():
    no_bucket("two..dots")


@behaviour("no bucket is named 192.168.1.1")
def _():
    no_bucket("192.168.1.1")


@behaviour("a regional endpoint wants its location said")
def _():
    with refused("IllegalLocationConstraintException", 400):
        s3.create_bucket(Bucket="interop-elsewhere")


run()
