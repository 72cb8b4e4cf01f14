/** From a key to a file's name in a channel's folder, by the rule that real jobs show. */

/** A key that cannot be a file of a channel. */
export class UnusableKeyError extends Error {
  override readonly name: string = "UnusableKeyError";
}

/** What a key becomes in a channel. */
export interface LocalName {
  /** Relative to the channel's folder, `/` between folders; "" is the folder itself. */
  readonly path: string;
  /** A key that ends in a slash stands for a folder. */
  readonly isFolder: boolean;
}

/**
 * The local name of `key`, found under the string prefix `prefix`: what follows the prefix when that is a folder (`data/` or `data` before
 * `data/x`), else what follows its last slash (`data/tr` before `data/train.csv`).
 *
 * @throws UnusableKeyError when that is no name of a file inside the channel
 */
export function localName(prefix: string, key: string): LocalName {
  const start = prefix.endsWith("/")
    ? prefix.length
    : key[prefix.length] === "/"
      ? prefix.length + 1
      : prefix.lastIndexOf("/") + 1;
  const rest = key.slice(start);
  const isFolder = rest === "" || rest.endsWith("/");
  const path = isFolder ? rest.slice(0, -1) : rest;
  if (path.includes("\0")) throw new UnusableKeyError("it holds a NUL character");
  if (path.startsWith("/")) throw new UnusableKeyError("its name in the channel would be absolute");
  const parts = path.split("/");
  if (parts.includes("..")) throw new UnusableKeyError('it holds ".."');
  if (parts.at(-1) === ".") throw new UnusableKeyError('it ends in "."');
  return { path, isFolder };
}
