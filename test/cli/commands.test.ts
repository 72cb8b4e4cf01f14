/** The command as a process of its own: what it prints, and how it ends. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { COMMANDS, type CommandSpec } from "../../src/cli/commands.ts";
import { commandHelp, helpText } from "../../src/cli/help.ts";
import {
  type CloudFixture,
  eventually,
  ROLE,
  startCloud,
  writeProgram,
} from "../helpers/cloud-fixture.ts";
import { repository } from "../helpers/repository.ts";

const MAIN = join(inject("builtPackage"), "dist/cli/main.js");
const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/glm:1";
const PROGRAM = `#!/bin/sh
base=\${SAGEMAKER_BASE_DIR:-/opt/ml}
trap 'exit 0' TERM
echo "line 1"; echo "line 2"; echo "line 3"
if [ "$WAIT" = yes ]; then while [ ! -e "$base/go" ]; do sleep 0.1; done; echo "line 4"; fi
if [ "$FAIL" = yes ]; then echo "the matrix is singular" >"$base/output/failure"; exit 3; fi
echo model >"$base/model/model.txt"
mkdir -p "$base/output/data"
echo data >"$base/output/data/data.txt"
`;

let fixture: CloudFixture;
let program: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  fixture = await startCloud();
  program = await writeProgram(join(fixture.folder, "program"), { train: PROGRAM });
  await fixture.s3.createBucket({ Bucket: "claims" });
  await job("glm-good");
  await ended("glm-good");
  await job("glm-bad", { FAIL: "yes" });
  await ended("glm-bad");
});

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

afterAll(async () => {
  await fixture.stop();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the match when one of the two outputs has held the pattern. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Variables of whoever runs this that would lead elsewhere. */
const { AWS_PROFILE: _, AWS_ENDPOINT_URL: __, ...ENVIRONMENT } = process.env;

function start(
  args: readonly string[],
  { cwd = fixture.folder, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
  const said = async (pattern: RegExp): Promise<RegExpExecArray> =>
    await eventually(
      async () => pattern.exec(out) ?? pattern.exec(err) ?? undefined,
      `${args.join(" ")} says ${pattern}`,
      40_000,
    );
  return { child, ended, said };
}

async function cli(...args: string[]): Promise<Ended> {
  return await start(args).ended;
}

/** Starts a job over the wire, as a client that is not this library. */
async function job(
  name: string,
  Environment: Record<string, string> = {},
  clients = fixture.sagemaker,
  image = program,
): Promise<void> {
  await clients.createTrainingJob({
    TrainingJobName: name,
    RoleArn: ROLE,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: "File" },
    OutputDataConfig: { S3OutputPath: "s3://claims/out" },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
    HyperParameters: { epochs: "3", api_key: "correct-horse-battery" },
    Environment,
  });
}

async function status(name: string): Promise<string> {
  const { TrainingJobStatus = "" } = await fixture.sagemaker.describeTrainingJob({
    TrainingJobName: name,
  });
  return TrainingJobStatus;
}

async function ended(name: string): Promise<void> {
  await eventually(
    async () => (/Completed|Failed|Stopped/.test(await status(name)) ? true : undefined),
    `${name} has ended`,
  );
}

/** Where the jobs of these tests are. */
const here = (): string[] => ["--root", fixture.root];

