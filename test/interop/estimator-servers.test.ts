/**
 * Our Estimator, staging, downloads and default bucket where SageMaker and STS are moto's, and S3 is moto's, MinIO's or the Versity
 * gateway's. moto's jobs are born Completed, without a log and without a model: the tests put there what a job would have written.
 */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  JsonInput,
  S3Downloader,
  S3Uploader,
  Session,
  type SessionOptions,
  TrainingJob,
} from "../../src/index.ts";
import { packTarGz } from "../../src/transfer/archive.ts";
import { readFiles, writeFiles } from "./client.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { digest, LARGE } from "./file-client.ts";
import { minioIsLacking, startMinio } from "./minio.ts";
import { motoIsLacking, startMoto } from "./moto.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";
import { startVersity, versityIsLacking } from "./versity.ts";

const REGION = "eu-west-1";
const BUCKET = "sagemaker-eu-west-1-123456789012";
const OPTIONS = {
  // With its digest, nobody need be asked what the tag stands for.
  imageUri: `123456789012.dkr.ecr.${REGION}.amazonaws.com/glm@sha256:${"0".repeat(64)}`,
  role: "arn:aws:iam::123456789012:role/SageMaker",
  instanceType: "ml.m5.xlarge",
} satisfies EstimatorOptions;
const QUIET = { logs: "None", preflight: "offline" } as const;

