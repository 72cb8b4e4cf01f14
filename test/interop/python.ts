/** Runs the Python programs beside this file, and makes a test of each behaviour that they tell of. */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect } from "vitest";
import type { LocalCloudOptions } from "../../src/local/local-cloud.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";
import { bareEnvironment, endOf } from "./child.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("python/bin/python");
/** Why there is no boto3 here; `undefined` when there is. */
export const boto3IsLacking: string | undefined = lacking(PYTHON);
const ANYBODY = { accessKeyId: "interop", secretAccessKey: "interop" };
/** A program that takes longer has hung. */
const LONGEST_MS = 240_000;

/** Of all that a program was answered, besides its own behaviours: behaviours.py knows it by this name. */
const EVERY_ANSWER =
  "every answer is what botocore's model has of it, with nothing left over and nothing missing";

/** What a program told of. */
export interface Told {
  readonly problems: ReadonlyMap<string, string | null>;
  readonly exitCode: number | null;
  readonly stderr: string;
}

/**
 * A test for each `@behaviour("…")` of a program, which is run once against a cloud of its own that listens over HTTP, and one
 * for all that it was answered.
 *
 * @param program - the file's name
 * @param options - the cloud's
 * @param python - the interpreter that has what the program imports; boto3's unless given
 */
export function behavioursOf(
  program: string,
  options: () => Promise<LocalCloudOptions>,
  python = PYTHON,
): void {
  const names = [...behaviourNames(program), EVERY_ANSWER];
  const reason = lacking(python);

  describe(program, () => {
    let fixture: CloudFixture | undefined;
    let told: Told | undefined;

    startUnless(
      reason,
      async () => {
        fixture = await startCloud({ region: "eu-west-1", ...(await options()) });
        const server = await fixture.cloud.listen();
        try {
          told = await runBehaviours(program, server.url, { python, isHeldToModel: true });
        } finally {
          await server.close();
        }
      },
      LONGEST_MS + 30_000,
    );
    afterAll(() => fixture?.stop());

    for (const name of names) {
      testWith(reason, name, () => {
        const problem = told?.problems.get(name);
        // It ended early: what it said last is all that is known.
        if (problem === undefined) expect.fail(`${program} did not come so far. ${ending(told)}`);
        if (problem !== null) expect.fail(problem);
      });
    }

    testWith(reason, "the program ends by itself and complains of nothing", () => {
      expect([...(told?.problems.keys() ?? [])]).toEqual(names);
      expect({ exitCode: told?.exitCode, stderr: told?.stderr }).toEqual({
        exitCode: 0,
        stderr: "",
      });
    });
  });
}

/** The names of a program's behaviours, in their order. */
export function behaviourNames(program: string): string[] {
  const source = readFileSync(pathOf(program), "utf8");
  return [...source.matchAll(/^@behaviour\("(.+)"\)$/gm)].map(([, name = ""]) => name);
}

function pathOf(program: string): string {
  return fileURLToPath(new URL(program, import.meta.url));
}

/**
 * Runs a program in an environment of its own: nothing of this machine's AWS configuration is to be found.
 *
 * @param program - the file's name
 * @param url - the server that it speaks to
 * @param options - `credentials`: of the server; `python`: the interpreter; `isHeldToModel`: whether the answers are held to botocore's model
 */
export async function runBehaviours(
  program: string,
  url: string,
  options: {
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly python?: string;
    readonly isHeldToModel?: boolean;
  } = {},
): Promise<Told> {
  const { credentials, python = PYTHON, isHeldToModel = false } = options;
  const { accessKeyId, secretAccessKey } = credentials ?? ANYBODY;
  const home = await mkdtemp(join(tmpdir(), "interop-home-"));
  const flags = isHeldToModel ? ["--answers"] : [];
  const child = spawn(python, ["-W", "default", pathOf(program), ...flags], {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: home,
    env: {
      ...bareEnvironment(home),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_ENDPOINT_URL: url,
      // A call that fails is to be seen, not tried again.
      AWS_MAX_ATTEMPTS: "1",
    },
  });
  try {
    const { out, err: stderr, exitCode } = await endOf(child, LONGEST_MS);
    const lines = out.split("\n").filter((line) => line !== "");
    const problems = new Map(
      lines.map((line) => {
        const { name, problem } = JSON.parse(line) as { name: string; problem: string | null };
        return [name, problem] as const;
      }),
    );
    return { problems, exitCode, stderr };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function ending(told: Told | undefined): string {
  return `Exit code ${told?.exitCode}, standard error:\n${told?.stderr}`;
}
