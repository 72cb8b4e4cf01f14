import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostFolder } from "../../../src/local/opt-ml.ts";
import { commandWords, findCommand } from "../../../src/local/runner/command.ts";
import { commonJsWarning, optMlWarning } from "../../../src/local/runner/program-warnings.ts";

let folder: string;
let program: string;
const host = (): ReturnType<typeof hostFolder> => hostFolder(folder, "algo-1");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "command-"));
  program = join(folder, "program");
  await mkdir(join(host().ml, "input/data/code"), { recursive: true });
  await mkdir(program);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(path: string, text = "#!/bin/sh\n", mode = 0o755): Promise<void> {
  await writeFile(path, text);
  await chmod(path, mode);
}
const find = (...words: string[]): ReturnType<typeof findCommand> =>
  findCommand(words, `${program}:/usr/bin:/bin`, program, host(), true);

describe("the words of a command", () => {
  it.each([
    [[], [], ["train"]],
    [["python3", "x.py"], [], ["python3", "x.py"]],
    [[], ["run", "--fast"], ["run", "--fast"]],
    [["sh"], ["-c", "true"], ["sh", "-c", "true"]],
  ])("are Docker's: entry point %j, arguments %j", (entrypoint, args, words) => {
    expect(commandWords({ entrypoint, arguments: args })).toEqual(words);
  });
});

describe("the program of a command", () => {
  it("is looked for in the program folder first", async () => {
    await write(join(program, "ls"));
    expect((await find("ls", "-l")).words).toEqual([join(program, "ls"), "-l"]);
  });

  it("may be the machine's", async () => {
    expect((await find("sh")).words[0]).toMatch(/^\/(usr\/)?bin\/sh$/);
  });

  it("may be a path, relative to the program folder", async () => {
    await write(join(program, "run"));
    expect((await find("./run")).words).toEqual([join(program, "run")]);
    expect((await find(join(program, "run"))).file).toBe(join(program, "run"));
  });

  it("may lie below /opt/ml", async () => {
    const script = join(host().ml, "input/data/code/run.sh");
    await write(script);
    expect(await find("/opt/ml/input/data/code/run.sh")).toEqual({
      words: ["/opt/ml/input/data/code/run.sh"],
      file: script,
    });
  });

  it("that is missing is told in Docker's words", async () => {
    await expect(find("train")).rejects.toThrow(
      /^AlgorithmError: exec: "train": executable file not found in \$PATH .*, exit code: 127$/,
    );
    await expect(find("/nowhere/train")).rejects.toThrow(
      'AlgorithmError: exec: "/nowhere/train": stat /nowhere/train: no such file or directory, exit code: 127',
    );
  });

  it("that may not be run is told with the way to change that", async () => {
    await write(join(program, "train"), "#!/bin/sh\n", 0o644);
    await expect(find("train")).rejects.toThrow(
      /not found in \$PATH .*chmod \+x it.*exit code: 127/,
    );
    await expect(find("./train")).rejects.toThrow(
      /permission denied .*chmod \+x it.*exit code: 126/,
    );
  });

  it("whose first line ends in CRLF is told so", async () => {
    await write(join(program, "train"), "#!/usr/bin/env python3\r\nprint()\r\n");
    await expect(find("train")).rejects.toThrow(/no such file or directory .*CRLF.*exit code: 127/);
  });
});

describe("warnings", () => {
  const module = '#!/usr/bin/env node\nimport fs from "node:fs";\nconsole.log(1);\n';

  it("tell of an extensionless module that Node takes for CommonJS", async () => {
    await write(join(program, "train"), module);
    await writeFile(join(folder, "package.json"), '{"type":"commonjs"}');
    expect((await commonJsWarning(join(program, "train")))?.code).toBe("common-js-program");
  });

  it.each([
    ["module", module],
    [undefined, module],
    ["commonjs", '#!/usr/bin/env node\nrequire("./main.cjs");\n'],
    ["commonjs", "#!/bin/sh\nimport x\n"],
  ])("are not given where nothing is wrong: type %j, %j", async (type, text) => {
    await write(join(program, "train"), text);
    await writeFile(join(program, "package.json"), JSON.stringify({ type }));
    expect(await commonJsWarning(join(program, "train"))).toBeUndefined();
  });

  it("tell of a program that names /opt/ml and no other way to its files", async () => {
    await write(join(program, "train"), "#!/bin/sh\nls /opt/ml\n");
    expect((await optMlWarning(program))?.message).toContain("names /opt/ml");
    await writeFile(join(program, "paths.py"), "os.environ.get('SM_MODEL_DIR')");
    expect(await optMlWarning(program)).toBeUndefined();
  });
});
