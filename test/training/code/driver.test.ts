import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DriverSettings, driverFiles } from "../../../src/training/code/driver.ts";

/** Whatever of these is on this machine stands for the images' `/bin/sh`. */
const SHELLS: readonly (readonly string[])[] = [
  ["/bin/dash"],
  ["/bin/busybox", "sh"],
  ["/bin/bash", "--posix"],
].filter(([program = ""]) => existsSync(program));
const TOOLS = ["cat", "chmod", "cp", "env", "mkdir", "nproc", "sh", "sleep", "tr", "wc"];

let base: string;
/** The image's programs: nothing but these is found. */
let bin: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "driver-"));
  bin = join(base, "bin");
  await mkdir(bin);
  for (const tool of TOOLS) await install(tool);
});
afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

async function install(tool: string, from?: string): Promise<void> {
  const found = from ?? ["/usr/bin", "/bin"].map((at) => join(at, tool)).find(existsSync);
  await symlink(found ?? "", join(bin, tool));
}

const hasPython = existsSync("/usr/bin/python3");
const installPython = (): Promise<void> => install("python3");
const installNode = (): Promise<void> => install("node", process.execPath);

async function write(name: string, text: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(base, name)), { recursive: true });
  await writeFile(join(base, name), text);
}

/** A job whose code is in its channel, as S3 would bring it: without permissions. */
async function job(
  files: Readonly<Record<string, string>>,
  settings: Partial<DriverSettings> = {},
  config: { hyperparameters?: Readonly<Record<string, string>>; channels?: readonly string[] } = {},
): Promise<void> {
  const [entryPoint = ""] = Object.keys(files);
  for (const [name, text] of Object.entries(files)) await write(`input/data/code/${name}`, text);
  const all = { entryPoint, logLevel: 20, installRequirements: false, ...settings };
  for (const { fileName, contents } of driverFiles(all, ".sagemaker/")) {
    await write(`input/data/code/${fileName}`, contents);
  }
  await mkdir(join(base, "output"), { recursive: true });
  const channels = [...(config.channels ?? []), "code"];
  for (const channel of channels) {
    await mkdir(join(base, "input/data", channel), { recursive: true });
  }
  await write("input/config/hyperparameters.json", JSON.stringify(config.hyperparameters ?? {}));
  await write(
    "input/config/inputdataconfig.json",
    JSON.stringify(
      Object.fromEntries(channels.map((name) => [name, { TrainingInputMode: "File" }])),
    ),
  );
  await write(
    "input/config/resourceconfig.json",
    JSON.stringify({
      ...{ current_host: "algo-2", current_instance_type: "ml.m5.large" },
      ...{ current_group_name: "homogeneousCluster", hosts: ["algo-1", "algo-2"] },
      ...{ network_interface_name: "eth0" },
    }),
  );
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function start(
  shell: readonly string[],
  args: readonly string[] = [],
  path = bin,
): { child: ChildProcess; ended: Promise<Ended> } {
  const [program = "", ...words] = [...shell, join(base, "input/data/code/.sagemaker/run.sh")];
  const child = spawn(program, [...words, ...args], {
    cwd: "/",
    env: { PATH: path, SAGEMAKER_BASE_DIR: base },
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? (signal ? -1 : 0), out, err }));
  });
  return { child, ended };
}

const run = (
  shell: readonly string[] = ["/bin/sh"],
  args: readonly string[] = [],
): Promise<Ended> => start(shell, args).ended;
const failure = (): Promise<string> => readFile(join(base, "output/failure"), "utf8");

