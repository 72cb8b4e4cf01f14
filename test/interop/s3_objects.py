"""boto3 with the local cloud's S3: buckets, objects, ranges, conditions, checksums, keys, presigned URLs."""

import base64
import datetime
import hashlib
import urllib.error
import urllib.request
import zlib

import boto3
from botocore.config import Config

from behaviours import behaviour, equal, eventually, includes, refused, run

REGION = "eu-west-1"
s3 = boto3.client("s3")
BUCKET = "interop-objects"


def make_bucket(name):
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def put(key, body=b"0123456789", **more):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=body, **more)


def get(key, **more):
    return s3.get_object(Bucket=BUCKET, Key=key, **more)


@behaviour("a bucket is made, found, listed, located and deleted")
def _():
    make_bucket("interop-short-lived")
    equal(s3.head_bucket(Bucket="interop-short-lived")["BucketRegion"], REGION)
    includes([bucket["Name"] for bucket in s3.list_buckets()["Buckets"]], "interop-short-lived")
    equal(s3.get_bucket_location(Bucket="interop-short-lived")["LocationConstraint"], REGION)
    s3.delete_bucket(Bucket="interop-short-lived")
    with refused("404", 404):
        s3.head_bucket(Bucket="interop-short-lived")


@behaviour("one's own bucket is not made twice")
def _():
    make_bucket(BUCKET)
    with refused("BucketAlreadyOwnedByYou", 409):
        make_bucket(BUCKET)


@behaviour("a bucket's name must be valid, whatever the client lets pass")
def _():
    with refused("InvalidBucketName", 400):
        make_bucket("Interop-Capitals")


@behaviour("a bucket that holds an object is not deleted")
def _():
    put("keeps the bucket")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=BUCKET)


@behaviour("public access is blocked, and the block is told")
def _():
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    equal(
        s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"],
        block,
    )


@behaviour("another account's bucket is refused when an owner is expected")
def _():
    s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner="123456789012")
    with refused("403", 403):
        s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner="999999999999")


@behaviour("an object comes back as it was put, with its length, type, time and ETag")
def _():
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    body = bytes(range(256)) * 5
    etag = f'"{hashlib.md5(body).hexdigest()}"'
    equal(put("round trip", body, ContentType="application/x-test")["ETag"], etag)
    answer = get("round trip")
    equal(answer["Body"].read(), body)
    for told in (answer, s3.head_object(Bucket=BUCKET, Key="round trip")):
        equal(told["ContentLength"], 1280)
        equal(told["ContentType"], "application/x-test")
        equal(told["ETag"], etag)
        equal(told["AcceptRanges"], "bytes")
        assert before <= told["LastModified"], told["LastModified"]


@behaviour("an object without a content type is binary/octet-stream")
def _():
    put("no type")
    equal(get("no type")["ContentType"], "binary/octet-stream")


@behaviour("an empty object is an object")
def _():
    put("empty", b"")
    equal(get("empty")["Body"].read(), b"")
    equal(s3.head_object(Bucket=BUCKET, Key="empty")["ContentLength"], 0)


