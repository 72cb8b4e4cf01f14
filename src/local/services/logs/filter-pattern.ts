/** CloudWatch Logs filter patterns for plain text: terms, quoted phrases, `?either ?or`, `-without`. */

import { ServiceError } from "../../wire/service-error.ts";

/**
 * A pattern as a test of messages. Terms must all occur; if all terms bear a `?`, one must; a term with `-` must not. Case counts.
 *
 * @param pattern - `ERROR "exit code" -retry`; empty matches all
 * @throws {@link ServiceError} `InvalidParameterException` for JSON, space-delimited and regular-expression patterns,
 * which the local cloud does not have, and for what the service refuses
 */
export function filterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) {
    throw invalid(
      `The local cloud knows terms and quoted phrases only, not JSON, space-delimited or %regular expression% patterns: ${trimmed}`,
    );
  }
  const terms = parseTerms(trimmed);
  const wanted = terms.filter(({ sign }) => sign === "").map(({ text }) => text);
  const either = terms.filter(({ sign }) => sign === "?").map(({ text }) => text);
  const unwanted = terms.filter(({ sign }) => sign === "-").map(({ text }) => text);
  return (message) =>
    wanted.every((text) => message.includes(text)) &&
    // Beside terms that must occur, the service takes no notice of those that may.
    (wanted.length > 0 || either.length === 0 || either.some((text) => message.includes(text))) &&
    !unwanted.some((text) => message.includes(text));
}

interface Term {
  readonly sign: "" | "?" | "-";
  readonly text: string;
}

function parseTerms(pattern: string): Term[] {
  const terms: Term[] = [];
  const token = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/gsuy;
  while (token.lastIndex < pattern.length) {
    const at = token.lastIndex;
    const match = token.exec(pattern);
    if (match === null) throw invalid(`Invalid filter pattern at character ${at + 1}: ${pattern}`);
    const [, sign = "", phrase, word] = match;
    if (word !== undefined && !/^[\p{L}\p{N}_]+$/u.test(word)) {
      throw invalid(`Invalid character(s) in term '${word}'. Put it in double quotes.`);
    }
    const text = word ?? (phrase ?? "").replace(/\\(.)/gsu, "$1");
    terms.push({ sign: sign as Term["sign"], text });
  }
  return terms;
}

function invalid(message: string): ServiceError {
  return new ServiceError("InvalidParameterException", message);
}
