import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseEngine } from "../../../src/local/engine/choose.ts";
import { entryOf, TestCloud } from "../../helpers/runner-job.ts";

const PATIENCE = 120_000;
const { engine } = await chooseEngine("auto", process.env["PATH"] ?? "");
/** What needs an /opt/ml is skipped where there is no sandbox. */
const sandboxed = it.skipIf(!engine.mounts);

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await TestCloud.create();
  await cloud.put("data/train/a.csv", "a\n");
  await cloud.put("data/train/deep/b.csv", "b\n");
  await cloud.put("data/train/empty/", "");
  await cloud.put("data/train-extra.csv", "extra\n");
});
afterAll(async () => {
  await cloud.remove();
});

const channel = (name: string, prefix: string, more: object = {}): object => ({
  ChannelName: name,
  DataSource: {
    S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://bucket/${prefix}`, ...more },
  },
});
const algorithm = (more: object): object => ({
  AlgorithmSpecification: { TrainingInputMode: "File", ...more },
});

describe("a job that does well", () => {
  sandboxed(
    "passes through the service's statuses, logs all that it says, and leaves its model",
    async () => {
      const name = "well";
      const end = await cloud.run({
        name,
        program: {
          train: `#!/bin/sh
            set -e
            cd /opt/ml
            echo "loss=0.5;"; echo "loss=0.25;" >&2
            find input/data | sort
            cat input/data/train/a.csv input/config/hyperparameters.json; echo
            echo changed >input/data/train/a.csv
            echo weights >model/weights.txt; mkdir model/sub; echo x >model/sub/x
            echo plot >output/data/plot.svg
            printf 'the last line'`,
        },
        request: {
          ...algorithm({ MetricDefinitions: [{ Name: "loss", Regex: "loss=([0-9.]+);" }] }),
          HyperParameters: { epochs: "3" },
          InputDataConfig: [channel("train", "data/train")],
        },
      });
      expect(end).toMatchObject({ status: "Completed", secondaryStatus: "Completed" });
      expect(end.trainingEndTime).toBeDefined();
      expect(await cloud.statuses(name)).toEqual([
        "Starting - Starting the training job",
        "Starting - Preparing the instances for training",
        "Downloading - Downloading input data",
        "Downloading - Downloading the training image",
        "Training - Training image download completed. Training in progress.",
        "Uploading - Uploading generated training model",
        "Completed - Training job completed",
      ]);
      expect(await cloud.log(name)).toEqual([
        ...["loss=0.5;", "loss=0.25;", "input/data", "input/data/train"],
        ...["input/data/train-manifest", "input/data/train/a.csv", "input/data/train/deep"],
        ...["input/data/train/deep/b.csv", "input/data/train/empty"],
        ...["input/data/train/train-extra.csv", "a", '{"epochs":"3"}', "the last line"],
      ]);
      expect(await cloud.isLogClosed(name)).toBe(true);
      expect(await cloud.archive(`out/${name}/output/model.tar.gz`)).toEqual({
        "weights.txt": "weights\n",
        "sub/x": "x\n",
      });
      expect(await cloud.archive(`out/${name}/output/output.tar.gz`)).toEqual({
        "plot.svg": "plot\n",
      });
      // A program may write to its input: what lies in S3 is not that.
      expect(await cloud.text("data/train/a.csv")).toBe("a\n");
      const metrics = (await cloud.entries(name)).filter(({ type }) => type === "metric");
      expect(metrics.at(-1)).toMatchObject({ name: "loss", value: 0.25 });
      expect(await readdir(cloud.jobs.jobFolder(name))).not.toContain("hosts.incomplete");
    },
    PATIENCE,
  );

  sandboxed(
    "has no model object when it wrote none, and plain files when no archive is wanted",
    async () => {
      await cloud.run({ name: "no-model", program: { train: "#!/bin/sh\ntrue" } });
      expect(await cloud.keys("out/no-model/")).toEqual([]);
      await cloud.run({
        name: "plain",
        program: {
          train: `#!/bin/sh
            mkdir /opt/ml/model/sub; echo m >/opt/ml/model/sub/m; echo o >/opt/ml/output/data/o
            ln -s /etc/passwd /opt/ml/model/passwd`,
        },
        request: {
          OutputDataConfig: { S3OutputPath: "s3://bucket/out/", CompressionType: "NONE" },
        },
      });
      expect(await cloud.keys("out/plain/")).toEqual([
        "out/plain/output/data/o",
        "out/plain/output/model/sub/m",
      ]);
      expect(await cloud.text("out/plain/output/model/sub/m")).toBe("m\n");
    },
    PATIENCE,
  );

  sandboxed(
    "runs on several hosts that know each other, shard what is to be sharded, and merge what they leave",
    async () => {
      for (let index = 0; index < 5; index += 1) await cloud.put(`shards/${index}`, `${index}`);
      const end = await cloud.run({
        name: "hosts",
        program: {
          train: `#!/bin/sh
            host=$(hostname 2>/dev/null || uname -n)
            getent hosts algo-1 algo-2 | awk '{ print $2 }'
            ls /opt/ml/input/data/shards /opt/ml/input/data/all | tr '\\n' ' '; echo
            grep -o '"current_host":"[^"]*"' /opt/ml/input/config/resourceconfig.json
            echo "$host" >/opt/ml/model/$host; echo "$host" >/opt/ml/model/both`,
        },
        request: {
          ResourceConfig: { InstanceType: "local", InstanceCount: 2 },
          InputDataConfig: [
            channel("shards", "shards/", { S3DataDistributionType: "ShardedByS3Key" }),
            channel("all", "shards/"),
          ],
        },
      });
      expect(end.status).toBe("Completed");
      const all = "/opt/ml/input/data/all: 0 1 2 3 4";
      const shards = (...keys: number[]): string =>
        `${all}  /opt/ml/input/data/shards: ${keys.join(" ")} `;
      expect(await cloud.log("hosts", "algo-1")).toEqual([
        ...["algo-1", "algo-2", shards(0, 2, 4), '"current_host":"algo-1"'],
      ]);
      expect(await cloud.log("hosts", "algo-2")).toEqual([
        ...["algo-1", "algo-2", shards(1, 3), '"current_host":"algo-2"'],
      ]);
      expect(await cloud.archive("out/hosts/output/model.tar.gz")).toEqual({
        "algo-1": "algo-1\n",
        "algo-2": "algo-2\n",
        both: "algo-2\n",
      });
    },
    PATIENCE,
  );

  it(
    "finds its files by their names where nothing is mounted",
    async () => {
      const end = await cloud.run({
        name: "process",
        engine: "process",
        program: {
          train:
            '#!/bin/sh\ncat "$SM_CHANNEL_TRAIN/a.csv"; echo m >"$SM_MODEL_DIR/m"; env | cut -d= -f1',
        },
        request: { InputDataConfig: [channel("train", "data/train/")] },
      });
      expect(end.status).toBe("Completed");
      expect((await cloud.log("process"))?.[0]).toBe("a");
      expect(await cloud.archive("out/process/output/model.tar.gz")).toEqual({ m: "m\n" });
      expect(entryOf(await cloud.entries("process"), "engine")?.name).toBe("process");
    },
    PATIENCE,
  );
});

