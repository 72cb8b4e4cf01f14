/**
 * Vitest's setup for each file: the files that a worker runs share a process, and modules that are loaded once. What a file changes of the
 * process, it changes back; another would fail for it, and nobody would know why.
 */

import { afterAll, expect, vi } from "vitest";

const state = () => ({
  environment: { ...process.env },
  folder: process.cwd(),
  platform: process.platform,
  isTimeFaked: vi.isFakeTimers() || vi.isMockFunction(Date.now),
  listeners: (["SIGINT", "SIGTERM", "SIGHUP", "warning"] as const).map((name) =>
    process.listenerCount(name),
  ),
});
const before = state();

// Of all hooks the first one registered, and so the last one run.
afterAll(() => {
  expect(state()).toEqual(before);
});
