import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UnexpectedStatusError } from "../../../src/errors.ts";
import { Estimator, type EstimatorOptions, type TrainingJobEvent } from "../../../src/index.ts";
import type { LocalCloudOptions } from "../../../src/local/index.ts";
import { type CloudFixture, startCloud, writeProgram } from "../../helpers/cloud-fixture.ts";
import { TOOLKIT } from "../../helpers/toolkit-program.ts";

const QUIET = { logs: "None" } as const;
const PYTHON = ["/usr/bin/python3", "/usr/local/bin/python3"].find(existsSync);

let fixture: CloudFixture;
let code: string;

async function begin(options: LocalCloudOptions = {}): Promise<void> {
  fixture = await startCloud(options);
  code = join(fixture.folder, "code");
  // An image that is nothing but this machine.
  await mkdir(join(fixture.folder, "image"));
}

beforeEach(async () => {
  await begin();
});
afterEach(async () => {
  await fixture.stop();
});

async function write(files: Readonly<Record<string, string>>, folder = code): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

function estimator(options: Partial<EstimatorOptions> = {}): Estimator {
  return new Estimator({
    imageUri: join(fixture.folder, "image"),
    instanceType: "local",
    session: fixture.cloud.session(),
    sourceDir: code,
    ...options,
  });
}

/** Runs a job to its end. */
async function train(
  options: Partial<EstimatorOptions>,
  inputs?: Parameters<Estimator["fit"]>[0],
): Promise<{ lines: string[]; job: Awaited<ReturnType<Estimator["fit"]>> }> {
  const events: TrainingJobEvent[] = [];
  const job = await estimator(options).fit(inputs, {
    ...QUIET,
    onEvent: (event) => void events.push(event),
  });
  return { job, lines: events.flatMap((event) => (event.type === "log" ? [event.text] : [])) };
}

describe.each(["auto", "process"] as const)("script mode, engine %s", (engine) => {
  beforeEach(async () => {
    if (engine === "auto") return;
    await fixture.stop();
    await begin({ engine });
  });

  it("trains with Node: hyperparameters, channels, modules beside the program, the model", async () => {
    await write({
      "train.mjs": `import { readFileSync, writeFileSync } from "node:fs";
import { word } from "./lib/word.mjs";
const data = readFileSync(process.env.SM_CHANNEL_TRAIN + "/x.csv", "utf8");
console.log(JSON.stringify(process.argv.slice(2)), word, data, process.env.SM_CHANNELS);
writeFileSync(process.env.SM_MODEL_DIR + "/model.txt", word);
`,
      "lib/word.mjs": 'export const word = "hello";\n',
    });
    await write({ "x.csv": "1" }, join(fixture.folder, "data"));
    const { job, lines } = await train(
      { entryPoint: "train.mjs", hyperparameters: { epochs: 3, note: "two words" } },
      { train: join(fixture.folder, "data/x.csv") },
    );
    expect(lines).toEqual(['["--epochs","3","--note","two words"] hello 1 ["train"]']);
    await job.downloadModel(join(fixture.folder, "model"));
    expect(await readFile(join(fixture.folder, "model/model.txt"), "utf8")).toBe("hello");

    const { AlgorithmSpecification, InputDataConfig, HyperParameters } = await job.describe();
    expect(AlgorithmSpecification?.ContainerEntrypoint).toEqual([
      "/bin/sh",
      "/opt/ml/input/data/code/.sagemaker/run.sh",
    ]);
    expect(InputDataConfig?.map(({ ChannelName }) => ChannelName)).toEqual(["train", "code"]);
    expect(HyperParameters).toEqual({ epochs: "3", note: "two words" });
  });

  it.runIf(PYTHON)("trains with Python", async () => {
    await write({
      "train.py": `import argparse, os
from helper import twice
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
print(twice(parser.parse_args().rate), os.environ["SM_CURRENT_HOST"], flush=True)
`,
      "helper.py": "def twice(x):\n    return 2 * x\n",
    });
    const { lines } = await train({ entryPoint: "train.py", hyperparameters: { rate: 0.25 } });
    expect(lines).toEqual(["0.5 algo-1"]);
  });

  it("trains with a shell script, and with a program without an extension", async () => {
    await write({
      "run/train.sh": 'echo "$(cat ../data.txt || cat data.txt)"',
      "data.txt": "seen",
    });
    expect((await train({ entryPoint: "run/train.sh" })).lines).toContain("seen");

    await write({ fit: "#!/usr/bin/env node\nconsole.log('a program');\n" });
    expect((await train({ entryPoint: "fit" })).lines).toEqual(["a program"]);
  });

  it("trains with a compiled program", async () => {
    await write({ "readme.txt": "" });
    await writeFile(join(code, "echo"), await readFile("/bin/echo"));
    const { lines } = await train({ entryPoint: "echo", containerArguments: ["compiled"] });
    expect(lines).toEqual(["compiled"]);
  });

  it("fails with the program's exit code, and with the driver's reason", async () => {
    await write({ "train.sh": "echo no data; exit 3\n" });
    const failed = await train({ entryPoint: "train.sh" }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UnexpectedStatusError);
    expect(failed).toMatchObject({ exitCode: 3, logTail: ["no data"] });

    await write({ fit: "#!/no/such/program\n" });
    const unfit = await train({ entryPoint: "fit" }).catch((error: unknown) => error);
    expect(unfit).toMatchObject({ exitCode: 127 });
    expect((unfit as UnexpectedStatusError).failureReason).toContain(
      "fit needs /no/such/program, which is not in the image.",
    );
  });

  it("tells the program of a stop by SIGTERM, and keeps what it then writes", async () => {
    await write({
      "train.mjs": `import { writeFileSync } from "node:fs";
process.on("SIGTERM", () => {
  writeFileSync(process.env.SM_MODEL_DIR + "/partial", "");
  process.exit(0);
});
setInterval(() => {}, 1000);
console.log("up");
`,
    });
    const job = await estimator({ entryPoint: "train.mjs" }).fit(undefined, { wait: false });
    for await (const { text } of job.logs()) {
      if (text === "up") break;
    }
    await job.stop({ wait: true });
    await job.downloadModel(join(fixture.folder, "model"));
    expect(await readdir(join(fixture.folder, "model"))).toEqual(["partial"]);
  });
});

