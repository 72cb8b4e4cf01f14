/**
 * What of a request may be written down: values that are, or look like, credentials are taken out before anything is kept. Pure.
 *
 * A value that is taken out leaves nothing behind, not even a digest: whoever reads the record knows everything else of the run,
 * so a plain digest of a password, or of a whole that holds one, can be tried against every likely password. A keyed digest
 * would need a key that all who compare runs share and no reader of records has, and there is no such place. So a credential
 * counts by its name alone, and what merely may be one cannot be compared at all.
 */

import { REDACTED, redactShapes, secrecyOfName } from "./secrets.ts";

/** A value that was taken out of a record. */
export interface Redaction {
  /** Where it was, in the service's words: `Environment.HF_TOKEN`, `HyperParameters.db.password`. */
  readonly path: string;
  /**
   * `credential`: certainly one. It says how a job reaches something, not what it computes: runs that differ in it alone
   * are the same. `suspect`: its name may mean one. It may as well be a setting, so runs with it cannot be compared.
   */
  readonly kind: "credential" | "suspect";
}

/** What may be written down, and what was taken out. */
interface Redacted<T> {
  readonly value: T;
  readonly redacted: readonly Redaction[];
}

type Kind = Redaction["kind"];
type Json = Readonly<Record<string, unknown>>;

/** `--name=value`, `NAME=value`, `--name value` in a command line, quoted or not. */
const ASSIGNED = /(^|[\s"'])(-{0,2})([A-Za-z][\w.-]*)(=)("[^"]*"|'[^']*'|[^\s"']+)/g;
const FLAGGED = /(^|[\s"'])(-{1,2})([A-Za-z][\w.-]*)(\s+)("[^"]*"|'[^']*'|[^\s"'-][^\s"']*)/g;

/** Members that hold the caller's own names and values. */
const MAPS = new Set([
  "HyperParameters",
  "Environment",
  "HookParameters",
  "RuleParameters",
  "CollectionParameters",
  "ProfilingParameters",
]);
const COMMAND_LINES = new Set(["ContainerEntrypoint", "ContainerArguments"]);

/**
 * A request without its secrets.
 *
 * @param request - CreateTrainingJob's, or DescribeTrainingJob's answer
 */
export function redactRequest(request: object): Redacted<Json> {
  const out: Taken[] = [];
  const value = walk(request, "", out) as Json;
  // One entry a value, however many keys are in it.
  const byPath = new Map(out.map(({ path, kind }): [string, Redaction] => [path, { path, kind }]));
  return { value, redacted: [...byPath.values()] };
}

/**
 * Text that a job or a service wrote, without the secrets of the job's request and without whatever looks like a key.
 *
 * @param text - the text
 * @param request - the job's
 */
export function redactText(text: string, request: object = {}): string {
  const out: Taken[] = [];
  walk(request, "", out);
  const values = out
    .map(({ secret }) => secret)
    .filter((secret) => secret.length >= 4)
    // A secret may hold another one.
    .sort((left, right) => right.length - left.length);
  const without = values.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
  return redactShapes(without);
}

interface Taken extends Redaction {
  /** What was taken out. */
  readonly secret: string;
}

function walk(value: unknown, path: string, out: Taken[]): unknown {
  if (typeof value === "string") {
    return keepShape(value, path, out);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => walk(item, `${path}[${index}]`, out));
  }
  if (typeof value !== "object" || value === null || value instanceof Date) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => {
        const below = path === "" ? name : `${path}.${name}`;
        if (MAPS.has(name) && isRecord(member)) return [name, namedValues(member, below, out)];
        if (COMMAND_LINES.has(name) && Array.isArray(member)) {
          return [name, commandLine(member.map(String), below, out)];
        }
        if (name === "Tags" && Array.isArray(member)) return [name, tags(member, below, out)];
        return [name, walk(member, below, out)];
      }),
  );
}

/** Values under the caller's own names. */
function namedValues(map: Json, path: string, out: Taken[]): Json {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [
      name,
      namedValue(name, value, `${path}.${name}`, out),
    ]),
  );
}

function namedValue(name: string, value: unknown, path: string, out: Taken[]): unknown {
  if (Array.isArray(value) && secrecyOfName(name, "list") === undefined) {
    return value.map((item, index) => namedValue("", item, `${path}[${index}]`, out));
  }
  if (isRecord(value)) {
    return namedValues(value, path, out);
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const kind = secrecyOfName(name, text);
  if (kind !== undefined) {
    // A hyperparameter is meant for the algorithm, whatever it is called.
    return take(text, path, path.startsWith("Environment.") ? kind : "suspect", out);
  }
  if (typeof value !== "string") {
    return value;
  }
  const json = /^\s*[[{]/.test(value) ? parsed(value) : undefined;
  if (json === undefined) {
    return keepShape(value, path, out);
  }
  const before = out.length;
  const inside = namedValue("", json, path, out);
  // What holds no secret stays as it was written.
  return out.length === before ? value : JSON.stringify(inside);
}

/** Arguments: each may assign a value, or name the one behind it. */
function commandLine(args: readonly string[], path: string, out: Taken[]): string[] {
  let named: string | undefined;
  return args.map((arg, index) => {
    const at = `${path}[${index}]`;
    const kind = named === undefined ? undefined : secrecyOfName(named, arg);
    const flag = /^--?([A-Za-z][\w.-]*)$/.exec(arg)?.[1];
    named = flag;
    if (kind !== undefined && flag === undefined) {
      return take(arg, at, "credential", out);
    }
    const whole = /^(--?[A-Za-z][\w.-]*|[A-Za-z_]\w*)=([\s\S]+)$/.exec(arg);
    if (whole !== null && secrecyOfName(whole[1] ?? "", whole[2] ?? "") !== undefined) {
      return `${whole[1]}=${take(whole[2] ?? "", at, "credential", out)}`;
    }
    const replace = (
      match: string,
      lead: string,
      dashes: string,
      name: string,
      sign: string,
      value: string,
    ): string =>
      secrecyOfName(name, value) === undefined
        ? match
        : `${lead}${dashes}${name}${sign}${take(unquoted(value), at, "credential", out)}`;
    return keepShape(arg.replace(ASSIGNED, replace).replace(FLAGGED, replace), at, out);
  });
}

function tags(list: readonly unknown[], path: string, out: Taken[]): unknown[] {
  return list.map((tag, index) => {
    const at = `${path}[${index}]`;
    const { Key = "", Value = "" } = tag as { Key?: string; Value?: string };
    return secrecyOfName(Key, Value) === undefined
      ? walk(tag, at, out)
      : { Key, Value: take(Value, `${at}.Value`, "credential", out) };
  });
}

function take(secret: string, path: string, kind: Kind, out: Taken[]): string {
  out.push({ path, kind, secret });
  return REDACTED;
}

/** Takes out what tells by its form that it is a key; the rest of the text stays. */
function keepShape(text: string, path: string, out: Taken[]): string {
  return redactShapes(text, (secret) => {
    out.push({ path, kind: "credential", secret });
  });
}

function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/s, "$2");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
