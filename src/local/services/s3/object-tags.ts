/** The tags of objects: as a header and as a document has them, and what S3 allows (pure). */

import { S3Error } from "./s3-error.ts";
import type { TextMap } from "./text-map.ts";
import type { XmlElement } from "./xml.ts";

type Tags = Readonly<Record<string, string>>;
type Pair = readonly [key: string, value: string];

/** S3's limits: tags of an object, and UTF-16 units of a key and a value. */
const MOST_TAGS = 10;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * The tags in `x-amz-tagging`, which has the form of a query.
 *
 * @throws S3Error `InvalidArgument`, `InvalidTag`, `BadRequest`
 */
export function headerTags(headers: TextMap): Tags {
  const text = headers["x-amz-tagging"] ?? "";
  const pairs = text
    .split("&")
    .filter((part) => part !== "")
    .map((part): Pair => {
      const mark = part.indexOf("=");
      const [key, value] = mark === -1 ? [part, ""] : [part.slice(0, mark), part.slice(mark + 1)];
      return [decode(key, text), decode(value, text)];
    });
  return checked(pairs, () => notAQuery(text));
}

/**
 * The tags in a `Tagging` document.
 *
 * @throws S3Error `MalformedXML`, `InvalidTag`, `BadRequest`
 */
export function documentTags(document: XmlElement | undefined): Tags {
  const [set] = document?.all("TagSet") ?? [];
  if (set === undefined) throw new S3Error("MalformedXML");
  const pairs = set.all("Tag").map((tag): Pair => {
    const key = tag.text("Key");
    const value = tag.text("Value");
    if (key === undefined || value === undefined) throw new S3Error("MalformedXML");
    return [key, value];
  });
  return checked(pairs, (key) => invalidTag(key, "Cannot provide multiple Tags with the same key"));
}

function checked(pairs: readonly Pair[], twice: (key: string) => S3Error): Tags {
  if (pairs.length > MOST_TAGS) {
    throw new S3Error(
      "BadRequest",
      {},
      { message: `Object tags cannot be greater than ${MOST_TAGS}` },
    );
  }
  const tags = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (key === "" || key.length > LONGEST_KEY || !ALLOWED.test(key)) {
      throw invalidTag(key, "The TagKey you have provided is invalid");
    }
    if (key.startsWith("aws:")) {
      throw invalidTag(key, "System tags cannot be added/updated by requester");
    }
    if (value.length > LONGEST_VALUE || !ALLOWED.test(value)) {
      throw invalidTag(key, "The TagValue you have provided is invalid");
    }
    if (tags.has(key)) throw twice(key);
    tags.set(key, value);
  }
  return Object.fromEntries(tags);
}

function invalidTag(key: string, message: string): S3Error {
  return new S3Error("InvalidTag", { TagKey: key.slice(0, LONGEST_KEY) }, { message });
}

function notAQuery(text: string): S3Error {
  return new S3Error(
    "InvalidArgument",
    { ArgumentName: "x-amz-tagging", ArgumentValue: text },
    {
      message:
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    },
  );
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    throw notAQuery(text);
  }
}
