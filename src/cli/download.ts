/** `download`: a job's model or output, into a folder. */

import { join, resolve } from "node:path";
import { TrainingJob } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { print } from "./output.ts";
import { UsageError } from "./usage-error.ts";
import { withSession } from "./with-session.ts";

/**
 * Brings artifacts. Ctrl-C is the library's affair here: it leaves nothing half written and says so.
 *
 * @param args - the command line
 */
export async function download(args: Arguments): Promise<number> {
  if (args.has("model") && args.has("output")) {
    throw new UsageError("--model and --output are brought one after the other: give one of them.");
  }
  const what = args.has("output") ? "output" : "model";
  return await withSession(args, async (session) => {
    const job = await TrainingJob.attach(args.name, { session });
    // The name is one that the service has: letters, digits and dashes.
    const folder = resolve(args.text("to") ?? join(job.name, what));
    const options = { overwrite: args.has("overwrite"), progress: !args.has("quiet") };
    if (what === "model") await job.downloadModel(folder, options);
    else await job.downloadOutput(folder, options);
    await print(`The ${what} of training job ${job.name} is in ${folder}`);
    return 0;
  });
}
