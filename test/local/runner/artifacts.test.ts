import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SANDBOXES } from "../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

const [engine = "auto"] = SANDBOXES;
const sandboxed = it.skipIf(SANDBOXES.length === 0);
const TWO = {
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 5 },
} satisfies Partial<CreateTrainingJobRequest>;
const PLAIN = {
  OutputDataConfig: { S3OutputPath: "s3://bucket/out/", CompressionType: "NONE" },
} satisfies Partial<CreateTrainingJobRequest>;
/** What differs between hosts. */
const HOST = "host=$(hostname 2>/dev/null || uname -n)";

let cloud: JobCloud;
beforeAll(async () => {
  cloud = await startJobCloud({ engine });
});
afterAll(async () => {
  await cloud.stop();
});

/** An archive's entries: `name` or `name -> target`, with the mode of files, and text by name. */
async function archive(key: string): Promise<Record<string, string>> {
  const { Body } = await cloud.s3.getObject({ Bucket: "bucket", Key: key });
  const found: Record<string, string> = {};
  const entries = (Body as Readable).pipe(createGunzip()).pipe(extract());
  for await (const entry of entries) {
    const { name, type = "file", linkname, mode = 0 } = entry.header;
    let text = "";
    for await (const part of entry) text += part;
    found[name] =
      type === "file" ? `${mode.toString(8)} ${text.trim()}` : `${type} ${linkname ?? ""}`.trim();
  }
  return found;
}

describe("a job's archives", () => {
  sandboxed(
    "have the folder's content at their root: hidden and empty ones, links and what can be run",
    async () => {
      const job =
        await cloud.run(`cd /opt/ml/model; mkdir -p 1/variables none; echo m >1/saved; echo h >.hidden
        printf '#!/bin/sh' >run; chmod 700 run; chmod 600 .hidden; ln -s 1/saved latest; ln -s /etc/passwd outside
        echo o >/opt/ml/output/data/o; echo not >/opt/ml/output/elsewhere; echo not >/opt/ml/else`);
      const at = `out/${job.TrainingJobName}/output`;
      expect(await cloud.keys("out/")).toEqual([`${at}/model.tar.gz`, `${at}/output.tar.gz`]);
      expect(await archive(`${at}/model.tar.gz`)).toEqual({
        ...{ ".hidden": "644 h", "1": "directory", "1/saved": "644 m", "1/variables": "directory" },
        ...{ latest: "symlink 1/saved", none: "directory", outside: "symlink /etc/passwd" },
        run: "755 #!/bin/sh",
      });
      expect(await archive(`${at}/output.tar.gz`)).toEqual({ o: "644 o" });
    },
  );

  sandboxed(
    "merge what several hosts leave: in a clash the later host's counts, and one may leave nothing",
    async () => {
      const merged = await cloud.run(
        `${HOST}; cd /opt/ml/model; mkdir both; echo $host >both/$host; echo $host >same
        if [ $host = algo-1 ]; then mkdir kind; echo 1 >kind/f; ln -s both link; else echo 2 >kind; mkdir link; fi
        if [ $host = algo-1 ]; then rmdir /opt/ml/output/data; else echo o >/opt/ml/output/data/o; fi`,
        TWO,
      );
      const at = `out/${merged.TrainingJobName}/output`;
      expect(await archive(`${at}/model.tar.gz`)).toEqual({
        ...{ both: "directory", "both/algo-1": "644 algo-1", "both/algo-2": "644 algo-2" },
        ...{ kind: "644 2", link: "directory", same: "644 algo-2" },
      });
      expect(await archive(`${at}/output.tar.gz`)).toEqual({ o: "644 o" });
      const gone = await cloud.run(
        `${HOST}; if [ $host = algo-2 ]; then rmdir /opt/ml/model; else echo 1 >/opt/ml/model/m; fi`,
        TWO,
      );
      expect(gone.FailureReason).toBeUndefined();
      expect(await archive(`out/${gone.TrainingJobName}/output/model.tar.gz`)).toEqual({
        m: "644 1",
      });
    },
  );

  it("are not made of nothing, are kept of a job that failed, and are named in every state", async () => {
    const named = (name: string): object => ({
      S3ModelArtifacts: `s3://bucket/out/${name}/output/model.tar.gz`,
    });
    const name = await cloud.create('wait_for 1; echo m >"$ml/model/m"; exit 3');
    const running = await cloud.sagemaker.describeTrainingJob({ TrainingJobName: name });
    expect(running.ModelArtifacts).toEqual(named(name));
    await cloud.go(name, 1);
    expect((await cloud.end(name)).ModelArtifacts).toEqual(named(name));
    expect(await cloud.keys(`out/${name}/`)).toEqual([`out/${name}/output/model.tar.gz`]);
    const none = await cloud.run('rmdir "$ml/model"');
    expect(none).toMatchObject({
      ...{ TrainingJobStatus: "Completed", ModelArtifacts: named(none.TrainingJobName) },
    });
    expect(await cloud.keys(`out/${none.TrainingJobName}/`)).toEqual([]);
  });
});