interface Store extends RunningServer {
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** By name: why it cannot run, and how it starts beside moto. `owns`: it knows accounts by their numbers. */
const STORES: Readonly<
  Record<string, { lacking: string | undefined; start?: () => Promise<Store>; owns: boolean }>
> = {
  moto: { lacking: motoIsLacking, owns: true },
  MinIO: { lacking: motoIsLacking ?? minioIsLacking, start: () => startMinio(REGION), owns: false },
  Versity: {
    lacking: motoIsLacking ?? versityIsLacking,
    start: () => startVersity(REGION),
    owns: false,
  },
};

for (const [name, { lacking, start, owns }] of Object.entries(STORES)) {
  describe(`jobs in moto, files in ${name}`, () => {
    let moto: RunningServer;
    let store: Store | undefined;
    let folder = "";
    let session: Session;
    const sessions: Session[] = [];

    const newSession = (s3 = store?.url ?? moto.url): Session => {
      const { url } = moto;
      const made = new Session({
        region: REGION,
        // moto takes any.
        credentials: store?.credentials ?? { accessKeyId: "any", secretAccessKey: "any" },
        endpoint: { s3, sagemaker: url, logs: url, sts: url },
        // Versity's accounts are no numbers: that ours owns the bucket cannot be asked there.
        ...(!owns && { defaultBucket: BUCKET }),
      });
      sessions.push(made);
      return made;
    };
    const estimator = (more: Partial<EstimatorOptions> = {}): Estimator =>
      new Estimator({ ...OPTIONS, ...more, session });
    const path = (...names: string[]): string => join(folder, ...names);
    const at = (uri: string): Promise<string> => S3Downloader.readFile(uri, { session });
    const test = (title: string, run: () => Promise<void>): void => testWith(lacking, title, run);

    startUnless(lacking, async () => {
      folder = await mkdtemp(join(tmpdir(), "interop-stores-"));
      [moto, store] = await Promise.all([startMoto(), start?.()]);
      session = newSession();
      await writeFiles(path("data"), { "train.csv": "x,y\n1,2\n", "deep/ü b.csv": "3\n" });
      await writeFiles(path("code"), { "train.py": "print(1)\n", "lib/util.py": "x = 1\n" });
    });
    afterAll(async () => {
      for (const one of sessions) await one.close();
      await store?.stop();
      await moto?.stop();
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    });

    test("the default bucket is made on first need, and found from then on", async () => {
      expect(await session.defaultBucket()).toBe(BUCKET);
      expect(await newSession().defaultBucket()).toBe(BUCKET);
      const { Buckets = [] } = await (await session.clients.s3()).listBuckets({});
      expect(Buckets.map((bucket) => bucket.Name)).toEqual([BUCKET]);
    });

    test("fit() stages a folder, a file, a value and the code's channel, and all of it comes back", async () => {
      const job = await estimator({ sourceDir: path("code"), entryPoint: "train.py" }).fit(
        {
          train: path("data"),
          one: path("data/train.csv"),
          config: new JsonInput({ family: "poisson" }),
        },
        { ...QUIET, jobName: "staged" },
      );
      expect(job.result?.status).toBe("Completed");

      const { InputDataConfig = [] } = await job.describe();
      const found: Record<string, Readonly<Record<string, string>>> = {};
      for (const { ChannelName = "", DataSource } of InputDataConfig) {
        const uri = DataSource?.S3DataSource?.S3Uri ?? "";
        expect(uri).toContain(`s3://${BUCKET}/`);
        await S3Downloader.download(uri, path("staged", ChannelName), { session });
        found[ChannelName] = await readFiles(path("staged", ChannelName));
      }
      expect(found).toMatchObject({
        train: { "train.csv": "x,y\n1,2\n", "deep/ü b.csv": "3\n" },
        one: { "train.csv": "x,y\n1,2\n" },
        config: { "config.json": '{\n  "family": "poisson"\n}\n' },
        code: { "train.py": "print(1)\n", "lib/util.py": "x = 1\n" },
      });
    });

    test("what is staged is not sent again", async () => {
      const before = await S3Downloader.list(`s3://${BUCKET}/`, { session });
      await estimator({ sourceDir: path("code"), entryPoint: "train.py" }).fit(
        { train: path("data") },
        { ...QUIET, jobName: "staged-again" },
      );
      const after = await S3Downloader.list(`s3://${BUCKET}/`, { session });
      expect(after.filter((uri) => !before.includes(uri))).toEqual([
        expect.stringContaining("/staged-again"),
        expect.stringContaining("/staged-again"),
      ]);
    });

    test("the training toolkit's archive is uploaded once, and copied to each job", async () => {
      const toolkit = estimator({
        sourceDir: path("code"),
        entryPoint: "train.py",
        codeDelivery: "toolkit",
      });
      for (const jobName of ["packed-1", "packed-2"]) {
        const job = await toolkit.fit(undefined, { ...QUIET, jobName });
        const { HyperParameters } = await job.describe();
        const uri = JSON.parse(String(HyperParameters?.["sagemaker_submit_directory"])) as string;
        expect(uri).toBe(`s3://${BUCKET}/${jobName}/source/sourcedir.tar.gz`);
        const bytes = await S3Downloader.readBytes(uri, { session });
        expect([...bytes.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
      }
    });

    test("model and output come home whole, or not at all", async () => {
      const job = await estimator().fit(undefined, { ...QUIET, jobName: "artifacts" });
      const output = `s3://${BUCKET}/artifacts/output`;
      await expect(job.downloadModel(path("none"), { progress: false })).rejects.toThrow(
        /artifacts/,
      );

      await writeFiles(path("model"), { "weights.bin": LARGE, "deep/model.json": "{}" });
      const put = async (file: string, from: string): Promise<string> =>
        await S3Uploader.uploadBytes(packTarGz(path(from)), `${output}/${file}`, { session });
      await put("model.tar.gz", "model");
      await put("output.tar.gz", "data");
      await job.downloadModel(path("home"), { progress: false });
      expect(digest(await readFile(path("home/weights.bin")))).toBe(digest(LARGE));
      expect(await readdir(path("home"))).toEqual(["deep", "weights.bin"]);
      await job.downloadOutput(path("out"), { progress: false });
      expect(await readFiles(path("out"))).toEqual(await readFiles(path("data")));

      const controller = new AbortController();
      const aborted = job.downloadModel(path("aborted"), {
        progress: false,
        signal: controller.signal,
        onEvent: () => controller.abort(new Error("enough")),
      });
      await expect(aborted).rejects.toThrow("enough");
      const packed = await S3Downloader.readBytes(`${output}/model.tar.gz`, { session });
      const cut = packed.subarray(0, packed.length / 2);
      await S3Uploader.uploadBytes(cut, `${output}/model.tar.gz`, { session });
      await expect(job.downloadModel(path("cut"), { progress: false })).rejects.toThrow(
        `The archive ${output}/model.tar.gz is cut off`,
      );
      expect(await readdir(folder)).not.toContain("aborted");
      expect(await readdir(folder)).not.toContain("cut");
    });

    test("S3Uploader and S3Downloader: files, folders, texts, bytes, streams, lists", async () => {
      const base = `s3://${BUCKET}/by hand`;
      const files = Object.fromEntries(
        Array.from({ length: 150 }, (_, n) => [`${n % 5}/${n}+ü.txt`, String(n)]),
      );
      await writeFiles(path("many"), files);
      expect(await S3Uploader.upload(path("many"), `${base}/many`, { session })).toBe(
        `${base}/many`,
      );
      expect(await S3Downloader.list(`${base}/many/`, { session })).toHaveLength(150);
      await S3Downloader.download(`${base}/many`, path("many-back"), { session });
      expect(await readFiles(path("many-back"))).toEqual(await readFiles(path("many")));

      await writeFile(path("large.bin"), LARGE);
      const large = await S3Uploader.upload(path("large.bin"), `${base}/`, { session });
      expect(digest(await S3Downloader.readBytes(large, { session }))).toBe(digest(LARGE));
      const streamed = (async function* () {
        for (let start = 0; start < LARGE.length; start += 1_000_000) {
          yield LARGE.subarray(start, start + 1_000_000);
        }
      })();
      await S3Uploader.uploadBytes(streamed, `${base}/stream`, { session });
      expect(digest(await S3Downloader.readBytes(`${base}/stream`, { session }))).toBe(
        digest(LARGE),
      );
      await S3Uploader.uploadStringAsFileBody("größer", `${base}/text`, { session });
      expect(await at(`${base}/text`)).toBe("größer");
    });

    test("a connection that breaks is taken up where it was", async () => {
      const proxy = await startCuttingProxy(store?.url ?? moto.url, 3_000_000);
      try {
        const far = newSession(proxy.url);
        await S3Downloader.download(`s3://${BUCKET}/by hand/large.bin`, path("far"), {
          session: far,
        });
        expect(proxy.hasCut()).toBe(true);
        expect(digest(await readFile(path("far/large.bin")))).toBe(digest(LARGE));
        expect(await readdir(path("far"))).toEqual(["large.bin"]);
      } finally {
        await proxy.stop();
      }
    });

    test("a run is recorded, and reused as long as its artifacts are there", async () => {
      const inputs = { train: path("data") };
      const train = (jobName: string): Promise<TrainingJob> =>
        estimator().fit(inputs, { ...QUIET, jobName, reuse: true });
      const first = await train("recorded");
      const record = await first.runRecord();
      expect(record.job.name).toBe("recorded");
      expect(record.outcome?.status).toBe("Completed");
      expect((await train("repeated")).name).toBe("recorded");
      await expect(TrainingJob.attach("repeated", { session })).rejects.toThrow(/repeated/);
    });

    if (!owns) return;

    test("moto's answer to StopTrainingJob, 500 and a page of HTML, is told as a failure", async () => {
      const job = await TrainingJob.attach("staged", { session });
      await expect(job.stop()).rejects.toThrow("Could not stop training job staged");
    });

    test("a default bucket that another account has taken is refused", async () => {
      const { Credentials } = await (await session.clients.sts()).assumeRole({
        RoleArn: "arn:aws:iam::999999999999:role/stranger",
        RoleSessionName: "stranger",
      });
      const sessionIn = (credentials: NonNullable<SessionOptions["credentials"]>): Session => {
        const made = new Session({ region: "us-west-2", credentials, endpoint: moto.url });
        sessions.push(made);
        return made;
      };
      const stranger = sessionIn({
        accessKeyId: String(Credentials?.AccessKeyId),
        secretAccessKey: String(Credentials?.SecretAccessKey),
        sessionToken: String(Credentials?.SessionToken),
      });
      await (await stranger.clients.s3()).createBucket({
        Bucket: "sagemaker-us-west-2-123456789012",
        CreateBucketConfiguration: { LocationConstraint: "us-west-2" },
      });
      const ours = sessionIn({ accessKeyId: "any", secretAccessKey: "any" });
      await expect(ours.defaultBucket()).rejects.toThrow("belongs to another account");
    });
  });
}