@behaviour("an object of 3 MiB, which boto3 sends after 100-continue, comes back whole")
def _():
    body = bytes(3 * 1024 * 1024 // 8 * [1, 2, 3, 4, 5, 6, 7, 250])
    put("large", body)
    equal(hashlib.sha256(get("large")["Body"].read()).digest(), hashlib.sha256(body).digest())


@behaviour("a second put takes the first one's place")
def _():
    put("twice", b"first", Metadata={"round": "1"})
    put("twice", b"second!")
    answer = get("twice")
    equal((answer["Body"].read(), answer["Metadata"]), (b"second!", {}))


@behaviour("metadata and content headers are kept")
def _():
    expires = datetime.datetime(2031, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    put(
        "headers",
        Metadata={"Purpose": "Interop", "empty": "", "spaced": "a  b"},
        CacheControl="max-age=60",
        ContentDisposition='attachment; filename="x.csv"',
        ContentEncoding="identity",
        ContentLanguage="de",
        Expires=expires,
    )
    told = s3.head_object(Bucket=BUCKET, Key="headers")
    # Names of user metadata are in lower case, as S3 keeps them.
    equal(told["Metadata"], {"purpose": "Interop", "empty": "", "spaced": "a  b"})
    equal(told["CacheControl"], "max-age=60")
    equal(told["ContentDisposition"], 'attachment; filename="x.csv"')
    equal(told["ContentEncoding"], "identity")
    equal(told["ContentLanguage"], "de")
    equal(told["ExpiresString"], "Thu, 02 Jan 2031 03:04:05 GMT")


@behaviour("metadata over 2 KB is refused")
def _():
    with refused("MetadataTooLarge", 400):
        put("too much", Metadata={"much": "x" * 2100})


@behaviour("the answer's headers can be asked for")
def _():
    put("overrides")
    told = get("overrides", ResponseContentType="text/x-asked", ResponseCacheControl="no-store")
    equal((told["ContentType"], told["CacheControl"]), ("text/x-asked", "no-store"))


@behaviour("what is not there is NoSuchKey or NoSuchBucket, and a bare 404 for HEAD")
def _():
    with refused("NoSuchKey", 404, "The specified key does not exist."):
        get("not there")
    with refused("NoSuchBucket", 404, "The specified bucket does not exist"):
        s3.get_object(Bucket="interop-not-there", Key="x")
    with refused("NoSuchBucket", 404):
        s3.put_object(Bucket="interop-not-there", Key="x", Body=b"")
    with refused("404", 404):
        s3.head_object(Bucket=BUCKET, Key="not there")
    try:
        get("not there")
    except s3.exceptions.NoSuchKey as error:
        equal(error.response["Error"]["Key"], "not there")


@behaviour("deleting is idempotent")
def _():
    put("deleted")
    for _ in range(2):
        answer = s3.delete_object(Bucket=BUCKET, Key="deleted")
        equal(answer["ResponseMetadata"]["HTTPStatusCode"], 204)
    with refused("NoSuchKey"):
        get("deleted")


@behaviour("many objects are deleted at once, those that are not there too")
def _():
    keys = ["many/1", "many/2 & more", "many/ü"]
    for key in keys:
        put(key)
    wanted = [{"Key": key} for key in [*keys, "many/never"]]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": wanted})
    equal(
        sorted(one["Key"] for one in answer["Deleted"]), sorted([*keys, "many/never"])
    )
    equal(answer.get("Errors", []), [])
    equal(s3.list_objects_v2(Bucket=BUCKET, Prefix="many/")["KeyCount"], 0)


@behaviour("a quiet deletion tells errors only")
def _():
    put("quiet")
    answer = s3.delete_objects(
        Bucket=BUCKET, Delete={"Objects": [{"Key": "quiet"}], "Quiet": True}
    )
    equal((answer.get("Deleted", []), answer.get("Errors", [])), ([], []))


@behaviour("ranges: first bytes, from a byte on, last bytes, cut at the end")
def _():
    put("ranges", b"0123456789")
    for asked, body, told in (
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ):
        answer = get("ranges", Range=asked)
        equal(answer["Body"].read(), body)
        equal(answer["ContentRange"], told)
        equal(answer["ContentLength"], len(body))
        equal(answer["ResponseMetadata"]["HTTPStatusCode"], 206)


@behaviour("a range beyond the end is refused, one that is none is passed over")
def _():
    with refused("InvalidRange", 416):
        get("ranges", Range="bytes=10-")
    for nonsense in ("bytes=5-2", "lines=1-2"):
        answer = get("ranges", Range=nonsense)
        equal(answer["ResponseMetadata"]["HTTPStatusCode"], 200)
        equal(answer["Body"].read(), b"0123456789")


@behaviour("conditions of a read: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since")
def _():
    etag = put("read conditions")["ETag"]
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    equal(get("read conditions", IfMatch=etag)["Body"].read(), b"0123456789")
    with refused("PreconditionFailed", 412):
        get("read conditions", IfMatch='"other"')
    with refused("304", 304):
        get("read conditions", IfNoneMatch=etag)
    equal(get("read conditions", IfNoneMatch='"other"')["Body"].read(), b"0123456789")
    with refused("304", 304):
        get("read conditions", IfModifiedSince=now)
    get("read conditions", IfModifiedSince=now - day)
    with refused("PreconditionFailed", 412):
        get("read conditions", IfUnmodifiedSince=now - day)
    get("read conditions", IfUnmodifiedSince=now + day)
    with refused("412", 412):
        s3.head_object(Bucket=BUCKET, Key="read conditions", IfMatch='"other"')
    with refused("304", 304):
        s3.head_object(Bucket=BUCKET, Key="read conditions", IfNoneMatch=etag)


@behaviour("If-None-Match: * makes an object and never takes one's place")
def _():
    put("only once", b"first", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        put("only once", b"second", IfNoneMatch="*")
    equal(get("only once")["Body"].read(), b"first")


@behaviour("If-Match takes the place of what was seen, and of nothing else")
def _():
    seen = put("compare and swap", b"first")["ETag"]
    put("compare and swap", b"second", IfMatch=seen)
    with refused("PreconditionFailed", 412):
        put("compare and swap", b"third", IfMatch=seen)
    equal(get("compare and swap")["Body"].read(), b"second")
    with refused("NoSuchKey", 404):
        put("never there", b"x", IfMatch=seen)


@behaviour("a put without a word on checksums bears the CRC32 that boto3 adds")
def _():
    body = b"checked by default"
    put("crc32", body)
    told = s3.head_object(Bucket=BUCKET, Key="crc32", ChecksumMode="ENABLED")
    equal(told["ChecksumCRC32"], base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode())
    equal(told["ChecksumType"], "FULL_OBJECT")
    equal(get("crc32", ChecksumMode="ENABLED")["Body"].read(), body)


@behaviour("SHA-256 and SHA-1 are kept and told when they are asked for")
def _():
    body = b"checked by name"
    for algorithm, digest in (("SHA256", hashlib.sha256), ("SHA1", hashlib.sha1)):
        value = base64.b64encode(digest(body).digest()).decode()
        equal(put(algorithm, body, ChecksumAlgorithm=algorithm)[f"Checksum{algorithm}"], value)
        told = s3.head_object(Bucket=BUCKET, Key=algorithm, ChecksumMode="ENABLED")
        equal(told[f"Checksum{algorithm}"], value)
        assert f"Checksum{algorithm}" not in s3.head_object(Bucket=BUCKET, Key=algorithm)


@behaviour("a body that disagrees with its checksum is refused and leaves nothing behind")
def _():
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    with refused("BadDigest", 400):
        put("wrong sum", ChecksumSHA256=wrong)
    with refused("BadDigest", 400):
        put("wrong sum", ChecksumCRC32=base64.b64encode(b"\0\0\0\1").decode())
    with refused("BadDigest", 400):
        put("wrong sum", ContentMD5=base64.b64encode(hashlib.md5(b"other").digest()).decode())
    with refused("InvalidDigest", 400):
        put("wrong sum", ContentMD5="no digest")
    with refused("404"):
        s3.head_object(Bucket=BUCKET, Key="wrong sum")


@behaviour("a right Content-MD5 is taken")
def _():
    put("right sum", b"x", ContentMD5=base64.b64encode(hashlib.md5(b"x").digest()).decode())


ODD_KEYS = [
    "odd/a",
    "odd/a/b",
    "odd/a/",
    "odd//double//slash",
    "odd/up/../and/./down",
    "odd/..",
    "odd/with space",
    "odd/plus+and%20percent",
    "odd/quotes'\"<&>",
    "odd/?query#fragment=1;2",
    "odd/back\\slash:colon|pipe*",
    "odd/ÄÖÜ ß é",
    "odd/日本語/ファイル.txt",
    "odd/😀",
    "odd/.hidden",
    "odd/CON",
    "odd/UPPER",
    "odd/upper",
    "odd/line\nbreak\ttab",
    "odd/" + "ü" * 510,
]


@behaviour("odd keys are kept apart and come back as they are")
def _():
    equal(len(ODD_KEYS[-1].encode()), 1024)
    for key in ODD_KEYS:
        put(key, key.encode())
    for key in ODD_KEYS:
        equal(get(key)["Body"].read(), key.encode())
        equal(s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"], len(key.encode()))
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="odd/")["Contents"]
    equal(
        [one["Key"] for one in listed], sorted(ODD_KEYS, key=lambda key: key.encode())
    )
    for key in ODD_KEYS:
        s3.delete_object(Bucket=BUCKET, Key=key)
    equal(s3.list_objects_v2(Bucket=BUCKET, Prefix="odd/")["KeyCount"], 0)


@behaviour("a key of 1,025 bytes is refused")
def _():
    with refused("KeyTooLongError", 400):
        put("k" * 1025)


# Left to itself, boto3 presigns for S3 by the old signature, version 2.
signers = {
    "v2": s3,
    "v4": boto3.client("s3", config=Config(signature_version="s3v4")),
}


def open_url(url, **more):
    with urllib.request.urlopen(urllib.request.Request(url, **more), timeout=30) as answer:
        return answer.read(), answer.headers


@behaviour("a presigned URL reads an object without a client")
def _():
    put("presigned ü&", b"for the bearer")
    for signer in signers.values():
        url = signer.generate_presigned_url(
            "get_object",
            {"Bucket": BUCKET, "Key": "presigned ü&", "ResponseContentType": "text/x-asked"},
            ExpiresIn=60,
        )
        body, headers = open_url(url)
        equal((body, headers["Content-Type"]), (b"for the bearer", "text/x-asked"))


@behaviour("a presigned URL writes an object without a client")
def _():
    for version, signer in signers.items():
        url = signer.generate_presigned_url(
            "put_object",
            {"Bucket": BUCKET, "Key": f"uploaded {version}", "ContentType": "text/plain"},
            ExpiresIn=60,
        )
        open_url(url, method="PUT", data=b"by urllib", headers={"Content-Type": "text/plain"})
        answer = get(f"uploaded {version}")
        equal((answer["Body"].read(), answer["ContentType"]), (b"by urllib", "text/plain"))


@behaviour("a presigned URL whose time is over is refused")
def _():
    put("presigned briefly")
    urls = [
        signer.generate_presigned_url(
            "get_object", {"Bucket": BUCKET, "Key": "presigned briefly"}, ExpiresIn=1
        )
        for signer in signers.values()
    ]

    def refusal(url):
        try:
            open_url(url)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        return None

    for url in urls:
        status, text = eventually(lambda: refusal(url), "the URL has expired", 15)
        equal(status, 403)
        includes(text, "<Code>AccessDenied</Code>")


run()