describe("plain artifacts", () => {
  sandboxed(
    "are the files of all hosts, whatever their names, and those that links lead to",
    async () => {
      const job = await cloud.run(
        `${HOST}; cd /opt/ml/model; mkdir -p a/b; echo $host >"a/b/$host"; echo $host >same
      echo odd >"a/x y#1?b=%20&ü+"; ln -s a/b/$host link; ln -s /etc/passwd outside
      echo o >/opt/ml/output/data/o`,
        { ...TWO, ...PLAIN },
      );
      const at = `out/${job.TrainingJobName}/output`;
      expect(job.ModelArtifacts).toEqual({ S3ModelArtifacts: `s3://bucket/${at}/model/` });
      expect(await cloud.keys(`${at}/`)).toEqual([
        ...["data/o", "model/a/b/algo-1", "model/a/b/algo-2", "model/a/x y#1?b=%20&ü+"].map(
          (name) => `${at}/${name}`,
        ),
        ...["model/link", "model/same"].map((name) => `${at}/${name}`),
      ]);
      expect(await cloud.text(`${at}/model/same`)).toBe("algo-2\n");
      expect(await cloud.text(`${at}/model/link`)).toBe("algo-2\n");
    },
  );
});

describe("a folder that the program has replaced by a link", () => {
  sandboxed("fails the job, and nothing that it leads to is moved or sent", async () => {
    const mine = join(cloud.folder, "mine");
    await mkdir(join(mine, "data"), { recursive: true });
    await writeFile(join(mine, "data/x"), "mine");
    for (const [folder, over] of [
      ["model", {}],
      ["model", PLAIN],
      ["model", TWO],
      ["output", {}],
      ["checkpoints", { CheckpointConfig: { S3Uri: "s3://bucket/kept" } }],
    ] as const) {
      const job = await cloud.run(`rm -r /opt/ml/${folder}; ln -s ${mine} /opt/ml/${folder}`, over);
      expect(job.FailureReason).toMatch(
        /^ClientError: Artifact upload failed:.* is no folder of the job's own any more/,
      );
      expect(await cloud.keys(`out/${job.TrainingJobName}/`)).toEqual([]);
    }
    expect(await readdir(join(mine, "data"))).toEqual(["x"]);
    expect(await cloud.keys("kept")).toEqual([]);
  });
});

const engines = new Set([...SANDBOXES.slice(0, 1), "process"] as const);
describe.each([...engines])("intermediate output, with the engine %s", (each) => {
  it("goes to S3 while the job runs; what is deleted stays there, and none of it is in an archive", async () => {
    const own = each === engine ? cloud : await startJobCloud({ engine: each });
    try {
      const name = await own.create(
        `out=\${SM_OUTPUT_INTERMEDIATE_DIR:-/opt/ml/output/intermediate}; mkdir "$out/deep"
        echo 1 >"$out/deep/epoch"; echo gone >"$out/gone"; wait_for 1
        rm "$out/gone"; echo 2 >"$out/deep/epoch"; wait_for 2; echo last >"$out/last"`,
      );
      const at = `out/${name}/output/intermediate`;
      await own.becomes(`${at}/deep/epoch`, "1\n");
      await own.becomes(`${at}/gone`, "gone\n");
      await own.go(name, 1);
      await own.becomes(`${at}/deep/epoch`, "2\n");
      await own.go(name, 2);
      expect((await own.end(name)).FailureReason).toBeUndefined();
      expect(await own.keys(`out/${name}/`)).toEqual(
        ["deep/epoch", "gone", "last"].map((file) => `${at}/${file}`),
      );
    } finally {
      if (own !== cloud) await own.stop();
    }
  });
});
