/** What interop tests need and a machine may lack: they are skipped by name then, and fail under CI, which installs it. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, type TestContext, test } from "vitest";

const CACHE = new URL("../../.cache/interop/", import.meta.url);

/** The path of something that `.ci/install-interop` installs. */
export function installed(path: string): string {
  return fileURLToPath(new URL(path, CACHE));
}

/** Why tests that need this file cannot run here; `undefined` when they can. */
export function lacking(path: string): string | undefined {
  return existsSync(path) ? undefined : `${path} is not there: run .ci/install-interop`;
}

/**
 * A test that needs something which may be lacking.
 *
 * @param reason - why it cannot run; `undefined` when it can
 */
export function testWith(
  reason: string | undefined,
  name: string,
  run: (context: TestContext) => void | Promise<void>,
): void {
  test(name, async (context) => {
    if (reason !== undefined && process.env["CI"]) throw new Error(reason);
    if (reason !== undefined) context.skip(reason);
    await run(context);
  });
}

/** What is started before the tests, unless something is lacking: then the reason is printed, once. */
export function startUnless(
  reason: string | undefined,
  start: () => Promise<void>,
  timeoutMs?: number,
): void {
  if (reason === undefined) beforeAll(start, timeoutMs);
  else beforeAll(() => console.warn(`Skipped: ${reason}`));
}
