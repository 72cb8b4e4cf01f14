import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { algorithmError, cut, readFailureFile } from "../../../src/local/runner/failure-reason.ts";
import { killsIn } from "../../../src/local/runner/memory-kills.ts";

describe("AlgorithmError", () => {
  it("has the service's form without a word of the program", () => {
    expect(algorithmError("", 1)).toBe("AlgorithmError: , exit code: 1");
  });

  it("has the program's words before the exit code, cut so that the whole fits 1,024 characters", () => {
    expect(algorithmError("boom", 2)).toBe("AlgorithmError: boom, exit code: 2");
    const long = algorithmError("x".repeat(2000), 137);
    expect(long).toHaveLength(1024);
    expect(long.endsWith("x, exit code: 137")).toBe(true);
  });

  it("never has half a character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 40 }),
        fc.nat({ max: 40 }),
        (text, limit) => {
          const short = cut(text, limit);
          expect(short.length).toBeLessThanOrEqual(limit);
          expect(text.startsWith(short)).toBe(true);
          expect(/[\uD800-\uDBFF]$/.test(short)).toBe(false);
        },
      ),
    );
  });
});

describe("the failure file", () => {
  let ml: string;
  const failure = (): string => join(ml, "output", "failure");
  beforeEach(async () => {
    ml = await mkdtemp(join(tmpdir(), "failure-"));
    await mkdir(join(ml, "output"));
  });
  afterEach(async () => {
    await rm(ml, { recursive: true, force: true });
  });

  it("is read up to its first 1,024 characters", async () => {
    await writeFile(failure(), `${"€".repeat(1500)}`);
    expect(await readFailureFile(ml)).toBe("€".repeat(1024));
    await writeFile(failure(), "boom\nat line 3\n");
    expect(await readFailureFile(ml)).toBe("boom\nat line 3");
  });

  it("may be missing", async () => {
    expect(await readFailureFile(ml)).toBe("");
  });

  it("is not read when it is a link, a pipe or a folder", async () => {
    await writeFile(join(ml, "secret"), "secret");
    await symlink(join(ml, "secret"), failure());
    expect(await readFailureFile(ml)).toBe("");
    await rm(failure());
    execFileSync("mkfifo", [failure()]);
    expect(await readFailureFile(ml)).toBe("");
    await rm(failure());
    await mkdir(failure());
    expect(await readFailureFile(ml)).toBe("");
  });
});

it("reads the kernel's count of memory kills", () => {
  expect(killsIn("low 0\nhigh 0\noom 3\noom_kill 2\n")).toBe(2);
  expect(killsIn("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")).toBe(1);
  expect(killsIn("")).toBe(0);
});