const PRINT_ARGS = 'for word in "$@"; do printf "<%s>" "$word"; done; echo; pwd';

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("under %s", (_, shell) => {
  it("a shell script runs in the code's folder, with the container's arguments", async () => {
    await job({ "train.sh": PRINT_ARGS });
    expect(await run(shell, ["a b", "it's"])).toEqual({
      code: 0,
      out: `<a b><it's>\n${join(base, "input/data/code")}\n`,
      err: "",
    });
  });

  it("any other program is made executable, and its interpreter is its first line's", async () => {
    await job({ "bin/train it": `#!${join(bin, "sh")}\necho "I am $0"\nexit 7\n` });
    const { code, out } = await run(shell);
    expect(out).toBe(`I am ${join(base, "input/data/code/bin/train it")}\n`);
    expect(code).toBe(7);
  });

  it.runIf(hasPython)("Python is given the hyperparameters, whatever is in them", async () => {
    await installPython();
    await job(
      { "train.py": "import json, os, sys\nprint(json.dumps([sys.argv[1:], sys.path[0]]))\n" },
      {},
      {
        hyperparameters: {
          epochs: "3",
          name: '"quoted"',
          text: 'it\'s "so"\n $HOME `id` \\ \\n é',
          flag: "true",
          list: "[1, 2]",
          x: "1e-8",
          empty: "",
          sagemaker_program: '"other.py"',
          _tuning_objective_metric: "loss",
        },
      },
    );
    const { out, err } = await run(shell, ["--last"]);
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual([
      [
        ...["--empty", "", "--epochs", "3", "--flag", "true", "--list", "[1, 2]"],
        ...["--name", "quoted", "--text", 'it\'s "so"\n $HOME `id` \\ \\n é', "-x", "1e-8"],
        "--last",
      ],
      join(base, "input/data/code"),
    ]);
  });

  it("Node is given them too", async () => {
    await installNode();
    const print = "console.log(JSON.stringify([process.argv.slice(2), process.cwd()]));\n";
    await job(
      { "train.mjs": print },
      {},
      { hyperparameters: { a: "it's", "learning-rate": "0.1", s: '"x y"' } },
    );
    const { out, err } = await run(shell);
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual([
      ["-a", "it's", "--learning-rate", "0.1", "-s", "x y"],
      join(base, "input/data/code"),
    ]);
  });

  it("the exit code of the program is the container's", async () => {
    await job({ "train.sh": "exit 42" });
    expect((await run(shell)).code).toBe(42);
    expect(existsSync(join(base, "output/failure"))).toBe(false);
  });

  it("SIGTERM reaches the program itself", async () => {
    await job({
      "train.sh": "trap 'echo saved; exit 5' TERM\necho up\nwhile :; do sleep 0.05; done",
    });
    const { child, ended } = start(shell);
    child.stdout?.on("data", (text: string) => {
      if (text.includes("up")) child.kill("SIGTERM");
    });
    expect(await ended).toMatchObject({ code: 5, out: "up\nsaved\n" });
  });

  it("what keeps the program from starting becomes the failure's reason", async () => {
    await job({ "train.py": "" });
    expect((await run(shell)).code).toBe(127);
    expect(await failure()).toBe(
      "train.py needs Python, and the image has neither python3 nor python.",
    );

    await job({ "train.mjs": "" });
    expect((await run(shell)).code).toBe(127);
    expect(await failure()).toBe("train.mjs needs Node, and the image has no node.");

    await job({ "other.sh": "" }, { entryPoint: "train.sh" });
    expect((await run(shell)).code).toBe(127);
    expect(await failure()).toBe(
      `No file named "train.sh" was found in ${join(base, "input/data/code")}.`,
    );

    await job({ train: "#!/no/such/interpreter\n" });
    expect((await run(shell)).code).toBe(127);
    expect(await failure()).toBe("train needs /no/such/interpreter, which is not in the image.");

    await job({ train: `#! ${base}\n` });
    expect((await run(shell)).code).not.toBe(0);
  });

  it.runIf(hasPython)("a configuration that cannot be read is told", async () => {
    await installPython();
    await job({ "train.py": "" });
    await write("input/config/hyperparameters.json", "{");
    expect((await run(shell)).code).toBe(1);
    expect(await failure()).toMatch(/^The job's configuration in .* cannot be read by python3\.$/);
  });

  it("requirements.txt is installed first, when that is asked for", async () => {
    await write("bin/python3", '#!/bin/sh\n[ "$1" = -c ] && exit 1\necho "$*"\n');
    await chmod(join(bin, "python3"), 0o755);
    await job({ "train.py": "", "requirements.txt": "numpy\n" }, { installRequirements: true });
    const { code, out } = await run(shell);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^-m pip install .*-r requirements\.txt\n\/.*\/input\/data\/code\/train\.py\n$/,
    );
  });

  it("a pip that fails fails the job, with its exit code", async () => {
    await write("bin/python3", "#!/bin/sh\ncase $2 in pip) exit 3;; esac\necho :\n");
    await chmod(join(bin, "python3"), 0o755);
    await job({ "train.py": "", "requirements.txt": "numpy\n" }, { installRequirements: true });
    expect((await run(shell)).code).toBe(3);
    expect(await failure()).toBe(
      "pip could not install requirements.txt (exit code 3); the log says why.",
    );
  });

  it("without Python and Node, paths and channels are known all the same", async () => {
    await job(
      {
        "train.sh":
          'echo "$SM_CHANNELS $SM_CHANNEL_TRAIN $SM_CHANNEL_TEST_SET $SM_MODEL_DIR $SM_LOG_LEVEL"',
      },
      { logLevel: 10 },
      { channels: ["train", "test-set"] },
    );
    const data = join(base, "input/data");
    expect((await run(shell)).out).toBe(
      `["test-set","train"] ${data}/train ${data}/test-set ${join(base, "model")} 10\n`,
    );
  });

  it.each([
    ...(hasPython ? [["python3", installPython] as const] : []),
    ["node", async () => {}] as const,
  ])("the toolkit's variables are there, read by %s", async (_, installReader) => {
    await installReader();
    await installNode();
    await job(
      { "train.mjs": "console.log(JSON.stringify(process.env));" },
      {},
      { hyperparameters: { "learning-rate": "0.1", n: '"x"' }, channels: ["train", "a-b"] },
    );
    const { out, err } = await run(shell);
    expect(err).toBe("");
    const variables: unknown = JSON.parse(out);
    const data = join(base, "input/data");
    expect(variables).toMatchObject({
      SM_MODEL_DIR: join(base, "model"),
      SM_OUTPUT_DIR: join(base, "output"),
      SM_OUTPUT_DATA_DIR: join(base, "output/data"),
      SM_INPUT_DIR: join(base, "input"),
      SM_INPUT_CONFIG_DIR: join(base, "input/config"),
      SM_MODULE_DIR: join(data, "code"),
      SM_USER_ENTRY_POINT: "train.mjs",
      SM_CURRENT_HOST: "algo-2",
      SM_HOSTS: '["algo-1","algo-2"]',
      SM_HOST_COUNT: "2",
      SM_CURRENT_HOST_RANK: "1",
      SM_MASTER_ADDR: "algo-1",
      SM_CURRENT_INSTANCE_TYPE: "ml.m5.large",
      SM_NETWORK_INTERFACE_NAME: "eth0",
      SM_CHANNELS: '["a-b","train"]',
      SM_CHANNEL_TRAIN: join(data, "train"),
      "SM_CHANNEL_A-B": join(data, "a-b"),
      SM_CHANNEL_A_B: join(data, "a-b"),
      "SM_HP_LEARNING-RATE": "0.1",
      SM_HP_LEARNING_RATE: "0.1",
      SM_HP_N: "x",
      SM_HPS: '{"learning-rate":0.1,"n":"x"}',
      SM_USER_ARGS: '["--learning-rate","0.1","-n","x"]',
      SM_NUM_CPUS: expect.stringMatching(/^[1-9]\d*$/),
      SM_NUM_GPUS: "0",
    });
    expect(variables).not.toHaveProperty("SM_CHANNEL_CODE");
  });
});

