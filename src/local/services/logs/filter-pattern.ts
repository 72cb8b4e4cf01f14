/**
 * CloudWatch Logs filter patterns: terms, quoted phrases, `?either ?or`, `-without` and `%regular expressions%` for plain text;
 * JSON and space-delimited ones are read next door.
 */

import { fieldsPattern } from "./filter-fields.ts";
import { jsonPattern } from "./filter-json.ts";
import { filterRegex } from "./filter-regex.ts";
import { invalidPattern } from "./invalid-pattern.ts";

/**
 * A pattern as a test of messages. Terms must all occur; if all terms bear a `?`, one must; a term with `-` must not. Case counts.
 *
 * @param pattern - `ERROR "exit code" -retry`, `{ $.level = "error" }`, `[ip, ..., status = 4*]`; empty matches all
 * @throws ServiceError `InvalidParameterException` for what the service refuses
 */
export function filterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (trimmed.startsWith("{")) return jsonPattern(trimmed);
  if (trimmed.startsWith("[")) return fieldsPattern(trimmed);
  const terms = parseTerms(trimmed);
  const testsOf = (sign: Term["sign"]): Term["test"][] =>
    terms.filter((term) => term.sign === sign).map(({ test }) => test);
  const [wanted, either, unwanted] = [testsOf(""), testsOf("?"), testsOf("-")];
  // Beside other terms, the service takes no notice of those that may occur.
  const isEither = wanted.length + unwanted.length === 0 && either.length > 0;
  return (message) =>
    wanted.every((test) => test(message)) &&
    !unwanted.some((test) => test(message)) &&
    (!isEither || either.some((test) => test(message)));
}

interface Term {
  readonly sign: "" | "?" | "-";
  readonly test: (message: string) => boolean;
}

/** The service's limit for regular expressions in one pattern. */
const MOST_REGEXES = 2;

function parseTerms(pattern: string): Term[] {
  const terms: Term[] = [];
  const token = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%]+))/gsuy;
  let regexes = 0;
  while (token.lastIndex < pattern.length) {
    const at = token.lastIndex;
    const match = token.exec(pattern);
    if (match === null) {
      throw invalidPattern(`Invalid filter pattern at character ${at + 1}: ${pattern}`);
    }
    const [, sign = "", phrase, regex, word] = match;
    if (word !== undefined && !/^[\p{L}\p{N}_]+$/u.test(word)) {
      throw invalidPattern(`Invalid character(s) in term '${word}'. Put it in double quotes.`);
    }
    if (regex !== undefined) regexes += 1;
    const test =
      regex === undefined
        ? including(word ?? (phrase ?? "").replace(/\\(.)/gsu, "$1"))
        : filterRegex(regex);
    terms.push({ sign: sign as Term["sign"], test });
  }
  if (regexes > MOST_REGEXES) {
    throw invalidPattern(`A filter pattern can have ${MOST_REGEXES} regular expressions at most.`);
  }
  return terms;
}

/** A phrase of nothing but spaces is how everything is matched. */
function including(text: string): Term["test"] {
  return text.trim() === "" ? () => true : (message) => message.includes(text);
}
