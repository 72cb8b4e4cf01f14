/** Bodies that are XML: taken in whole, within bounds, and checked like any other. */

import { createHash } from "node:crypto";
import { checksumAlgorithms, startChecksum } from "./checksums.ts";
import { checkDigests } from "./digest-check.ts";
import { incomingBody, type S3Request } from "./request.ts";
import { S3Error } from "./s3-error.ts";
import { parseXml, type XmlElement } from "./xml.ts";

/** 10,000 parts with their checksums, or 1,000 keys with every character escaped, stay below this. */
const MOST_BYTES = 8 * 2 ** 20;

/**
 * The XML document in a request's body.
 *
 * @param root - the name of its one element
 * @param options - `isEmptyAllowed`: `undefined` is returned for no body; `mustBeChecked`: a digest has to come with it
 * @throws S3Error `MalformedXML`, `BadDigest` …
 */
export async function readXml(
  request: S3Request,
  root: string,
  options: { readonly mustBeChecked?: boolean } = {},
): Promise<XmlElement | undefined> {
  const { source, expected, algorithms, trailing } = incomingBody(request);
  if (options.mustBeChecked === true && expected.md5 === undefined && algorithms.length === 0) {
    throw new S3Error(
      "InvalidRequest",
      {},
      { message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*" },
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new S3Error("MaxMessageLengthExceeded");
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const checksums: Record<string, string> = {};
  for (const algorithm of checksumAlgorithms.filter((name) => algorithms.includes(name))) {
    const checksum = await startChecksum(algorithm);
    checksum.update(body);
    checksums[algorithm] = (await checksum.digest()).toString("base64");
  }
  const digests = {
    size,
    md5: createHash("md5").update(body).digest(),
    sha256: createHash("sha256").update(body).digest("hex"),
    checksums,
  };
  checkDigests(digests, expected);
  checkDigests(digests, { checksums: trailing?.() ?? {} });
  return size === 0 ? undefined : await parseXml(body.toString("utf8"), root);
}
