import type { CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SANDBOXES } from "../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

const TWO = {
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 5 },
} satisfies Partial<CreateTrainingJobRequest>;
/** What the first host does, and what the second does once the first is up. */
const script = (first: string, second: string): string => `
  host=$(sed -n 's/.*"current_host":"\\([^"]*\\)".*/\\1/p' "$ml/input/config/resourceconfig.json")
  if [ $host = algo-1 ]; then ${first}
  else wait_for 1; ${second}; fi`;

describe.skipIf(SANDBOXES.length === 0)("two hosts", () => {
  let cloud: JobCloud;
  beforeAll(async () => {
    cloud = await startJobCloud({ engine: SANDBOXES[0] ?? "auto", stopGraceSeconds: 1 });
  });
  afterAll(async () => {
    await cloud.stop();
  });

  /** Runs a job whose second host waits until the first has said `up`. */
  async function run(first: string, second: string) {
    const name = await cloud.create(script(first, second), TWO);
    await cloud.said(name, "up");
    await cloud.go(name, 1);
    const job = await cloud.end(name);
    return { job, logs: Object.values(await cloud.lines(name)) };
  }

  it("one ends well before the other: the job goes on until both have", async () => {
    const { job, logs } = await run(
      "echo up; echo 1 >/opt/ml/model/1; exit 0",
      "sleep 0.5; echo late; echo 2 >/opt/ml/model/2",
    );
    expect(job).toMatchObject({ TrainingJobStatus: "Completed" });
    expect(logs).toEqual([["up"], ["late"]]);
  });

  it("one ended well, and the other fails: the job fails as that one says", async () => {
    const { job } = await run("echo up; exit 0", "echo why >/opt/ml/output/failure; exit 4");
    expect(job).toMatchObject({
      ...{ TrainingJobStatus: "Failed", SecondaryStatus: "Failed" },
      FailureReason: "AlgorithmError: why, exit code: 4",
    });
  });

  it("one fails: the other is told to stop, its log and its model are kept, and what it says of itself does not count", async () => {
    const { job, logs } = await run(
      `trap 'echo told; echo m >/opt/ml/model/m; echo mine >/opt/ml/output/failure; exit 9' TERM
       echo up; while :; do sleep 0.05; done`,
      "echo failing; exit 4",
    );
    expect(job.FailureReason).toBe("AlgorithmError: , exit code: 4");
    expect(logs).toEqual([["up", "told"], ["failing"]]);
    expect(await cloud.keys(`out/${job.TrainingJobName}/`)).toEqual([
      `out/${job.TrainingJobName}/output/model.tar.gz`,
    ]);
  });

  it("one is killed: the other, which does not listen, is killed when its grace is over", async () => {
    const { job, logs } = await run(
      `trap 'echo "will not"' TERM; echo up; while :; do sleep 0.05; done`,
      'sh -c "kill -9 \\$\\$"; exit $?',
    );
    expect(job.FailureReason).toBe("AlgorithmError: , exit code: 137");
    expect(logs[0]).toEqual(["up", "will not"]);
  });
});
