/** Client programs that nobody here wrote, on a command line: each speaks HTTP to a local cloud of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect } from "vitest";
import type { LocalCloudOptions } from "../../src/local/local-cloud.ts";
import type { Listening } from "../../src/local/wire/http-server.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";
import { bareEnvironment, type Ended, endOf } from "./child.ts";
import { startUnless } from "./needs.ts";

export const REGION = "eu-west-1";
/** A command that takes longer has hung. */
const LONGEST_MS = 120_000;

/** What a command is given. */
export interface Given {
  /** Its standard input; nothing unless given. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** A client program, a local cloud that listens, and a folder for files. */
export interface Client {
  readonly cloud: CloudFixture;
  readonly url: string;
  /** An empty home, where the program is also started. */
  readonly folder: string;
  /** Runs the program, which must succeed. */
  run(args: readonly string[], given?: Given): Promise<Ended>;
  /** Runs the program, which must fail. */
  fail(args: readonly string[], given?: Given): Promise<Ended>;
  /** Starts the program and leaves it running. */
  start(args: readonly string[]): ChildProcess;
}

/**
 * A client, started before the tests of this file unless something is lacking.
 *
 * @param reason - why it cannot run; `undefined` when it can
 * @param command - the program
 * @param setUp - `env` and `args`: before those of each run, by the cloud's URL; `cloud`: the cloud's options
 */
export function clientOf(
  reason: string | undefined,
  command: string,
  setUp: {
    readonly env?: (url: string) => Readonly<Record<string, string>>;
    readonly args?: (url: string) => readonly string[];
    readonly cloud?: () => Promise<LocalCloudOptions>;
  } = {},
): () => Client {
  let client: Client | undefined;
  let server: Listening | undefined;
  let folder = "";
  const children = new Set<ChildProcess>();

  startUnless(reason, async () => {
    folder = await mkdtemp(join(tmpdir(), "interop-client-"));
    const cloud = await startCloud({ region: REGION, ...(await setUp.cloud?.()) });
    server = await cloud.cloud.listen();
    const { url } = server;
    const start = (args: readonly string[], env: Given["env"] = {}): ChildProcess => {
      const child = spawn(command, [...(setUp.args?.(url) ?? []), ...args], {
        cwd: folder,
        stdio: ["pipe", "pipe", "pipe"],
        env: {
          ...bareEnvironment(folder),
          AWS_ACCESS_KEY_ID: "interop",
          AWS_SECRET_ACCESS_KEY: "interop",
          AWS_DEFAULT_REGION: REGION,
          AWS_REGION: REGION,
          AWS_ENDPOINT_URL: url,
          // A call that fails is to be seen, not tried again.
          AWS_MAX_ATTEMPTS: "1",
          ...setUp.env?.(url),
          ...env,
        },
      });
      children.add(child);
      child.once("exit", () => children.delete(child));
      return child;
    };
    const end = (args: readonly string[], { input, env }: Given = {}): Promise<Ended> =>
      endOf(start(args, env), LONGEST_MS, input);
    client = {
      cloud,
      url,
      folder,
      start,
      async run(args, given) {
        const told = await end(args, given);
        expect({ args, exitCode: told.exitCode, err: told.err }).toEqual({
          args,
          exitCode: 0,
          err: expect.anything(),
        });
        return told;
      },
      async fail(args, given) {
        const told = await end(args, given);
        expect({ args, exitCode: told.exitCode }).not.toEqual({ args, exitCode: 0 });
        return told;
      },
    };
  });

  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await server?.close();
    await client?.cloud.stop();
    if (folder !== "") await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  return () => {
    if (client === undefined) throw new Error("The client was not started.");
    return client;
  };
}

/**
 * Writes files.
 *
 * @param folder - where
 * @param files - contents by path
 */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** The files below a folder, as text by path, in order. */
export async function readFiles(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found[path.slice(folder.length + 1)] = await readFile(path, "utf8");
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A bucket's objects, as text by key, in S3's order. */
export async function readBucket(
  { cloud }: Client,
  Bucket: string,
  Prefix = "",
): Promise<Record<string, string>> {
  const { Contents = [] } = await cloud.s3.listObjectsV2({ Bucket, Prefix });
  const found: Record<string, string> = {};
  for (const { Key = "" } of Contents) {
    const { Body } = await cloud.s3.getObject({ Bucket, Key });
    found[Key] = (await Body?.transformToString()) ?? "";
  }
  return found;
}
