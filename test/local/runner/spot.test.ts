import type {
  CreateTrainingJobRequest,
  DescribeTrainingJobResponse,
} from "@aws-sdk/client-sagemaker";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LocalCloudOptions } from "../../../src/local/local-cloud.ts";
import { LocalCloud } from "../../../src/local/local-cloud.ts";
import type { SpotInterruptions } from "../../../src/local/spot-interruptions.ts";
import { ENGINES, SANDBOXES } from "../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 900 },
  CheckpointConfig: { S3Uri: "s3://bucket/kept" },
} satisfies Partial<CreateTrainingJobRequest>;
/** Counts to 3, an epoch at a time, from where its checkpoint says; stops counting when it is told to. */
const COUNTS = `c=\${SM_CHECKPOINT_DIR:-/opt/ml/checkpoints}
  trap 'echo "told to stop"; exit 0' TERM
  n=$(cat "$c/n" 2>/dev/null || echo 0); for f in "$ml"/model/*; do [ ! -e "$f" ] || echo "left over: $f"; done
  echo left >"$ml/model/left-$n"
  while [ "$n" -lt 3 ]; do n=$((n + 1)); echo "$n" >"$c/n"; echo "epoch $n"; sleep 0.3; done`;

async function spotCloud(
  spotInterruptions: SpotInterruptions,
  options: LocalCloudOptions = {},
): Promise<JobCloud> {
  const cloud = await startJobCloud({ engine: "process", spotInterruptions, ...options });
  onTestFinished(async () => await cloud.stop());
  return cloud;
}

const statuses = (job: DescribeTrainingJobResponse): unknown[] =>
  (job.SecondaryStatusTransitions ?? []).map(({ Status }) => Status);

describe.each(ENGINES)("a spot job whose instances are reclaimed, with the engine %s", (engine) => {
  it("goes on from its checkpoints on new ones, which have nothing else of it", async () => {
    const cloud = await spotCloud({ whenLogged: [/^epoch 1$/, /^epoch 2$/] }, { engine });
    const job = await cloud.run(COUNTS, SPOT);

    expect(job).toMatchObject({ TrainingJobStatus: "Completed", EnableManagedSpotTraining: true });
    const attempt = ["Starting", "Downloading", "Training"];
    expect(statuses(job)).toEqual([
      ...[...attempt, "Interrupted", ...attempt, "Interrupted", ...attempt],
      ...["Uploading", "Completed"],
    ]);
    const streams = Object.entries(await cloud.lines(job.TrainingJobName));
    expect(streams.map(([name]) => name.replace(/\d+$/, "N"))).toEqual(
      Array.from({ length: 3 }, () => `${job.TrainingJobName}/algo-1-N`),
    );
    expect(streams.map(([, lines]) => lines)).toEqual([
      ["epoch 1", "told to stop"],
      ["epoch 2", "told to stop"],
      ["epoch 3"],
    ]);
    expect(await cloud.text("kept/n")).toBe("3\n");
    expect(await cloud.keys("out/")).toEqual([`out/${job.TrainingJobName}/output/model.tar.gz`]);
  });
});

