import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { announceEngine, chooseEngine } from "../../../src/local/engine/choose.ts";
import type { ContainerMount, Engine } from "../../../src/local/engine/engine.ts";
import { findOnPath } from "../../../src/local/engine/executables.ts";
import { type MachineView, planMounts } from "../../../src/local/engine/mounts.ts";
import { processEngine } from "../../../src/local/engine/process.ts";
import { unshareEngine } from "../../../src/local/engine/unshare.ts";

const PATH = process.env["PATH"] ?? "";
const onLinux = process.platform === "linux";
const hasBubblewrap = onLinux && (await findOnPath("bwrap", PATH)) !== undefined;

describe("the choice of an engine", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "choose-"));
    vi.stubEnv("TMPDIR", folder);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  it.skipIf(!hasBubblewrap)(
    "takes bubblewrap where it works, says so, and leaves nothing (skipped without bubblewrap)",
    async () => {
      const chosen = await chooseEngine("auto", PATH);
      expect(chosen.engine.name).toBe("bubblewrap");
      expect(announceEngine(chosen)).toBe("Local jobs run in: sandbox (bubblewrap).");
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.skipIf(!hasBubblewrap)(
    "tries in the folder that it is given, which outlives whoever is killed (skipped without bubblewrap)",
    async () => {
      const nowhere = join(folder, "nowhere");
      await expect(chooseEngine("bubblewrap", `${PATH}:/tried`, nowhere)).rejects.toThrow(nowhere);
    },
  );

  it("tries once in a process", async () => {
    expect(await chooseEngine("auto", PATH)).toBe(await chooseEngine("auto", PATH));
  });

  it("takes the process engine when it is asked to", async () => {
    expect((await chooseEngine("process", PATH)).engine.mounts).toBe(false);
  });

  it("says what is missing and what to do when there is no sandbox", async () => {
    vi.spyOn(process, "platform", "get").mockReturnValue("darwin");
    await expect(chooseEngine("sandbox", "/nowhere")).rejects.toThrow(
      /No sandbox can be made here \(darwin: a sandbox takes Linux\)\. .*engine "process"/,
    );
    const chosen = await chooseEngine("auto", "/nowhere");
    expect(chosen.engine.name).toBe("process");
    expect(announceEngine(chosen)).toMatch(/^Local jobs run in: process\. .*bubblewrap/);
    vi.restoreAllMocks();
  });

  it("refuses native Windows by name", async () => {
    vi.spyOn(process, "platform", "get").mockReturnValue("win32");
    await expect(chooseEngine("auto", "/windows")).rejects.toThrow(/native Windows.*WSL/);
    vi.restoreAllMocks();
  });
});

it("the process engine refuses by name what it cannot do", () => {
  const engine = processEngine();
  expect(engine.refusal({ hosts: 1, networkIsolation: false })).toBeUndefined();
  expect(engine.refusal({ hosts: 2, networkIsolation: false })).toContain("InstanceCount 2");
  expect(engine.refusal({ hosts: 1, networkIsolation: true })).toContain("EnableNetworkIsolation");
});

it("unshare refuses network isolation by name where no loopback can be made", () => {
  const engine = (ip: string | undefined): Engine =>
    unshareEngine({
      ...{ path: "/usr/bin/unshare", mapUser: false, processes: "own" },
      machine: { entries: [], devices: [], hostsFile: undefined, tools: [], ip },
    });
  const needs = { hosts: 1, networkIsolation: true };
  expect(engine("/usr/sbin/ip").refusal(needs)).toBeUndefined();
  expect(engine(undefined).refusal({ ...needs, networkIsolation: false })).toBeUndefined();
  expect(engine(undefined).refusal(needs)).toMatch(/EnableNetworkIsolation.*Install iproute2/);
});

describe("the plan of mounts", () => {
  const machine: MachineView = {
    entries: [
      { path: "/bin", kind: "symlink", text: "usr/bin" },
      { path: "/usr", kind: "folder" },
      { path: "/proc", kind: "folder" },
      { path: "/tmp", kind: "folder" },
      { path: "/opt", kind: "folder" },
      { path: "/opt/ml", kind: "folder" },
      { path: "/opt/conda", kind: "folder" },
    ],
    devices: ["/dev/nvidia0"],
    hostsFile: "/etc/hosts",
    tools: ["/usr/bin/node", "/tmp/venv/bin"],
    ip: "/usr/sbin/ip",
  };
  const plan = async (
    program: string,
    mounts: readonly ContainerMount[] = [],
  ): Promise<readonly string[]> => {
    const planned = await planMounts(machine, {
      ...{ folder: "/data/job", hostname: "algo-1", program, command: ["train"] },
      ...{ environment: {}, networkIsolation: false, mounts },
    });
    return planned.map((mount) => {
      if ("source" in mount) return `${mount.kind} ${mount.source} ${mount.target}`;
      return `${mount.kind} ${"target" in mount ? mount.target : ""}`;
    });
  };

  it("has the machine read-only, and what is private to the job on top", async () => {
    expect(await plan("/home/me/program")).toEqual([
      "folder /opt",
      "symlink /bin",
      "read-only /usr /usr",
      "read-only /opt/conda /opt/conda",
      "devices ",
      "memory /dev/shm",
      "processes ",
      "writable /data/job/tmp /tmp",
      "read-only /tmp/venv /tmp/venv",
      "writable /data/job/home /data/job/home",
      "writable /data/job/ml /opt/ml",
      "read-only /data/job/hosts /etc/hosts",
    ]);
  });

  it("binds a program folder back with what lies beside it, where a private folder would hide it", async () => {
    expect(await plan("/tmp/checkout/examples/program")).toContain(
      "read-only /tmp/checkout /tmp/checkout",
    );
    expect(await plan("/dev/shm/x/program")).toContain("read-only /dev/shm/x /dev/shm/x");
    const below = await plan("/opt/ml/code");
    expect(below.indexOf("read-only /opt/ml/code /opt/ml/code")).toBeGreaterThan(
      below.indexOf("writable /data/job/ml /opt/ml"),
    );
  });

  it.each(["/tmp", "/opt/ml", "/dev/shm"])(
    "refuses %s itself as a program folder",
    async (program) => {
      await expect(plan(program)).rejects.toThrow(/Move it/);
    },
  );

  it("has folders of the job's at places of their own, whatever of the machine's lies around them", async () => {
    const own = (target: string): ContainerMount => ({
      source: "/data/job/places/0",
      ...{ target, access: "writable" as const },
    });
    const planned = await plan("/home/me/program", [own("/usr/share/checkpoints")]);
    expect(planned).toContain("folder /usr");
    expect(planned).toContain("read-only /usr/bin /usr/bin");
    expect(planned).toContain("folder /usr/share");
    expect(planned).not.toContain("read-only /usr /usr");
    expect(planned).toContain("writable /data/job/places/0 /usr/share/checkpoints");
    expect(await plan("/home/me/program", [own("/checkpoints")])).toContain("read-only /usr /usr");
  });

  it.each(["/", "/usr", "/opt/ml", "/proc/x", "/home/me", "/data", "/etc/hostname/x"])(
    "refuses %s as a place of the job's own",
    async (target) => {
      const mount = { source: "/data/job/places/0", target, access: "writable" as const };
      await expect(plan("/home/me/program", [mount])).rejects.toThrow(
        `${target} cannot be a folder of the job's: `,
      );
    },
  );
});
