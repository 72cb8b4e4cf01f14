import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { S3ServiceException } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ObjectStore } from "../../../../src/local/services/s3/object-store.ts";
import { ACCOUNT, type TestS3, testS3 } from "../../../helpers/s3-client.ts";

let cloud: TestS3;
beforeAll(async () => {
  cloud = await testS3();
});
afterAll(() => cloud.close());

const refusal = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "none",
    (error: S3ServiceException) => `${error.name} ${error.$metadata.httpStatusCode}`,
  );

describe("CreateBucket", () => {
  it("makes a bucket, and in the first region says the same the second time", async () => {
    const first = await cloud.s3.createBucket({ Bucket: "twice" });
    const second = await cloud.s3.createBucket({ Bucket: "twice" });
    const head = await cloud.s3.headBucket({ Bucket: "twice" });

    expect(first.Location).toBe("/twice");
    expect(second.Location).toBe("/twice");
    expect(head.BucketRegion).toBe("us-east-1");
    const { LocationConstraint } = await cloud.s3.getBucketLocation({ Bucket: "twice" });
    expect(LocationConstraint).toBeUndefined();
  });

  it("wants the region said everywhere else, and says that the bucket is there already", async () => {
    const s3 = cloud.client({ region: "eu-west-1" });
    const create = (constraint?: string): Promise<unknown> =>
      s3.createBucket({
        Bucket: "european",
        CreateBucketConfiguration: { LocationConstraint: constraint as "eu-west-1" },
      });

    expect(await refusal(create("eu-central-1"))).toBe("IllegalLocationConstraintException 400");
    expect(await refusal(create("us-east-1"))).toBe("InvalidLocationConstraint 400");
    await create("eu-west-1");
    expect(await refusal(create("eu-west-1"))).toBe("BucketAlreadyOwnedByYou 409");
    const { LocationConstraint } = await s3.getBucketLocation({ Bucket: "european" });
    expect(LocationConstraint).toBe("eu-west-1");
    expect((await s3.headBucket({ Bucket: "european" })).BucketRegion).toBe("eu-west-1");
  });

  it("takes a region without a word from a client that says none", async () => {
    const { status, text } = await cloud.send({
      method: "PUT",
      path: "/wordless",
      headers: {
        authorization:
          "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00",
      },
    });

    expect(status).toBe(400);
    expect(text).toContain(
      "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
    );
  });

  it.each([
    "Upper",
    "ab",
    "x".repeat(64),
    "-dash",
    "dash-",
    "two..dots",
    "10.0.0.1",
    "xn--x",
    "a-s3alias",
    "under_score",
  ])("refuses the name %s", async (name) => {
    const { status, text } = await cloud.send({ method: "PUT", path: `/${name}` });

    expect(status).toBe(400);
    expect(text).toContain("<Code>InvalidBucketName</Code>");
  });

  it.each(
    ["a.b.c", "abc", "0-0", "x".repeat(63), "s3", "my.s3.bucket"].filter((n) => n.length > 2),
  )("takes the name %s", async (Bucket) => {
    await cloud.s3.createBucket({ Bucket });
    await cloud.s3.putObject({ Bucket, Key: "k", Body: "x" });

    expect((await cloud.s3.headObject({ Bucket, Key: "k" })).ContentLength).toBe(1);
  });

  it("lets one of many makers make it", async () => {
    const stores = Array.from({ length: 8 }, () => new ObjectStore(join(cloud.folder, "s3")));
    const outcomes = await Promise.all(
      stores.map((store) => store.createBucket("raced", { region: "us-east-1" })),
    );
    const folders = await readdir(join(cloud.folder, "s3", "buckets"));

    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(folders.filter((name) => name.startsWith("raced."))).toHaveLength(1);
  });
});

