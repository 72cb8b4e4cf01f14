/** MLflow's filter grammar (`mlflow/utils/search_utils.py`): comparisons, joined by AND. */

import { invalid, type MlflowError } from "../core/mlflow-error.ts";

/** What a comparison is about. */
export type EntityType = "metric" | "parameter" | "tag" | "attribute" | "dataset";

/** What is compared with what. */
export interface Comparison {
  readonly type: EntityType;
  readonly key: string;
  readonly comparator: Comparator;
  /** Missing for `IS NULL` and `IS NOT NULL`. */
  readonly value?: number | string | readonly string[];
}

export type Comparator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "LIKE"
  | "ILIKE"
  | "IN"
  | "NOT IN"
  | "IS NULL"
  | "IS NOT NULL";

/** What a grammar knows: runs have metrics and parameters, experiments do not. */
export interface Vocabulary {
  readonly types: readonly EntityType[];
  readonly numbers: ReadonlySet<string>;
  readonly texts: ReadonlySet<string>;
  /** What may be ordered by, beside the attributes that may be compared. */
  readonly orderOnly?: ReadonlySet<string>;
  /** The attributes that may be one of a list. */
  readonly inLists: ReadonlySet<string>;
  /** Whether it can be asked for a tag or a parameter that is missing. */
  readonly absence: boolean;
}

const TYPES: Readonly<Record<string, EntityType>> = {
  metric: "metric",
  metrics: "metric",
  parameter: "parameter",
  parameters: "parameter",
  param: "parameter",
  params: "parameter",
  tag: "tag",
  tags: "tag",
  attribute: "attribute",
  attributes: "attribute",
  attr: "attribute",
  run: "attribute",
  dataset: "dataset",
  datasets: "dataset",
};
const ALIASES: Readonly<Record<string, string>> = {
  created: "start_time",
  Created: "start_time",
  "run name": "run_name",
  "Run name": "run_name",
  "Run Name": "run_name",
};
const DATASET_KEYS = new Set(["name", "digest", "context"]);
const NUMERIC: readonly string[] = ["=", "!=", "<", "<=", ">", ">="];
const TEXTUAL: readonly string[] = ["=", "!=", "LIKE", "ILIKE"];
const ABSENCE: readonly string[] = ["IS NULL", "IS NOT NULL"];
const LISTS: readonly string[] = ["IN", "NOT IN"];

/** A name with what may be quoted in it, an operator, a value, or a bracket. */
const TOKEN =
  /\s*(?:((?:`[^`]*`|"[^"]*"|[A-Za-z_][\w\-/:]*)(?:\.(?:`[^`]*`|"[^"]*"|[\w\-/.:]+))?)|('(?:[^'\\]|\\.|'')*')|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(<=|>=|!=|<>|=|<|>)|([(),]))/y;

interface Token {
  readonly kind: "name" | "text" | "number" | "operator" | "punctuation";
  readonly text: string;
}

/**
 * Reads a filter.
 *
 * @param filter - `metrics.rmse < 1 and tags."team" = 'pricing'`; empty for everything
 * @throws MlflowError for what the grammar does not have
 */
export function parseFilter(filter: string, vocabulary: Vocabulary): Comparison[] {
  const tokens = tokenize(filter);
  const comparisons: Comparison[] = [];
  let at = 0;
  const next = (): Token | undefined => tokens[at++];
  const isWord = (word: string): boolean =>
    tokens[at]?.kind === "name" && tokens[at]?.text.toUpperCase() === word;
  while (at < tokens.length) {
    const name = next();
    if (name?.kind !== "name") throw unreadable(filter, `a name was expected before ${name?.text}`);
    const identifier = readIdentifier(name.text, vocabulary);
    const comparator = readComparator(filter, next, isWord);
    checkComparator(identifier, comparator, vocabulary);
    if (ABSENCE.includes(comparator)) {
      comparisons.push({ ...identifier, comparator });
    } else {
      const value = LISTS.includes(comparator)
        ? readList(filter, next)
        : readValue(identifier, next(), vocabulary);
      comparisons.push({ ...identifier, comparator, value });
    }
    if (at < tokens.length && !isWord("AND")) {
      throw unreadable(filter, `comparisons are joined by AND only, not by ${tokens[at]?.text}`);
    }
    at += 1;
    if (at === tokens.length) throw unreadable(filter, "nothing follows the last AND");
  }
  return comparisons;
}

function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (filter.slice(TOKEN.lastIndex).trim() !== "") {
    const start = TOKEN.lastIndex;
    const [all, name, text, number, operator, punctuation] = TOKEN.exec(filter) ?? [];
    if (all === undefined)
      throw unreadable(filter, `it cannot be read from ${filter.slice(start).trim()}`);
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (text !== undefined) tokens.push({ kind: "text", text });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (operator !== undefined) tokens.push({ kind: "operator", text: operator });
    else tokens.push({ kind: "punctuation", text: punctuation ?? "" });
  }
  return tokens;
}

function readComparator(
  filter: string,
  next: () => Token | undefined,
  isWord: (word: string) => boolean,
): Comparator {
  const token = next();
  if (token?.kind === "operator") {
    return (token.text === "<>" ? "!=" : token.text) as Comparator;
  }
  const word = token?.kind === "name" ? token.text.toUpperCase() : "";
  if (word === "LIKE" || word === "ILIKE" || word === "IN") return word;
  if (word === "NOT" && isWord("IN")) {
    next();
    return "NOT IN";
  }
  if (word === "IS") {
    const not = isWord("NOT");
    if (not) next();
    if (isWord("NULL")) {
      next();
      return not ? "IS NOT NULL" : "IS NULL";
    }
  }
  throw unreadable(filter, `a comparison was expected, not ${token?.text ?? "the end"}`);
}

function readList(filter: string, next: () => Token | undefined): string[] {
  const values: string[] = [];
  if (next()?.text !== "(") throw unreadable(filter, "a list in parentheses follows IN");
  for (;;) {
    const token = next();
    const value = token && quoted(token);
    if (value === undefined) throw unreadable(filter, "a list after IN holds quoted texts only");
    values.push(value);
    const mark = next()?.text;
    if (mark === ")") return values;
    if (mark !== ",") throw unreadable(filter, "a list after IN ends in a parenthesis");
  }
}

function readValue(
  { type, key }: { type: EntityType; key: string },
  token: Token | undefined,
  { numbers }: Vocabulary,
): number | string {
  const numeric = type === "metric" || (type === "attribute" && numbers.has(key));
  if (numeric) {
    if (token?.kind !== "number") {
      throw invalid(`Expected numeric value type for ${type} ${key}. Found ${token?.text}`);
    }
    return Number(token.text);
  }
  const value = token && quoted(token);
  if (value === undefined) {
    throw invalid(
      `Expected a quoted string value for ${type} (e.g. 'my-value'). Got value ${token?.text}`,
    );
  }
  return value;
}

function quoted({ kind, text }: Token): string | undefined {
  if (kind === "text") return text.slice(1, -1).replaceAll("''", "'");
  return kind === "name" && /^"[^"]*"$/.test(text) ? text.slice(1, -1) : undefined;
}

