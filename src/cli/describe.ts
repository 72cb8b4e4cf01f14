/** `describe`: all that is known of a job, without secrets. */

import { TrainingJob } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { interruptible, print } from "./output.ts";
import { withSession } from "./with-session.ts";

/**
 * Describes a job.
 *
 * @param args - the command line
 */
export async function describe(args: Arguments): Promise<number> {
  return await withSession(args, (session) =>
    interruptible(async (signal) => {
      const job = await TrainingJob.attach(args.name, { session, signal });
      if (args.has("json")) {
        // What the client adds is about the call.
        const { $metadata: _, ...description } = await job.describe({ redact: true, signal });
        await print(JSON.stringify(description, null, 2));
      } else {
        await print(await job.describeText({ signal }));
      }
      return 0;
    }),
  );
}
