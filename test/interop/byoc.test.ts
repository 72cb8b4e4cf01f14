/**
 * AWS's own "bring your own container" programs, as they are: what their Dockerfiles copy is the program folder, and the job's request
 * says what the Dockerfiles say besides. The folders come from GitHub: where that cannot be reached, under CI too, the tests are skipped.
 */

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test as vitestTest } from "vitest";
import { Estimator } from "../../src/index.ts";
import { type CloudFixture, ROLE, startCloud } from "../helpers/cloud-fixture.ts";
import { writeFiles } from "./client.ts";
import { installed } from "./installed.ts";

const run = promisify(execFile);
const INSTALLER = fileURLToPath(new URL("../../.ci/install-byoc", import.meta.url));
/** What the installer exits with when GitHub cannot be reached. */
const UNAVAILABLE = 69;
const REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const OPTIONS = { role: ROLE, instanceType: "ml.m5.large" } as const;

let fixture: CloudFixture;
let skipped: string | undefined;

beforeAll(async () => {
  try {
    await run(INSTALLER);
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout: string };
    if (code !== UNAVAILABLE) throw error;
    skipped = stdout.trim();
    console.warn(`Skipped: the bring-your-own-container programs: ${skipped}`);
    return;
  }
  fixture = await startCloud({
    engine: "sandbox",
    images: {
      [`${REGISTRY}/decision-trees:1`]: installed("byoc/decision_trees"),
      [`${REGISTRY}/pipe:1`]: installed("byoc/pipe_bring_your_own"),
    },
  });
  await writeFiles(fixture.folder, FILES);
}, 900_000);
afterAll(async () => {
  await fixture?.stop();
});

const test = (name: string, check: () => Promise<void>): void =>
  vitestTest(name, async (context) => {
    context.skip(skipped !== undefined, skipped);
    await check();
  });

/** Labels come first: 0 up to 4, 1 up to 9, 0 again up to 11. */
const ROWS = Array.from({ length: 12 }, (_, x) => `${x >= 5 && x < 10 ? 1 : 0},${x}\n`);
const FILES = {
  "training/a.csv": ROWS.slice(0, 6).join(""),
  "training/b.csv": ROWS.slice(6).join(""),
  "validation/all.csv": ROWS.join(""),
  "ragged/a.csv": "0,1\n1,2,3\n",
  "pipe/a.bin": "a".repeat(2_000_003),
  "pipe/b.bin": "b".repeat(1_000_014),
};
const PIPE_BYTES = 3_000_017;

const path = (name: string): string => join(fixture.folder, name);

/** Its Dockerfile installs the packages, which are a virtual environment here, and sets this PATH. */
const decisionTrees = (): Estimator =>
  new Estimator({
    ...OPTIONS,
    imageUri: `${REGISTRY}/decision-trees:1`,
    session: fixture.cloud.session(),
    environment: {
      PATH: `${installed("byoc/python/bin")}:/usr/bin:/bin`,
      PYTHONUNBUFFERED: "TRUE",
    },
    hyperparameters: { max_leaf_nodes: 2 },
    metricDefinitions: [{ Name: "auc", Regex: "auc:([0-9.]+)" }],
  });

/** Reads a model as its own `serve` would. */
const PREDICT = `import json, pickle, sys
model = pickle.load(open(sys.argv[1], "rb"))
print(json.dumps([int(model.get_n_leaves()), model.predict([[0], [7], [11]]).tolist()]))`;

test("decision_trees, File mode: the model comes back and predicts, its metric is found", async () => {
  const inputs = { training: path("training"), validation: path("validation") };
  const job = await decisionTrees().fit(inputs, { logs: "None" });

  // Two leaves cannot tell 10 and 11, two of seven zeros, from the ones before them.
  expect(await job.finalMetrics()).toEqual({ auc: expect.closeTo((1 + 5 / 7) / 2, 5) });
  const folder = path(job.name);
  await job.downloadModel(folder, { progress: false });
  expect(await readdir(folder)).toEqual(["decision-tree-model.pkl"]);
  const model = join(folder, "decision-tree-model.pkl");
  const { stdout } = await run(installed("byoc/python/bin/python"), ["-c", PREDICT, model]);
  expect(JSON.parse(stdout)).toEqual([2, [0, 1, 1]]);
});

test("decision_trees, bad input: its own words are the reason", async () => {
  const inputs = { training: path("ragged"), validation: path("validation") };
  const failure = decisionTrees().fit(inputs, { logs: "None" });

  await expect(failure).rejects.toMatchObject({
    failureReason: expect.stringMatching(
      /^AlgorithmError: Exception during training: Error tokenizing data\..* Expected 2 fields in line 2, saw 3\n[\s\S]*, exit code: 255$/,
    ),
  });
});

test("pipe_bring_your_own, Pipe mode: each of five epochs reads all of the channel", async () => {
  const lines: string[] = [];
  const estimator = new Estimator({
    ...OPTIONS,
    imageUri: `${REGISTRY}/pipe:1`,
    session: fixture.cloud.session(),
    inputMode: "Pipe",
    // Its Dockerfile's ENTRYPOINT, with the Python of today.
    containerEntryPoint: ["python3", "-u", "train.py"],
  });
  const job = await estimator.fit(path("pipe"), {
    logs: "None",
    onEvent: (event) => {
      if (event.type === "log") lines.push(event.text);
    },
  });

  const epochs = [0, 1, 2, 3, 4];
  expect(lines.filter((line) => line.startsWith("opened fifo"))).toEqual(
    epochs.map((epoch) => `opened fifo: /opt/ml/input/data/training_${epoch}`),
  );
  expect(lines.flatMap((line) => /^Completed epoch .* bytes/.exec(line) ?? [])).toEqual(
    epochs.map((epoch) => `Completed epoch ${epoch}; read ${PIPE_BYTES} bytes`),
  );
  await job.downloadModel(path(job.name), { progress: false });
  expect(JSON.parse(await readFile(join(path(job.name), "model.json"), "utf8"))).toMatchObject({
    bytes_read: 5 * PIPE_BYTES,
  });
});
