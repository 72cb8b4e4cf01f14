import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compiled } from "./helpers/child-program.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "./helpers/cloud-fixture.ts";

const script = compiled("test/helpers/fit-program.ts");

let fixture: CloudFixture;

beforeEach(async () => {
  fixture = await startCloud();
  await writeProgram(join(fixture.folder, "program"), {
    train: "#!/bin/sh\ntrap 'exit 0' TERM\necho training\nwhile :; do sleep 0.1; done\n",
  });
  await mkdir(join(fixture.folder, "data"));
  await writeFile(join(fixture.folder, "data/train.csv"), "a\n1\n");
});

afterEach(async () => {
  await fixture.stop();
});

interface Run {
  readonly output: string;
  readonly code: number | null;
}

/** Runs the script, presses Ctrl-C when it holds in the phase, and waits for its end. */
async function interruptIn(phase: string, onAbort = "detach", again = false): Promise<Run> {
  const child: ChildProcess = spawn(process.execPath, [script, fixture.folder, phase, onAbort], {
    cwd: fixture.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  await eventually(
    async () => (output.includes("held") || child.exitCode !== null ? true : undefined),
    `the script holds in ${phase}: ${output}`,
  );
  child.kill("SIGINT");
  // Two signals in a row may arrive as one: the second is sent until it does.
  const impatience = again ? setInterval(() => child.kill("SIGINT"), 50) : undefined;
  void ended.then(() => clearInterval(impatience));
  return { code: await ended, output };
}

async function jobs(): Promise<{ name: string; status: string }[]> {
  const { TrainingJobSummaries = [] } = await fixture.sagemaker.listTrainingJobs({});
  return TrainingJobSummaries.map(({ TrainingJobName = "", TrainingJobStatus = "" }) => ({
    name: TrainingJobName,
    status: TrainingJobStatus,
  }));
}

describe("Ctrl-C in a script that waits in fit()", () => {
  it.each(["check", "stage"])("while it is in the phase %s: nothing was started", async (phase) => {
    const { code, output } = await interruptIn(phase);

    expect(output).toContain("No training job was started.");
    expect(output).not.toContain("the script went on");
    expect(code).toBe(130);
    expect(await jobs()).toEqual([]);
  });

  it.each(["create", "lost", "train"])(
    "while it is in the phase %s: the job goes on, and the line comes back to it",
    async (phase) => {
      const { code, output } = await interruptIn(phase);

      const [job] = await jobs();
      expect(job?.status).toBe("InProgress");
      expect(output).toContain(`Training job ${job?.name} is InProgress`);
      expect(output).toContain(`await TrainingJob.attach("${job?.name}"`);
      expect(output).not.toContain("the script went on");
      expect(code).toBe(130);
    },
  );

  it("stops the job first when that was asked for", async () => {
    const { code, output } = await interruptIn("train", "stop");

    expect(output).toMatch(/Training job interrupted-\S+ was asked to stop\./);
    expect(code).toBe(130);
    await eventually(
      async () => ((await jobs())[0]?.status === "Stopped" ? true : undefined),
      "the job is stopped",
    );
  });

  it("leaves at once on a second Ctrl-C", async () => {
    const { code, output } = await interruptIn("create", "detach", true);

    expect(code).toBe(130);
    expect(output).not.toContain("Training job");
  });
});