describe("the code that is delivered", () => {
  const staged = async (): Promise<string[]> => {
    const Bucket = await fixture.cloud.session().defaultBucketName();
    const { Contents = [] } = await fixture.s3.listObjectsV2({ Bucket });
    return Contents.flatMap(({ Key = "" }) => /inputs\/[0-9a-f]{64}\/(.*)$/.exec(Key)?.[1] ?? []);
  };

  it("leaves out what the ignore file names, and what is never code", async () => {
    await write({
      ...{ "train.sh": "true", "lib/a.sh": "", "data/big.bin": "x", "notes.md": "" },
      ...{ ".env": "TOKEN=1", ".env.local": "", ".git/config": "", "node_modules/m/index.js": "" },
      ...{ ".gitignore": "*.md\ndata/\n", "lib/.env": "", ".hidden": "" },
    });
    await train({ entryPoint: "train.sh" });
    expect((await staged()).filter((name) => !name.startsWith(".sagemaker/"))).toEqual([
      ...[".gitignore", ".hidden", "lib/a.sh", "train.sh"],
    ]);
  });

  it("is what .sagemakerignore says, when there is one: it takes back anything but .git and .env", async () => {
    await write({
      ...{ "train.sh": "true", ".gitignore": "*.md\n", "notes.md": "", "tmp/x": "" },
      ...{
        ".env": "A=1",
        "node_modules/m/index.js": "",
        ".git/config": "",
        ".sagemakerignore": "tmp\n!node_modules\n!.env\n!.git\n!.git/**\n",
      },
    });
    await train({ entryPoint: "train.sh" });
    expect((await staged()).filter((name) => !name.startsWith(".sagemaker/"))).toEqual([
      ...[".gitignore", ".sagemakerignore", "node_modules/m/index.js", "notes.md", "train.sh"],
    ]);
  });

  it("has dependencies beside the program, files and folders", async () => {
    const other = join(fixture.folder, "other");
    await write({ "train.sh": "cat settings.txt shared/a.txt" });
    await write({ "settings.txt": "one\n", "shared/a.txt": "two\n", "shared/.env": "" }, other);
    const { lines } = await train({
      entryPoint: "train.sh",
      dependencies: [join(other, "settings.txt"), join(other, "shared")],
    });
    expect(lines).toEqual(["one", "two"]);
  });

  it("is one file when there is only an entry point", async () => {
    await write({ "train.sh": "ls", "other.sh": "" });
    const made = new Estimator({
      ...{ imageUri: join(fixture.folder, "image"), instanceType: "local" },
      ...{ session: fixture.cloud.session(), entryPoint: join(code, "train.sh") },
    });
    await made.fit(undefined, QUIET);
    expect((await staged()).filter((name) => !name.startsWith(".sagemaker/"))).toEqual([
      "train.sh",
    ]);
  });

  it("goes to codeLocation", async () => {
    await write({ "train.sh": "echo here" });
    await fixture.s3.createBucket({ Bucket: "my-code" });
    const { job, lines } = await train({
      ...{ entryPoint: "train.sh", codeLocation: "s3://my-code/team/" },
    });
    expect(lines).toEqual(["here"]);
    const channel = (await job.describe()).InputDataConfig?.[0];
    expect(channel?.DataSource?.S3DataSource?.S3Uri).toMatch(
      /^s3:\/\/my-code\/team\/sagemaker-estimator\/inputs\/[0-9a-f]{64}\/$/,
    );
  });

  it("may lie in S3 already: the driver then has a channel of its own", async () => {
    await fixture.s3.createBucket({ Bucket: "my-code" });
    await fixture.s3.putObject({ Bucket: "my-code", Key: "v1/train.sh", Body: "echo from S3" });
    const { job, lines } = await train({ sourceDir: "s3://my-code/v1/", entryPoint: "train.sh" });
    expect(lines).toEqual(["from S3"]);
    const { InputDataConfig } = await job.describe();
    expect(InputDataConfig?.map(({ ChannelName }) => ChannelName)).toEqual([
      ...["code", "sagemaker_driver"],
    ]);
  });

  it("is staged once, whatever the order of creation, times and permissions", async () => {
    await write({ "train.sh": "true", "a.txt": "a" });
    const first = await estimator({ entryPoint: "train.sh" }).plan();
    const again = join(fixture.folder, "again");
    await write({ "a.txt": "a" }, again);
    await write({ "train.sh": "true" }, again);
    await chmod(join(again, "train.sh"), 0o755);
    const second = await estimator({ entryPoint: "train.sh", sourceDir: again }).plan();
    expect(second.request.InputDataConfig).toEqual(first.request.InputDataConfig);
  });

  it("is in a File channel, whatever mode the job's other channels are in", async () => {
    await write({ "train.sh": "true" });
    const plan = await estimator({ entryPoint: "train.sh", inputMode: "FastFile" }).plan();
    expect(plan.request.InputDataConfig).toMatchObject([
      { ChannelName: "code", InputMode: "File" },
    ]);
  });
});

