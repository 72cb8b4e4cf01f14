/** What JSON and space-delimited filter patterns have in common: their words, and conditions joined by `&&`, `||` and parentheses. */

import { filterRegex } from "./filter-regex.ts";
import { invalidPattern } from "./invalid-pattern.ts";

/** A piece of a pattern. */
export interface Token {
  readonly kind: "sign" | "word" | "string" | "regex" | "selector";
  /** Without quotes or percent signs, its escapes resolved. */
  readonly text: string;
}

/** The service's limit for regular expressions in one pattern. */
const MOST_REGEXES = 2;

const TOKEN =
  /\s*(?:(?<sign>&&|\|\||!=|>=|<=|\.\.\.|[=<>(),])|"(?<string>(?:[^"\\]|\\.)*)"|%(?<regex>(?:[^%\\]|\\.)*)%|(?<selector>\$(?:\.?\[(?:\d+|\*|"[^"]*"|'[^']*')\]|\.[\p{L}\p{N}_-]+|\.\*)+)|(?<word>[\p{L}\p{N}_.*+\-:/@#]+))\s*/suy;

/**
 * A pattern's pieces.
 *
 * @param pattern - without the brackets around it
 * @throws ServiceError `InvalidParameterException`
 */
export function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const text = pattern.trim();
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) {
      throw invalidPattern(
        `Invalid filter pattern at "${text.slice(at, at + 20)}": put values with special characters in double quotes.`,
      );
    }
    for (const kind of ["sign", "word", "string", "regex", "selector"] as const) {
      const found = groups[kind];
      if (found === undefined) continue;
      tokens.push({ kind, text: kind === "string" ? found.replace(/\\(.)/gsu, "$1") : found });
    }
  }
  if (tokens.filter(({ kind }) => kind === "regex").length > MOST_REGEXES) {
    throw invalidPattern(`A filter pattern can have ${MOST_REGEXES} regular expressions at most.`);
  }
  return tokens;
}

/** Tokens that are taken one after another. */
export interface TokenReader {
  peek(): Token | undefined;
  /** Takes the next token, which must be there. */
  next(): Token;
  /** Takes the next token if it is this sign or word. */
  take(text: string): boolean;
}

/** Reads tokens. */
export function readTokens(tokens: readonly Token[]): TokenReader {
  let index = 0;
  const peek = (): Token | undefined => tokens[index];
  return {
    peek,
    next() {
      const token = tokens[index];
      if (token === undefined) throw invalidPattern("The filter pattern ends too early.");
      index += 1;
      return token;
    },
    take(text) {
      const token = peek();
      const isTaken =
        token !== undefined &&
        (token.kind === "sign" || token.kind === "word") &&
        token.text === text;
      if (isTaken) index += 1;
      return isTaken;
    },
  };
}

/** What a condition is about, tested. */
export type Condition<Subject> = (subject: Subject) => boolean;

/**
 * Conditions joined: parentheses before `&&` before `||`.
 *
 * @param single - reads one condition
 */
export function readConditions<Subject>(
  reader: TokenReader,
  single: (reader: TokenReader) => Condition<Subject>,
): Condition<Subject> {
  const primary = (): Condition<Subject> => {
    if (!reader.take("(")) return single(reader);
    const inner = readConditions(reader, single);
    if (!reader.take(")")) throw invalidPattern('A ")" is missing in the filter pattern.');
    return inner;
  };
  const all = (): Condition<Subject> => {
    const conditions = [primary()];
    while (reader.take("&&")) conditions.push(primary());
    return (subject) => conditions.every((condition) => condition(subject));
  };
  const conditions = [all()];
  while (reader.take("||")) conditions.push(all());
  return (subject) => conditions.some((condition) => condition(subject));
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const OPERATORS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "=": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  ">": (left, right) => left > right,
  "<": (left, right) => left < right,
  ">=": (left, right) => left >= right,
  "<=": (left, right) => left <= right,
};

/** Whether an operator comes next. */
export function isOperator(token: Token | undefined): boolean {
  return token?.kind === "sign" && Object.hasOwn(OPERATORS, token.text);
}

/**
 * An operator and what it compares with: a number, a text with `*` at its ends, or a regular expression.
 *
 * @throws ServiceError `InvalidParameterException`
 */
export function readComparison(reader: TokenReader): Condition<string | number> {
  const operator = reader.next().text;
  const compare = OPERATORS[operator];
  if (compare === undefined)
    throw invalidPattern(`"${operator}" is no operator of filter patterns.`);
  const { kind, text } = reader.next();
  if (kind === "word" && NUMBER.test(text)) {
    return (value) => {
      const number = typeof value === "number" || NUMBER.test(value) ? Number(value) : undefined;
      return number === undefined ? operator === "!=" : compare(number, Number(text));
    };
  }
  if (operator !== "=" && operator !== "!=") {
    throw invalidPattern(`"${operator}" compares with numbers, not with "${text}".`);
  }
  if (kind === "sign" || kind === "selector") {
    throw invalidPattern(`A value is missing before "${text}" in the filter pattern.`);
  }
  const isMeant = kind === "regex" ? filterRegex(text) : wildcard(text);
  return (value) => isMeant(String(value)) === (operator === "=");
}

/** `*` at the beginning and at the end stands for any text; elsewhere it stands for itself. */
function wildcard(text: string): (value: string) => boolean {
  const isOpenLeft = text.startsWith("*");
  const isOpenRight = text.endsWith("*") && text.length > 1;
  const part = text.slice(isOpenLeft ? 1 : 0, isOpenRight ? -1 : undefined);
  if (isOpenLeft && isOpenRight) return (value) => value.includes(part);
  if (isOpenLeft) return (value) => value.endsWith(part);
  if (isOpenRight) return (value) => value.startsWith(part);
  return (value) => value === part;
}
