import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, SANDBOXES } from "../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

const CHECKPOINTS = "c=${SM_CHECKPOINT_DIR:-/opt/ml/checkpoints}\n";
const kept = (prefix: string, LocalPath?: string) => ({
  CheckpointConfig: {
    S3Uri: `s3://bucket/${prefix}`,
    ...(LocalPath !== undefined && { LocalPath }),
  },
});

describe.each(ENGINES)("checkpoints, with the engine %s", (engine) => {
  let cloud: JobCloud;
  beforeAll(async () => {
    cloud = await startJobCloud({ engine });
  });
  afterAll(async () => {
    await cloud.stop();
  });

  it("are there for the next job under the same URI: the same names, uncompressed", async () => {
    const script = `${CHECKPOINTS}
      n=$(cat "$c/deep/step" 2>/dev/null || echo 0); echo "from $n"
      mkdir -p "$c/deep"; echo $((n + 1)) >"$c/deep/step"
      echo mark >"$c/deep/step.sagemaker-uploaded"
      ln -s step "$c/deep/last"; ln -s /etc/passwd "$c/secret"
      cat "$ml/input/config/checkpointconfig.json"`;
    for (const [job, prefix] of ["resume", "resume/", "resume"].entries()) {
      const { TrainingJobName, TrainingJobStatus } = await cloud.run(script, kept(prefix));
      expect(TrainingJobStatus).toBe("Completed");
      const [lines] = Object.values(await cloud.lines(TrainingJobName));
      expect(lines).toContain(`from ${job}`);
      expect(lines).toContain('{"LocalPath":"/opt/ml/checkpoints"}');
    }
    expect(await cloud.keys("resume")).toEqual(["resume/deep/last", "resume/deep/step"]);
    expect(await cloud.text("resume/deep/step")).toBe("3\n");
    expect(await cloud.keys("out/")).toEqual([]);
  });

  it("go to S3 while the job runs, whole; deletions too; what others put there stays there", async () => {
    await cloud.put("live/old", "old");
    await cloud.put("live/stays", "stays");
    const name = await cloud.create(
      `${CHECKPOINTS}
      echo one >"$c/a"; wait_for 1
      exec 7>"$c/half"; printf 'first,' >&7
      echo two >"$c/a"; rm "$c/old"; wait_for 2
      printf 'second' >&7; exec 7>&-; wait_for 3
      (cd "$c" && echo *)`,
      kept("live"),
    );
    await cloud.becomes("live/a", "one\n");
    await cloud.put("live/late", "late");
    await cloud.go(name, 1);
    await cloud.becomes("live/a", "two\n");
    await cloud.becomes("live/old", undefined);
    expect(await cloud.text("live/half")).toBe(undefined);
    await cloud.go(name, 2);
    await cloud.becomes("live/half", "first,second");
    await cloud.go(name, 3);
    expect(await cloud.end(name)).toMatchObject({ TrainingJobStatus: "Completed" });
    const [lines] = Object.values(await cloud.lines(name));
    expect(lines).toEqual(["a half stays"]);
    expect(await cloud.keys("live/")).toEqual([
      ...["live/a", "live/half", "live/late", "live/stays"],
    ]);
  });

  it.each<[string, string, string, object]>([
    ["failed", "exit 3", "Failed", {}],
    [
      "took too long",
      "sleep 100 & wait",
      "Stopped",
      { StoppingCondition: { MaxRuntimeInSeconds: 2 } },
    ],
  ])("are kept of a job that %s", async (_, last, status, over) => {
    const prefix = `kept-${status}`;
    const job = await cloud.run(
      `${CHECKPOINTS} trap 'echo term >"$c/at-the-end"; exit 0' TERM
      echo 1 >"$c/x"; echo started; ${last}`,
      { ...kept(prefix), ...over },
    );
    expect(job.TrainingJobStatus).toBe(status);
    expect(await cloud.text(`${prefix}/x`)).toBe("1\n");
    expect(await cloud.text(`${prefix}/at-the-end`)).toBe(
      status === "Stopped" ? "term\n" : undefined,
    );
  });

  it("are kept of a job that was stopped, with what it wrote when it was told", async () => {
    const name = await cloud.create(
      `${CHECKPOINTS} trap 'echo term >"$c/x"; exit 0' TERM
      echo started; while :; do sleep 0.1; done`,
      kept("stopped"),
    );
    await cloud.said(name, "started");
    await cloud.sagemaker.stopTrainingJob({ TrainingJobName: name });
    expect(await cloud.end(name)).toMatchObject({ TrainingJobStatus: "Stopped" });
    expect(await cloud.text("stopped/x")).toBe("term\n");
  });

  it("fail the job when their bucket is not there, or a key is no file's name", async () => {
    const gone = await cloud.run("true", { CheckpointConfig: { S3Uri: "s3://nowhere-at-all/x" } });
    expect(gone.FailureReason).toMatch(
      /^ClientError: Data download failed:Unable to list .*NoSuch/,
    );
    await cloud.put("bad/../x", "x");
    const bad = await cloud.run("true", kept("bad"));
    expect(bad.FailureReason).toMatch(/s3:\/\/bucket\/bad\/\.\.\/x \(it cannot be a file/);
  });

  it("are refused in places that cannot be theirs", async () => {
    for (const path of ["checkpoints", "/opt/ml", "/opt/ml/input/data", "/opt/ml/../x", "/tmp"]) {
      await expect(cloud.create("true", kept("x", path))).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining(`CheckpointConfig.LocalPath "${path}" `),
      });
    }
  });

  it("may lie elsewhere below /opt/ml", async () => {
    await cloud.put("place/x", "there");
    const job = await cloud.run('cat "$ml/state/here/x"', kept("place", "/opt/ml/state/here/"));
    expect(Object.values(await cloud.lines(job.TrainingJobName))).toEqual([["there"]]);
  });

  it("of the debugger's hook and of TensorBoard go to S3 in the same way", async () => {
    const name = await cloud.create(
      `mkdir -p "$ml/output/tensors/events"; echo t >"$ml/output/tensors/events/0"
      echo b >"$ml/output/tensorboard/events.1"; cat "$ml/input/config/debughookconfig.json"
      wait_for 1`,
      {
        DebugHookConfig: { S3OutputPath: "s3://bucket/debug/", HookParameters: { save: "1" } },
        TensorBoardOutputConfig: { S3OutputPath: "s3://bucket/board" },
      },
    );
    await cloud.becomes(`debug/${name}/debug-output/events/0`, "t\n");
    await cloud.becomes(`board/${name}/tensorboard-output/events.1`, "b\n");
    await cloud.go(name, 1);
    expect(await cloud.end(name)).toMatchObject({ TrainingJobStatus: "Completed" });
    expect(Object.values(await cloud.lines(name))).toEqual([
      ['{"S3OutputPath":"s3://bucket/debug/","HookParameters":{"save":"1"}}'],
    ]);
  });
});

