/** A client of S3 that copies files: what the tests of each such program have in common. */

import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Client, clientOf } from "./client.ts";
import { testWith } from "./needs.ts";

/** What the tests of a program are made with. */
export interface FileClient {
  /** A test, skipped by name where the program is lacking. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  readonly client: () => Client;
  /** A path in the program's folder. */
  readonly path: (...names: string[]) => string;
  /** What the program prints; it must succeed. */
  readonly out: (...args: string[]) => Promise<string>;
}

/** More than two parts of 5 MiB, the last one short. */
export const LARGE = randomBytes(12 * 1024 * 1024 + 3);

/** Bytes in a form in which a failed comparison can be read. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * A program with a local cloud of its own.
 *
 * @param reason - why it cannot run; `undefined` when it can
 * @param command - the program
 * @param env - its environment, by the cloud's URL
 */
export function fileClientOf(
  reason: string | undefined,
  command: string,
  env: (url: string) => Readonly<Record<string, string>>,
): FileClient {
  const client = clientOf(reason, command, { env });
  return {
    client,
    test: (name, run) => testWith(reason, name, run),
    path: (...names) => join(client().folder, ...names),
    out: async (...args) => (await client().run(args)).out,
  };
}
