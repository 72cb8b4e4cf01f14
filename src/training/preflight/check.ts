/** Read-only checks run side by side, bounded in time; what could not be checked becomes a note and nothing worse. */

import { MissingClientError } from "../../aws/optional.ts";
import { awsErrorCode, awsErrorStatus } from "../../aws/translate.ts";
import type { Finding } from "../../errors.ts";
import { linkedController, untilAborted } from "../abort.ts";

/** One thing to look at. */
export interface Check {
  /** The option that it is about. */
  readonly path: string;
  /** What it finds out, for "It was not checked …": `whether the role exists`. */
  readonly what: string;
  /** Looks. What it throws is why it could not. */
  run(signal: AbortSignal): Promise<readonly Finding[]>;
  /** Told why it could not be looked at. */
  onSkipped?(reason: string): void;
}

/** Why a check was skipped, and what to do about it. */
interface Reason {
  readonly reason: string;
  readonly hint?: string;
}

/** Long enough for cold connections to six services; no launch waits longer for its checks. */
export const PREFLIGHT_TIMEOUT_MS = 5_000;
/** Longer words of a service are cut. */
const REASON_LENGTH = 300;

/**
 * Runs every check at once and gives what they found, in the checks' order.
 *
 * @param checks - what to look at
 * @param parent - the caller's signal
 * @param timeoutMs - when all that is not done yet is given up, in milliseconds
 * @throws the signal's reason when the caller aborts; nothing else
 */
export async function runChecks(
  checks: readonly Check[],
  parent: AbortSignal | undefined,
  timeoutMs: number = PREFLIGHT_TIMEOUT_MS,
): Promise<Finding[]> {
  parent?.throwIfAborted();
  const controller = linkedController(parent);
  const timer = setTimeout(() => controller.abort(new TimedOut(timeoutMs)), timeoutMs);
  try {
    const found: Finding[] = [];
    const skipped: Skipped[] = [];
    const outcomes = await Promise.all(
      checks.map(async (check): Promise<readonly Finding[] | Reason> => {
        try {
          return await untilAborted(check.run(controller.signal), controller.signal);
        } catch (error) {
          parent?.throwIfAborted();
          return reasonOf(controller.signal.aborted ? controller.signal.reason : error);
        }
      }),
    );
    outcomes.forEach((outcome, index) => {
      const check = checks[index] as Check;
      if ("reason" in outcome) {
        skipped.push({ check, ...outcome });
        check.onSkipped?.(outcome.reason);
      } else {
        found.push(...outcome);
      }
    });
    return [...found, ...notes(skipped)];
  } finally {
    clearTimeout(timer);
    controller.dispose();
  }
}

/** The end of the checks' time. */
class TimedOut extends Error {
  constructor(timeoutMs: number) {
    super(`there was no answer within ${timeoutMs / 1000} s`);
  }
}

interface Skipped extends Reason {
  readonly check: Check;
}

/** One note a check, but one for all that failed for the same reason: missing credentials need not be told six times. */
function notes(skipped: readonly Skipped[]): Finding[] {
  const byReason = new Map<string, Skipped[]>();
  for (const one of skipped) {
    byReason.set(one.reason, [...(byReason.get(one.reason) ?? []), one]);
  }
  return [...byReason.values()].map((same): Finding => {
    const [first] = same as [Skipped];
    return {
      severity: "note",
      path: same.length === 1 ? first.check.path : "preflight",
      message: `It was not checked ${same.map(({ check }) => check.what).join(", ")}: ${sentence(first.reason)}`,
      ...(first.hint !== undefined && { hint: first.hint }),
    };
  });
}

function reasonOf(error: unknown): Reason {
  if (error instanceof MissingClientError) {
    return {
      reason: `${error.packageName} is not installed`,
      hint: `To have it checked: npm install ${error.packageName}.`,
    };
  }
  if (error instanceof TimedOut) {
    return { reason: error.message };
  }
  const code = awsErrorCode(error);
  const said = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  const words = said.length > REASON_LENGTH ? `${said.slice(0, REASON_LENGTH)}…` : said;
  const reason = code === "" || words.includes(code) ? words : `${code}: ${words}`;
  return isDenied(error) ? { reason: `the caller may not ask (${reason})` } : { reason };
}

/** Whether the caller lacks the permission for this very call. */
export function isDenied(error: unknown): boolean {
  return /AccessDenied|UnauthorizedOperation|Forbidden/.test(awsErrorCode(error)) ||
    awsErrorStatus(error) === 403
    ? !/Expired|Token|Signature|UnrecognizedClient|InvalidAccessKey/.test(awsErrorCode(error))
    : false;
}

function sentence(text: string): string {
  return /[.!?…)]$/.test(text) ? text : `${text}.`;
}
