/**
 * The regular expressions of filter patterns: `%^epoch=[0-9]+%`. CloudWatch Logs has characters, classes, repetitions, anchors and `|`, and
 * no groups. They are walked through state by state, so that none takes longer than its length times the message's.
 */

import { invalidPattern } from "./invalid-pattern.ts";

/** Whether a character is meant. */
type CharacterTest = (character: string) => boolean;

/** A step of an expression: a character, one that may be missing or come again and again, or an end of the text. */
type Step =
  | { readonly kind: "one" | "optional" | "any"; readonly test: CharacterTest }
  | { readonly kind: "start" | "end" };

/** Steps of one expression, its repetitions written out. */
const MOST_STEPS = 10_000;
/** Letters, digits, the symbols and operators that the service takes, and spaces. */
const ALLOWED = /^[A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+. ]*$/;

/**
 * An expression as a test of texts: it may be found anywhere in them.
 *
 * @param source - what stands between the percent signs
 * @throws ServiceError `InvalidParameterException` for what the service does not take
 */
export function filterRegex(source: string): (text: string) => boolean {
  if (!ALLOWED.test(source) || source === "") {
    throw invalidPattern(
      `The regular expression %${source}% may have letters, digits, spaces, : _ # = @ / ; , - and the operators ^ $ ? [ ] { } | \\ * + . ` +
        "alone. Write other characters of ASCII as \\xhh.",
    );
  }
  const alternatives = splitAlternatives(source).map(parseSteps);
  return (text) => alternatives.some((steps) => isFound(steps, text));
}

function isFound(steps: readonly Step[], text: string): boolean {
  const characters = [...text];
  let at = new Set<number>();
  for (let index = 0; index <= characters.length; index += 1) {
    // It may begin anywhere.
    at.add(0);
    for (const position of at) {
      const step = steps[position];
      if (step === undefined) return true;
      if (canPass(step, index, characters.length)) at.add(position + 1);
    }
    const character = characters[index];
    if (character === undefined) return false;
    const next = new Set<number>();
    for (const position of at) {
      const step = steps[position];
      if (step === undefined || !("test" in step) || !step.test(character)) continue;
      next.add(step.kind === "any" ? position : position + 1);
    }
    at = next;
  }
  return false;
}

/** Whether a step may be left without a character. */
function canPass({ kind }: Step, index: number, length: number): boolean {
  if (kind === "start") return index === 0;
  if (kind === "end") return index === length;
  return kind !== "one";
}

/** A bar in a class or behind a backslash divides nothing. */
function splitAlternatives(source: string): string[] {
  const found = [""];
  for (const [piece] of source.matchAll(/\\.?|\[\^?\]?(?:\\.|[^\]\\])*\]?|[^\\[]/gsu)) {
    if (piece === "|") found.push("");
    else found[found.length - 1] += piece;
  }
  return found;
}

const ATOM =
  /(?<class>\[(?<not>\^?)(?<items>\]?(?:\\.|[^\]\\])*)\])|(?<escaped>\\(?:x[0-9A-Fa-f]{2}|.))|(?<plain>[^\\[\]{}*+?])/suy;
const COUNT = /(?<sign>[?*+])|\{(?<least>\d{0,4})(?<comma>, ?)?(?<most>\d{0,4})\}/uy;

function parseSteps(source: string): Step[] {
  const steps: Step[] = [];
  for (let index = 0; index < source.length; ) {
    ATOM.lastIndex = index;
    const atom = ATOM.exec(source)?.groups;
    if (atom === undefined) {
      throw invalidPattern(`The regular expression %${source}% is wrong at ${index + 1}.`);
    }
    index = ATOM.lastIndex;
    if (atom["plain"] === "^" || atom["plain"] === "$") {
      steps.push({ kind: atom["plain"] === "^" ? "start" : "end" });
      continue;
    }
    COUNT.lastIndex = index;
    const count = COUNT.exec(source)?.groups;
    if (count !== undefined) index = COUNT.lastIndex;
    steps.push(...repeated(atomTest(atom), count ?? {}, source));
    if (steps.length > MOST_STEPS) {
      throw invalidPattern(`The regular expression %${source}% is too large.`);
    }
  }
  return steps;
}

function repeated(
  test: CharacterTest,
  { sign, least = "", comma, most = "" }: Partial<Record<string, string>>,
  source: string,
): Step[] {
  const one: Step = { kind: "one", test };
  const any: Step = { kind: "any", test };
  if (sign === "?") return [{ kind: "optional", test }];
  if (sign === "*") return [any];
  if (sign === "+") return [one, any];
  if (least === "" && most === "") {
    if (comma !== undefined) return [any];
    return [one];
  }
  const from = Number(least);
  const to = comma === undefined ? from : most === "" ? undefined : Number(most);
  if (to !== undefined && to < from) {
    throw invalidPattern(
      `The regular expression %${source}% repeats at least ${from} and at most ${to} times.`,
    );
  }
  return [
    ...Array.from({ length: from }, () => one),
    ...(to === undefined
      ? [any]
      : Array.from({ length: to - from }, (): Step => ({ kind: "optional", test }))),
  ];
}

function atomTest(atom: Partial<Record<string, string>>): CharacterTest {
  const { class: whole, not, items = "", escaped, plain = "" } = atom;
  if (escaped !== undefined) return escapedTest(escaped);
  if (whole === undefined) return plain === "." ? () => true : (character) => character === plain;
  const tests: CharacterTest[] = [];
  const item =
    /(?<from>\\(?:x[0-9A-Fa-f]{2}|.)|[^\\])(?:-(?<to>\\(?:x[0-9A-Fa-f]{2}|[^dDsSwW])|[^\\]))?/gsu;
  for (const { groups = {} } of items.matchAll(item)) {
    const { from = "", to } = groups;
    if (to === undefined) {
      tests.push(from.startsWith("\\") ? escapedTest(from) : (character) => character === from);
    } else {
      const [first, last] = [literal(from), literal(to)];
      tests.push((character) => character >= first && character <= last);
    }
  }
  const isIn: CharacterTest = (character) => tests.some((test) => test(character));
  return not === "^" ? (character) => !isIn(character) : isIn;
}

const CLASSES: Readonly<Record<string, RegExp>> = { d: /\d/, s: /\s/, w: /\w/ };

function escapedTest(text: string): CharacterTest {
  const name = text.slice(1);
  const known = CLASSES[name.toLowerCase()];
  if (known === undefined) {
    const meant = literal(text);
    return (character) => character === meant;
  }
  const isNot = name !== name.toLowerCase();
  return (character) => known.test(character) !== isNot;
}

/** The character that is meant by itself, an escaped one or `\xhh`. */
function literal(text: string): string {
  const hex = /^\\x([0-9A-Fa-f]{2})$/.exec(text)?.[1];
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return text.startsWith("\\") ? text.slice(1) : text;
}
