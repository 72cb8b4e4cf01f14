/** What of an engine no job shows: moments, and what others on the machine may see. The container contract is in test/local/conformance. */

import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findOnPath } from "../../../src/local/engine/executables.ts";
import type { EngineChoice } from "../../../src/local/services/sagemaker/job.ts";
import { compiled } from "../../helpers/child-program.ts";
import { processesWith } from "../../helpers/processes.ts";
import {
  type ContainerOrder,
  type ContainerReport,
  runContainer,
} from "../../helpers/runner-container.ts";
import { until } from "../../helpers/runner-job.ts";

const PATH = process.env["PATH"] ?? "";
const DRIVER = compiled("test/helpers/runner-container.ts");
/** `nobody`, on each Linux. */
const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;
const canDrop = isRoot && (await findOnPath("setpriv", PATH)) !== undefined;
const users = isRoot ? (canDrop ? ["root", "nobody"] : ["root"]) : ["this user"];

let folder: string;
let program: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engine-"));
  program = join(folder, "program");
  for (const name of ["ml", "tmp", "home", "scratch", "program"]) {
    await mkdir(join(folder, name));
    // Whichever user the test is.
    await chmod(join(folder, name), 0o777);
  }
  await chmod(folder, 0o777);
  await writeFile(
    join(folder, "hosts"),
    "127.0.0.1 localhost\n127.0.0.1 algo-1\n127.0.0.2 algo-2\n",
  );
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Run extends Partial<Omit<ContainerOrder, "engine" | "spec">> {
  readonly engine: EngineChoice;
  readonly user: string;
  /** The text of `train`, a shell script. */
  readonly script: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called when something came; then the container is run by a process of its own. */
  readonly onOutput?: () => void;
}

async function run(order: Run): Promise<ContainerReport> {
  const { user, script, environment, onOutput, ...rest } = order;
  const train = join(program, "train");
  await writeFile(train, `#!/bin/sh\n${script}\n`);
  await chmod(train, 0o755);
  const spec = {
    ...{ folder, hostname: "algo-1", program, networkIsolation: false },
    command: [train],
    environment: { PATH, HOME: join(folder, "home"), ...environment },
  };
  // As this user it takes no process of its own, unless that may be killed.
  if (user !== "nobody" && onOutput === undefined) return await runContainer({ ...rest, spec });
  const node = [process.execPath, DRIVER];
  const identity = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups"];
  const [file = "", ...argv] = user === "nobody" ? ["setpriv", ...identity, ...node] : node;
  const child = spawn(file, [...argv, JSON.stringify({ ...rest, spec })], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME: join(folder, "home") },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
    onOutput?.();
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (onOutput !== undefined && out === "") return { engine: "", code: -1, output: err };
  const report = JSON.parse(out || JSON.stringify({ error: err })) as ContainerReport & {
    readonly error?: string;
  };
  if (report.error !== undefined) throw new Error(report.error);
  return report;
}

const onLinux = process.platform === "linux";
const tools = { bubblewrap: "bwrap", unshare: "unshare", proot: "proot" } as const;
const installed = Object.fromEntries(
  await Promise.all(
    Object.entries(tools).map(async ([name, tool]) => [
      name,
      onLinux && (await findOnPath(tool, `${PATH}:/usr/sbin`)) !== undefined,
    ]),
  ),
) as Record<keyof typeof tools, boolean>;

describe.each(users)("as %s", (user) => {
  describe.each(["bubblewrap", "unshare", "proot"] as const)("the sandbox by %s", (engine) => {
    const given = installed[engine] ? it : it.skip;
    const note = installed[engine] ? "" : ` (skipped: ${tools[engine]} is not installed)`;

    given(
      `tells of a program that somebody else has killed, as the kernel does for memory${note}`,
      async () => {
        const marker = `6${process.pid}${Date.now() % 1000}`;
        const { code, output } = await run({
          ...{ engine, user },
          script: `echo ready; exec sleep ${marker}`,
          onOutput: () => {
            void until(async () => {
              const [pid] = await processesWith(`sleep\0${marker}`);
              return pid !== undefined && process.kill(pid, "SIGKILL");
            });
          },
        });
        expect(code).toBe(137);
        expect(output).toBe("ready\n");
      },
    );

    given(
      `leaves no process when what runs it is killed while it is being made${note}`,
      async () => {
        const marker = `6${process.pid}${Date.now() % 1000}`;
        const moments = [0, 1, 2, 3, 4, 6, 8, 10, 13, 17, 25, 40];
        for (let at = 0; at < moments.length; at += 4) {
          await Promise.all(
            moments.slice(at, at + 4).map((dieAfterMs) =>
              run({
                ...{ engine, user, dieAfterMs },
                script: `sleep ${marker} & while :; do sleep ${marker}; done`,
                onOutput: () => undefined,
              }).catch(() => "it was killed"),
            ),
          );
        }
        await until(async () => (await processesWith(`sleep\0${marker}`)).length === 0);
      },
    );

    given(`shows no secret to who lists processes${note}`, async () => {
      const secret = `hidden${process.pid}`;
      const { output } = await run({
        ...{ engine, user, environment: { TOKEN: secret } },
        script: 'echo "$TOKEN"; tr "\\0" " " </proc/[0-9]*/cmdline 2>/dev/null; echo',
      });
      expect(output.split(secret)).toHaveLength(2);
    });

    if (engine !== "proot") {
      given(`keeps SIGTERM for a program that does not handle it yet${note}`, async () => {
        const { code } = await run({
          ...{ engine, user, terminateOn: "early" },
          script: 'echo early; sleep 0.5; trap "exit 3" TERM; sleep 60 & wait',
        });
        expect(code).toBe(3);
      });
    }
  });

  it("a program that waits for all of its children sees none but its own", async () => {
    const { output } = await run({
      ...{ engine: "process", user },
      script: "sleep 0 & wait; echo waited; exec node -e 'console.log(\"became\")'",
    });
    expect(output).toBe("waited\nbecame\n");
  });
});
