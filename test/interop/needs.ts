/** Tests whose needs a machine may lack: they are skipped by name then, and fail under CI, which installs everything. */

import { beforeAll, type TestContext, test } from "vitest";

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
