/** Where an archive's entry may lie: names and links are judged before anything is written (pure). */

import { foldName, windowsProblem } from "./file-name.ts";

/** Why a name or a link is refused; the words follow the name in the message. */
export class RefusedEntry extends Error {
  override readonly name: string = "RefusedEntry";
}

/** In bytes: the longest path that systems take (Linux; others take less). What is longer cannot be written, and is slow to judge. */
const LONGEST_PATH = 4096;
/** Links that lead to links: as many steps as Linux follows. */
const MOST_LINKS = 40;

/**
 * The parts of an entry's path below the root of the archive; none for the root itself (`.` or `./`).
 *
 * Whatever the system can write is let through, control characters and backslashes on Linux too: GNU tar and Python unpack
 * such names, and programs write them.
 *
 * @param name - the name as the archive has it
 * @param platform - whose file names are meant
 * @throws {@link RefusedEntry} when it is absolute, has `..`, or cannot be a file's name
 */
export function entryPath(name: string, platform: NodeJS.Platform = process.platform): string[] {
  if (name === "") {
    throw new RefusedEntry("it has no name");
  }
  if (name.startsWith("/")) {
    throw new RefusedEntry("its name is absolute");
  }
  if (name.includes("\0")) {
    throw new RefusedEntry("its name has a NUL character");
  }
  if (name.includes("\uFFFD")) {
    throw new RefusedEntry("its name is not valid UTF-8");
  }
  if (Buffer.byteLength(name) > LONGEST_PATH) {
    throw new RefusedEntry(`its name is longer than the ${LONGEST_PATH} bytes that paths can have`);
  }
  const problem = platform === "win32" ? windowsProblem(name) : undefined;
  if (problem !== undefined) {
    throw new RefusedEntry(`its name ${problem}`);
  }
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) {
    throw new RefusedEntry('its name leads out of the folder by ".."');
  }
  return parts;
}

/** The archive's symbolic links: path of the link, parts joined by `/`, to its target as written. */
export interface Links {
  get(path: string): string | undefined;
}

/** Links by what their system finds them by, which on some is not one spelling alone. */
export class LinkMap implements Links {
  readonly #platform: NodeJS.Platform;
  readonly #links = new Map<string, { readonly name: string; readonly target: string }>();

  /** @param platform - whose file names are meant */
  constructor(platform: NodeJS.Platform = process.platform) {
    this.#platform = platform;
  }

  /** Adds a link. */
  set(name: string, target: string): void {
    this.#links.set(foldName(name, this.#platform), { name, target });
  }

  /** The target of the link at a path, if there is one. */
  get(path: string): string | undefined {
    return this.#links.get(foldName(path, this.#platform))?.target;
  }

  /** All of them, as they were written. */
  all(): Iterable<{ readonly name: string; readonly target: string }> {
    return this.#links.values();
  }

  /**
   * The link that a path leads through or is, if any: nothing is ever written through one.
   *
   * @param parts - the path
   */
  onTheWay(parts: readonly string[]): string | undefined {
    if (this.#links.size === 0) return undefined;
    for (let count = 1; count <= parts.length; count += 1) {
      const found = this.#links.get(foldName(parts.slice(0, count).join("/"), this.#platform));
      if (found !== undefined) return found.name;
    }
    return undefined;
  }
}

/**
 * Checks that a symbolic link stays in the folder, whatever other links of the archive it leads through.
 *
 * @param path - the link's own path
 * @param links - every symbolic link of the archive, this one included
 * @throws {@link RefusedEntry} when it is absolute, leads out, or runs in a circle
 */
export function checkLink(path: string, links: Links): void {
  let left = MOST_LINKS;
  const resolve = (from: readonly string[], target: string): string[] => {
    const shown = JSON.stringify(target.slice(0, 200));
    if (target === "" || target.includes("\0") || target.includes("\uFFFD")) {
      throw new RefusedEntry(`its target ${shown} cannot be a file's name`);
    }
    if (Buffer.byteLength(target) > LONGEST_PATH) {
      throw new RefusedEntry(
        `its target is longer than the ${LONGEST_PATH} bytes that paths can have`,
      );
    }
    if (target.startsWith("/") || /^[A-Za-z]:|\\/.test(target)) {
      throw new RefusedEntry(`it is a link out of the folder, to ${shown}`);
    }
    const at = [...from];
    for (const part of target.split("/")) {
      if (part === "..") {
        if (at.pop() === undefined) {
          throw new RefusedEntry(`it is a link out of the folder, to ${shown}`);
        }
      } else if (part !== "" && part !== ".") {
        const next = links.get([...at, part].join("/"));
        if (next === undefined) {
          at.push(part);
          continue;
        }
        left -= 1;
        if (left === 0) {
          throw new RefusedEntry("it is a link that runs in a circle");
        }
        const reached = resolve(at, next);
        at.splice(0, at.length, ...reached);
      }
    }
    return at;
  };
  const parent = path.split("/").slice(0, -1);
  resolve(parent, links.get(path) ?? "");
}
