/** A run of script mode repeated from its record, whichever way its code was delivered. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  type TrainingJob,
  type TrainingJobRequest,
  ValidationError,
} from "../../../src/index.ts";
import { parseS3Uri } from "../../../src/transfer/s3-uri.ts";
import { writeProgram } from "../../helpers/cloud-fixture.ts";
import { git } from "../../helpers/git-server.ts";
import { listener, type RunsFixture, startRuns } from "../../helpers/recorded-runs.ts";
import { TOOLKIT } from "../../helpers/toolkit-program.ts";

let runs: RunsFixture;
let code: string;

beforeEach(async () => {
  runs = await startRuns();
  await writeProgram(runs.program, TOOLKIT);
  code = await writeProgram(join(runs.folder, "code"), {
    "fit.sh": "#!/bin/sh\ncat word.txt\n",
    "other.sh": "#!/bin/sh\necho other\n",
    "word.txt": "hello\n",
  });
});

afterEach(async () => {
  await runs.stop();
});

/** Runs to the end; answers what the program printed. */
async function lines(
  estimator: Estimator,
  fit: object = {},
): Promise<{ printed: string[]; codes: string[]; job: TrainingJob }> {
  const { events, codes, options } = listener();
  const job = await estimator.fit(undefined, { ...options, ...fit });
  const printed = events.flatMap((event) => (event.type === "log" ? [event.text] : []));
  return { printed, codes: codes(), job };
}

/** A request without what names the job. */
function unnamed({ TrainingJobName, HyperParameters, ...request }: TrainingJobRequest): unknown {
  const { sagemaker_job_name: _, ...others } = HyperParameters ?? {};
  return JSON.parse(JSON.stringify({ ...request, HyperParameters: others }));
}

async function requestOf(job: TrainingJob): Promise<TrainingJobRequest> {
  return (await job.runRecord()).request as unknown as TrainingJobRequest;
}

const WAYS: readonly [string, () => Partial<EstimatorOptions>][] = [
  ["a channel", () => ({ sourceDir: code, codeLocation: "s3://mine/code" })],
  ["the toolkit's archive", () => ({ sourceDir: code, codeDelivery: "toolkit" })],
  [
    "the toolkit's archive without a network",
    () => ({ sourceDir: code, codeDelivery: "toolkit", enableNetworkIsolation: true }),
  ],
  ["a commit in a channel", () => ({ gitConfig: { repo: repository() } })],
  [
    "a commit in an archive",
    () => ({ gitConfig: { repo: repository() }, codeDelivery: "toolkit" }),
  ],
];

function repository(): string {
  git(code, "init", "--quiet");
  git(code, "add", "-A");
  git(code, "commit", "--quiet", "-m", "one");
  return `file://${code}`;
}

describe.each(WAYS)("code as %s", (_, how) => {
  let first: TrainingJob;

  beforeEach(async () => {
    await runs.s3.createBucket({ Bucket: "mine" });
    const { job, printed } = await lines(
      runs.estimator({ entryPoint: "fit.sh", hyperparameters: { rate: 0.5 }, ...how() }),
    );
    expect(printed).toEqual(["hello"]);
    first = job;
    // What lies on this machine is of no account any more.
    await writeFile(join(code, "word.txt"), "changed\n");
  });

  it("is asked for again as it was, runs, and is the same run", async () => {
    const repeated = await Estimator.fromRun(first);
    const plan = await repeated.plan();
    expect(plan.uploads.filter(({ present }) => !present)).toEqual([]);
    expect(unnamed(plan.request)).toEqual(unnamed(await requestOf(first)));

    const again = await lines(await Estimator.fromRun(first));
    expect(again.printed).toEqual(["hello"]);
    const [before, after] = [await first.runRecord(), await again.job.runRecord()];
    expect(after.code).toEqual(before.code);
    expect(after.digest).toEqual(before.digest);
    expect(before.digest.value).toBeDefined();

    const reused = await lines(await Estimator.fromRun(first), { reuse: true });
    expect(reused.codes).toEqual(["reused"]);
    expect(reused.job.name).toBe(again.job.name);

    const other = await Estimator.fromRun(first, { changes: { entryPoint: "other.sh" } });
    expect((await lines(other)).printed).toEqual(["other"]);
  });

  it("that is not what it was, or is gone, is told before anything is planned", async () => {
    const { uri = "" } = (await first.runRecord()).code ?? {};
    const { bucket: Bucket, key: Prefix } = parseS3Uri(uri);
    const Key = Prefix.endsWith("/") ? `${Prefix}one-more.txt` : Prefix;
    await runs.s3.putObject({ Bucket, Key, Body: "something else" });

    expect(await refusal(first)).toMatchObject([
      { severity: "warning", path: "sourceDir", message: expect.stringContaining(uri) },
    ]);
    await Estimator.fromRun(first, { allowChanged: true });

    const { Contents = [] } = await runs.s3.listObjectsV2({ Bucket, Prefix });
    for (const { Key } of Contents) await runs.s3.deleteObject({ Bucket, Key });

    expect(await refusal(first)).toEqual([
      {
        severity: "error",
        path: "sourceDir",
        message: `The code of the run is gone: nothing lies at ${uri}.`,
        hint: expect.stringContaining("changes: { sourceDir: …, entryPoint: … }"),
      },
    ]);
    // With other code in its place it is no matter.
    const changes = { sourceDir: code, entryPoint: "fit.sh" };
    expect((await lines(await Estimator.fromRun(first, { changes }))).printed).toEqual(["changed"]);
  });
});

async function refusal(run: TrainingJob): Promise<unknown> {
  const refused = await Estimator.fromRun(run).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ValidationError);
  return (refused as ValidationError).findings;
}
