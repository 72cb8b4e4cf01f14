/** The text of a `config.yaml` as a value, read as the Python SDK's parser reads it (YAML 1.1). */

import type { Tags } from "yaml";
import type { ConfigProblem } from "./check-config.ts";

/** What a text says, or why it says nothing. */
export type ParsedConfig =
  | { readonly value: unknown; readonly problems?: undefined }
  | { readonly problems: readonly ConfigProblem[] };

/** What an alias may be expanded to: beyond that a few lines become gigabytes. */
const MAX_ALIASES = 100;

/**
 * Parses; `null` for a text without contents.
 *
 * @param text - the file's
 */
export async function parseConfig(text: string): Promise<ParsedConfig> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, {
    version: "1.1",
    customTags: asPython,
    prettyErrors: true,
  });
  // A tag that nobody knows is a warning to the parser; Python's refuses it.
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.length > 0) {
    return {
      problems: complaints.map(({ message }) => ({ path: "", message: withoutQuotation(message) })),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Only an alias of what it stands in makes a circle.
    JSON.stringify(value);
  } catch {
    return {
      problems: [
        { path: "", message: "Its aliases (*name) lead in a circle, or stand for too much." },
      ],
    };
  }
  return { value };
}

/**
 * Python's parser takes fewer words for booleans and numbers: `y` and `n` are texts to it, and so are numbers with leading zeros that
 * are not octal, and those with an exponent but without its sign or the point (`12e034`).
 */
function asPython(tags: Tags): Tags {
  return tags.map((tag) => {
    if (typeof tag === "string" || tag.test === undefined) {
      return tag;
    }
    const kind = `${tag.tag.replace("tag:yaml.org,2002:", "")} ${tag.format ?? ""}`;
    switch (kind) {
      case "bool ":
        return { ...tag, test: tag.test.test("yes") ? YES : NO };
      case "int ":
        return { ...tag, test: DECIMAL };
      case "float EXP":
        return { ...tag, test: EXPONENT };
      default:
        return tag;
    }
  });
}

const YES = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const NO = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const EXPONENT = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)[eE][-+][0-9]+$/;

/**
 * The parser quotes what it stumbled over (`Unresolved alias …: hunter2`, and the line itself), which may be a secret: what is wrong and
 * where is enough.
 */
function withoutQuotation(message: string): string {
  const [first = message] = message.split("\n");
  return `${first.replace(/:$/, "").replace(/: .*?(?= at line \d+, column \d+$)/, "")}.`;
}
