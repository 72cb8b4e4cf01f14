"""boto3 with the local cloud's S3: the transfer manager, multipart uploads, copies."""

import base64
import hashlib
import io
import os
import tempfile
import zlib

import boto3
from boto3.s3.transfer import TransferConfig

from behaviours import behaviour, equal, includes, refused, run

BUCKET = "interop-transfers"
MIB = 1024 * 1024
s3 = boto3.client("s3")
s3.create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
# 12 MiB in parts of 5 MiB: three parts, the last one shorter.
LARGE = os.urandom(12 * MIB)
PARTS = [LARGE[: 5 * MIB], LARGE[5 * MIB : 10 * MIB], LARGE[10 * MIB :]]
SMALL_PARTS = TransferConfig(
    multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4
)
LARGE_ETAG = '"{}-3"'.format(
    hashlib.md5(b"".join(hashlib.md5(part).digest() for part in PARTS)).hexdigest()
)


def head(key, **more):
    return s3.head_object(Bucket=BUCKET, Key=key, **more)


def read(key, **more):
    return s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def same(actual, expected):
    """Large bodies are compared by digest: nobody wants to read them."""
    equal(len(actual), len(expected))
    equal(hashlib.sha256(actual).hexdigest(), hashlib.sha256(expected).hexdigest())


def create(key, **more):
    return s3.create_multipart_upload(Bucket=BUCKET, Key=key, **more)["UploadId"]


def send(key, upload, number, body, **more):
    answer = s3.upload_part(
        Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body, **more
    )
    return {"PartNumber": number, "ETag": answer["ETag"]}


def complete(key, upload, parts, **more):
    return s3.complete_multipart_upload(
        Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **more
    )


@behaviour("upload_file sends a large file in parts, and the ETag is that of its parts")
def _():
    with tempfile.NamedTemporaryFile() as file:
        file.write(LARGE)
        file.flush()
        told = []
        s3.upload_file(
            file.name,
            BUCKET,
            "large",
            ExtraArgs={"ContentType": "application/x-large", "Metadata": {"parts": "three"}},
            Callback=told.append,
            Config=SMALL_PARTS,
        )
    equal(sum(told), len(LARGE))
    answer = head("large")
    equal(answer["ETag"], LARGE_ETAG)
    equal(answer["ContentLength"], len(LARGE))
    equal(answer["ContentType"], "application/x-large")
    equal(answer["Metadata"], {"parts": "three"})
    same(read("large"), LARGE)


@behaviour("download_file reads it by ranges, whole")
def _():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "large")
        s3.download_file(BUCKET, "large", path, Config=SMALL_PARTS)
        with open(path, "rb") as file:
            same(file.read(), LARGE)
        equal(os.listdir(folder), ["large"])


@behaviour("small files and streams go through the transfer manager too")
def _():
    s3.upload_fileobj(io.BytesIO(b"a stream"), BUCKET, "stream")
    into = io.BytesIO()
    s3.download_fileobj(BUCKET, "stream", into)
    equal(into.getvalue(), b"a stream")


@behaviour("one part of an object can be asked for")
def _():
    answer = s3.get_object(Bucket=BUCKET, Key="large", PartNumber=2)
    same(answer["Body"].read(), PARTS[1])
    equal(answer["PartsCount"], 3)
    equal(head("large", PartNumber=3)["ContentLength"], 2 * MIB)
    with refused("416", 416):
        head("large", PartNumber=4)


@behaviour("a range over the seam of two parts is whole")
def _():
    at = 5 * MIB
    equal(read("large", Range=f"bytes={at - 3}-{at + 2}"), LARGE[at - 3 : at + 3])


@behaviour("uploads and their parts are listed; an upload under way is no object")
def _():
    upload = create("under way", Metadata={"k": "v"})
    for number in (2, 1):
        send("under way", upload, number, PARTS[0])
    listed = s3.list_parts(Bucket=BUCKET, Key="under way", UploadId=upload)
    equal([part["PartNumber"] for part in listed["Parts"]], [1, 2])
    equal(listed["Parts"][0]["Size"], 5 * MIB)
    uploads = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    equal([(one["Key"], one["UploadId"]) for one in uploads], [("under way", upload)])
    with refused("404"):
        head("under way")
    s3.abort_multipart_upload(Bucket=BUCKET, Key="under way", UploadId=upload)


@behaviour("an aborted upload is gone")
def _():
    upload = create("aborted")
    part = send("aborted", upload, 1, b"x")
    s3.abort_multipart_upload(Bucket=BUCKET, Key="aborted", UploadId=upload)
    with refused("NoSuchUpload", 404):
        send("aborted", upload, 2, b"y")
    with refused("NoSuchUpload", 404):
        complete("aborted", upload, [part])
    equal(s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []), [])


@behaviour("a part sent twice counts once: the later one")
def _():
    upload = create("again")
    send("again", upload, 1, b"first")
    part = send("again", upload, 1, b"second")
    complete("again", upload, [part])
    equal(read("again"), b"second")


@behaviour("an upload is refused for parts out of order, unknown, or too small")
def _():
    upload = create("refused")
    first = send("refused", upload, 1, b"too small")
    second = send("refused", upload, 2, b"the last may be")
    with refused("InvalidPartOrder", 400):
        complete("refused", upload, [second, first])
    with refused("InvalidPart", 400):
        complete("refused", upload, [first, {"PartNumber": 3, "ETag": first["ETag"]}])
    with refused("EntityTooSmall", 400):
        complete("refused", upload, [first, second])
    s3.abort_multipart_upload(Bucket=BUCKET, Key="refused", UploadId=upload)


