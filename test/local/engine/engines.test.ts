import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ContainerMount } from "../../../src/local/engine/engine.ts";
import { findOnPath } from "../../../src/local/engine/executables.ts";
import type { EngineChoice } from "../../../src/local/services/sagemaker/job.ts";
import {
  type ContainerOrder,
  type ContainerReport,
  runContainer,
} from "../../helpers/runner-container.ts";
import { exists, until } from "../../helpers/runner-job.ts";

const PATH = process.env["PATH"] ?? "";
const DRIVER = fileURLToPath(new URL("../../helpers/runner-container.ts", import.meta.url));
/** `nobody`, on each Linux. */
const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;
const canDrop = isRoot && (await findOnPath("setpriv", PATH)) !== undefined;
const users = isRoot ? (canDrop ? ["root", "nobody"] : ["root"]) : ["this user"];

let folder: string;
let program: string;

beforeEach(async () => {
  vi.stubEnv("SECRET_OF_THE_LAUNCHER", "x");
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
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

interface Run extends Partial<Omit<ContainerOrder, "engine" | "spec">> {
  readonly engine: EngineChoice;
  readonly user: string;
  /** The text of `train`, a shell script. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networkIsolation?: boolean;
  readonly mounts?: readonly ContainerMount[];
  /** Called with what came so far, and the process that runs the container. */
  readonly onOutput?: (output: string, pid: number) => void;
}

async function run(order: Run): Promise<ContainerReport> {
  const {
    user,
    script,
    args = [],
    environment,
    networkIsolation = false,
    mounts = [],
    onOutput,
    ...rest
  } = order;
  const train = join(program, "train");
  await writeFile(train, `#!/bin/sh\n${script}\n`);
  await chmod(train, 0o755);
  const spec = {
    ...{ folder, hostname: "algo-1", program, networkIsolation, mounts },
    command: [train, ...args],
    environment: { PATH, HOME: join(folder, "home"), ...environment },
  };
  // As this user it takes no process of its own, unless that is to be killed.
  if (user !== "nobody" && onOutput === undefined) return await runContainer({ ...rest, spec });
  const node = [process.execPath, "--import", import.meta.resolve("tsx"), DRIVER];
  const identity = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups"];
  const [file = "", ...argv] = user === "nobody" ? ["setpriv", ...identity, ...node] : node;
  const child = spawn(file, [...argv, JSON.stringify({ ...rest, spec })], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME: join(folder, "home"), SECRET_OF_THE_LAUNCHER: "x" },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
    onOutput?.(err, child.pid ?? 0);
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (onOutput !== undefined && out === "") return { engine: "", code: -1, output: err };
  const report = JSON.parse(out || JSON.stringify({ error: err })) as ContainerReport & {
    readonly error?: string;
  };
  if (report.error !== undefined) throw new Error(report.error);
  return report;
}

/** Ids of processes whose command line holds `text`. */
async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
    if (line.includes(text) && pid !== `${process.pid}`) found.push(pid);
  }
  return found;
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
      `gives a program its own /opt/ml, /tmp and host name, and leaves nothing behind${note}`,
      async () => {
        const before = await stat("/opt/ml").catch(() => undefined);
        const { output, code } = await run({
          ...{ engine, user, args: ["an argument"] },
          environment: { LOG_LEVEL: "info" },
          script: `echo out; echo err >&2; echo "arguments: $*"; pwd; echo "level $LOG_LEVEL, launcher <$SECRET_OF_THE_LAUNCHER$PROOT_TMP_DIR>"
          echo model >/opt/ml/model-file; echo x >/tmp/file; cat /tmp/file
          getent hosts algo-2; exit 7`,
        });
        expect(
          output
            .trim()
            .split("\n")
            .map((line) => line.trim().replace(/\s+/g, " ")),
        ).toEqual([
          ...["out", "err", "arguments: an argument", program, "level info, launcher <>", "x"],
          "127.0.0.2 algo-2",
        ]);
        expect(code).toBe(7);
        expect(await readFile(join(folder, "ml/model-file"), "utf8")).toBe("model\n");
        expect(await readFile(join(folder, "tmp/file"), "utf8")).toBe("x\n");
        expect(await stat("/opt/ml").catch(() => undefined)).toEqual(before);
        expect((await readFile("/proc/mounts", "utf8")).includes(folder)).toBe(false);
      },
    );

    given(
      `shows folders of the job's at places of their own, beside what is the machine's there, and leaves none there${note}`,
      async () => {
        for (const name of ["0", "ml/view"]) {
          await mkdir(join(folder, name), { recursive: true });
          await chmod(join(folder, name), 0o777);
        }
        await writeFile(join(folder, "ml/view/x"), "seen\n");
        const { output } = await run({
          ...{ engine, user },
          mounts: [
            { source: join(folder, "0"), target: "/usr/share/of-the-job/deep", access: "writable" },
            { source: join(folder, "ml/view"), target: "/opt/ml/view", access: "read-only" },
          ],
          script: `echo kept >/usr/share/of-the-job/deep/file; ls -d /usr/share/doc /usr/bin/env
          cat /opt/ml/view/x; (echo y >/opt/ml/view/x) 2>/dev/null; cat /opt/ml/view/x`,
        });
        const lines = ["/usr/bin/env", "/usr/share/doc", "seen", "seen"];
        // Where proot cannot say "read-only", the file's own permissions do.
        expect(output.trim().split("\n").slice(0, 3)).toEqual(lines.slice(0, 3));
        if (engine !== "proot") expect(output.trim().split("\n")).toEqual(lines);
        expect(await readFile(join(folder, "0/file"), "utf8")).toBe("kept\n");
        expect(await stat("/usr/share/of-the-job").catch(() => "none")).toBe("none");
      },
    );

    given(
      `lets a program handle SIGTERM, and ends one that does not by SIGKILL${note}`,
      async () => {
        const handled = await run({
          ...{ engine, user, terminateOn: "ready" },
          script: 'trap "echo got it; exit 3" TERM; echo ready; sleep 60 & wait',
        });
        expect(handled.output).toContain("got it");
        expect(handled.code).toBe(3);
        const killed = await run({ engine, user, killOn: "ready", script: "echo ready; sleep 60" });
        expect(killed.code).toBe(137);
      },
    );

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
              return pid !== undefined && process.kill(Number(pid), "SIGKILL");
            });
          },
        });
        expect(code).toBe(137);
        expect(output).toBe("ready\n");
      },
    );

    given(`ends with its program, whatever that left running${note}`, async () => {
      const marker = `6${process.pid}${Date.now() % 1000}`;
      const { code } = await run({
        ...{ engine, user },
        script: `sleep ${marker} & (setsid sleep ${marker} &) ; echo done`,
      });
      expect(code).toBe(0);
      await until(async () => (await processesWith(`sleep\0${marker}`)).length === 0);
    });

    given(
      `leaves no process, and no file of its own, when what runs it is killed${note}`,
      async () => {
        const marker = `6${process.pid}${Date.now() % 1000}`;
        let engines: string[] = [];
        await run({
          ...{ engine, user },
          script: `sleep ${marker} & echo ready; sleep ${marker}`,
          onOutput: (output, pid) => {
            if (!output.includes("ready")) return;
            void processesWith(folder).then((found) => {
              if (!exists(pid)) return;
              engines = found;
              process.kill(pid, "SIGKILL");
            });
          },
        });
        expect(engines).not.toEqual([]);
        await until(async () => (await processesWith(`sleep\0${marker}`)).length === 0);
        const left = (await readdir("/tmp")).filter((name) =>
          engines.some((pid) => name.startsWith(`prooted-${pid}-`)),
        );
        expect(left).toEqual([]);
        expect((await readFile("/proc/mounts", "utf8")).includes(folder)).toBe(false);
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
      given(`makes the program process 1 of its own${note}`, async () => {
        const { output } = await run({
          engine,
          user,
          script: "echo $$; hostname 2>/dev/null || uname -n",
        });
        expect(output).toBe("1\nalgo-1\n");
      });

      given(`keeps SIGTERM for a program that does not handle it yet${note}`, async () => {
        const { code } = await run({
          ...{ engine, user, terminateOn: "early" },
          script: 'echo early; sleep 0.5; trap "exit 3" TERM; sleep 60 & wait',
        });
        expect(code).toBe(3);
      });

      given(`takes the network away but for loopback when it is asked to${note}`, async () => {
        const script = 'cat /proc/net/dev | grep -c ":"';
        const isolated = await run({ engine, user, script, networkIsolation: true });
        expect(isolated.output.trim()).toBe("1");
      });
    }
  });

  it("the process engine runs the program as any other, and joins its outputs in order", async () => {
    const { output, code } = await run({
      ...{ engine: "process", user },
      environment: { SAGEMAKER_BASE_DIR: join(folder, "ml") },
      script: `i=0; while [ $i -lt 100 ]; do echo $i; i=$((i+1)); echo $i >&2; i=$((i+1)); done
        echo model >"$SAGEMAKER_BASE_DIR/model-file"; exit 5`,
    });
    expect(output.trim().split("\n")).toEqual(
      Array.from({ length: 100 }, (_, index) => `${index}`),
    );
    expect(code).toBe(5);
    expect(await readFile(join(folder, "ml/model-file"), "utf8")).toBe("model\n");
  });

  it("the process engine passes SIGTERM on, and leaves no process when what runs it is killed", async () => {
    const handled = await run({
      ...{ engine: "process", user, terminateOn: "ready" },
      script: 'trap "echo got it; exit 3" TERM; echo ready; sleep 60 & wait',
    });
    expect(handled.code).toBe(3);
    if (!onLinux) return;
    const marker = `6${process.pid}${Date.now() % 1000}`;
    await run({
      ...{ engine: "process", user },
      script: `sleep ${marker} & echo ready; sleep ${marker}`,
      onOutput: (output, pid) => {
        if (output.includes("ready") && exists(pid)) process.kill(pid, "SIGKILL");
      },
    });
    await until(async () => (await processesWith(`sleep\0${marker}`)).length === 0);
  });

  it("a program that waits for all of its children sees none but its own", async () => {
    const { output } = await run({
      ...{ engine: "process", user },
      script: "sleep 0 & wait; echo waited; exec node -e 'console.log(\"became\")'",
    });
    expect(output).toBe("waited\nbecame\n");
  });
});
