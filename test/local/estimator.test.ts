/** What the Estimator's options ask of the local cloud, from the caller's side. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Estimator, type EstimatorOptions, type TrainingJobEvent } from "../../src/index.ts";
import { LocalCloud, type LocalCloudOptions } from "../../src/local/index.ts";
import { writeProgram } from "../helpers/cloud-fixture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "estimator-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function estimator(
  script: string,
  options: Partial<EstimatorOptions>,
  cloud: LocalCloudOptions = {},
): Promise<Estimator> {
  const imageUri = await writeProgram(join(folder, "program"), {
    train: `#!/bin/sh\nml=\${SAGEMAKER_BASE_DIR:-/opt/ml}\n${script}\n`,
  });
  const session = new LocalCloud({ root: join(folder, "cloud"), stopGraceSeconds: 1, ...cloud });
  return new Estimator({
    ...{ imageUri, instanceType: "ml.m5.large", session: session.session() },
    ...options,
  });
}

describe("an Estimator on the local cloud", () => {
  it("trains on spot instances from checkpoint to checkpoint, and shows the log of each attempt", async () => {
    const spot = await estimator(
      `c=\${SM_CHECKPOINT_DIR:-/opt/ml/checkpoints}
       trap 'exit 0' TERM
       n=$(cat "$c/n" 2>/dev/null || echo 0)
       while [ "$n" -lt 3 ]; do n=$((n + 1)); echo "$n" >"$c/n"; echo "epoch $n"; sleep 0.3; done
       echo done >"$ml/model/done"`,
      {
        ...{ useSpotInstances: true, maxRun: 60, maxWait: 120 },
        checkpointS3Uri: "s3://sagemaker-us-east-1-123456789012/kept",
      },
      { spotInterruptions: { whenLogged: /^epoch 2$/ } },
    );
    const events: TrainingJobEvent[] = [];
    const job = await spot.fit(undefined, {
      logs: "None",
      onEvent: (event) => void events.push(event),
    });

    expect(job.result).toMatchObject({ status: "Completed" });
    const lines = events.flatMap((event) => (event.type === "log" ? [event.text] : []));
    expect(lines).toEqual(["epoch 1", "epoch 2", "epoch 3"]);
    const statuses = events.flatMap((event) =>
      event.type === "status" ? [event.secondaryStatus] : [],
    );
    expect(statuses).toContain("Completed");
    await job.downloadModel(join(folder, "model"));
    expect(await readdir(join(folder, "model"))).toEqual(["done"]);
  });

  it("says that a spot job has waited too long, and does not call it a failure", async () => {
    const spot = await estimator(
      "trap 'exit 0' TERM; echo started; while :; do sleep 0.1; done",
      { useSpotInstances: true, maxRun: 2, maxWait: 2 },
      { spotInterruptions: { whenLogged: /started/, capacityAfterSeconds: 60 } },
    );
    const job = await spot.fit(undefined, { logs: "None" });
    expect(job.result).toMatchObject({ status: "Stopped", stopReason: "MaxWaitTimeExceeded" });
  });

  it("leaves its artifacts as plain files when they are not to be compressed", async () => {
    const plain = await estimator(
      `mkdir "$ml/model/deep"; echo m >"$ml/model/deep/weights"; echo o >"$ml/output/data/plot"`,
      { disableOutputCompression: true },
    );
    const job = await plain.fit(undefined, { logs: "None" });
    const { OutputDataConfig } = await job.describe();
    const uri = `${OutputDataConfig?.S3OutputPath?.replace(/\/$/, "")}/${job.name}/output`;
    expect(await plain.modelData()).toEqual({
      S3DataSource: { S3Uri: `${uri}/model/`, S3DataType: "S3Prefix", CompressionType: "None" },
    });
    await job.downloadModel(join(folder, "model"));
    await job.downloadOutput(join(folder, "output"));
    expect(await readFile(join(folder, "model/deep/weights"), "utf8")).toBe("m\n");
    expect(await readFile(join(folder, "output/plot"), "utf8")).toBe("o\n");
  });

  it("is told once of what it asked for in vain", async () => {
    const events: TrainingJobEvent[] = [];
    const asking = await estimator("true", { enableRemoteDebug: true });
    await asking.fit(undefined, { logs: "None", onEvent: (event) => void events.push(event) });
    const notes = events.filter((event) => "code" in event && event.code === "local-no-effect");
    expect(notes).toMatchObject([
      { type: "warning", message: expect.stringContaining("RemoteDebugConfig") },
    ]);
  });
});