function readIdentifier(
  text: string,
  vocabulary: Vocabulary,
  orderOnly: ReadonlySet<string> = new Set(),
): { readonly type: EntityType; readonly key: string } {
  const dot = /^[`"]/.test(text)
    ? text.indexOf(".", text.indexOf(text[0] ?? "", 1))
    : text.indexOf(".");
  const prefix = dot === -1 ? "attribute" : unquote(text.slice(0, dot));
  const type = Object.hasOwn(TYPES, prefix) ? TYPES[prefix] : undefined;
  if (type === undefined || !vocabulary.types.includes(type)) {
    throw invalid(
      `Invalid entity type '${prefix}'. Valid values are ${vocabulary.types.join(", ")}`,
    );
  }
  const given = unquote(text.slice(dot + 1));
  const key =
    type === "attribute" && Object.hasOwn(ALIASES, given) ? (ALIASES[given] ?? given) : given;
  const { numbers, texts } = vocabulary;
  if (type === "attribute" && !numbers.has(key) && !texts.has(key) && !orderOnly.has(key)) {
    throw invalid(
      `Invalid attribute key '${key}' specified. Valid keys are ${[...texts, ...numbers].join(", ")}`,
    );
  }
  if (type === "dataset" && !DATASET_KEYS.has(key)) {
    throw invalid(
      `Invalid dataset key '${key}' specified. Valid keys are ${[...DATASET_KEYS].join(", ")}`,
    );
  }
  return { type, key };
}

function checkComparator(
  { type, key }: { type: EntityType; key: string },
  comparator: Comparator,
  { numbers, inLists, absence }: Vocabulary,
): void {
  const allowed =
    type === "metric" || (type === "attribute" && numbers.has(key))
      ? NUMERIC
      : type === "attribute" || type === "dataset"
        ? [...TEXTUAL, ...(type === "dataset" || inLists.has(key) ? LISTS : [])]
        : [...TEXTUAL, ...(absence ? ABSENCE : [])];
  if (!allowed.includes(comparator)) {
    throw invalid(
      `Invalid comparator '${comparator}' for ${type} '${key}'. It takes ${allowed.join(", ")}`,
    );
  }
}

/** One of the things to sort by. */
export interface Order {
  readonly type: EntityType;
  readonly key: string;
  readonly ascending: boolean;
}

/**
 * Reads a clause to sort by.
 *
 * @param clause - `metrics.rmse DESC`
 * @throws MlflowError for what the grammar does not have
 */
export function parseOrder(clause: string, vocabulary: Vocabulary): Order {
  const [, name = "", direction = "asc"] =
    /^\s*((?:[^\s`"]|`[^`]*`|"[^"]*")+)(?:\s+(asc|desc))?\s*$/i.exec(clause) ?? [];
  if (name === "") throw invalid(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  const identifier = readIdentifier(name, vocabulary, vocabulary.orderOnly);
  return { ...identifier, ascending: direction.toLowerCase() === "asc" };
}

function unquote(text: string): string {
  return /^(?:`[^`]*`|"[^"]*"|'[^']*')$/.test(text) ? text.slice(1, -1) : text;
}

function unreadable(filter: string, why: string): MlflowError {
  return invalid(`Invalid clause(s) in filter string '${filter}': ${why}.`);
}
