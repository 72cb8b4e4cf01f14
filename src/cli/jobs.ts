/** `jobs`: training jobs as a table, or a JSON object a line. */

import { printableLines, TrainingJob, type TrainingJobSummary } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { JOB_COLUMNS, type JobFacts, jobCells, jobFacts } from "./job-facts.ts";
import { interruptible, print, say } from "./output.ts";
import { table } from "./table.ts";
import { momentOf, oneOf, readAll, wholeNumber } from "./values.ts";
import { withSession } from "./with-session.ts";

const STATUSES = ["InProgress", "Completed", "Failed", "Stopping", "Stopped"] as const;
const DEFAULT_MOST = 50;
/** So many jobs are described at once. */
const AT_ONCE = 8;

/**
 * Lists jobs.
 *
 * @param args - the command line
 */
export async function jobs(args: Arguments): Promise<number> {
  const status = args.text("status");
  const since = args.text("since");
  const { most, statusEquals, creationTimeAfter } = readAll({
    most: () => mostOf(args.text("max")),
    statusEquals: () => (status === undefined ? undefined : oneOf("status", status, STATUSES)),
    creationTimeAfter: () => (since === undefined ? undefined : momentOf("since", since)),
  });
  const filters = { nameContains: args.text("name-contains"), statusEquals, creationTimeAfter };
  return await withSession(args, (session) =>
    interruptible(async (signal) => {
      const rows: JobFacts[] = [];
      // One more than is shown tells whether there are more.
      const listed = TrainingJob.list({ ...filters, session, signal, limit: most + 1 });
      const look = lookAt(args.has("cost"), signal);
      let shown = 0;
      for await (const chunk of chunks(listed)) {
        const facts = await Promise.all(chunk.slice(0, most - shown).map(look));
        shown += chunk.length;
        if (args.has("json")) {
          for (const fact of facts) await print(JSON.stringify(fact));
        } else {
          rows.push(...facts);
        }
      }
      if (rows.length > 0) {
        const cells = rows.map((row) => jobCells(row).map(harmless));
        const right = new Set(["TIME", "BILLABLE", "COST"]);
        await print(table(JOB_COLUMNS, cells, right).join("\n"));
      } else if (shown === 0) {
        say("There are no such training jobs.");
      }
      if (shown > most) {
        say(`There are more than ${most}: --max N, or --max all, shows them.`);
      }
      return 0;
    }),
  );
}

function mostOf(text: string | undefined): number {
  if (text === "all") return Number.POSITIVE_INFINITY;
  return text === undefined ? DEFAULT_MOST : wholeNumber("max", text, 1, 1_000_000);
}

/** Looks at jobs, side by side; what cannot be known of several is told once. */
function lookAt(
  withCost: boolean,
  signal: AbortSignal,
): (summary: TrainingJobSummary) => Promise<JobFacts> {
  const told = new Set<string>();
  const tellOnce = (key: string, words: string): void => {
    if (!told.has(key)) say(words);
    told.add(key);
  };
  const prices: Record<string, number> = {};
  return async (summary) => {
    try {
      const description = await summary.job.describe({ signal });
      if (!withCost) {
        return jobFacts(summary, description);
      }
      const cost = await summary.job.cost({ pricePerHourUsd: prices, signal });
      Object.assign(prices, cost.pricePerHourUsd);
      if (cost.amountUsd === undefined) tellOnce(cost.explanation, `Cost: ${cost.explanation}`);
      return jobFacts(summary, description, cost);
    } catch (error) {
      signal.throwIfAborted();
      // A job may be gone since it was listed, and a caller may list jobs and not describe them.
      tellOnce("describe", (error as Error).message);
      return jobFacts(summary);
    }
  };
}

async function* chunks<T>(all: AsyncIterable<T>): AsyncGenerator<T[], void, undefined> {
  let chunk: T[] = [];
  for await (const one of all) {
    chunk.push(one);
    if (chunk.length === AT_ONCE) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

function harmless(cell: string): string {
  return printableLines(cell).join(" ");
}
