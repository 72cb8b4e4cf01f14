/** File names: their order as bytes, whether they can be names of objects, and what systems take them for. */

/**
 * The order of S3's listings and of archives: by UTF-8 bytes. JavaScript's own order puts U+10000 before U+FFEE.
 *
 * @param left - a name
 * @param right - another
 */
export function compareNames(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/**
 * A name as a file system gave it, decoded; `undefined` when it is not valid UTF-8, so that it could not be written again
 * under the same name.
 *
 * @param bytes - the name's bytes
 */
export function decodeName(bytes: Uint8Array): string | undefined {
  const name = Buffer.from(bytes).toString("utf8");
  return Buffer.from(name).equals(bytes) ? name : undefined;
}

/** What names on Windows cannot have, the characters below the space among it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_ON_WINDOWS = /[\\:*?"<>|\u0000-\u001f]/;
/** Devices, in every folder and with every ending. */
const DEVICES =
  /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i;

/**
 * Why a name cannot be a file's on Windows; `undefined` when it can.
 *
 * @param name - parts joined by `/`
 */
export function windowsProblem(name: string): string | undefined {
  if (NOT_ON_WINDOWS.test(name)) return "has characters that file names on Windows cannot have";
  const parts = name.split("/");
  const device = parts.find((part) => DEVICES.test(part));
  if (device !== undefined) return `is the name of a device on Windows: ${JSON.stringify(device)}`;
  // Windows drops them, so that the file would be another one.
  return parts.some((part) => part !== "." && part !== ".." && /[ .]$/.test(part))
    ? "ends in a space or a dot, which file names on Windows cannot"
    : undefined;
}

/**
 * A name as its system finds it: on macOS and Windows two spellings may be one file.
 *
 * @param name - the name
 * @param platform - whose file names are meant
 */
export function foldName(name: string, platform: NodeJS.Platform): string {
  return platform === "darwin" || platform === "win32"
    ? name.normalize("NFC").toUpperCase().toLowerCase()
    : name;
}