describe("hyperparameters", () => {
  it.each([
    ...(hasPython ? [["python3", installPython] as const] : []),
    ["node", async () => {}] as const,
  ])(
    "reach the program as many and as long as the service takes them, read by %s",
    async (_, installReader) => {
      await installReader();
      await installNode();
      const hyperparameters = Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`a-${index}`, "-é'".repeat(833)]),
      );
      const print = `const { SM_HP_A_99, SM_HPS } = process.env;
      console.log(JSON.stringify([process.argv.slice(2), SM_HP_A_99, SM_HPS]));\n`;
      await job({ "train.mjs": print }, {}, { hyperparameters });
      const { out, err } = await run();
      expect(err).toBe("");
      const [args, last, all] = JSON.parse(out);
      const sorted = Object.entries(hyperparameters).sort(([a], [b]) => (a < b ? -1 : 1));
      expect(args).toEqual(sorted.flatMap(([name, value]) => [`--${name}`, value]));
      expect(last).toBe(hyperparameters["a-99"]);
      // The kernel would take no such string.
      expect(all).toBeNull();
    },
  );

  it("without Python and Node are read from their file, requirements.txt or not", async () => {
    await job(
      {
        "train.sh": 'echo "$#"; cat "$SM_INPUT_CONFIG_DIR/hyperparameters.json"',
        "requirements.txt": "numpy\n",
      },
      {},
      { hyperparameters: { a: "-1" } },
    );
    expect(await run()).toEqual({ code: 0, out: '0\n{"a":"-1"}', err: "" });
  });
});

describe("a hyperparameter", () => {
  it.runIf(hasPython)(
    "reaches the program as it is, whichever of Python and Node passes it on",
    { timeout: 120_000 },
    async () => {
      await installNode();
      const withPython = join(base, "with-python");
      await mkdir(withPython);
      await symlink("/usr/bin/python3", join(withPython, "python3"));
      const print = "console.log(JSON.stringify(process.argv.slice(2)));\n";
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(
            fc.stringMatching(/^[a-z][a-z0-9_-]{1,10}$/),
            fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !text.includes("\0")),
          ),
          async (given) => {
            await job({ "train.mjs": print }, {}, { hyperparameters: given });
            const expected = Object.keys(given)
              .filter((name) => !name.startsWith("sagemaker_"))
              .sort((one, other) => (one < other ? -1 : 1))
              .flatMap((name) => [`--${name}`, unquoted(given[name] ?? "")]);
            for (const path of [bin, `${withPython}:${bin}`]) {
              const { out, err } = await start(["/bin/sh"], [], path).ended;
              expect(err).toBe("");
              expect(JSON.parse(out)).toEqual(expected);
            }
          },
        ),
        { numRuns: 15 },
      );
    },
  );
});

function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}
