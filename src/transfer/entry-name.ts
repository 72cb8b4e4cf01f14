/** Where an archive's entry may lie: names and links are judged before anything is written (pure). */

/** Why a name or a link is refused; the words follow the name in the message. */
export class RefusedEntry extends Error {
  override readonly name: string = "RefusedEntry";
}

/** Links that lead to links: as many steps as Linux follows. */
const MOST_LINKS = 40;

/**
 * The parts of an entry's path below the root of the archive; none for the root itself (`.` or `./`).
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
  if (platform === "win32" && /[\\:*?"<>|]/.test(name)) {
    throw new RefusedEntry("Windows has no such file names");
  }
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) {
    throw new RefusedEntry('its name leads out of the folder by ".."');
  }
  return parts;
}

/** The archive's symbolic links: path of the link, parts joined by `/`, to its target as written. */
export type Links = ReadonlyMap<string, string>;

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
    const shown = JSON.stringify(target);
    if (target === "" || target.includes("\0") || target.includes("\uFFFD")) {
      throw new RefusedEntry(`its target ${shown} cannot be a file's name`);
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

/**
 * The symbolic link of the archive that a path leads through, if any: nothing is ever written through one.
 *
 * @param parts - the path
 * @param links - the archive's links so far
 */
export function linkOnTheWay(parts: readonly string[], links: Links): string | undefined {
  for (let count = 1; count <= parts.length; count += 1) {
    const path = parts.slice(0, count).join("/");
    if (links.has(path)) {
      return path;
    }
  }
  return undefined;
}
