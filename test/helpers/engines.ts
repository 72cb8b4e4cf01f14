/** The engines that work on this machine. */

import { chooseEngine } from "../../src/local/engine/choose.ts";
import type { EngineChoice } from "../../src/local/services/sagemaker/job.ts";

/** Their names, the best first. */
export const ENGINES: readonly EngineChoice[] = await workingEngines();

/** Those with an /opt/ml of the job's own, and a name for each host. */
export const SANDBOXES: readonly EngineChoice[] = ENGINES.filter((name) => name !== "process");

async function workingEngines(): Promise<EngineChoice[]> {
  const working: EngineChoice[] = [];
  for (const name of ["bubblewrap", "unshare", "proot", "process"] as const) {
    const works = await chooseEngine(name, process.env["PATH"] ?? "").then(
      () => true,
      () => false,
    );
    if (works) working.push(name);
  }
  return working;
}
