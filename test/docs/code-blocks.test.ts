/** Every code block of the documents is compiled, and those that can be run on this machine are run. */

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  type Block,
  blocksOf,
  documents,
  missingLine,
  type Program,
  programsOf,
  ROOT,
  ruleOf,
  sourceOf,
} from "./blocks.ts";

const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const blocks = documents().flatMap((path) => blocksOf(path).map((block) => ({ path, block })));
const programs = documents().flatMap((path) => programsOf(blocksOf(path)));

/** Inside a project that has the package, as a user's: the programs, and those of their jobs, find it there. */
let sources: string;
/** What the compiler said of the programs, which it compiled. */
let compiled: Outcome;

const nameOf = ({ place }: Program): string => place.replace(/[^a-z0-9]+/gi, "-");

interface Outcome {
  readonly code: number;
  readonly text: string;
}

async function run(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Outcome> {
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { ...options, encoding: "utf8", timeout: 240_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, text: `${stdout}${stderr}` });
      },
    );
  });
}

async function compile(folder: string): Promise<Outcome> {
  return await run([TSC, "--pretty", "false", "-p", join(folder, "tsconfig.json")], { cwd: ROOT });
}

beforeAll(async () => {
  sources = mkdtempSync(join(inject("userProject"), "docs-"));
  for (const program of programs) {
    writeFileSync(join(sources, `${nameOf(program)}.mts`), sourceOf(program));
  }
  writeFileSync(
    join(sources, "tsconfig.json"),
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: { paths: {}, noEmit: false, rootDir: "." },
      include: ["*.mts"],
    }),
  );
  compiled = await compile(sources);
}, 240_000);

afterAll(() => {
  rmSync(sources, { recursive: true, force: true });
});

/** A folder as the documents suppose it: the examples, the data that is named, and the files shown above the program. */
async function workingFolder(program: Program): Promise<string> {
  const folder = await mkdtemp(join(sources, "run-"));
  cpSync(join(ROOT, "examples/glm"), join(folder, "examples/glm"), { recursive: true });
  await mkdir(join(folder, "data"));
  for (const name of ["train.csv", "test.csv"]) {
    cpSync(join(ROOT, "examples/glm/data/insurance.csv"), join(folder, "data", name));
  }
  for (const { path, text } of program.files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (text.startsWith("#!")) await chmod(file, 0o755);
  }
  return folder;
}

/** Nothing of this machine's AWS: what the documents run, they run without an account. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|VITEST|NODE_OPTIONS|TEST$)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

async function runProgram(program: Program): Promise<void> {
  const folder = await workingFolder(program);
  try {
    const { code, text } = await run([join(sources, `${nameOf(program)}.mjs`)], {
      cwd: folder,
      env: cleanEnvironment(),
    });
    expect(code, `${program.place} ended with exit code ${code}:\n${text}`).toBe(0);
    for (const { place, text: expected } of program.outputs) {
      const missing = missingLine(expected, text);
      expect(missing, `${place} promises a line that was not printed. Printed:\n${text}`).toBe(
        undefined,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe("the documents", () => {
  it("have code blocks, each with a rule that says what becomes of it", () => {
    const kinds = blocks.map(({ block }) => ruleOf(block).kind);

    expect(new Set(kinds)).toContain("run");
    expect(kinds.length).toBeGreaterThan(10);
  });

  it("name only scripts of package.json in their shell blocks", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const shell = blocks.filter(({ block }) => ["sh", "bash", "shell"].includes(block.language));
    const named = shell.flatMap(({ block }) =>
      scriptsIn(block).map((script) => ({ block, script })),
    );

    expect(named.map(({ script }) => script)).toEqual(
      expect.arrayContaining(["quickstart", "test"]),
    );
    for (const { block, script } of named) {
      expect(Object.keys(scripts), block.place).toContain(script);
    }
  });

  it("have programs that TypeScript accepts", () => {
    expect(compiled).toEqual({ code: 0, text: "" });
  });

  it("have a tsconfig.json that suffices to use the package", async () => {
    const shown = blocks.filter(({ block }) => ruleOf(block).kind === "tsconfig");
    expect(shown.length).toBeGreaterThan(0);
    for (const { block } of shown) await useTsconfig(block);
  });
});

describe("the programs that are run", () => {
  const isRun = programs.filter((program) => program.isRun);
  for (const program of isRun) {
    it(`${program.place} does what it says`, async () => runProgram(program), 300_000);
  }
});

describe("the reader of documents", () => {
  const document = (...lines: string[]): Block[] => blocksOf("a.md", lines.join("\n"));

  it("refuses a block without a rule", () => {
    const [block] = document("text", "", "```ts", "f();", "```");

    expect(() => ruleOf(block as Block)).toThrow("a.md:4: no rule stands above this block");
  });

  it("refuses to leave a program uncompiled", () => {
    const [block] = document("<!-- not run here: no time -->", "```ts", "f();", "```");

    expect(() => ruleOf(block as Block)).toThrow("a.md:3: a ts block must at least be compiled");
  });

  it("joins blocks that continue one another, each on its lines", () => {
    const [program] = programsOf(
      document(
        "<!-- run -->",
        "```ts",
        "one();",
        "```",
        "",
        "<!-- continues -->",
        "",
        "```ts",
        "two();",
        "```",
      ),
    );

    expect(sourceOf(program as Program).split("\n")).toEqual([
      ...["", "", "one();", "", "", "", "", "", "two();", ""],
    ]);
  });

  it("tells which line a program did not print", () => {
    expect(missingLine("a\n…\nb … d", "x\na\ny\nb c d\n")).toBe(undefined);
    expect(missingLine("b\na", "a\nb\n")).toBe("a");
  });
});

function scriptsIn({ text }: Block): string[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test)\b)/g)].map(
    ([, script, test]) => script ?? test ?? "",
  );
}

/** Compiles a program as a consumer with these options would. */
async function useTsconfig(block: Block): Promise<void> {
  const folder = await mkdtemp(join(sources, "consumer-"));
  await writeFile(join(folder, "tsconfig.json"), block.text);
  await writeFile(
    join(folder, "consumer.ts"),
    'import { Estimator } from "sagemaker-estimator";\nimport { LocalCloud } from "sagemaker-estimator/local";\n' +
      'import { readFile } from "node:fs/promises";\n' +
      'export const estimator: Estimator = new Estimator({ imageUri: "glm", session: new LocalCloud().session() });\n' +
      "export const read: typeof readFile = readFile;\n",
  );
  const { code, text } = await compile(folder);

  expect(text, block.place).toBe("");
  expect(code).toBe(0);
}
