import { gzipSync } from "node:zlib";
import type { Channel, CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, SANDBOXES } from "../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

type Source = NonNullable<NonNullable<Channel["DataSource"]>["S3DataSource"]>;

const channel = (
  over: Partial<Channel> = {},
  source: Partial<Source> = {},
): Partial<CreateTrainingJobRequest> => ({
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: {
        S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://bucket/data/", ...source },
      },
      ...over,
    },
  ],
});
const hosts = (InstanceCount: number): Partial<CreateTrainingJobRequest> => ({
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount, VolumeSizeInGB: 5 },
});
/** Reads an epoch as a program does: the pipe may still be on its way. */
const READ = `read_epoch() { p="$ml/input/data/train_$1"; while [ ! -p "$p" ]; do sleep 0.02; done; cat "$p"; }\n`;

async function fill(cloud: JobCloud): Promise<void> {
  for (const name of ["a", "b", "c", "d"]) await cloud.put(`data/${name}`, `${name}${name}\n`);
  await cloud.put("data/empty/", "");
  await cloud.put("deep/x/1", "one\n");
  await cloud.put("deep/y/2", "two\n");
  await cloud.put("manifest", '[{"prefix": "s3://bucket/deep/"}, "y/2", "x/1"]');
}

describe.each(ENGINES)("input, with the engine %s", (engine) => {
  let cloud: JobCloud;
  beforeAll(async () => {
    cloud = await startJobCloud({ engine });
    await fill(cloud);
  });
  afterAll(async () => {
    await cloud.stop();
  });
  const run = async (script: string, over: Partial<CreateTrainingJobRequest>) => {
    const job = await cloud.run(script, over);
    const lines = Object.values(await cloud.lines(job.TrainingJobName)).flat();
    return { job, lines };
  };
  const pipe = (over: Partial<Channel> = {}, source: Partial<Source> = {}) =>
    channel({ InputMode: "Pipe", ...over }, source);

  it("of FastFile mode is there as files, and nothing beside them", async () => {
    const { job, lines } = await run(
      'cat "$ml/input/data/train/"[a-d]; (cd "$ml/input/data" && echo *); cat "$ml/input/config/inputdataconfig.json"',
      channel({ InputMode: "FastFile" }),
    );
    expect(job.TrainingJobStatus).toBe("Completed");
    expect(lines).toEqual([
      ...["aa", "bb", "cc", "dd", "train"],
      '{"train":{"TrainingInputMode":"FastFile","S3DistributionType":"FullyReplicated","RecordWrapperType":"None"}}',
    ]);
  });

  it("of a manifest is what it names, under the objects' whole keys", async () => {
    const { lines } = await run(
      'cd "$ml/input/data" && find . -type f | sort && cat train/deep/x/1 train-manifest',
      channel({}, { S3DataType: "ManifestFile", S3Uri: "s3://bucket/manifest" }),
    );
    expect(lines).toEqual([
      ...["./train-manifest", "./train/deep/x/1", "./train/deep/y/2", "one"],
      '[{"prefix":"s3://bucket/"},"deep/y/2","deep/x/1"]',
    ]);
  });

  it.each([
    ["[", "it is no JSON"],
    ["{}", "it is no JSON list"],
    ['["a"]', 'its first entry must be {"prefix": "s3://…"}'],
    ['[{"prefix": "s3://bucket/"}, 7]', "entry 1 is no text: each is what follows the prefix"],
    ['[{"prefix": "s3://bucket/"}, "no"]', "Unable to download object s3://bucket/no (NoSuchKey)"],
  ])("of the manifest %s fails the job", async (text, why) => {
    await cloud.put("broken", text);
    const { job } = await run(
      "true",
      channel({}, { S3DataType: "ManifestFile", S3Uri: "s3://bucket/broken" }),
    );
    expect(job.FailureReason).toContain("ClientError: Data download failed:");
    expect(job.FailureReason).toContain(why);
  });

  it("of Pipe mode is a stream, again for each epoch, and only pipes are there", async () => {
    const { job, lines } = await run(
      `${READ} (cd "$ml/input/data" && echo *); read_epoch 0; echo again; read_epoch 1`,
      pipe(),
    );
    expect(job.TrainingJobStatus).toBe("Completed");
    const epoch = ["aa", "bb", "cc", "dd"];
    expect(lines).toEqual(["train_0", ...epoch, "again", ...epoch]);
  });

  it("of Pipe mode may be left before its end, or never be read", async () => {
    await cloud.put("long/1", "y\n".repeat(500_000));
    const { job, lines } = await run(
      `${READ} read_epoch 0 | head -n 1; read_epoch 1 | wc -l | tr -d ' '`,
      pipe({}, { S3Uri: "s3://bucket/long/" }),
    );
    expect(lines).toEqual(["y", "500000"]);
    expect(job.TrainingJobStatus).toBe("Completed");
    expect((await run("echo nothing", pipe())).job.TrainingJobStatus).toBe("Completed");
  });

  it("of Pipe mode is unzipped, and wrapped into records, if it is to be", async () => {
    await cloud.s3.putObject({ Bucket: "bucket", Key: "zip/1", Body: gzipSync("hello") });
    await cloud.s3.putObject({ Bucket: "bucket", Key: "zip/2", Body: gzipSync("") });
    await cloud.s3.putObject({ Bucket: "bucket", Key: "zip/3", Body: gzipSync("worlds!!") });
    const zipped = { S3Uri: "s3://bucket/zip/" };
    const plain = await run(`${READ} read_epoch 0`, pipe({ CompressionType: "Gzip" }, zipped));
    expect(plain.lines).toEqual(["helloworlds!!"]);
    const { lines } = await run(
      `${READ} read_epoch 0 | od -An -v -tx1 | tr -d ' \\n'`,
      pipe({ CompressionType: "Gzip", RecordWrapperType: "RecordIO" }, zipped),
    );
    expect(lines).toEqual([
      `0a23d7ce05000000${Buffer.from("hello").toString("hex")}000000` +
        `0a23d7ce00000000` +
        `0a23d7ce08000000${Buffer.from("worlds!!").toString("hex")}`,
    ]);
  });

  it("of an augmented manifest is its attributes, in their order, with what they refer to", async () => {
    await cloud.put(
      "augmented",
      '{"source-ref": "s3://bucket/deep/x/1", "label": 7, "other": 1}\n\n' +
        '{"source-ref": "s3://bucket/deep/y/2", "label": {"a": [1]}, "note": "x"}\n',
    );
    const { lines } = await run(
      `${READ} read_epoch 0`,
      pipe(
        {},
        {
          ...{ S3DataType: "AugmentedManifestFile", S3Uri: "s3://bucket/augmented" },
          AttributeNames: ["label", "source-ref"],
        },
      ),
    );
    expect(lines).toEqual(["7one", '{"a":[1]}two']);
  });

  it("of Pipe mode in an order of each epoch's own, the same for each job of that seed", async () => {
    const twice = async (Seed: number) =>
      (await run(`${READ} read_epoch 0; read_epoch 1`, pipe({ ShuffleConfig: { Seed } }))).lines;
    const [first, same, other] = [await twice(1), await twice(1), await twice(5)];
    const epoch = ["aa", "bb", "cc", "dd"];
    expect(first.slice(0, 4).sort()).toEqual(epoch);
    expect(first.slice(4).sort()).toEqual(epoch);
    expect(first.slice(0, 4)).not.toEqual(first.slice(4));
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("of Pipe mode that cannot be read fails the job, and ends its program", async () => {
    await cloud.put("nozip/1", "not zipped");
    const { job } = await run(
      `trap 'exit 0' TERM; ${READ} read_epoch 0; while :; do sleep 0.1; done`,
      pipe({ CompressionType: "Gzip" }, { S3Uri: "s3://bucket/nozip/" }),
    );
    expect(job.FailureReason).toMatch(
      /^ClientError: Data download failed:Unable to download object s3:\/\/bucket\/nozip\/1 \(.*incorrect header/,
    );
  });

  it("of several modes in one job is each in its own", async () => {
    const { lines } = await run(`${READ} read_epoch 0; cat "$ml/input/data/files/1"`, {
      InputDataConfig: [
        ...(pipe().InputDataConfig ?? []),
        ...(channel({ ChannelName: "files" }, { S3Uri: "s3://bucket/deep/x/" }).InputDataConfig ??
          []),
      ],
    });
    expect(lines).toEqual(["aa", "bb", "cc", "dd", "one"]);
  });
});

describe.each(SANDBOXES)("input of several hosts, with the engine %s", (engine) => {
  let cloud: JobCloud;
  beforeAll(async () => {
    cloud = await startJobCloud({ engine });
    await fill(cloud);
  });
  afterAll(async () => {
    await cloud.stop();
  });

  it("of FastFile mode cannot be written to", async () => {
    const job = await cloud.run(
      `cd /opt/ml/input/data/train; (echo x >a) 2>/dev/null || echo "no change"
       (echo x >new) 2>/dev/null || echo "nothing new"; echo x >../../beside && echo beside`,
      channel({ InputMode: "FastFile" }),
    );
    expect(Object.values(await cloud.lines(job.TrainingJobName))).toEqual([
      engine === "proot" ? expect.anything() : ["no change", "nothing new", "beside"],
    ]);
  });

  it.each<[string, Channel["InputMode"], string]>([
    ["Pipe", "Pipe", `${READ} read_epoch 0`],
    ["File", "File", "cat /opt/ml/input/data/train/[a-d]"],
  ])("of %s mode is shared out, each object to one", async (_, InputMode, script) => {
    const source = { S3DataDistributionType: "ShardedByS3Key" } as const;
    const shards = async (over: Partial<Channel>): Promise<string[][]> => {
      const job = await cloud.run(script, {
        ...channel({ InputMode, ...over }, source),
        ...hosts(2),
      });
      expect(job.TrainingJobStatus).toBe("Completed");
      return Object.values(await cloud.lines(job.TrainingJobName));
    };
    expect(await shards({})).toEqual([
      ["aa", "cc"],
      ["bb", "dd"],
    ]);
    const mixed = await shards({ ShuffleConfig: { Seed: 1 } });
    expect(mixed.map((lines) => lines.length)).toEqual([2, 2]);
    expect(mixed.flat().sort()).toEqual(["aa", "bb", "cc", "dd"]);
  });
});

describe("input that cannot be had", () => {
  let cloud: JobCloud;
  beforeAll(async () => {
    cloud = await startJobCloud({ engine: "process" });
    await fill(cloud);
  });
  afterAll(async () => {
    await cloud.stop();
  });

  it.each<[string, Partial<Channel>, Partial<Source>, RegExp]>([
    ["zipped files", { CompressionType: "Gzip" }, {}, /Gzip is for input mode Pipe only/],
    ["records in files", { RecordWrapperType: "RecordIO" }, {}, /RecordIO is for input mode Pipe/],
    [
      "a manifest in FastFile mode",
      { InputMode: "FastFile" },
      { S3DataType: "ManifestFile" },
      /ManifestFile is not for input mode FastFile: use S3Prefix/,
    ],
    [
      "an augmented manifest in files",
      {},
      { S3DataType: "AugmentedManifestFile", AttributeNames: ["a"] },
      /AugmentedManifestFile is not for input mode File/,
    ],
    [
      "an augmented manifest without attributes",
      { InputMode: "Pipe" },
      { S3DataType: "AugmentedManifestFile" },
      /takes AttributeNames \(channel train\)/,
    ],
    ["attributes of a prefix", {}, { AttributeNames: ["a"] }, /takes AttributeNames/],
    ["conversations", {}, { S3DataType: "Converse" }, /does not do Converse/],
  ])("is refused by name: %s", async (_, over, source, message) => {
    await expect(
      cloud.create("true", channel(over, { S3Uri: "s3://bucket/manifest", ...source })),
    ).rejects.toMatchObject({
      ...{ name: "ValidationException", message: expect.stringMatching(message) },
    });
  });
});
