/** S3's XML: written with a few lines, read with a parser that knows no entities but XML's own. */

import { S3Error } from "./s3-error.ts";

/** What an element holds: text, elements in order, or several elements of the same name. */
export type XmlContent =
  | string
  | number
  | boolean
  | undefined
  | { readonly [name: string]: XmlContent | readonly XmlContent[] };

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A document. Members that are `undefined` are left out; a list repeats its element. */
export function xmlDocument(root: string, content: XmlContent, namespace = true): string {
  const open = namespace ? `<${root} xmlns="${NAMESPACE}">` : `<${root}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open}${xmlContent(content)}</${root}>`;
}

function xmlContent(content: XmlContent): string {
  if (typeof content !== "object") return escapeXml(String(content ?? ""));
  let text = "";
  for (const [name, value] of Object.entries(content)) {
    for (const item of isList(value) ? value : [value]) {
      if (item !== undefined) text += `<${name}>${xmlContent(item)}</${name}>`;
    }
  }
  return text;
}

function isList(value: XmlContent | readonly XmlContent[]): value is readonly XmlContent[] {
  return Array.isArray(value);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys may have them, and XML must not
const SPECIAL = /[&<>"\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g;
const NAMED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Escapes a text. Control characters become references, as S3 writes them, though XML 1.0 has none such. */
function escapeXml(text: string): string {
  return text.replace(
    SPECIAL,
    (character) => NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = Number.parseInt(hex ?? decimal, hex === undefined ? 10 : 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** An element that was read. */
export class XmlElement {
  readonly #content: unknown;

  constructor(content: unknown) {
    this.#content = content;
  }

  /** The text of the first element of that name; `undefined` without one. */
  text(name: string): string | undefined {
    const content = this.#members(name)[0];
    if (content === undefined) return undefined;
    return typeof content === "string" ? unescapeXml(content) : "";
  }

  /** The elements of that name. */
  all(name: string): XmlElement[] {
    return this.#members(name).map((content) => new XmlElement(content));
  }

  #members(name: string): readonly unknown[] {
    const content = this.#content;
    if (typeof content !== "object" || content === null || !Object.hasOwn(content, name)) return [];
    return [(content as Record<string, unknown>)[name]].flat();
  }
}

/** A reference to what no document type has declared, or an ampersand by itself. */
const UNDECLARED = /&(?!#x[0-9a-f]{1,6};|#\d{1,7};|(?:amp|lt|gt|quot|apos);)/i;
/** Sections in which markup is text, by what begins and ends them. */
const LITERAL: readonly (readonly [string, string])[] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
];
/** S3's documents go five elements deep. */
const DEEPEST = 32;

/** Refuses what S3's documents have none of, before a parser is bothered with it: types with entities of their own, and depth. */
function checkMarkup(text: string): void {
  const markup = withoutLiterals(text);
  if (/<!DOCTYPE/i.test(markup) || UNDECLARED.test(markup)) throw new S3Error("MalformedXML");
  let depth = 0;
  for (const [tag] of markup.matchAll(/<[^!?<>][^<>]*>/g)) {
    if (tag.startsWith("</")) depth -= 1;
    else if (!tag.endsWith("/>")) depth += 1;
    if (depth > DEEPEST) throw new S3Error("MalformedXML");
  }
}

/** Without sections that are text alone; one after the other, since a pattern would look for the end of each again and again. */
function withoutLiterals(text: string): string {
  const kept: string[] = [];
  for (let at = 0; ; ) {
    const start = text.indexOf("<!", at);
    const found = LITERAL.find(([begin]) => start !== -1 && text.startsWith(begin, start));
    if (found === undefined) {
      // A document type, or nothing of the kind any more.
      return kept.join("") + text.slice(at);
    }
    kept.push(text.slice(at, start));
    const end = text.indexOf(found[1], start + found[0].length);
    if (end === -1) throw new S3Error("MalformedXML");
    at = end + found[1].length;
  }
}

/**
 * Reads a document.
 *
 * @param root - the name of its one element
 * @throws S3Error `MalformedXML`
 */
export async function parseXml(text: string, root: string): Promise<XmlElement> {
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  checkMarkup(text);
  try {
    if (XMLValidator.validate(text) !== true) throw new S3Error("MalformedXML");
    const parser = new XMLParser({
      ignoreDeclaration: true,
      ignorePiTags: true,
      parseTagValue: false,
      processEntities: false,
      removeNSPrefix: true,
      trimValues: false,
    });
    const [element] = new XmlElement(parser.parse(text)).all(root);
    if (element !== undefined) return element;
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw new S3Error("MalformedXML", {}, { cause });
  }
  throw new S3Error("MalformedXML");
}
