/** Manifests: the objects of a channel, named one by one (pure). */

import { parseS3Uri } from "../../transfer/s3-uri.ts";

/** An object that a manifest names. */
export interface NamedObject {
  readonly bucket: string;
  readonly key: string;
}

/** A manifest that is none. */
export class ManifestError extends Error {
  override readonly name: string = "ManifestError";
}

/**
 * The objects of a ManifestFile: `[{"prefix": "s3://bucket/some/"}, "a.csv", "deep/b.csv"]`, each the prefix and what follows. As on AWS there
 * is at least one, and all of them lie in the prefix's bucket.
 *
 * @throws ManifestError that says what is wrong with it
 */
export function parseManifest(text: string): NamedObject[] {
  const list = parseJson(text, "it");
  if (!Array.isArray(list)) throw new ManifestError("it is no JSON list");
  const [head, ...names] = list as readonly unknown[];
  const prefix: unknown =
    typeof head === "object" && head !== null ? Reflect.get(head, "prefix") : undefined;
  if (typeof prefix !== "string" || !prefix.startsWith("s3://")) {
    throw new ManifestError('its first entry must be {"prefix": "s3://…"}');
  }
  if (names.length === 0) throw new ManifestError("it names no objects");
  const { bucket } = locate(prefix);
  return names.map((name, index) => {
    if (typeof name !== "string" || name === "") {
      throw new ManifestError(`entry ${index + 1} is no text: each is what follows the prefix`);
    }
    const place = locate(`${prefix}${name}`);
    if (place.bucket === bucket && place.key !== "") return place;
    throw new ManifestError(`entry ${index + 1} names no object of the prefix's bucket ${bucket}`);
  });
}

/** One value of a record: a text, or an object in S3 that holds it. */
export type AttributeValue = { readonly text: string } | NamedObject;

/** One line of an augmented manifest. */
export interface ManifestLine {
  /** Counts from 1. */
  readonly number: number;
  readonly text: string;
}

/** The lines of an AugmentedManifestFile that say anything. */
export function augmentedLines(text: string): ManifestLine[] {
  const lines: ManifestLine[] = [];
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end === -1 ? text.length : end);
    number += 1;
    if (line.trim() !== "") lines.push({ number, text: line });
    start += line.length + 1;
  }
  return lines;
}

/**
 * The record of a line, a JSON object: the values of the attributes, in their order. Those whose name ends in `-ref` name an object of S3.
 *
 * @param names - the request's AttributeNames
 * @throws ManifestError that says which line is wrong
 */
export function parseAugmentedLine(
  { number, text }: ManifestLine,
  names: readonly string[],
): AttributeValue[] {
  const record = parseJson(text, `line ${number}`);
  return names.map((name): AttributeValue => {
    const isThere = typeof record === "object" && record !== null && Object.hasOwn(record, name);
    const value: unknown = isThere ? Reflect.get(record, name) : undefined;
    if (value === undefined) throw new ManifestError(`line ${number} has no "${name}"`);
    if (!name.endsWith("-ref")) {
      return { text: typeof value === "string" ? value : JSON.stringify(value) };
    }
    if (typeof value === "string" && value.startsWith("s3://")) return locate(value);
    throw new ManifestError(`"${name}" of line ${number} is no s3:// URI`);
  });
}

function locate(uri: string): NamedObject {
  try {
    return parseS3Uri(uri);
  } catch (error) {
    throw new ManifestError(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ManifestError(`${what} is no JSON`, { cause: error });
  }
}
