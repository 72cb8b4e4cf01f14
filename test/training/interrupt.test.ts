import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compiled } from "../helpers/child-program.ts";

const INTERRUPT = compiled("src/training/interrupt.ts");

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "job-interrupt-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script; `signals` are sent one after the other, each when the script says `ready`. */
async function run(
  name: string,
  body: string,
  signals: readonly NodeJS.Signals[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const file = join(folder, `${name}.mjs`);
  const idle =
    "const idle = setInterval(() => {}, 1000); const forever = () => new Promise(() => {});";
  await writeFile(
    file,
    `import { interruptible } from ${JSON.stringify(INTERRUPT)};
${idle}
const until = (signal) => new Promise((_, reject) =>
  signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
const ready = () => console.log("ready");
${body}
clearInterval(idle);`,
  );
  const child: ChildProcess = spawn(process.execPath, [file], {
    env: { ...process.env, ...env },
  });
  let out = "";
  let err = "";
  const left = [...signals];
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    for (const said = out.split("ready").length - 1; signals.length - left.length < said; ) {
      const signal = left.shift();
      if (signal === undefined) break;
      child.kill(signal);
    }
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return await new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

describe("Ctrl-C", () => {
  it("ends the work, says what became of it, exits with 130, and does not let the script go on", async () => {
    const { code, out, err } = await run(
      "first",
      `await interruptible({ farewell: async () => "the job goes on" }, async (signal) => {
        ready();
        try { await until(signal); } finally { console.log("cleaned up"); }
      }).catch(() => {});
      console.log("deployed");`,
      ["SIGINT"],
    );
    expect(code).toBe(130);
    expect(err).toContain("the job goes on");
    expect(out).toContain("cleaned up");
    expect(out).not.toContain("deployed");
  });

  it("a second time leaves at once", async () => {
    const { code, err } = await run(
      "second",
      `await interruptible({ farewell: async () => { ready(); await forever(); return "never said"; } },
        async (signal) => { ready(); await until(signal); });`,
      ["SIGINT", "SIGINT"],
    );
    expect(code).toBe(130);
    expect(err).not.toContain("never said");
  });

  it("ends all work that is under way, and each says its piece", async () => {
    const { code, out, err } = await run(
      "both",
      `const work = (name, ms) => interruptible({
        farewell: async () => { await new Promise((done) => setTimeout(done, ms)); return name + " goes on"; },
      }, until).finally(() => console.log("went on without the others"));
      await Promise.all([work("a", 0), work("b", 300), (async () => { ready(); })()]);`,
      ["SIGINT"],
    );
    expect(code).toBe(130);
    expect(out).not.toContain("went on");
    expect(err).toContain("a goes on");
    expect(err).toContain("b goes on");
  });

  it("is left alone when somebody else listens", async () => {
    const { code, out } = await run(
      "theirs",
      `process.once("SIGINT", () => { console.log("theirs"); process.exit(7); });
      await interruptible({ farewell: async () => "" }, async (signal) => {
        console.log(signal === undefined);
        ready();
        await forever();
      });`,
      ["SIGINT"],
    );
    expect(code).toBe(7);
    expect(out).toContain("true");
  });

  it("is left alone when it should be", async () => {
    const { signal } = await run(
      "off",
      `await interruptible({ handleSigint: false, farewell: async () => "" }, async () => {
        ready();
        await forever();
      });`,
      ["SIGINT"],
    );
    expect(signal).toBe("SIGINT");
  });

  it("is the script's own again when the work is done", async () => {
    const { signal, out } = await run(
      "after",
      `console.log(await interruptible({ farewell: async () => "" }, async () => "done"));
      await interruptible({ farewell: async () => "" }, async () => { throw new Error("mine"); })
        .catch((error) => console.log(error.message));
      console.log(process.listenerCount("SIGINT"));
      ready();
      await forever();`,
      ["SIGINT"],
    );
    expect(out).toContain("done\nmine\n0\n");
    expect(signal).toBe("SIGINT");
  });
});

describe("an interrupt in a notebook", () => {
  const kernel = { JPY_PARENT_PID: "1" };

  it("fails the cell with what became of the job, and the kernel lives on", async () => {
    const { code, out, err } = await run(
      "cell",
      `for (const turn of [1, 2]) {
        await interruptible({ farewell: async () => "job " + turn + " goes on" }, async (signal) => {
          ready();
          await until(signal);
        }).catch(({ name, message }) => console.log(name + ": " + message));
      }
      console.log(process.listenerCount("SIGINT"));`,
      ["SIGINT", "SIGINT"],
      kernel,
    );
    expect(out.replaceAll("ready\n", "")).toBe(
      "AbortError: job 1 goes on\nAbortError: job 2 goes on\n0\n",
    );
    expect(err).toBe("job 1 goes on\njob 2 goes on\n");
    expect(code).toBe(0);
  });

  it("ends the wait though the kernel listens too: nothing prints into later cells", async () => {
    const { code, out } = await run(
      "kernel",
      `process.on("SIGINT", () => console.log("the kernel's"));
      await interruptible({ farewell: async () => "" }, async (signal) => { ready(); await until(signal); })
        .catch(({ name }) => console.log(name));
      console.log(process.listenerCount("SIGINT"));`,
      ["SIGINT"],
      kernel,
    );
    expect(out).toContain("the kernel's\n");
    expect(out).toContain("AbortError\n1\n");
    expect(code).toBe(0);
  });

  it("is left alone when it should be", async () => {
    const { signal } = await run(
      "kernel-off",
      `await interruptible({ handleSigint: false, farewell: async () => "" }, async () => {
        ready();
        await forever();
      });`,
      ["SIGINT"],
      kernel,
    );
    expect(signal).toBe("SIGINT");
  });
});