@behaviour("If-None-Match: * holds when an upload is completed, too")
def _():
    s3.put_object(Bucket=BUCKET, Key="taken", Body=b"first")
    upload = create("taken")
    part = send("taken", upload, 1, b"second")
    with refused("PreconditionFailed", 412):
        complete("taken", upload, [part], IfNoneMatch="*")
    equal(read("taken"), b"first")


@behaviour("a part that disagrees with its checksum is refused")
def _():
    upload = create("checked", ChecksumAlgorithm="CRC32")
    with refused("BadDigest", 400):
        send("checked", upload, 1, b"x", ChecksumCRC32=base64.b64encode(b"\0\0\0\1").decode())
    s3.abort_multipart_upload(Bucket=BUCKET, Key="checked", UploadId=upload)


@behaviour("the CRC32 of the whole object is checked when the upload is completed")
def _():
    whole = base64.b64encode(zlib.crc32(LARGE).to_bytes(4, "big")).decode()
    wrong = base64.b64encode(b"\0\0\0\1").decode()
    upload = create("whole", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    parts = [send("whole", upload, n + 1, body) for n, body in enumerate(PARTS)]
    with refused("BadDigest", 400):
        complete("whole", upload, parts, ChecksumCRC32=wrong, ChecksumType="FULL_OBJECT")
    answer = complete("whole", upload, parts, ChecksumCRC32=whole, ChecksumType="FULL_OBJECT")
    equal(answer["ChecksumCRC32"], whole)
    told = head("whole", ChecksumMode="ENABLED")
    equal((told["ChecksumCRC32"], told["ChecksumType"]), (whole, "FULL_OBJECT"))


@behaviour("a copy takes metadata and type along")
def _():
    s3.put_object(
        Bucket=BUCKET,
        Key="source ü+&",
        Body=b"copied",
        ContentType="text/x-source",
        Metadata={"from": "source"},
    )
    answer = s3.copy_object(
        Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "source ü+&"}
    )
    equal(answer["CopyObjectResult"]["ETag"], head("source ü+&")["ETag"])
    told = head("copy")
    equal((told["ContentType"], told["Metadata"]), ("text/x-source", {"from": "source"}))
    equal(read("copy"), b"copied")


@behaviour("a copy replaces metadata when it is told to")
def _():
    s3.copy_object(
        Bucket=BUCKET,
        Key="copy",
        CopySource={"Bucket": BUCKET, "Key": "source ü+&"},
        MetadataDirective="REPLACE",
        ContentType="text/x-copy",
        Metadata={"by": "copy"},
    )
    told = head("copy")
    equal((told["ContentType"], told["Metadata"]), ("text/x-copy", {"by": "copy"}))


@behaviour("a copy onto itself must change something")
def _():
    with refused("InvalidRequest", 400, "without changing"):
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "copy"})
    s3.copy_object(
        Bucket=BUCKET,
        Key="copy",
        CopySource={"Bucket": BUCKET, "Key": "copy"},
        MetadataDirective="REPLACE",
        Metadata={"by": "itself"},
    )
    equal(read("copy"), b"copied")
    equal(head("copy")["Metadata"], {"by": "itself"})


@behaviour("a copy's source must be there, and as expected")
def _():
    with refused("NoSuchKey", 404):
        s3.copy_object(
            Bucket=BUCKET, Key="x", CopySource={"Bucket": BUCKET, "Key": "not there"}
        )
    with refused("NoSuchBucket", 404):
        s3.copy_object(
            Bucket=BUCKET, Key="x", CopySource={"Bucket": "interop-not-there", "Key": "x"}
        )
    with refused("PreconditionFailed", 412):
        s3.copy_object(
            Bucket=BUCKET,
            Key="x",
            CopySource={"Bucket": BUCKET, "Key": "copy"},
            CopySourceIfMatch='"other"',
        )


@behaviour("parts are copied from ranges of another object (UploadPartCopy)")
def _():
    upload = create("pieced")
    source = {"Bucket": BUCKET, "Key": "large"}
    parts = []
    for number, (start, end) in enumerate(((0, 5 * MIB - 1), (10 * MIB, 11 * MIB - 1)), 1):
        answer = s3.upload_part_copy(
            Bucket=BUCKET,
            Key="pieced",
            UploadId=upload,
            PartNumber=number,
            CopySource=source,
            CopySourceRange=f"bytes={start}-{end}",
        )
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    complete("pieced", upload, parts)
    same(read("pieced"), PARTS[0] + PARTS[2][:MIB])


@behaviour("the transfer manager copies a large object in parts")
def _():
    s3.copy({"Bucket": BUCKET, "Key": "large"}, BUCKET, "large copy", Config=SMALL_PARTS)
    equal(head("large copy")["ETag"], LARGE_ETAG)
    equal(head("large copy")["Metadata"], {"parts": "three"})
    same(read("large copy"), LARGE)


@behaviour("a copied part's range must lie within its source")
def _():
    upload = create("beyond")
    try:
        with refused("InvalidArgument", 400):
            s3.upload_part_copy(
                Bucket=BUCKET,
                Key="beyond",
                UploadId=upload,
                PartNumber=1,
                CopySource={"Bucket": BUCKET, "Key": "copy"},
                CopySourceRange="bytes=0-99",
            )
    finally:
        s3.abort_multipart_upload(Bucket=BUCKET, Key="beyond", UploadId=upload)


@behaviour("no upload is left behind")
def _():
    left = [one["Key"] for one in s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]
    # The refused completion under If-None-Match leaves its upload to be completed or aborted.
    equal([key for key in left if key != "taken"], [])
    includes([one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]], "pieced")


run()