describe("the training toolkit's delivery", () => {
  beforeEach(async () => {
    await writeProgram(join(fixture.folder, "image"), TOOLKIT);
  });

  it("brings the archive to Python's place, uploaded once and copied for each job", async () => {
    await write({ "fit.sh": "#!/bin/sh\ncat lib/word.txt", "lib/word.txt": "unpacked\n" });
    await fixture.s3.createBucket({ Bucket: "out" });
    const options: Partial<EstimatorOptions> = {
      ...{ entryPoint: "fit.sh", codeDelivery: "toolkit", outputPath: "s3://out/some/prefix" },
    };
    const one = await train(options);
    expect(one.lines).toEqual(["unpacked"]);
    const two = await train(options);
    expect(two.lines).toEqual(["unpacked"]);

    const { Contents = [] } = await fixture.s3.listObjectsV2({ Bucket: "out" });
    const archives = Contents.flatMap(({ Key = "", ETag }) =>
      Key.endsWith("sourcedir.tar.gz") ? [[Key, ETag]] : [],
    );
    expect(archives.map(([key]) => key)).toEqual([
      `${one.job.name}/source/sourcedir.tar.gz`,
      `${two.job.name}/source/sourcedir.tar.gz`,
      expect.stringMatching(/^sagemaker-estimator\/code\/[0-9a-f]{64}\/sourcedir\.tar\.gz$/),
    ]);
    expect(new Set(archives.map(([, tag]) => tag)).size).toBe(1);
    expect((await one.job.describe()).HyperParameters).toMatchObject({
      sagemaker_submit_directory: `"s3://out/${one.job.name}/source/sourcedir.tar.gz"`,
    });
  });

  it("without a network the archive is a channel", async () => {
    await write({ "fit.sh": "#!/bin/sh\necho isolated\n" });
    const made = estimator({
      ...{ entryPoint: "fit.sh", codeDelivery: "toolkit", enableNetworkIsolation: true },
    });
    const plan = await made.plan();
    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plan.request.InputDataConfig).toEqual([
      {
        ChannelName: "code",
        DataSource: {
          S3DataSource: {
            S3DataType: "S3Prefix",
            S3Uri: expect.stringMatching(/\/source\/sourcedir\.tar\.gz$/),
            S3DataDistributionType: "FullyReplicated",
          },
        },
      },
    ]);
    expect(plan.request.HyperParameters?.["sagemaker_submit_directory"]).toBe(
      '"/opt/ml/input/data/code/sourcedir.tar.gz"',
    );
    await made.fit(undefined, QUIET);
  });

  it("leaves nothing on this machine", async () => {
    await write({ "fit.sh": "#!/bin/sh\n" });
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith("sagemaker-code-"));
    await train({ entryPoint: "fit.sh", codeDelivery: "toolkit" });
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith("sagemaker-code-"));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it("can be unpacked by tar and by Python", async () => {
    await write({ "fit.sh": "#!/bin/sh\n", "a/long.txt": "x".repeat(200_000) });
    const { job } = await train({ entryPoint: "fit.sh", codeDelivery: "toolkit" });
    const { defaultBucket } = { defaultBucket: await fixture.cloud.session().defaultBucketName() };
    const { Body } = await fixture.s3.getObject({
      ...{ Bucket: defaultBucket, Key: `${job.name}/source/sourcedir.tar.gz` },
    });
    const archive = join(fixture.folder, "sourcedir.tar.gz");
    await writeFile(archive, (await Body?.transformToByteArray()) ?? "");
    expect(execFileSync("tar", ["tzf", archive], { encoding: "utf8" })).toBe(
      "a/long.txt\nfit.sh\n",
    );
    if (PYTHON !== undefined) {
      const list = "import sys, tarfile; print(tarfile.open(sys.argv[1], 'r:gz').getnames())";
      const names = execFileSync(PYTHON, ["-c", list, archive], { encoding: "utf8" });
      expect(names).toBe("['a/long.txt', 'fit.sh']\n");
    }
  });
});

