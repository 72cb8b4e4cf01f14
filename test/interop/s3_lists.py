"""boto3 with the local cloud's S3: lists, old and new, by prefix, delimiter and page."""

import boto3

from behaviours import behaviour, equal, refused, run

BUCKET = "interop-lists"
s3 = boto3.client("s3")
s3.create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
KEYS = sorted(
    [
        "a.txt",
        "data/2025/one.csv",
        "data/2025/two.csv",
        "data/2026/three.csv",
        "data/readme & more.md",
        "data-old/x",
        "logs/",
        "z/ü.txt",
        "z/\uffee.txt",
        "z/\U00010000.txt",
    ],
    key=lambda key: key.encode(),
)


def body_of(key):
    """Some S3s take no content under a key that looks like a folder."""
    return b"" if key.endswith("/") else key.encode()


for each in KEYS:
    s3.put_object(Bucket=BUCKET, Key=each, Body=body_of(each))


def names(answer):
    return [one["Key"] for one in answer.get("Contents", [])]


def folders(answer):
    return [one["Prefix"] for one in answer.get("CommonPrefixes", [])]


@behaviour("a list names every object in the order of its UTF-8 bytes, with size, ETag and time")
def _():
    answer = s3.list_objects_v2(Bucket=BUCKET)
    equal(names(answer), KEYS)
    equal((answer["KeyCount"], answer["IsTruncated"], answer["MaxKeys"]), (10, False, 1000))
    for one in answer["Contents"]:
        told = s3.head_object(Bucket=BUCKET, Key=one["Key"])
        equal(one["Size"], len(body_of(one["Key"])))
        equal(one["ETag"], told["ETag"])
        equal(one["LastModified"].replace(microsecond=0), told["LastModified"])
        equal(one["StorageClass"], "STANDARD")


@behaviour("a prefix is text, not a folder")
def _():
    equal(
        names(s3.list_objects_v2(Bucket=BUCKET, Prefix="data")),
        [key for key in KEYS if key.startswith("data")],
    )
    answer = s3.list_objects_v2(Bucket=BUCKET, Prefix="nothing/")
    equal((answer["KeyCount"], names(answer), answer["Prefix"]), (0, [], "nothing/"))


@behaviour("a delimiter gathers what lies below into common prefixes")
def _():
    answer = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    equal(names(answer), ["a.txt"])
    equal(folders(answer), ["data-old/", "data/", "logs/", "z/"])
    equal(answer["KeyCount"], 5)
    answer = s3.list_objects_v2(Bucket=BUCKET, Prefix="data/", Delimiter="/")
    equal(names(answer), ["data/readme & more.md"])
    equal(folders(answer), ["data/2025/", "data/2026/"])


@behaviour("a delimiter may be any text")
def _():
    answer = s3.list_objects_v2(Bucket=BUCKET, Prefix="data/2025/", Delimiter="o.")
    equal((names(answer), folders(answer)), (["data/2025/one.csv"], ["data/2025/two."]))


@behaviour("pages follow each other without gap or overlap")
def _():
    for size in (1, 3, 9, 10):
        pages = list(
            s3.get_paginator("list_objects_v2").paginate(
                Bucket=BUCKET, PaginationConfig={"PageSize": size}
            )
        )
        equal([key for page in pages for key in names(page)], KEYS)
        equal(len(pages), -(-len(KEYS) // size))


@behaviour("common prefixes count as keys of a page and come once")
def _():
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": 2}
        )
    )
    equal([page["KeyCount"] for page in pages], [2, 2, 1])
    equal(
        [name for page in pages for name in (*names(page), *folders(page))],
        ["a.txt", "data-old/", "data/", "logs/", "z/"],
    )


@behaviour("a list starts after a key, whether it is there or not")
def _():
    answer = s3.list_objects_v2(Bucket=BUCKET, StartAfter="data/2025/one.csv")
    equal(names(answer), KEYS[KEYS.index("data/2025/one.csv") + 1 :])
    equal(answer["StartAfter"], "data/2025/one.csv")
    equal(
        names(s3.list_objects_v2(Bucket=BUCKET, StartAfter="logs")),
        [key for key in KEYS if key.encode() > b"logs"],
    )


@behaviour("no keys may be asked for")
def _():
    answer = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)
    equal((names(answer), answer["IsTruncated"]), ([], False))


@behaviour("a token that is none is refused")
def _():
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=BUCKET, ContinuationToken="no token")


@behaviour("the owner is named when it is asked for")
def _():
    assert "Owner" not in s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["Contents"][0]
    owner = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1, FetchOwner=True)["Contents"][0]["Owner"]
    assert owner["ID"], owner


@behaviour("the old list pages by marker")
def _():
    pages = list(
        s3.get_paginator("list_objects").paginate(
            Bucket=BUCKET, PaginationConfig={"PageSize": 4}
        )
    )
    equal([len(names(page)) for page in pages], [4, 4, 2])
    equal([key for page in pages for key in names(page)], KEYS)
    equal(
        names(s3.list_objects(Bucket=BUCKET, Marker="data/2026/three.csv", MaxKeys=1)),
        [KEYS[KEYS.index("data/2026/three.csv") + 1]],
    )


@behaviour("the old list tells the next marker only with a delimiter")
def _():
    answer = s3.list_objects(Bucket=BUCKET, Delimiter="/", MaxKeys=3)
    equal((names(answer), folders(answer)), (["a.txt"], ["data-old/", "data/"]))
    equal((answer["IsTruncated"], answer["NextMarker"]), (True, "data/"))
    rest = s3.list_objects(Bucket=BUCKET, Delimiter="/", Marker=answer["NextMarker"])
    equal(folders(rest), ["logs/", "z/"])


@behaviour("the resource interface lists, too")
def _():
    bucket = boto3.resource("s3").Bucket(BUCKET)
    equal([one.key for one in bucket.objects.filter(Prefix="z/")], KEYS[-3:])


@behaviour("what is not there is refused")
def _():
    with refused("NoSuchBucket", 404):
        s3.list_objects_v2(Bucket="interop-not-there")


run()
