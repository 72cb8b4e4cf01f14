/** A folder with the packed library and the example notebooks, as a reader of the guide has it, and Jupyter to run them. */

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { installed, lacking } from "./installed.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CELLS = fileURLToPath(new URL("notebook_cells.py", import.meta.url));
/** Debian's, which has Jupyter's packages. */
const PYTHON = "/usr/bin/python3";
/** A notebook that takes longer has hung. */
const LONGEST_MS = 180_000;

/** The kernels' names, and how Jupyter starts each. */
const KERNELS = {
  tslab: [installed("kernels/node_modules/.bin/tslab"), "kernel", "--config-path"],
  deno: [installed("kernels/node_modules/deno/deno"), "jupyter", "--kernel", "--conn"],
} as const;

/** A kernel for TypeScript. */
export type Kernel = keyof typeof KERNELS;

const lackingPackage = existsSync("/usr/lib/python3/dist-packages/jupyter_client")
  ? undefined
  : "Debian's python3-jupyter-client is not there: run .ci/install-system";

/** Why no notebook can run here; `undefined` when they can. */
export const noNotebooks: string | undefined =
  lackingPackage ?? lacking(KERNELS.tslab[0]) ?? lacking(KERNELS.deno[0]);

/** A cell to run. */
interface Cell {
  readonly code: string;
  /** It is interrupted when it has printed this. */
  readonly interruptAt?: string;
}

/** A cell that ran. */
export interface Ended {
  readonly code: string;
  readonly status: string;
  /** What it printed, and what its values are as text. */
  readonly text: string;
  /** What it showed, by MIME type, in order. */
  readonly data: readonly Readonly<Record<string, string>>[];
}

/** A folder with notebooks. */
export interface Notebooks {
  readonly folder: string;
  /** Runs the example notebook of a kernel from its first cell to its last. */
  example(kernel: Kernel): Promise<readonly Ended[]>;
  /** Runs cells in one kernel. */
  run(kernel: Kernel, cells: readonly Cell[]): Promise<readonly Ended[]>;
  remove(): void;
}

interface Output {
  readonly text?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** Packs the library, installs it in a new folder, and puts the example notebooks beside it. */
export async function installNotebooks(): Promise<Notebooks> {
  const home = mkdtempSync(join(tmpdir(), "notebooks-"));
  const [source, folder] = [join(home, "source"), join(home, "notebooks")];
  for (const path of [source, folder]) mkdirSync(path);
  // Built elsewhere than in dist/, which other tests may be using.
  await run("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", join(source, "dist")], ROOT);
  for (const name of ["package.json", "README.md", "LICENSE", "CHANGELOG.md"]) {
    cpSync(join(ROOT, name), join(source, name));
  }
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", home], source);
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--silent"];
  await run(
    "npm",
    ["install", ...quiet, `../sagemaker-estimator-${version}.tgz`, "@types/node@20"],
    folder,
  );
  cpSync(join(ROOT, "examples/notebooks"), folder, { recursive: true });
  for (const [name, argv] of Object.entries(KERNELS)) {
    const spec = join(home, "jupyter/kernels", name);
    mkdirSync(spec, { recursive: true });
    writeFileSync(
      join(spec, "kernel.json"),
      JSON.stringify({
        argv: [...argv, "{connection_file}"],
        display_name: name,
        language: "typescript",
      }),
    );
  }
  const env = { HOME: home, JUPYTER_PATH: join(home, "jupyter") };
  const runCells: Notebooks["run"] = async (kernel, cells) => {
    const input = JSON.stringify({ kernel, cells });
    const ended = JSON.parse(await run(PYTHON, [CELLS], folder, { env, input })) as {
      status: string;
      outputs: Output[];
    }[];
    return ended.map(({ status, outputs }, index) => ({
      code: cells[index]?.code ?? "",
      status,
      text: outputs.map(({ text: said, data }) => said ?? data?.["text/plain"] ?? "").join(""),
      data: outputs.flatMap(({ data }) => (data === undefined ? [] : [data])),
    }));
  };
  return {
    folder,
    run: runCells,
    async example(kernel) {
      const { cells } = JSON.parse(await readFile(join(folder, `${kernel}.ipynb`), "utf8")) as {
        cells: { cell_type: string; source: string[] }[];
      };
      // What another one staged would not be staged again.
      rmSync(join(folder, ".sagemaker-local"), { recursive: true, force: true });
      const code = cells.filter(({ cell_type }) => cell_type === "code");
      return await runCells(
        kernel,
        code.map(({ source: lines }) => ({ code: lines.join("") })),
      );
    },
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Runs a program, which must succeed; what it printed. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  given: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...given.env },
    stdio: "pipe",
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
  });
  child.stdin.end(given.input ?? "");
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) {
    throw new Error(`${command} ${args.join(" ")} ended with exit code ${code}:\n${out}\n${err}`);
  }
  return out;
}
