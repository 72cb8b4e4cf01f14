/** A value without what is of another kind in it, and what that was: nothing is lost in silence, and nobody behind it meets a surprise. Pure. */

import type { Finding } from "../errors.ts";
import { isRecord, tagOf } from "./is-record.ts";
import type { Kind } from "./kinds.ts";
import { nameFinding } from "./option-spelling.ts";

/** A value that is of its kind, and what was taken out of it. */
export interface Conformed {
  /** The value: a copy of records and lists; `undefined` when it is of another kind altogether. */
  readonly value: unknown;
  /** All errors. */
  readonly findings: readonly Finding[];
}

/**
 * Takes out of a value what is not of its kind. Among records in a list an empty one takes its place, so that the others keep
 * theirs; of any other list all is taken out.
 *
 * @param value - as given
 * @param kind - what it must be
 * @param path - where it stands; empty for options that are no option's own
 * @param what - whose options they are, for names that there are not
 * @param advice - what to do with such names; as for a training job's, if left out
 */
export function conform(
  value: unknown,
  kind: Kind,
  path: string,
  what: string,
  advice?: string,
): Conformed {
  const findings: Finding[] = [];
  return { value: kept(value, kind, { path, what, advice, findings }), findings };
}

/**
 * The same for the options of somebody, without those that are `null` or `undefined`: at the top a name without a value says
 * nothing.
 *
 * @param given - as the caller gave them
 * @param members - what each option is
 * @param what - whose options they are
 * @param advice - what to do with names that there are not; as for a training job's, if left out
 */
export function conformOptions<T extends object>(
  given: unknown,
  members: Readonly<Record<string, Kind>>,
  what: string,
  advice?: string,
): { readonly value: T; readonly findings: readonly Finding[] } {
  const { value, findings } = conform(given ?? {}, { members }, "", what, advice);
  const entries = Object.entries(value ?? {}).filter(([, each]) => each !== undefined);
  return { value: Object.fromEntries(entries) as T, findings };
}

interface Place {
  readonly path: string;
  readonly what: string;
  readonly advice: string | undefined;
  readonly findings: Finding[];
}

function kept(value: unknown, kind: Kind, place: Place): unknown {
  if (!fits(value, kind)) {
    place.findings.push(kindFinding(place.path || "options", kind, value));
    return undefined;
  }
  if (typeof kind === "string" || "like" in kind || "word" in kind) {
    return value;
  }
  if ("oneOf" in kind) {
    const one = kind.oneOf.find((each) => fits(value, each));
    return one && kept(value, one, place);
  }
  if ("list" in kind) {
    const items = Array.from(value as readonly unknown[], (item, index) => {
      const path = `${place.path}[${index}]`;
      return kept(item, kind.list, { ...place, path, what: path }) ?? emptyOf(kind.list);
    });
    return items.includes(undefined) ? undefined : items;
  }
  return keptRecord(value as object, kind, place);
}

function keptRecord(
  record: object,
  kind: Extract<Kind, { map: Kind } | { members: object }>,
  place: Place,
): object {
  const entries: [string, unknown][] = [];
  for (const name of Object.keys(record)) {
    const path = place.path === "" ? name : `${place.path}.${name}`;
    const inner = "map" in kind ? kind.map : own(kind.members, name);
    if (inner === undefined) {
      const known = Object.keys("members" in kind ? kind.members : {});
      place.findings.push(nameFinding(path, name, known, place.what, place.advice));
      continue;
    }
    const read = readMember(record, name);
    if (read === undefined) {
      place.findings.push({ severity: "error", path, message: "It cannot be read: it threw." });
      continue;
    }
    const isNotGiven = "members" in kind && (read.value ?? undefined) === undefined;
    if (isNotGiven) {
      // Kept by name: in a fallback it takes an option away.
      entries.push([name, undefined]);
      continue;
    }
    const value = kept(read.value, inner, { ...place, path, what: path });
    if (value !== undefined) {
      entries.push([name, value]);
    }
  }
  return Object.fromEntries(entries);
}

/** Whether its outside is of that kind. */
function fits(value: unknown, kind: Kind): boolean {
  if (kind === "any") {
    return true;
  }
  if (typeof kind === "string") {
    return typeof value === kind && !Number.isNaN(value);
  }
  if ("like" in kind) {
    return kind.is(value);
  }
  if ("oneOf" in kind) {
    return kind.oneOf.some((each) => fits(value, each));
  }
  if ("list" in kind) {
    return Array.isArray(value);
  }
  if ("map" in kind || "members" in kind) {
    return isRecord(value);
  }
  return kind.word.some((word) => word === value);
}

/** What stands in for an item that was taken out. */
function emptyOf(kind: Kind): unknown {
  return typeof kind === "object" && ("members" in kind || "oneOf" in kind) ? {} : undefined;
}

function own(kinds: Readonly<Record<string, Kind>>, name: string): Kind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** A getter may throw; what it throws is not ours to show. */
function readMember(record: object, name: string): { readonly value: unknown } | undefined {
  try {
    return { value: (record as Readonly<Record<string, unknown>>)[name] };
  } catch {
    return undefined;
  }
}

function kindFinding(path: string, kind: Kind, value: unknown): Finding {
  const message = `${expected(kind)} is expected, not ${found(value, kind)}.`;
  return { severity: "error", path, message };
}

function expected(kind: Kind): string {
  if (typeof kind === "string") {
    return `A ${kind}`;
  }
  if ("like" in kind) {
    return kind.like;
  }
  if ("oneOf" in kind) {
    return kind.words;
  }
  if ("list" in kind) {
    return "A list";
  }
  return "map" in kind || "members" in kind
    ? "A record"
    : `One of ${kind.word.map(String).join(", ")}`;
}

/** What it is. The value itself is shown where it should have been one of some words: it is no secret. */
function found(value: unknown, kind: Kind): string {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return String(value);
  }
  if (
    typeof value === "string" &&
    typeof kind === "object" &&
    "word" in kind &&
    value.length < 40
  ) {
    return `'${value}'`;
  }
  const word = typeof value === "object" ? objectWord(value) : typeof value;
  return `${/^[aeiou]/i.test(word) ? "an" : "a"} ${word}`;
}

function objectWord(value: object): string {
  if (Array.isArray(value)) {
    return "list";
  }
  return isRecord(value) ? "record" : tagOf(value);
}
