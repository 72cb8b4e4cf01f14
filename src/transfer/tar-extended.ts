/** Extended headers of tar archives (POSIX, pax interchange format): what they say of a name, a link and a size (pure). */

/** What an extended header says; what it says besides (times, owners, attributes) is of no use here. */
export interface ExtendedHeader {
  readonly path?: string;
  readonly target?: string;
  readonly size?: number;
  /** GNU's sparse files are described in extended headers. */
  readonly isSparse: boolean;
}

/**
 * Reads the records of an extended header: `LENGTH NAME=VALUE\n` each. The last of several counts, and an empty value takes
 * back what was said.
 *
 * @throws Error when a record is not of that form
 */
export function extendedHeader(body: Buffer): ExtendedHeader {
  const said = new Map<string, string>();
  let isSparse = false;
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(" ", at);
    const digits = space === -1 ? "" : body.toString("latin1", at, Math.min(space, at + 9));
    const end = at + Number(digits);
    const sign = body.indexOf("=", space);
    const isGood =
      /^[1-9]\d{0,7}$/.test(digits) &&
      end <= body.length &&
      sign > space &&
      sign < end &&
      body[end - 1] === 0x0a;
    if (!isGood) throw new Error("an extended header has a record that cannot be read");
    const name = body.toString("utf8", space + 1, sign);
    if (name === "path" || name === "linkpath" || name === "size") {
      said.set(name, body.toString("utf8", sign + 1, end - 1));
    }
    isSparse ||= name.startsWith("GNU.sparse.");
    at = end;
  }
  const path = said.get("path") || undefined;
  const target = said.get("linkpath") || undefined;
  const size = said.get("size") || undefined;
  if (size !== undefined && !/^\d+$/.test(size)) {
    throw new Error("an extended header has a size that is no number");
  }
  return {
    ...(path !== undefined && { path }),
    ...(target !== undefined && { target }),
    ...(size !== undefined && { size: Number(size) }),
    isSparse,
  };
}
