/** A control group of little memory, for a job that is to be killed by the kernel. */

import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { processesWith } from "../../helpers/processes.ts";
import { until } from "../../helpers/runner-job.ts";

const BYTES = 64 * 1024 * 1024;

/** It bounds jobs. */
export interface MemoryBound {
  /** Waits for the process with this mark, moves it into the group, and lets it go by making the file. */
  bound(job: { readonly mark: string; readonly go: string }): Promise<void>;
  /** Removes the group, once nothing is left in it. */
  remove(): Promise<void>;
}

/** @returns why there can be none here, where there can be none */
export function boundMemory(): MemoryBound | string {
  const group = `/sys/fs/cgroup/memory/conformance-${process.pid}`;
  try {
    mkdirSync(group);
    writeFileSync(`${group}/memory.limit_in_bytes`, `${BYTES}`);
    writeFileSync(`${group}/memory.swappiness`, "0");
  } catch (error) {
    return `no memory control group can be made here: ${error instanceof Error ? error.message : String(error)}`;
  }
  return {
    bound: async ({ mark, go }) => {
      const pid = await until(async () => (await processesWith(mark))[0]);
      writeFileSync(`${group}/cgroup.procs`, `${pid}`);
      writeFileSync(go, "");
    },
    remove: async () => {
      await until(() => {
        try {
          rmdirSync(group);
          return true;
        } catch {
          return false;
        }
      });
    },
  };
}
