/** Filter patterns for space-delimited events: `[ip, user, ..., status = 4*, bytes > 1000]`. */

import {
  type Condition,
  isOperator,
  readComparison,
  readConditions,
  readTokens,
  type Token,
  type TokenReader,
  tokensOf,
} from "./filter-tokens.ts";
import { invalidPattern } from "./invalid-pattern.ts";

/** A field of a pattern; `undefined` is the ellipsis. */
type Field = Condition<string> | undefined;

/**
 * A pattern as a test of messages. The last field takes what is left of a message, unless an ellipsis stands before it.
 *
 * @param pattern - with its brackets
 * @throws ServiceError `InvalidParameterException`
 */
export function fieldsPattern(pattern: string): (message: string) => boolean {
  const inner = /^\[(.*)\]$/su.exec(pattern)?.[1];
  if (inner === undefined)
    throw invalidPattern('A "]" is missing at the end of the filter pattern.');
  const fields = splitFields(tokensOf(inner)).map(readField);
  const ellipsis = fields.indexOf(undefined);
  if (ellipsis !== fields.lastIndexOf(undefined)) {
    throw invalidPattern("A filter pattern can have one ellipsis.");
  }
  const isHeld = (field: Field, text: string | undefined): boolean =>
    text !== undefined && field?.(text) !== false;
  if (ellipsis === -1) {
    return (message) => {
      const texts = fieldsOf(message, fields.length);
      return fields.every((field, index) => isHeld(field, texts[index]));
    };
  }
  const first = fields.slice(0, ellipsis);
  const last = fields.slice(ellipsis + 1);
  return (message) => {
    const texts = fieldsOf(message, Number.POSITIVE_INFINITY);
    const offset = texts.length - last.length;
    return (
      offset >= first.length &&
      first.every((field, index) => isHeld(field, texts[index])) &&
      last.every((field, index) => isHeld(field, texts[offset + index]))
    );
  };
}

function splitFields(tokens: readonly Token[]): Token[][] {
  const fields: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "sign" && token.text === ",") fields.push([]);
    else fields.at(-1)?.push(token);
  }
  return fields;
}

function readField(tokens: readonly Token[]): Field {
  const [first] = tokens;
  // A name that is left out is any field.
  if (first === undefined) return () => true;
  const reader = readTokens(tokens);
  if (reader.take("...")) return endOf(reader, undefined);
  return endOf(reader, readConditions(reader, readCondition));
}

function endOf(reader: TokenReader, field: Field): Field {
  const rest = reader.peek();
  if (rest !== undefined) throw invalidPattern(`Invalid filter pattern at "${rest.text}".`);
  return field;
}

/** A name, with a condition or without. */
function readCondition(reader: TokenReader): Condition<string> {
  const { kind, text } = reader.next();
  if (kind !== "word") throw invalidPattern(`A field's name is expected at "${text}".`);
  return isOperator(reader.peek()) ? readComparison(reader) : () => true;
}

/** What stands between brackets or quotes is one field; beyond `most` fields the last one takes the rest. */
function fieldsOf(message: string, most: number): string[] {
  const found: string[] = [];
  const field = /\s*(?:\[([^\]]*)\](?=\s|$)|"((?:[^"\\]|\\.)*)"(?=\s|$)|(\S+))/suy;
  for (let from = 0; ; from = field.lastIndex) {
    field.lastIndex = from;
    const match = field.exec(message);
    if (match === null) return found;
    const rest = message.slice(from).trim();
    if (found.length + 1 === most && field.lastIndex < message.trimEnd().length) {
      return [...found, rest];
    }
    found.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
}
