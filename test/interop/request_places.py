"""S3's parameters are places of HTTP and of XML: what botocore's model forbids there (no value of an enum, no number, nothing where
something is required) is refused for that reason, or passed over where that is harmless, by name."""

import base64

import samples
from behaviours import behaviour, equal, run
from operations import answered, send
from requests_of import changed, places

BUCKET = {"Bucket": "places", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
OPERATIONS = {
    one.name: one for one in answered() if one.service_model.service_name == "s3" and one.name != "ListDirectoryBuckets"
}
# Codes that say what is wrong with a request, and not with what it is for.
REFUSALS = {
    "AccessControlListNotSupported", "IllegalLocationConstraintException", "InvalidArgument",
    "InvalidBucketAclWithObjectOwnership", "InvalidDigest", "InvalidLocationConstraint", "InvalidPart", "InvalidRequest",
    "InvalidStorageClass", "InvalidTag", "MalformedXML", "NotImplemented",
}  # fmt: skip
# What may be anything, as it asks for nothing that is here.
PASSED_OVER = {
    "RequestPayer": "nobody pays",
    "ChecksumMode": "checksums are told when it says ENABLED",
    "OptionalObjectAttributes": "nothing is archived",
    "ContentLength": "HTTP's own, which this client sets",
    # The client's own: it names the header that has the checksum.
    "x-amz-sdk-checksum-algorithm": "of a body",
}
MEANINGFUL = {
    "Bucket": "places", "Key": "k", "CopySource": "places/k", "PartNumber": 1, "Body": b"", "Range": "bytes=0-1",
    "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "x"}]}, "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]},
    "Delete": {"Objects": [{"Key": "never"}]}, "ObjectAttributes": ["ETag"], "CreateBucketConfiguration": BUCKET["CreateBucketConfiguration"],
}  # fmt: skip


def least(operation):
    """Parameters that the local cloud takes."""
    names = [*operation.input_shape.required_members]
    names += [name for name in ("MultipartUpload", "CreateBucketConfiguration", "Tagging") if name in operation.input_shape.members]
    made = {}
    for name in names:
        made[name] = MEANINGFUL.get(name) or samples.value(operation.input_shape.members[name], chance=1.0)
    if operation.name in ("CreateBucket", "DeleteBucket"):
        made["Bucket"] = "places-2"
    if operation.input_shape.members.get("Tagging") and operation.input_shape.members["Tagging"].type_name == "string":
        made.pop("Tagging", None)
    if "UploadId" in made:
        made["UploadId"] = UPLOAD
    return made


def wrong(operation):
    """(what, parameters) with one value that is none of its enum, or no number."""
    base = least(operation)
    given = dict(base)
    for name, shape in operation.input_shape.members.items():
        if name not in given and (getattr(shape, "enum", None) or shape.type_name in ("integer", "long")):
            given[name] = None
    for name, value in given.items():
        for path, shape, _ in places(operation.input_shape.members[name], value, (name,)):
            dotted = ".".join(step for step in path if isinstance(step, str))
            if {name, shape.serialization.get("name")} & PASSED_OVER.keys():
                continue
            if getattr(shape, "enum", None) or shape.type_name in ("integer", "long"):
                yield f"{operation.name}.{dotted}", changed({**base, name: value}, path, "no-such-value")


def lacking(operation):
    """(what, parameters) without something that is required inside a document."""
    base = least(operation)
    for path, shape, value in places(operation.input_shape, base):
        if shape.type_name == "structure" and path:
            for name in shape.required_members:
                rest = {other: member for other, member in value.items() if other != name}
                yield f"{operation.name}.{'.'.join(map(str, path))} without {name}", changed(base, path, rest)


def not_refused(cases, operation):
    for what, parameters in cases:
        answer = send(operation, parameters)
        if operation.name == "CreateBucket" and answer.status == 200:
            send(OPERATIONS["DeleteBucket"], {"Bucket": "places-2"})
        # A HEAD has no words.
        is_silent = operation.http["method"] == "HEAD" and answer.status == 400
        if answer.code not in REFUSALS and not is_silent:
            yield f"{what}: {answer.status} {answer.code}: {answer.words}"[:300]


send(OPERATIONS["CreateBucket"], BUCKET)
send(OPERATIONS["PutObject"], {"Bucket": "places", "Key": "k", "Body": b"abc"})
begun = send(OPERATIONS["CreateMultipartUpload"], {"Bucket": "places", "Key": "k"})
UPLOAD = begun.body.decode().split("<UploadId>")[1].split("<")[0]


@behaviour("what is taken otherwise is refused with a value that is none of its enum, or no number")
def _():
    equal([one for operation in OPERATIONS.values() for one in not_refused(wrong(operation), operation)], [])


@behaviour("a document without what is required in it is refused")
def _():
    equal([one for operation in OPERATIONS.values() for one in not_refused(lacking(operation), operation)], [])


@behaviour("a checksum of a kind that is not had here is refused, and no object comes of it")
def _():
    kinds = [name for name in OPERATIONS["PutObject"].input_shape.members if name.startswith("Checksum")]
    for name in kinds:
        if name not in ("ChecksumAlgorithm", "ChecksumType"):
            answer = send(OPERATIONS["PutObject"], {"Bucket": "places", "Key": "checked", "Body": b"a", name: base64.b64encode(b"0" * 64).decode()})
            assert answer.code in REFUSALS, (name, answer.status)
    equal(send(OPERATIONS["GetObject"], {"Bucket": "places", "Key": "checked"}).code, "NoSuchKey")


run()
