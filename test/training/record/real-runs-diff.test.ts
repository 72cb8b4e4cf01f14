/** What tells two jobs apart that were really run. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { diffRuns, type RunDiff, type TrainingJob } from "../../../src/index.ts";
import { writeProgram } from "../../helpers/cloud-fixture.ts";
import { git } from "../../helpers/git-server.ts";
import { listener, type RunsFixture, startRuns, TRAIN } from "../../helpers/recorded-runs.ts";

let runs: RunsFixture;
let code: string;
let data: string;

beforeEach(async () => {
  runs = await startRuns();
  code = await writeProgram(join(runs.folder, "code"), { "fit.sh": TRAIN });
  data = join(runs.folder, "data");
  await mkdir(data);
  await writeFile(join(data, "train.csv"), "a,b\n1,2\n");
  git(code, "init", "--quiet");
  git(code, "add", "-A");
  git(code, "commit", "--quiet", "-m", "one");
});

afterEach(async () => {
  await runs.stop();
});

async function train(options: object = {}): Promise<TrainingJob> {
  const estimator = runs.estimator({
    sourceDir: code,
    entryPoint: "fit.sh",
    hyperparameters: { rate: 0.1, epochs: 3 },
    ...options,
  });
  await estimator.fit({ train: data }, listener().options).catch(() => undefined);
  return estimator.latestTrainingJob as TrainingJob;
}

async function diff(before: TrainingJob, after: TrainingJob): Promise<RunDiff> {
  return diffRuns(await before.runRecord(), await after.runRecord());
}

/** Without what differs from run to run, however the same they are: how long they took. */
function paths({ differences }: RunDiff): string[] {
  return differences
    .map(({ group, path }) => `${group} ${path}`)
    .filter((path) => !/Seconds$|model\.tar\.gz/.test(path));
}

it("of the same nothing is told, and of others what is different, and nothing else", async () => {
  const first = await train();
  expect(paths(await diff(first, await train()))).toEqual([]);

  expect(paths(await diff(first, await train({ hyperparameters: { rate: 0.2 } })))).toEqual([
    "hyperparameters epochs",
    "hyperparameters rate",
  ]);

  expect(
    paths(await diff(first, await train({ instanceType: "ml.m5.large", environment: { A: "b" } }))),
  ).toEqual(["environment A", "resources InstanceType"]);

  await writeFile(join(data, "train.csv"), "a,b\n1,3\n");
  const withData = await train();
  expect(paths(await diff(first, withData))).toEqual(["data train.digest", "data train.uri"]);

  await writeFile(join(code, "more.txt"), "x");
  const dirty = await train();
  expect(paths(await diff(withData, dirty))).toEqual([
    "code digest",
    "code git.dirty",
    "code uri",
    "data code.bytes",
    "data code.digest",
    "data code.files",
    "data code.uri",
  ]);
  git(code, "add", "-A");
  git(code, "commit", "--quiet", "-m", "two");
  // The same files, committed since.
  expect(paths(await diff(dirty, await train()))).toEqual(["code git.commit", "code git.dirty"]);
});

it("tells of other images, other versions of this library, and another outcome", async () => {
  const first = await train();
  await writeFile(join(runs.program, "lib.txt"), "x");
  const second = await train();
  expect(paths(await diff(first, second))).toEqual(["image digest"]);

  const record = await second.runRecord();
  const older = { ...record, versions: { ...record.versions, "sagemaker-estimator": "0.0.1" } };
  expect(paths(diffRuns(older, record))).toEqual(["versions sagemaker-estimator"]);

  await writeFile(join(code, "fit.sh"), "echo 'loss=0.75;'\nexit 3\n");
  const failed = await diff(second, await train());
  expect(failed.differences).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ group: "outcome", path: "status", after: "Failed" }),
      expect.objectContaining({ group: "metrics", path: "loss", before: 0.5, after: 0.75 }),
    ]),
  );
  expect(String(failed)).toMatch(/^outcome$/m);
  expect(failed.toHtml()).toContain("failureReason");
});
