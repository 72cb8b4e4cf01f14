import type { S3ServiceException } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestS3, testS3 } from "../../../helpers/s3-client.ts";

let cloud: TestS3;
beforeAll(async () => {
  cloud = await testS3();
});
afterAll(() => cloud.close());

const fill = async (Bucket: string, keys: readonly string[]): Promise<void> => {
  await cloud.s3.createBucket({ Bucket });
  for (const Key of keys) await cloud.store.put(Bucket, Key, Buffer.from(Key));
};

describe("ListObjectsV2", () => {
  const Bucket = "list-v2";
  const keys = ["asdf", "boo/bar", "boo/baz/xyzzy", "cquux/bla", "cquux/thud", "z"];
  beforeAll(() => fill(Bucket, keys));
  const list = async (options: Record<string, unknown>) => {
    const page = await cloud.s3.listObjectsV2({ Bucket, ...options });
    return {
      keys: page.Contents?.map(({ Key }) => Key) ?? [],
      prefixes: page.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? [],
      more: page.IsTruncated,
      count: page.KeyCount,
      token: page.NextContinuationToken,
    };
  };

  it("lists everything, with what is known of each object", async () => {
    const { Contents = [], ...page } = await cloud.s3.listObjectsV2({ Bucket });
    const [first] = Contents;

    expect(Contents.map(({ Key }) => Key)).toEqual(keys);
    expect(page).toMatchObject({ KeyCount: 6, MaxKeys: 1000, IsTruncated: false, Name: Bucket });
    expect(first).toMatchObject({
      ETag: '"912ec803b2ce49e4a541068d495ab570"',
      Size: 4,
      StorageClass: "STANDARD",
    });
    expect(first?.LastModified).toBeInstanceOf(Date);
    expect(first?.Owner).toBeUndefined();
    const owned = await cloud.s3.listObjectsV2({ Bucket, FetchOwner: true, MaxKeys: 1 });
    expect(owned.Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
  });

  it("rolls keys up at a delimiter, and counts what it rolled up as one", async () => {
    const first = await list({ Delimiter: "/", MaxKeys: 2 });
    const second = await list({ Delimiter: "/", MaxKeys: 2, ContinuationToken: first.token });

    expect(first).toMatchObject({ keys: ["asdf"], prefixes: ["boo/"], more: true, count: 2 });
    expect(second).toMatchObject({ keys: ["z"], prefixes: ["cquux/"], more: false, count: 2 });
    expect(await list({ Delimiter: "/", Prefix: "boo/" })).toMatchObject({
      keys: ["boo/bar"],
      prefixes: ["boo/baz/"],
    });
    expect(await list({ Delimiter: "o/ba", Prefix: "b" })).toMatchObject({
      keys: [],
      prefixes: ["boo/ba"],
    });
  });

  it("starts behind a key or a common prefix", async () => {
    expect((await list({ StartAfter: "boo/bar" })).keys).toEqual(keys.slice(2));
    expect((await list({ StartAfter: "b" })).keys).toEqual(keys.slice(1));
    expect(await list({ StartAfter: "boo/", Delimiter: "/" })).toMatchObject({
      keys: ["z"],
      prefixes: ["cquux/"],
    });
    expect((await list({ StartAfter: "zz" })).keys).toEqual([]);
  });

  it("answers a page of none, and refuses what is no number", async () => {
    expect(await list({ MaxKeys: 0 })).toMatchObject({ keys: [], more: false, count: 0 });
    const { text } = await cloud.send({
      path: `/${Bucket}`,
      query: { "list-type": "2", "max-keys": "many" },
    });
    expect(text).toContain("Provided max-keys not an integer or within integer range");
    const token = cloud.s3.listObjectsV2({ Bucket, ContinuationToken: "mine" });
    await expect(token).rejects.toThrow("The continuation token provided is incorrect");
  });

  it("encodes keys when it is asked to", async () => {
    await fill("encoded", ["a b+c/ü", "a&<\u0001>"]);
    const page = await cloud.s3.listObjectsV2({ Bucket: "encoded", EncodingType: "url" });
    const plain = await cloud.send({ path: "/encoded", query: { "list-type": "2" } });

    expect(page.Contents?.map(({ Key }) => Key)).toEqual(["a%20b%2Bc/%C3%BC", "a%26%3C%01%3E"]);
    expect(plain.text).toContain("<Key>a&amp;&lt;&#x1;&gt;</Key>");
  });

  it("does not know a bucket that is not there", async () => {
    const missing = cloud.s3.listObjectsV2({ Bucket: "missing" });

    await expect(missing).rejects.toMatchObject({ name: "NoSuchBucket" });
  });
});

describe("ListObjects", () => {
  it("goes on from the marker, and names the next one with a delimiter only", async () => {
    const Bucket = "list-v1";
    await fill(Bucket, ["a/1", "a/2", "b", "c/1"]);
    const plain = await cloud.s3.listObjects({ Bucket, MaxKeys: 2 });
    const rolled = await cloud.s3.listObjects({ Bucket, MaxKeys: 1, Delimiter: "/" });
    const next = await cloud.s3.listObjects({
      Bucket,
      Delimiter: "/",
      Marker: rolled.NextMarker ?? "",
    });

    expect(plain).toMatchObject({ IsTruncated: true, Marker: "" });
    expect(plain.NextMarker).toBeUndefined();
    expect(plain.Contents?.map(({ Key }) => Key)).toEqual(["a/1", "a/2"]);
    expect(rolled).toMatchObject({ NextMarker: "a/", CommonPrefixes: [{ Prefix: "a/" }] });
    expect(next.Contents?.map(({ Key }) => Key)).toEqual(["b"]);
    expect(next.CommonPrefixes).toEqual([{ Prefix: "c/" }]);
    expect(next.Contents?.[0]?.Owner?.DisplayName).toBe("local");
  });
});

describe("Any sequence of puts and deletes", () => {
  const piece = fc.constantFrom("a", "b", "/", "//", "ü", "\u{10000}", "\uffee", "-");
  const key = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));
  const step = fc.oneof(
    fc.record({ put: key }),
    fc.record({ remove: key }),
    fc.record({
      prefix: fc.option(key, { nil: "" }),
      delimiter: fc.constantFrom("", "/", "a", "//"),
      size: fc.integer({ min: 1, max: 4 }),
    }),
  );

  it("is listed as a simple model says, page by page", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        run += 1;
        const Bucket = `model-${run}`;
        await cloud.store.createBucket(Bucket, { region: "us-east-1" });
        const model = new Set<string>();
        for (const action of steps) {
          if ("put" in action) {
            model.add(action.put);
            await cloud.store.put(Bucket, action.put, Buffer.from("x"));
          } else if ("remove" in action) {
            model.delete(action.remove);
            await cloud.store.delete(Bucket, action.remove);
          } else {
            const { prefix, delimiter, size } = action;
            expect(await pages(Bucket, prefix, delimiter, size)).toEqual(
              expected(model, prefix, delimiter),
            );
          }
        }
        expect(await pages(Bucket, "", "", 1000)).toEqual(expected(model, "", ""));
      }),
      { numRuns: 40 },
    );
  });

  function expected(model: ReadonlySet<string>, prefix: string, delimiter: string): string[] {
    const items = new Set<string>();
    for (const name of model) {
      if (!name.startsWith(prefix)) continue;
      const cut = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
      items.add(cut === -1 ? name : `${name.slice(0, cut + delimiter.length)} (prefix)`);
    }
    const bare = (text: string): Buffer => Buffer.from(text.replace(" (prefix)", ""));
    return [...items].sort((a, b) => Buffer.compare(bare(a), bare(b)));
  }

  async function pages(
    Bucket: string,
    Prefix: string,
    Delimiter: string,
    MaxKeys: number,
  ): Promise<string[]> {
    const items: string[] = [];
    let token: string | undefined;
    do {
      const page = await cloud.s3
        .listObjectsV2({
          Bucket,
          Prefix,
          MaxKeys,
          ...(Delimiter && { Delimiter }),
          ...(token && { ContinuationToken: token }),
        })
        .catch((error: S3ServiceException) => {
          throw new Error(`${error.name}: ${error.message}`);
        });
      const found = [
        ...(page.Contents ?? []).map(({ Key = "" }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix: common }) => `${common} (prefix)`),
      ];
      expect(found.length).toBe(page.KeyCount);
      expect(found.length).toBeLessThanOrEqual(MaxKeys);
      const bare = (text: string): Buffer => Buffer.from(text.replace(" (prefix)", ""));
      items.push(...found.sort((a, b) => Buffer.compare(bare(a), bare(b))));
      token = page.NextContinuationToken;
      expect(token !== undefined).toBe(page.IsTruncated);
    } while (token !== undefined);
    return items;
  }
});
