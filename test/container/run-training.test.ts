import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeError, SageMakerError, writeFailure } from "sagemaker-estimator/container";
import { describe, expect, inject, it } from "vitest";
import { folderWith, type Running, startProgram } from "../helpers/child-program.ts";

/** Starts a program with a job's folder. */
async function start(baseDir: string, code: string): Promise<Running> {
  const program = await folderWith({ "program.mjs": code }, inject("userProject"));
  return startProgram(process.execPath, [join(program, "program.mjs")], baseDir);
}

const head = 'import * as container from "sagemaker-estimator/container";\n';

describe("runTraining", () => {
  it("gives the program its job, and exits with 0 when it returns", async () => {
    const baseDir = await folderWith({ "input/config/hyperparameters.json": { n: "2" } });

    const program = await start(
      baseDir,
      `${head}await container.runTraining((job) => console.log(job.hyperparameters.n + 1));`,
    );

    expect(await program.ended).toEqual({ code: 0, stdout: "3\n", stderr: "" });
    expect(existsSync(join(baseDir, "output/failure"))).toBe(false);
  });

  it.each([
    ["throws", 'throw new RangeError("no rows");'],
    [
      "throws in a callback",
      'setTimeout(() => { throw new RangeError("no rows"); }); await new Promise((r) => setTimeout(r, 60_000));',
    ],
    [
      "rejects where nobody waits",
      'Promise.reject(new RangeError("no rows")); await new Promise((r) => setTimeout(r, 60_000));',
    ],
  ])("writes the failure file and exits with 1 when the program %s", async (_, body) => {
    const baseDir = await folderWith({});

    const program = await start(
      baseDir,
      `${head}await container.runTraining(async () => { ${body} });`,
    );

    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^RangeError: no rows\n {4}at /);
    expect(await readFile(join(baseDir, "output/failure"), "utf8")).toBe(stderr.trimEnd());
    expect(await readdir(join(baseDir, "output"))).toEqual(["failure"]);
  });

  it("fails as told when the job's configuration cannot be read", async () => {
    const baseDir = await folderWith({ "input/config/hyperparameters.json": "{" });

    const program = await start(baseDir, `${head}await container.runTraining(() => {});`);

    expect((await program.ended).code).toBe(1);
    expect(await readFile(join(baseDir, "output/failure"), "utf8")).toMatch(
      /^SageMakerError: The job's configuration .*hyperparameters\.json cannot be read/,
    );
  });

  it("aborts the signal at SIGTERM, and lets the program save its work and return", async () => {
    const baseDir = await folderWith({});
    const program = await start(
      baseDir,
      `${head}await container.runTraining(async (job, signal) => {
        const alive = setInterval(() => {}, 1000);
        console.log("working");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        clearInterval(alive);
        console.log("saved:", signal.reason.message);
      });`,
    );
    await program.printed(/working/);

    program.child.kill("SIGTERM");

    expect(await program.ended).toEqual({
      code: 0,
      stdout: "working\nsaved: The job is being stopped (SIGTERM).\n",
      stderr: "",
    });
  });

  it("exits with 143 and no failure file when the program throws the signal's reason", async () => {
    const baseDir = await folderWith({});
    const program = await start(
      baseDir,
      `${head}import { setTimeout } from "node:timers/promises";
      await container.runTraining(async (job, signal) => {
        console.log("working");
        while (true) { await setTimeout(5); signal.throwIfAborted(); }
      });`,
    );
    await program.printed(/working/);

    program.child.kill("SIGTERM");

    expect((await program.ended).code).toBe(143);
    expect(existsSync(join(baseDir, "output/failure"))).toBe(false);
  });
});

describe("fail", () => {
  it("says why, on standard error and in the failure file, and exits with the given code", async () => {
    const baseDir = await folderWith({});

    const program = await start(
      baseDir,
      `${head}container.fail("channel train holds no rows", { exitCode: 3 }); console.log("unreachable");`,
    );

    expect(await program.ended).toEqual({
      code: 3,
      stdout: "",
      stderr: "channel train holds no rows\n",
    });
    expect(await readFile(join(baseDir, "output/failure"), "utf8")).toBe(
      "channel train holds no rows",
    );
  });

  it("still says why when the failure file cannot be written", async () => {
    const baseDir = await folderWith({ output: "a file where the folder should be" });

    const program = await start(baseDir, `${head}container.fail("no rows");`);

    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^no rows\nThe failure file could not be written: /);
  });
});

describe("writeFailure", () => {
  it("keeps the first failure, since a later one is most often its consequence", async () => {
    const baseDir = await folderWith({});
    const env = { SAGEMAKER_BASE_DIR: baseDir };

    writeFailure("first", { env });
    writeFailure("second", { env });

    expect(await readFile(join(baseDir, "output/failure"), "utf8")).toBe("first");
    expect(await readdir(join(baseDir, "output"))).toEqual(["failure"]);
  });

  it("writes to the file that SM_OUTPUT_FAILURE names", async () => {
    const folder = await folderWith({});
    await writeFile(join(folder, "unrelated"), "");

    writeFailure("why", { env: { SM_OUTPUT_FAILURE: join(folder, "reason") } });

    expect(await readFile(join(folder, "reason"), "utf8")).toBe("why");
  });
});

describe("describeError", () => {
  it("leaves the frames out of an error that is made for people, and tells its causes", () => {
    const error = new SageMakerError("The data cannot be used.", {
      cause: new SageMakerError("Row 3 is short."),
    });

    expect(describeError(error)).toBe(
      "SageMakerError: The data cannot be used.\nCaused by: SageMakerError: Row 3 is short.",
    );
  });

  it("tells what was thrown when it was no error", () => {
    expect(describeError({ code: 7 })).toBe("{ code: 7 }");
    expect(describeError(undefined)).toBe("undefined");
  });

  it("comes to an end when an error is its own cause", () => {
    const error = new Error("round");
    error.cause = error;

    expect(describeError(error).match(/round/g)?.length).toBe(10);
  });
});