describe("the whole", () => {
  it("prints its help and its version", async () => {
    const { version } = JSON.parse(await readFile(join(repository, "package.json"), "utf8"));

    expect(await cli("--help")).toMatchObject({ code: 0, err: "" });
    expect(await cli("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it("ends with 2 and says what may be meant when a command line is not understood", async () => {
    expect(await cli("jbos")).toEqual({
      code: 2,
      out: "",
      err: "There is no command jbos. Is jobs meant?\nsagemaker-estimator --help says what there is.\n",
    });
    const { code, err } = await cli("logs", "--folow");
    expect([code, err.split("\n")[0]]).toEqual([
      2,
      "There is no option --folow. Is --follow meant?",
    ]);
  });
});

describe("jobs", () => {
  it("are a table, the newest first, with what the service says of each", async () => {
    const { code, out, err } = await cli("jobs", ...here());

    expect([code, err]).toEqual([0, ""]);
    const [head = "", ...rows] = out.trimEnd().split("\n");
    expect(head).toMatch(/^NAME +STATUS +INSTANCES +CREATED \(UTC\) +TIME +BILLABLE$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3))).toEqual([
      ["glm-bad", "Failed", "ml.m5.large"],
      ["glm-good", "Completed", "ml.m5.large"],
    ]);
  });

  it("are a JSON object a line for programs, and are filtered", async () => {
    const { out } = await cli("jobs", ...here(), "--json", "--status", "failed", "--cost");

    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({
        name: "glm-bad",
        status: "Failed",
        instances: "ml.m5.large",
        costUsd: 0,
      }),
    ]);
  });

  it("say that there are more, or none", async () => {
    const one = await cli("jobs", ...here(), "--max", "1");
    expect(one.out.trimEnd().split("\n")).toHaveLength(2);
    expect(one.err).toBe("There are more than 1: --max N, or --max all, shows them.\n");

    const none = await cli("jobs", ...here(), "--name-contains", "nothing", "--since", "1d");
    expect(none).toEqual({ code: 0, out: "", err: "There are no such training jobs.\n" });
  });

  it("are not looked for in a place that is guessed, or is not there", async () => {
    const guessed = await cli("jobs");
    expect(guessed.code).toBe(2);
    expect(guessed.err).toContain("say --local or --aws");

    const missing = await cli("jobs", "--root", "nowhere");
    expect(missing.code).toBe(1);
    expect(missing.err).toContain(`There is no local cloud in ${join(fixture.folder, "nowhere")}`);
    expect(existsSync(join(fixture.folder, "nowhere"))).toBe(false);
  });
});

describe("logs", () => {
  it("are printed as far as they are there", async () => {
    const { code, out } = await cli("logs", "glm-good", ...here());

    expect([code, out]).toEqual([0, "[algo-1] line 1\n[algo-1] line 2\n[algo-1] line 3\n"]);
  });

  it("of a job that runs are its last lines, and then those that come, until it ends", async () => {
    await job("glm-runs", { WAIT: "yes" });
    const all = async (): Promise<true | undefined> =>
      (await cli("logs", "glm-runs", ...here())).out.includes("line 3") ? true : undefined;
    await eventually(all, "the log has its first lines", 50_000);

    const tail = await cli("logs", "glm-runs", ...here(), "--tail", "2", "--json");
    expect(
      tail.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).text),
    ).toEqual(["line 2", "line 3"]);

    const followed = start(["logs", "glm-runs", ...here(), "-f", "--tail", "1"]);
    await followed.said(/line 3/);
    await writeFile(join(mlOf("glm-runs"), "go"), "");
    expect(await followed.ended).toEqual({
      code: 0,
      out: "[algo-1] line 3\n[algo-1] line 4\n",
      err: "Training job glm-runs: Completed.\n",
    });
  });

  it("that were followed to a failure are a failure", async () => {
    const { code, out, err } = await cli("logs", "glm-bad", ...here(), "--follow");

    expect([code, out]).toEqual([1, "[algo-1] line 1\n[algo-1] line 2\n[algo-1] line 3\n"]);
    expect(err).toMatch(
      /^Training job glm-bad: Failed\. Reason: AlgorithmError: the matrix is singular, exit code: 3/,
    );
  });

  it("end in peace when their reader has seen enough", async () => {
    const { code, out, err } = await shell(
      `"$NODE" "$MAIN" logs glm-good --root "$ROOT" | head -n 1; echo "\${PIPESTATUS[0]}"`,
    );

    expect([code, out, err]).toEqual([0, "[algo-1] line 1\n0\n", ""]);
  });

  it("end with 130 on Ctrl-C, and the job goes on", async () => {
    await job("glm-left", { WAIT: "yes" });
    const followed = start(["logs", "glm-left", ...here(), "--follow"]);
    await followed.said(/line 3/);
    followed.child.kill("SIGINT");

    expect(await followed.ended).toMatchObject({ code: 130, err: "" });
    expect(await status("glm-left")).toBe("InProgress");
  });
});