describe("what a job is told about its program", () => {
  it(
    "is kept in the journal, and stands in its log",
    async () => {
      await cloud.run({
        name: "warned",
        program: {
          train: '#!/usr/bin/env node\nimport fs from "node:fs";\nfs.readdirSync(".");\n',
          "package.json": '{"type":"commonjs"}',
        },
      });
      expect(entryOf(await cloud.entries("warned"), "warning")?.code).toBe("common-js-program");
      expect((await cloud.log("warned"))?.[0]).toContain('"type": "commonjs"');
    },
    PATIENCE,
  );
});

it(
  "a job's folder is freed of its data when it has ended",
  async () => {
    await cloud.run({
      name: "freed",
      program: { train: "#!/bin/sh\ntrue" },
      request: { InputDataConfig: [channel("train", "data/")] },
    });
    const runner = entryOf(await cloud.entries("freed"), "runner");
    const folder = cloud.jobs.jobFolder("freed");
    await expect
      .poll(async () => (await readdir(folder)).sort(), { timeout: 30_000 })
      .toEqual(["job.json", "journal.ndjson", "runner.err"]);
    expect(await readFile(join(folder, "runner.err"), "utf8")).toBe("");
    await expect
      .poll(async () => await readFile(runner?.socket ?? "").catch((error) => error.code), {
        timeout: 30_000,
      })
      .toBe("ENOENT");
  },
  PATIENCE,
);