describe.each(SANDBOXES)("checkpoints of a sandbox, with the engine %s", (engine) => {
  let cloud: JobCloud;
  beforeAll(async () => {
    cloud = await startJobCloud({ engine });
  });
  afterAll(async () => {
    await cloud.stop();
  });

  it.each([
    "/checkpoints",
    "/opt/mine/checkpoints",
    "/tmp/checkpoints/",
    "/usr/share/checkpoints/mine",
  ])("may lie at %s", async (path) => {
    const prefix = `outside${path.replace(/\/$/, "")}`;
    await cloud.put(`${prefix}/x`, "there");
    const job = await cloud.run(
      `c=${path}; cat "$c/x"; echo here >"$c/y"; ls /usr/bin/env`,
      kept(prefix, path),
    );
    expect(Object.values(await cloud.lines(job.TrainingJobName))).toEqual([["there/usr/bin/env"]]);
    expect(job.TrainingJobStatus).toBe("Completed");
    expect(await cloud.keys(prefix)).toHaveLength(2);
  });

  it("fail the job where the system itself must be", async () => {
    const job = await cloud.run("true", kept("x", "/usr"));
    expect(job.FailureReason).toMatch(/^ClientError: \/usr cannot be a folder of the job's/);
  });

  it("of several hosts go into one place, and come back to each", async () => {
    const resources = { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 5 } as const;
    const script = `host=$(sed -n 's/.*"current_host":"\\([^"]*\\)".*/\\1/p' /opt/ml/input/config/resourceconfig.json)
      (cd /opt/ml/checkpoints && echo *); echo "$host" >"/opt/ml/checkpoints/$host"`;
    await cloud.run(script, { ...kept("many"), ResourceConfig: resources });
    expect(await cloud.keys("many/")).toEqual(["many/algo-1", "many/algo-2"]);
    const again = await cloud.run(script, { ...kept("many"), ResourceConfig: resources });
    expect(Object.values(await cloud.lines(again.TrainingJobName))).toEqual([
      ["algo-1 algo-2"],
      ["algo-1 algo-2"],
    ]);
  });
});

describe("checkpoints with the process engine", () => {
  it("are refused outside its /opt/ml, by name", async () => {
    const cloud = await startJobCloud({ engine: "process" });
    try {
      for (const path of ["/checkpoints", "/tmp/checkpoints"]) {
        await expect(cloud.create("true", kept("x", path))).rejects.toMatchObject({
          name: "ValidationException",
          message: expect.stringMatching(
            `CheckpointConfig.LocalPath "${path}": the process engine gives a program no folders outside its /opt/ml`,
          ),
        });
      }
    } finally {
      await cloud.stop();
    }
  });
});