describe("stop", () => {
  it("stops a job, and leaves one alone that has ended", async () => {
    await job("glm-stopped", { WAIT: "yes" });
    await start(["logs", "glm-stopped", ...here(), "-f"]).said(/line 3/);

    const stopped = await cli("stop", "glm-stopped", ...here(), "--wait");
    expect(stopped).toEqual({ code: 0, out: "Training job glm-stopped: Stopped.\n", err: "" });

    const again = await cli("stop", "glm-stopped", ...here());
    expect(again.out).toBe("Training job glm-stopped has ended already: Stopped.\n");
  });

  it("says when there is no such job, without a stack", async () => {
    const { code, out, err } = await cli("stop", "glm-none", ...here());

    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^There is no training job glm-none in the local cloud .*\n$/);
  });
});

describe("describe", () => {
  it("prints what is known of a job, as a plan prints, without secrets", async () => {
    const { code, out } = await cli("describe", "glm-bad", ...here());

    expect(code).toBe(0);
    expect(out).toMatch(/^Training job +glm-bad$/m);
    expect(out).toMatch(/^Status +Failed$/m);
    expect(out).toMatch(/^Reason +AlgorithmError: the matrix is singular, exit code: 3$/m);
    expect(out).toMatch(/^Hyperparameters +epochs = 3, api_key \(text not shown\)$/m);
    expect(out).toMatch(/^Environment +FAIL \(values not shown\)$/m);
    expect(out).not.toContain("correct-horse");
  });

  it("prints the service's answer as JSON, without secrets", async () => {
    const { out } = await cli("describe", "glm-bad", ...here(), "--json");

    expect(JSON.parse(out)).toMatchObject({
      TrainingJobName: "glm-bad",
      TrainingJobStatus: "Failed",
      HyperParameters: { epochs: "3", api_key: "[redacted]" },
    });
    expect(JSON.parse(out)).not.toHaveProperty("$metadata");
  });
});

describe("download", () => {
  it("brings the model and the output, and says what to type to write over them", async () => {
    const cwd = join(fixture.folder, "downloads");
    await mkdir(cwd);
    const run = (...args: string[]) =>
      start(["download", "glm-good", ...here(), ...args], { cwd }).ended;

    const model = await run("--quiet");
    expect(model).toEqual({
      code: 0,
      out: `The model of training job glm-good is in ${join(cwd, "glm-good/model")}\n`,
      err: "",
    });
    expect(await readFile(join(cwd, "glm-good/model/model.txt"), "utf8")).toBe("model\n");

    const output = await run("--output", "--to", "out");
    expect(output.out).toMatch(/^Downloading: .* 1 file/);
    expect(await readdir(join(cwd, "out"))).toEqual(["data.txt"]);

    const refused = await run();
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /exist already: model\.txt.*\nOn the command line: --overwrite\n$/s,
    );
    expect((await run("--overwrite")).code).toBe(0);
  });

  it("brings one thing at a time", async () => {
    expect(await cli("download", "x", ...here(), "--model", "--output")).toMatchObject({ code: 2 });
  });
});