describe("attach", () => {
  it("restores the driver and its channel: the next job runs the same code", async () => {
    await write({ "train.sh": "echo trained" });
    const { job } = await train({ entryPoint: "train.sh", hyperparameters: { rate: 0.5 } });
    const attached = await Estimator.attach(job.name, { session: fixture.cloud.session() });
    const plan = await attached.plan();
    expect(plan.findings).toEqual([]);
    expect(plan.uploads).toEqual([]);
    const { AlgorithmSpecification, InputDataConfig, HyperParameters } = plan.request;
    expect(AlgorithmSpecification).toMatchObject({
      ContainerEntrypoint: ["/bin/sh", "/opt/ml/input/data/code/.sagemaker/run.sh"],
    });
    const before = await estimator({
      ...{ entryPoint: "train.sh", hyperparameters: { rate: 0.5 } },
    }).plan();
    expect(InputDataConfig).toMatchObject(before.request.InputDataConfig ?? []);
    expect(HyperParameters).toEqual({ rate: "0.5" });
    const lines: string[] = [];
    await attached.fit(undefined, {
      ...QUIET,
      onEvent: (event) => void (event.type === "log" && lines.push(event.text)),
    });
    expect(lines).toEqual(["trained"]);
  });

  it("says so when other inputs take the driver away", async () => {
    await write({ "train.sh": "true" });
    const { job } = await train({ entryPoint: "train.sh" });
    const attached = await Estimator.attach(job.name, { session: fixture.cloud.session() });
    const { findings } = await attached.plan({ train: code });
    expect(findings).toMatchObject([{ severity: "error", path: "inputs.code" }]);
  });
});
