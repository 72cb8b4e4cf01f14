/** The example notebooks, run by the kernels that TypeScript has for Jupyter: what is shown, and what an interrupt does. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { startUnless, testWith } from "./needs.ts";
import {
  type Ended,
  installNotebooks,
  type Kernel,
  type Notebooks,
  noNotebooks,
} from "./notebooks.ts";

let notebooks: Notebooks | undefined;

startUnless(noNotebooks, async () => {
  notebooks = await installNotebooks();
});
afterAll(() => notebooks?.remove());

function given(): Notebooks {
  if (notebooks === undefined) throw new Error("The notebooks are not installed.");
  return notebooks;
}

const executed = new Map<Kernel, Promise<readonly Ended[]>>();

/** A cell of the example, which is run once; again when that failed. */
async function cell(kernel: Kernel, words: string): Promise<Ended> {
  const running = executed.get(kernel) ?? given().example(kernel);
  executed.set(kernel, running);
  const cells = await running.catch((error: unknown) => {
    executed.delete(kernel);
    throw error;
  });
  const found = cells.find(({ code }) => code.includes(words));
  if (found === undefined) throw new Error(`No cell has ${words}.`);
  return found;
}

/** What a cell shows in a form; a table's rows as text. */
async function shown(kernel: Kernel, words: string, type = "text/html"): Promise<string> {
  const { data } = await cell(kernel, words);
  return data
    .map((forms) => forms[type] ?? "")
    .join("")
    .replace(/<\/tr>/g, "\n")
    .replace(/<[^>]+>/g, " ")
    .replace(/ +/g, " ");
}

/** What a cell prints. */
async function printed(kernel: Kernel, words: string): Promise<string> {
  const { text } = await cell(kernel, words);
  // Deno colours values.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
  return text.replace(/\x1b\[\d+m/g, "");
}

const KERNELS: readonly Kernel[] = ["tslab", "deno"];

describe.each(KERNELS)("the notebook for %s", (kernel) => {
  const it = (name: string, run: () => Promise<void>): void => testWith(noNotebooks, name, run);

  it("shows a plan as a table, and everything that is wrong with one", async () => {
    const plan = await shown(kernel, "await estimator.plan");
    expect(plan).toMatch(/Training job notebook-/);
    expect(plan).toContain("Hyperparameters learningRate = 0.5, epochs = 20");
    expect(plan).toContain("from data/train.csv: 1 file, 2.9 kB, to be uploaded");

    const refused = await shown(kernel, "await wrong.plan");
    expect(refused).toContain("3 errors");
    for (const option of ["maxRun", "maxWait", "checkpointLocalPath"]) {
      expect(refused).toContain(option);
      expect(await printed(kernel, "await wrong.fit")).toContain(`error ${option}\n`);
    }
  });

  it("prints a job's log while it runs, and no terminal's codes", async () => {
    const { text: log } = await cell(kernel, "const job = await estimator.fit");
    const epochs = [...log.matchAll(/^\[algo-1\] epoch=(\d+) loss=/gm)].map(([, n]) => Number(n));
    expect(epochs).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(log).toMatch(/^Staging: 2\.9 kB of 2\.9 kB/m);
    expect(log).toMatch(/^.{19} Completed - Training job completed$/m);
    expect(JSON.stringify(log)).not.toMatch(/\\u001b|\\r/);
  });

  it("draws metrics as they come, in one place", async () => {
    const { data } = await cell(kernel, "onEvent");
    expect(data.filter((forms) => forms["image/svg+xml"] !== undefined)).toHaveLength(1);
    const drawn = await shown(kernel, "onEvent", "image/svg+xml");
    expect(drawn).toContain("loss 0.2577 after 20 epochs");
  });

  it("shows a job, its metrics and its model", async () => {
    const job = await shown(kernel, "TrainingJob.attach");
    expect(job).toContain("Status Completed - Completed");
    expect(job).toMatch(/Model s3:\/\/.*\/output\/model\.tar\.gz/);
    expect(await printed(kernel, "job.finalMetrics")).toContain("loss: 0.2577, accuracy: 0.925");
    expect(await printed(kernel, "job.downloadModel")).toMatch(/weights: \[ -1\.\d+, 1\.\d+/);
  });

  it("shows what tells two runs apart", async () => {
    const rows = await shown(kernel, "diffRuns(await");
    expect(rows).toMatch(/learningRate\s+0\.5\s+0\.1/);
    expect(rows).toMatch(/loss\s+0\.2577\s+0\.4456/);
  });

  it("comes back to a job that was left alone, and finds one again", async () => {
    expect(await printed(kernel, "TrainingJob.attach")).toContain("Completed\n");
    expect(await printed(kernel, "reuse: true")).toContain("true\n");
  });

  it("is committed without outputs, and names nobody's machine", () => {
    const text = readFileSync(join(given().folder, `${kernel}.ipynb`), "utf8");
    const { cells } = JSON.parse(text) as { cells: { outputs?: unknown[] }[] };
    expect(cells.flatMap(({ outputs = [] }) => outputs)).toEqual([]);
    expect(text).not.toMatch(/\/(?:home|root|tmp|Users)\//);
    return Promise.resolve();
  });
});

describe.each(KERNELS)("a kernel of %s", (kernel) => {
  testWith(
    noNotebooks,
    "is interrupted: the wait ends and says how to come back, the job and the kernel go on",
    async () => {
      const [, interrupted, state, refused, wrong, ended] = await given().run(kernel, [
        {
          code: `import { Estimator, TrainingJob } from "sagemaker-estimator";
import { LocalCloud } from "sagemaker-estimator/local";
const session = new LocalCloud({ root: "interrupted" }).session();
const options = { session: session, imageUri: "program", instanceType: "local", hyperparameters: { learningRate: 0.1, epochs: 60 } };
const estimator = new Estimator(options);`,
        },
        {
          code: `await estimator.fit({ train: "data/train.csv" });`,
          interruptAt: "epoch=2 ",
        },
        {
          code: `const { TrainingJobStatus } = await estimator.latestTrainingJob!.describe();
console.log("state", TrainingJobStatus);`,
        },
        { code: `await new Estimator({ ...options, maxRun: 0, maxWait: 60 }).fit();` },
        { code: `new Estimator({ imageUri: "program", instanceCount: "2" });` },
        {
          code: `const result = await estimator.latestTrainingJob!.wait({ logs: "None" });
console.log("ended", result.status);`,
        },
      ]);
      expect(interrupted?.text).toMatch(/Training job program-\S+ is InProgress .* and goes on/);
      expect(interrupted?.text).toMatch(/await TrainingJob\.attach\("program-/);
      expect(state?.text).toContain("state InProgress");
      // What was waited for prints no more.
      expect(state?.text).not.toContain("epoch=");
      expect(refused?.text).toContain("ValidationError");
      expect(refused?.text).toMatch(/2 problems\.[\s\S]*- maxWait: [\s\S]*- maxRun: /);
      // Deno's kernel checks no types.
      const mistake = "Type 'string' is not assignable to type 'number'";
      if (kernel === "tslab") expect(wrong?.text).toContain(mistake);
      expect(ended?.text).toContain("ended Completed");
      expect(ended?.text).not.toContain("epoch=");
    },
  );
});
