/** Filter patterns for JSON events: `{ $.level = "error" && $.loss < 0.5 }`. */

import {
  type Condition,
  isOperator,
  readComparison,
  readConditions,
  readTokens,
  type TokenReader,
  tokensOf,
} from "./filter-tokens.ts";
import { invalidPattern } from "./invalid-pattern.ts";

/** The service's limit for wildcards in the selectors of one pattern. */
const MOST_WILDCARDS = 3;

/**
 * A pattern as a test of messages; what is no JSON never matches.
 *
 * @param pattern - with its braces
 * @throws ServiceError `InvalidParameterException`
 */
export function jsonPattern(pattern: string): (message: string) => boolean {
  const inner = /^\{(.*)\}$/su.exec(pattern)?.[1];
  if (inner === undefined)
    throw invalidPattern('A "}" is missing at the end of the filter pattern.');
  const tokens = tokensOf(inner);
  const wildcards = tokens.map(({ kind, text }) =>
    kind === "selector" ? (text.match(/\.\*|\[\*\]/g)?.length ?? 0) : 0,
  );
  if (Math.max(0, ...wildcards) > 1) {
    throw invalidPattern("A property selector can have one wildcard at most.");
  }
  if (wildcards.reduce((sum, count) => sum + count, 0) > MOST_WILDCARDS) {
    throw invalidPattern(`A filter pattern can have ${MOST_WILDCARDS} wildcard selectors at most.`);
  }
  const reader = readTokens(tokens);
  const condition = readConditions(reader, readCondition);
  const rest = reader.peek();
  if (rest !== undefined) throw invalidPattern(`Invalid filter pattern at "${rest.text}".`);
  return (message) => {
    let event: unknown;
    try {
      event = JSON.parse(message);
    } catch {
      return false;
    }
    return condition(event);
  };
}

function readCondition(reader: TokenReader): Condition<unknown> {
  const { kind, text } = reader.next();
  if (kind !== "selector") {
    throw invalidPattern(`A property selector, $.name, is expected at "${text}".`);
  }
  const select = selector(text);
  if (reader.take("IS")) {
    const wanted = { NULL: null, TRUE: true, FALSE: false };
    const { text: word } = reader.next();
    if (!Object.hasOwn(wanted, word)) {
      throw invalidPattern(`IS is followed by NULL, TRUE or FALSE, not by "${word}".`);
    }
    return (event) => select(event).includes(wanted[word as keyof typeof wanted]);
  }
  if (reader.take("NOT")) {
    if (!reader.take("EXISTS")) throw invalidPattern("NOT is followed by EXISTS.");
    return (event) => select(event).length === 0;
  }
  if (!isOperator(reader.peek())) {
    throw invalidPattern(`An operator, IS or NOT EXISTS is expected after ${text}.`);
  }
  const compare = readComparison(reader);
  // Only texts and numbers have a value: for all else neither = nor != holds.
  return (event) =>
    select(event).some(
      (value) => (typeof value === "string" || typeof value === "number") && compare(value),
    );
}

const STEP =
  /\.?\[(?:(?<index>\d+)|(?<all>\*)|"(?<quoted>[^"]*)"|'(?<single>[^']*)')\]|\.(?<name>\*|[^.[]+)/gu;

/** The values that a selector names: several with a wildcard, none when there is no such property. */
function selector(text: string): (event: unknown) => unknown[] {
  const steps = [...text.slice(1).matchAll(STEP)].map(({ groups = {} }) => groups);
  return (event) => {
    let values: unknown[] = [event];
    for (const { index, all, quoted, single, name } of steps) {
      values = values.flatMap((value): readonly unknown[] => {
        if (typeof value !== "object" || value === null) return [];
        if (index !== undefined) return Array.isArray(value) ? value.slice(+index, +index + 1) : [];
        if (all !== undefined) return Array.isArray(value) ? value : [];
        if (Array.isArray(value)) return [];
        if (name === "*") return Object.values(value);
        const key = quoted ?? single ?? name ?? "";
        return Object.hasOwn(value, key) ? [(value as Record<string, unknown>)[key]] : [];
      });
    }
    return values;
  };
}
