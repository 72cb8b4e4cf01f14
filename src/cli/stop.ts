/** `stop`: asks a job to stop. */

import { TrainingJob } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { interruptible, print } from "./output.ts";
import { withSession } from "./with-session.ts";

/**
 * Stops a job.
 *
 * @param args - the command line
 */
export async function stop(args: Arguments): Promise<number> {
  return await withSession(args, (session) =>
    interruptible(async (signal) => {
      const job = await TrainingJob.attach(args.name, { session, signal });
      const before = await job.describe({ signal });
      const status = before.TrainingJobStatus ?? "";
      if (status !== "InProgress" && status !== "Stopping") {
        await print(`Training job ${job.name} has ended already: ${status}.`);
        return 0;
      }
      const wait = args.has("wait");
      await job.stop({ wait, signal });
      const after = await job.describe({ signal });
      await print(`Training job ${job.name}: ${after.TrainingJobStatus}.`);
      return 0;
    }),
  );
}
