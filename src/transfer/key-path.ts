/** Keys as file names: which files a prefix becomes, and what cannot be one (pure). */

import { posix } from "node:path";
import { TransferError } from "../errors.ts";
import { foldName, windowsProblem } from "./file-name.ts";
import type { ListedObject } from "./listing.ts";

/** An object and the file it becomes. */
export interface PlannedFile {
  readonly object: ListedObject;
  /** Its name below the folder, parts joined by `/`. */
  readonly name: string;
  /** The name it has until it is whole; no other object's. */
  readonly incompleteName: string;
}

/** What a prefix becomes. */
export interface PlannedTree {
  readonly files: readonly PlannedFile[];
  /** Folders that S3 has as empty objects whose keys end in `/`. */
  readonly folders: readonly string[];
}

/**
 * Plans which files the objects under a prefix become.
 *
 * @param objects - what was listed
 * @param prefix - what is left out of their keys
 * @param platform - whose file names are meant
 * @throws {@link TransferError} that names every key that would leave the folder or cannot be a file's name, and every pair
 *   of keys that one folder cannot hold both
 */
export function planTree(
  objects: readonly ListedObject[],
  prefix: string,
  platform: NodeJS.Platform = process.platform,
): PlannedTree {
  const problems = new Map<string, string>();
  const files = new Map<string, ListedObject>();
  const folders = new Map<string, ListedObject>();
  for (const object of objects) {
    const name = object.key.slice(prefix.length);
    const isFolder = name.endsWith("/") || name === "";
    const path = isFolder ? name.slice(0, -1) : name;
    const problem = name === "" ? undefined : nameProblem(path, platform);
    if (problem !== undefined) {
      problems.set(object.key, problem);
    } else if (isFolder && object.bytes > 0) {
      problems.set(object.key, "ends in a slash, but is not empty: a folder cannot hold its bytes");
    } else if (name !== "") {
      (isFolder ? folders : files).set(path, object);
    }
  }
  const all = [...folders, ...files];
  const taken = new Set<string>();
  for (const [name, { key }] of all) {
    for (let above = name; above !== "."; above = posix.dirname(above)) {
      taken.add(above);
      const clash = files.get(above);
      if (clash !== undefined && clash.key !== key) {
        problems.set(key, `needs a folder where ${JSON.stringify(clash.key)} is a file`);
      }
    }
  }
  for (const [key, problem] of sameNames(
    all.map(([, object]) => object),
    platform,
  )) {
    problems.set(key, problem);
  }
  if (problems.size > 0) {
    throw refused(problems);
  }
  return {
    files: [...files].map(([name, object]) => ({
      object,
      name,
      incompleteName: freeName(`${name}.incomplete`, taken),
    })),
    folders: [...folders.keys()],
  };
}

function nameProblem(name: string, platform: NodeJS.Platform): string | undefined {
  if (name.startsWith("/")) {
    return "would be an absolute path";
  }
  if (name.includes("\0")) {
    return "has a NUL character";
  }
  const parts = name.split("/");
  if (parts.includes("..")) {
    return 'would leave the folder by ".."';
  }
  if (parts.includes("") || parts.includes(".")) {
    return "has empty or dotted parts, which a path cannot keep";
  }
  return platform === "win32" ? windowsProblem(name) : undefined;
}

/** File systems that do not tell capitals from small letters would let the last of them win. */
function sameNames(
  objects: readonly ListedObject[],
  platform: NodeJS.Platform,
): [key: string, problem: string][] {
  if (platform !== "darwin" && platform !== "win32") {
    return [];
  }
  const seen = new Map<string, string>();
  const problems: [string, string][] = [];
  for (const { key } of objects) {
    const folded = foldName(key, platform);
    const other = seen.get(folded);
    if (other !== undefined) {
      problems.push([key, `is the same file name as ${JSON.stringify(other)} on this system`]);
    }
    seen.set(folded, key);
  }
  return problems;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? freeName(`${name}.incomplete`, taken) : name;
}

function refused(problems: ReadonlyMap<string, string>): TransferError {
  const lines = [...problems].map(([key, problem]) => `${JSON.stringify(key)} ${problem}`);
  return new TransferError(
    lines.length === 1
      ? `The key ${lines[0]}. Nothing was downloaded.`
      : `${lines.length} keys cannot be files, nothing was downloaded:${lines.map((line) => `\n  - ${line}`).join("")}`,
    [...problems].map(([key, problem]) => ({ source: key, cause: new Error(problem) })),
  );
}
