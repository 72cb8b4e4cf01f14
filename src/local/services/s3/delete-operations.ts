/** DeleteObject and DeleteObjects. */

import { checkVersion } from "./addressing.ts";
import type { WriteCondition } from "./bucket-journal.ts";
import { openBucket } from "./bucket-operations.ts";
import { unquote } from "./conditions.ts";
import { type BucketRequest, emptyResponse, type Operation, xmlResponse } from "./request.ts";
import { S3Error } from "./s3-error.ts";
import type { XmlElement } from "./xml.ts";
import { readXml } from "./xml-body.ts";

/** S3's limit for the keys of one DeleteObjects. */
const MOST_KEYS = 1_000;
/** Conditions of directory buckets. To delete without heeding them would be worse than to refuse. */
const OTHER_CONDITIONS = ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"];
const OTHER_ELEMENTS = ["LastModifiedTime", "Size"];

export const deleteObject: Operation = async (request, context) => {
  const { headers, key, query } = request;
  checkVersion(query["versionId"]);
  const other = OTHER_CONDITIONS.find((name) => headers[name] !== undefined);
  if (other !== undefined) throw new S3Error("NotImplemented", { Header: other });
  const bucket = await openBucket(request, context);
  const [failed] = await bucket.delete([{ key, condition: ifMatch(headers["if-match"]) }]);
  if (failed !== undefined) throw failed;
  return emptyResponse(204);
};

function ifMatch(etag: string | undefined): WriteCondition | undefined {
  return etag === undefined ? undefined : { etag: unquote(etag) };
}

export const deleteObjects: Operation<BucketRequest> = async (request, context) => {
  const bucket = await openBucket(request, context);
  const document = await readXml(request, "Delete", { mustBeChecked: true });
  const objects = document?.all("Object") ?? [];
  if (objects.length === 0 || objects.length > MOST_KEYS) throw new S3Error("MalformedXML");
  const isQuiet = document?.text("Quiet")?.trim() === "true";
  const wanted = objects.map(wantedDeletion);
  const failures = await bucket.delete(wanted);
  return xmlResponse("DeleteResult", {
    Deleted: isQuiet
      ? []
      : wanted.filter((_, at) => failures[at] === undefined).map(({ key: Key }) => ({ Key })),
    Error: wanted.flatMap(({ key: Key }, at) => {
      const failure = failures[at];
      return failure === undefined ? [] : [{ Key, Code: failure.code, Message: failure.message }];
    }),
  });
};

function wantedDeletion(object: XmlElement): {
  key: string;
  condition: WriteCondition | undefined;
} {
  const key = object.text("Key");
  if (key === undefined || key === "") throw new S3Error("MalformedXML");
  const other = OTHER_ELEMENTS.find((name) => object.text(name) !== undefined);
  if (other !== undefined) throw new S3Error("NotImplemented", { Header: other });
  checkVersion(object.text("VersionId"));
  return { key, condition: ifMatch(object.text("ETag")) };
}