describe("a spot job", () => {
  it("is interrupted after so many seconds of each attempt, and killed when it does not listen", async () => {
    const cloud = await spotCloud({ afterSeconds: [0.5] }, { stopGraceSeconds: 0.5 });
    const job = await cloud.run(
      `c=$SM_CHECKPOINT_DIR; trap 'echo "will not"' TERM
       if [ -e "$c/was-here" ]; then exit 0; fi
       : >"$c/was-here"; while :; do sleep 0.1; done`,
      SPOT,
    );
    expect(job.TrainingJobStatus).toBe("Completed");
    expect(statuses(job)).toContain("Interrupted");
    expect(Object.values(await cloud.lines(job.TrainingJobName))).toEqual([["will not"], []]);
  });

  it("waits for capacity, which it does not pay for", async () => {
    const cloud = await spotCloud({ whenLogged: /^epoch 1$/, capacityAfterSeconds: 1.5 });
    const job = await cloud.run(COUNTS, SPOT);
    expect(statuses(job)).toEqual([
      ...["Starting", "Downloading", "Training", "Interrupted", "Pending", "Starting"],
      ...["Downloading", "Training", "Uploading", "Completed"],
    ]);
    expect(job.BillableTimeInSeconds).toBeLessThan(job.TrainingTimeInSeconds ?? 0);
  });

  it("ends when it has waited too long, with what it has kept", async () => {
    const cloud = await spotCloud({ whenLogged: /^epoch 1$/, capacityAfterSeconds: 100 });
    const job = await cloud.run(COUNTS, {
      ...SPOT,
      StoppingCondition: { MaxRuntimeInSeconds: 3, MaxWaitTimeInSeconds: 3 },
    });
    expect(job).toMatchObject({
      TrainingJobStatus: "Stopped",
      SecondaryStatus: "MaxWaitTimeExceeded",
    });
    expect(await cloud.text("kept/n")).toBe("1\n");
  });

  it("has its longest run over all attempts together", async () => {
    const cloud = await spotCloud({ afterSeconds: [1, 100] });
    const job = await cloud.run("trap 'exit 0' TERM; while :; do sleep 0.1; done", {
      ...SPOT,
      StoppingCondition: { MaxRuntimeInSeconds: 2, MaxWaitTimeInSeconds: 60 },
    });
    expect(job.SecondaryStatus).toBe("MaxRuntimeExceeded");
    expect(statuses(job).filter((status) => status === "Training")).toHaveLength(2);
  });

  it("can be stopped while it waits", async () => {
    const cloud = await spotCloud({ whenLogged: /^epoch 1$/, capacityAfterSeconds: 100 });
    const name = await cloud.create(COUNTS, SPOT);
    await cloud.said(name, "told to stop");
    await cloud.sagemaker.stopTrainingJob({ TrainingJobName: name });
    expect(await cloud.end(name)).toMatchObject({
      ...{ TrainingJobStatus: "Stopped", SecondaryStatus: "Stopped" },
    });
  });

  it("fails as any other when its program does", async () => {
    const cloud = await spotCloud({ whenLogged: /never/ });
    const job = await cloud.run("exit 4", SPOT);
    expect(job.FailureReason).toBe("AlgorithmError: , exit code: 4");
    expect(statuses(job)).not.toContain("Interrupted");
  });

  it("is not what any other job is", async () => {
    const cloud = await spotCloud({ whenLogged: /./, afterSeconds: 0 });
    const job = await cloud.run("echo hello");
    expect(statuses(job)).not.toContain("Interrupted");
    expect(job.BillableTimeInSeconds).toBe(job.TrainingTimeInSeconds);
  });

  it.each<[string, Partial<CreateTrainingJobRequest>, RegExp]>([
    [
      "without a longest wait",
      { StoppingCondition: { MaxRuntimeInSeconds: 60 } },
      /^Invalid MaxWaitTimeInSeconds\. It must be present and be greater than or equal to MaxRuntimeInSeconds\.$/,
    ],
    [
      "with a wait that is shorter than its run",
      { StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 59 } },
      /^Invalid MaxWaitTimeInSeconds/,
    ],
    [
      "with the service's own longest run",
      { StoppingCondition: { MaxWaitTimeInSeconds: 86_399 } },
      /^Invalid MaxWaitTimeInSeconds/,
    ],
    [
      "of this machine's type",
      {
        ResourceConfig: { InstanceType: "local" as "ml.m5.large", InstanceCount: 1 },
      },
      /^There are no spot instances of type local/,
    ],
  ])("is refused %s", async (_, over, message) => {
    const cloud = await spotCloud({});
    await expect(cloud.create("true", { ...SPOT, ...over })).rejects.toMatchObject({
      ...{ name: "ValidationException", message: expect.stringMatching(message) },
    });
  });
});

describe.each(SANDBOXES.slice(0, 1))("a job with a retry strategy", (engine) => {
  it("is begun anew as often as it says when the local cloud could not run it, and not when it failed by itself", async () => {
    const cloud = await spotCloud({}, { engine });
    const retried = { RetryStrategy: { MaximumRetryAttempts: 2 } };
    const broken = await cloud.run("true", {
      ...retried,
      // No container can be made of it: each has that folder to itself.
      AlgorithmSpecification: {
        ...{ TrainingImage: "/dev/shm", TrainingInputMode: "File" },
        ContainerEntrypoint: ["/bin/true"],
      },
    });
    expect(broken.FailureReason).toMatch(/^InternalServerError: .*\/dev\/shm itself/);
    expect(statuses(broken).filter((status) => status === "Restarting")).toHaveLength(2);
    const failed = await cloud.run("exit 1", retried);
    expect(failed.FailureReason).toBe("AlgorithmError: , exit code: 1");
    expect(statuses(failed)).not.toContain("Restarting");
  });
});

describe("the option spotInterruptions", () => {
  it.each([{ afterSeconds: -1 }, { afterSeconds: [1, Number.NaN] }, { capacityAfterSeconds: 1e9 }])(
    "refuses %j",
    (spotInterruptions) => {
      expect(() => new LocalCloud({ spotInterruptions })).toThrow(
        /spotInterruptions: .* is no number of seconds/,
      );
    },
  );
});