describe("HeadBucket", () => {
  it("tells a missing bucket, and another's, without words", async () => {
    const other = { Bucket: "twice", ExpectedBucketOwner: "210987654321" };

    expect(await refusal(cloud.s3.headBucket({ Bucket: "missing" }))).toBe("NotFound 404");
    expect(await refusal(cloud.s3.headBucket(other))).toMatch(/ 403$/);
    await cloud.s3.headBucket({ Bucket: "twice", ExpectedBucketOwner: ACCOUNT });
  });
});

describe("ListBuckets", () => {
  it("lists buckets in pages", async () => {
    const lister = await testS3();
    for (const name of ["one", "two", "three", "four"]) {
      await lister.s3.createBucket({ Bucket: `list-${name}` });
    }
    await lister.s3.createBucket({ Bucket: "other" });
    const first = await lister.s3.listBuckets({ Prefix: "list-", MaxBuckets: 3 });
    const { ContinuationToken = "" } = first;
    const second = await lister.s3.listBuckets({ Prefix: "list-", ContinuationToken });
    await lister.close();

    const names = [...(first.Buckets ?? []), ...(second.Buckets ?? [])].map(({ Name }) => Name);
    expect(names).toEqual(["list-four", "list-one", "list-three", "list-two"]);
    expect(first.Buckets?.[0]?.CreationDate).toBeInstanceOf(Date);
    expect(first.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("DeleteBucket", () => {
  it("deletes an empty bucket only", async () => {
    const Bucket = "to-delete";
    await cloud.s3.createBucket({ Bucket });
    await cloud.s3.putObject({ Bucket, Key: "k", Body: "x" });

    expect(await refusal(cloud.s3.deleteBucket({ Bucket }))).toBe("BucketNotEmpty 409");
    await cloud.s3.deleteObject({ Bucket, Key: "k" });
    await cloud.s3.createMultipartUpload({ Bucket, Key: "under way" });
    await cloud.s3.deleteBucket({ Bucket });
    expect(await refusal(cloud.s3.deleteBucket({ Bucket }))).toBe("NoSuchBucket 404");
    expect(await refusal(cloud.s3.putObject({ Bucket, Key: "k", Body: "x" }))).toBe(
      "NoSuchBucket 404",
    );
    expect(await readdir(join(cloud.folder, "s3", "trash"))).toEqual([]);
  });

  it("forgets a bucket that is made again", async () => {
    const Bucket = "phoenix";
    const other = new ObjectStore(join(cloud.folder, "s3"));
    for (let life = 0; life < 3; life += 1) {
      await cloud.s3.createBucket({ Bucket });
      expect((await other.list(Bucket)).objects).toEqual([]);
      await other.put(Bucket, `life ${life}`, Buffer.from("x"));
      expect((await cloud.store.list(Bucket)).objects).toHaveLength(1);
      await other.delete(Bucket, `life ${life}`);
      await cloud.s3.deleteBucket({ Bucket });
    }
  });

  it("is finished by the next maker when the deleter died half way", async () => {
    const Bucket = "half-deleted";
    await cloud.s3.createBucket({ Bucket });
    // What a process does first, and dies.
    await (await cloud.store.in(Bucket)).drop();

    expect(await refusal(cloud.s3.putObject({ Bucket, Key: "k", Body: "x" }))).toBe(
      "NoSuchBucket 404",
    );
    expect(await cloud.store.createBucket(Bucket, { region: "us-east-1" })).toBe("created");
    await cloud.s3.putObject({ Bucket, Key: "k", Body: "x" });
  });
});

describe("A new bucket", () => {
  it.each([
    ["x-amz-bucket-object-lock-enabled", "true", "NotImplemented"],
    ["x-amz-object-ownership", "ObjectWriter", "NotImplemented"],
    ["x-amz-object-ownership", "Nobody", "InvalidArgument"],
    ["x-amz-bucket-namespace", "account-regional", "NotImplemented"],
    ["x-amz-acl", "public-read", "InvalidBucketAclWithObjectOwnership"],
    ["x-amz-grant-read", "id=1", "InvalidBucketAclWithObjectOwnership"],
  ])("is refused with %s: %s, which no bucket here can be", async (header, value, code) => {
    const path = "/not-like-others";
    const { text } = await cloud.send({ method: "PUT", path, headers: { [header]: value } });

    expect(text).toContain(`<Code>${code}</Code>`);
    expect((await cloud.send({ method: "HEAD", path })).status).toBe(404);
  });

  it("does not come of a subresource that is not had here", async () => {
    const path = "/metadata-table";
    const query = { metadataJournalTable: "" };
    const { text } = await cloud.send({ method: "PUT", path, query });

    expect(text).toContain("BucketMetadataJournalTableConfiguration");
    expect((await cloud.send({ method: "HEAD", path })).status).toBe(404);
  });
});

describe("The public access block", () => {
  it("is on in a new bucket, and kept as it is set", async () => {
    const Bucket = "access";
    await cloud.s3.createBucket({ Bucket });
    const fresh = await cloud.s3.getPublicAccessBlock({ Bucket });
    await cloud.s3.putPublicAccessBlock({
      Bucket,
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
    const set = await cloud.s3.getPublicAccessBlock({ Bucket });
    await cloud.s3.deletePublicAccessBlock({ Bucket });

    expect(fresh.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
    expect(set.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: false,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: true,
    });
    expect(await refusal(cloud.s3.getPublicAccessBlock({ Bucket }))).toBe(
      "NoSuchPublicAccessBlockConfiguration 404",
    );
  });

  it("is of what is true or false", async () => {
    const { status, text } = await cloud.send({
      method: "PUT",
      path: "/access",
      query: { publicAccessBlock: "" },
      body: Buffer.from(
        "<PublicAccessBlockConfiguration><BlockPublicAcls>yes</BlockPublicAcls></PublicAccessBlockConfiguration>",
      ),
    });

    expect([status, text]).toEqual([400, expect.stringContaining("MalformedXML")]);
  });

  it("must be XML without tricks", async () => {
    const Bucket = "access";
    const put = async (body: string): Promise<string> => {
      const { text } = await cloud.send({
        method: "PUT",
        path: `/${Bucket}`,
        query: { publicAccessBlock: "" },
        body: Buffer.from(body),
      });
      return /<Code>(.*)<\/Code>/.exec(text)?.[1] ?? "ok";
    };
    const root = "PublicAccessBlockConfiguration";

    expect(await put(`<${root}/>`)).toBe("ok");
    expect(await put("<Other/>")).toBe("MalformedXML");
    expect(await put("<not xml")).toBe("MalformedXML");
    expect(await put("")).toBe("MalformedXML");
    expect(await put(`<${root}>${"<a>".repeat(100_000)}`)).toBe("MalformedXML");
    expect(await put("x".repeat(9_000_000))).toBe("MaxMessageLengthExceeded");
  });
});

describe("A folder that is removed under a running process", () => {
  it("is an S3 without buckets", async () => {
    const { rm } = await import("node:fs/promises");
    const lost = await testS3();
    await lost.s3.createBucket({ Bucket: "lost" });
    await lost.s3.putObject({ Bucket: "lost", Key: "k", Body: "x" });
    await rm(join(lost.folder, "s3"), { recursive: true });

    expect(await refusal(lost.s3.getObject({ Bucket: "lost", Key: "k" }))).toBe("NoSuchBucket 404");
    await lost.s3.createBucket({ Bucket: "lost" });
    await lost.s3.putObject({ Bucket: "lost", Key: "k", Body: "x" });
    expect((await lost.s3.listObjectsV2({ Bucket: "lost" })).KeyCount).toBe(1);
    await lost.close();
  });
});

describe("Nothing but ListBuckets", () => {
  it("is answered at the root", async () => {
    expect((await cloud.send({ method: "POST" })).status).toBe(405);
    expect((await cloud.send({ method: "PATCH", path: "/twice" })).text).toContain(
      "<Code>MethodNotAllowed</Code>",
    );
  });
});
