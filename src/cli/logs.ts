/** `logs`: a job's log, as it is or as it comes. */

import { type LogEvent, printableLines, TrainingJob, UnexpectedStatusError } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { interruptible, mayColour, print, say } from "./output.ts";
import { momentOf, readAll, wholeNumber } from "./values.ts";
import { withSession } from "./with-session.ts";

/** The colours that hosts have in what `fit()` prints. */
const COLOURS = [34, 35, 32, 36, 33];

/** How lines are printed. */
export interface LineStyle {
  /** A JSON object each. */
  readonly json: boolean;
  readonly timestamps: boolean;
  /** Whether a terminal reads them: it must not obey what a program printed. */
  readonly isTerminal: boolean;
  readonly colour: boolean;
}

/**
 * Prints a job's log.
 *
 * @param args - the command line
 */
export async function logs(args: Arguments): Promise<number> {
  const since = args.text("since");
  const tail = args.text("tail");
  const host = args.text("host");
  const follow = args.has("follow");
  const { startTime, most } = readAll({
    startTime: () => (since === undefined ? undefined : momentOf("since", since)),
    most: () => (tail === undefined ? undefined : wholeNumber("tail", tail, 0, 1_000_000)),
  });
  const options = {
    follow,
    ...(startTime !== undefined && { startTime }),
    ...(most !== undefined && { tail: most }),
    ...(host !== undefined && { host }),
  };
  const lineOf = lineStyle({
    json: args.has("json"),
    timestamps: args.has("timestamps"),
    isTerminal: process.stdout.isTTY,
    colour: mayColour(),
  });
  return await withSession(args, (session) =>
    interruptible(async (signal) => {
      const job = await TrainingJob.attach(args.name, { session, signal });
      let isEmpty = true;
      for await (const event of job.logs({ ...options, signal })) {
        isEmpty = false;
        await print(lineOf(event));
      }
      if (isEmpty) {
        say(`There are no such lines in the log of training job ${job.name}.`);
      }
      return follow ? await endOf(job, signal) : 0;
    }),
  );
}

/** How the job ended, once its log has: a failed one is a failure of the command. */
async function endOf(job: TrainingJob, signal: AbortSignal): Promise<number> {
  try {
    const { status } = await job.wait({ logs: false, signal });
    say(`Training job ${job.name}: ${status}.`);
    return 0;
  } catch (error) {
    if (!UnexpectedStatusError.isInstance(error)) throw error;
    // Its message repeats the last lines of the log, which are printed.
    const reason = error.failureReason ?? "(No reason provided)";
    const hint = error.hint === undefined ? "" : `\nHint: ${error.hint}`;
    say(`Training job ${job.name}: ${error.status}. Reason: ${reason}${hint}`);
    return 1;
  }
}

/** What sets a line. */
export function lineStyle(style: LineStyle): (event: LogEvent) => string {
  const colours = new Map<string, number>();
  return ({ time, host, text }) => {
    if (style.json) {
      return JSON.stringify({ time: time.toISOString(), host, text });
    }
    const colour = colours.get(host) ?? COLOURS[colours.size % COLOURS.length] ?? 34;
    colours.set(host, colour);
    const name = style.colour ? `\x1b[${colour}m[${host}]\x1b[0m` : `[${host}]`;
    const lead = style.timestamps ? `${time.toISOString()} ${name}` : name;
    const lines = style.isTerminal ? printableLines(text) : [text];
    return lines.map((line) => `${lead} ${line}`).join("\n");
  };
}