describe("local", () => {
  it("serves any client with the lines that it prints, until Ctrl-C, and tells what goes on", async () => {
    const cwd = join(fixture.folder, "served");
    await mkdir(cwd);
    const server = start(["local", "--image", `${IMAGE}=${program}`, "--region", "eu-west-1"], {
      cwd,
    });
    const [, endpoint = ""] = await server.said(/^export AWS_ENDPOINT_URL=(http:\/\/\S+)$/m);
    await server.said(/^unset AWS_PROFILE .*$/m);
    const clients = fixture.clients({ endpoint });

    await clients.s3.createBucket({ Bucket: "claims" });
    await job("glm-served", { WAIT: "yes" }, clients.sagemaker, IMAGE);
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    };
    const followed = start(["logs", "glm-served", "-f"], { cwd, env });
    await followed.said(/line 3/);
    const listed = await start(["jobs", "--endpoint", endpoint], { cwd, env }).ended;
    expect(listed.out).toMatch(/^glm-served +InProgress +Training /m);

    server.child.kill("SIGINT");
    const { code, err } = await server.ended;
    expect(code).toBe(130);
    expect(err).toContain("1 job goes on: glm-served");
    const root = join(cwd, ".sagemaker-local");
    expect((await start(["stop", "glm-served", "--local", "--wait"], { cwd }).ended).out).toBe(
      "Training job glm-served: Stopped.\n",
    );
    expect(err).toContain(`sagemaker-estimator jobs --root ${root}`);
  });

  it("prints lines that a shell evaluates", async () => {
    const { out } = await shell(
      `"$NODE" "$MAIN" local --root other >env.sh 2>/dev/null & pid=$!
       while [ ! -s env.sh ]; do sleep 0.1; done
       export AWS_PROFILE=mine; . ./env.sh
       echo "$AWS_REGION \${AWS_PROFILE-none}"; kill $pid; wait $pid; echo $?`,
    );

    expect(out).toBe("us-east-1 none\n143\n");
  });

  it("prints one JSON object for programs", async () => {
    const server = start(["local", "--json", "--root", join(fixture.folder, "json")]);
    const [line] = await server.said(/^\{.*\}$/m);

    const facts = JSON.parse(line);
    expect(facts).toMatchObject({
      region: "us-east-1",
      account: "123456789012",
      root: join(fixture.folder, "json"),
      pid: server.child.pid,
      environment: { AWS_ENDPOINT_URL: facts.url, AWS_DEFAULT_REGION: "us-east-1" },
    });
    expect(new URL(facts.url).port).toBe(String(facts.port));
  });

  it("refuses addresses that others reach, ports that are taken, and folders that are not there", async () => {
    const remote = await cli("local", "--host", "0.0.0.0");
    expect(remote.code).toBe(1);
    expect(remote.err).toMatch(
      /does not listen on 0\.0\.0\.0.*On the command line: --allow-remote/s,
    );

    const holder = await listening();
    const { port } = holder.address() as { port: number };
    const taken = await cli("local", "--port", String(port));
    holder.close();
    expect(taken.code).toBe(1);
    expect(taken.err).toContain(
      `cannot listen on 127.0.0.1, port ${port}: something listens there`,
    );

    const wrong = await cli("local", "--image", "glm:1=nowhere", "--port", "70000");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(
      /--port 70000: .*\n--image glm:1=nowhere: there is no folder nowhere/,
    );
  });
});

describe("the guide", () => {
  it.each([undefined, ...COMMANDS.map(({ name }) => name)])(
    "shows the help of %s",
    async (name) => {
      const guide = await readFile(join(repository, "docs/guides/command-line.md"), "utf8");
      const help = name === undefined ? helpText() : commandHelp(commandNamed(name));

      expect(guide).toContain(`\n\`\`\`text\n${help}\n\`\`\`\n`);
    },
  );
});

function commandNamed(wanted: string): CommandSpec {
  const command = COMMANDS.find(({ name }) => name === wanted);
  if (command === undefined) throw new Error(wanted);
  return command;
}

/** The job's /opt/ml. */
function mlOf(name: string): string {
  return join(fixture.root, "sagemaker/training-jobs", name, "hosts/algo-1/ml");
}

async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** A line of bash. */
async function shell(line: string): Promise<Ended> {
  const cwd = fixture.folder;
  const child = spawn("bash", ["-c", line], {
    cwd,
    env: { ...ENVIRONMENT, NODE: process.execPath, MAIN, ROOT: fixture.root },
  });
  running.add(child);
  const code = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  const texts = await Promise.all(
    [child.stdout, child.stderr].map(async (stream) => {
      let text = "";
      for await (const part of stream.setEncoding("utf8")) text += String(part);
      return text;
    }),
  );
  return { code: await code, out: texts[0] ?? "", err: texts[1] ?? "" };
}
