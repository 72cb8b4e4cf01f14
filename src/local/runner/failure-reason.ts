/** Why a job failed, in the service's forms: AlgorithmError, ClientError, InternalServerError. */

import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

/** The service's limit of a FailureReason, and of what it takes of the failure file; in characters. */
const REASON_LIMIT = 1024;
/** Four bytes is the longest character. */
const READ_LIMIT = REASON_LIMIT * 4;

/** Of the service: the words for a container that the kernel killed for its memory. */
export const OUT_OF_MEMORY =
  "ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.";

/** Ends the job as Failed; the message is the whole FailureReason. */
export class JobFailure extends Error {
  override readonly name: string = "JobFailure";
  /** What the runner found out and the logs should show. */
  readonly logLine: string | undefined;

  /**
   * @param reason - in one of the service's forms
   * @param options - `logLine`: a line for the host's log
   */
  constructor(reason: string, options: ErrorOptions & { readonly logLine?: string } = {}) {
    super(cut(reason, REASON_LIMIT), options);
    this.logLine = options.logLine;
  }
}

/**
 * What the service says of a program that ended with `exitCode`: `AlgorithmError: , exit code: 1` when it left no word of its own. The
 * program's words are cut so that the whole fits.
 */
export function algorithmError(failure: string, exitCode: number): string {
  const [head, tail] = ["AlgorithmError: ", `, exit code: ${exitCode}`];
  return `${head}${cut(failure, REASON_LIMIT - head.length - tail.length)}${tail}`;
}

/** The first `limit` characters, never half of one. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
  return text.slice(0, end);
}

/**
 * The program's own words, `/opt/ml/output/failure`; "" when it left none. A link, a pipe or a device in its place is none: whatever it
 * leads to is not the program's.
 *
 * @param ml - the folder that is the host's /opt/ml
 */
export async function readFailureFile(ml: string): Promise<string> {
  const file = await open(
    join(ml, "output", "failure"),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch(() => undefined);
  if (file === undefined) return "";
  try {
    if (!(await file.stat()).isFile()) return "";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_LIMIT), 0, READ_LIMIT, 0);
    // A character that the limit has cut in two is left out: it stands behind the last one that counts.
    return cut(new TextDecoder().decode(buffer.subarray(0, bytesRead)), REASON_LIMIT).trimEnd();
  } catch {
    return "";
  } finally {
    await file.close();
  }
}
