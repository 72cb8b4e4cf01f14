/** Numbers, digests and S3's own encoding of bodies, as they cannot be. */

import { aws, type HostileRequest, http, md5, NL, SIGNED } from "./request-shapes.ts";

/** Numbers and digests that cannot be. */
export const NUMBERS: readonly HostileRequest[] = [
  {
    name: "a range beyond the object",
    send: http("GET /bucket/object", ["Range: bytes=99999999999999999999-"]),
    answer: [416, "InvalidRange"],
  },
  {
    name: "the last none bytes",
    send: http("GET /bucket/object", ["Range: bytes=-0"]),
    answer: [416, "InvalidRange"],
  },
  {
    name: "a range to copy that is none",
    send: http("PUT /bucket/k?partNumber=1&uploadId=x", [
      "X-Amz-Copy-Source: bucket/object",
      "X-Amz-Copy-Source-Range: bytes=5-1",
    ]),
    answer: [404, "NoSuchUpload"],
  },
  {
    name: "part 0",
    send: http("PUT /bucket/k?partNumber=0&uploadId=x", [], "a"),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "part 10001",
    send: http("PUT /bucket/k?partNumber=10001&uploadId=x", [], "a"),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "part 1e3",
    send: http("PUT /bucket/k?partNumber=1e3&uploadId=x", [], "a"),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "a part to read that is none",
    send: http("GET /bucket/object?partNumber=-1"),
    answer: [400, "InvalidArgument"],
  },
  { name: "-1 keys", send: http("GET /bucket?max-keys=-1"), answer: [400, "InvalidArgument"] },
  {
    name: "keys beyond all numbers",
    send: http("GET /bucket?max-keys=99999999999999999999"),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "keys that are no number",
    send: http("GET /bucket?max-keys=0x10"),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "buckets beyond all numbers",
    send: http("GET /?max-buckets=99999999999999999999"),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "an object larger than S3 takes",
    send: http("PUT /bucket/k", ["Content-Length: 9000000000000"], "a"),
    answer: [400, "EntityTooLarge"],
    goesOn: false,
    halfClose: true,
  },
  {
    name: "a digest that is none",
    send: http("PUT /bucket/k", ["Content-MD5: ../../x"], "a"),
    answer: [400, "InvalidDigest"],
  },
  {
    name: "another body's digest",
    send: http("PUT /bucket/k", [md5("b")], "a"),
    answer: [400, "BadDigest"],
  },
  {
    name: "another body's hash",
    send: http("PUT /bucket/k", [`X-Amz-Content-Sha256: ${"0".repeat(64)}`], "a"),
    answer: [400, "XAmzContentSHA256Mismatch"],
  },
  {
    name: "a hash that is none",
    send: http("PUT /bucket/k", ["X-Amz-Content-Sha256: evil"], "a"),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "a checksum that is none",
    send: http("PUT /bucket/k", ["X-Amz-Checksum-Crc32: !"], "a"),
    answer: [400, "InvalidRequest"],
  },
  {
    name: "another body's checksum",
    send: http("PUT /bucket/k", ["X-Amz-Checksum-Crc32: AAAAAA=="], "a"),
    answer: [400, "BadDigest"],
  },
  {
    name: "metadata without end",
    send: http("PUT /bucket/k", [`X-Amz-Meta-A: ${"a".repeat(4000)}`], "a"),
    answer: [400, "MetadataTooLarge"],
  },
  {
    name: "a presigned URL whose time is over",
    send: http(`GET /bucket/object?${SIGNED("20200101T000000Z", "60")}`),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a presigned URL for longer than a week",
    send: http(`GET /bucket/object?${SIGNED("20260101T000000Z", "604801")}`),
    answer: [400, "AuthorizationQueryParametersError"],
  },
  {
    name: "a presigned URL for -1 seconds",
    send: http(`GET /bucket/object?${SIGNED("20260101T000000Z", "-1")}`),
    answer: [400, "AuthorizationQueryParametersError"],
  },
  {
    name: "a presigned URL without a time",
    send: http(`GET /bucket/object?${SIGNED("", "60")}`),
    answer: [400, "AuthorizationQueryParametersError"],
  },
  {
    name: "a presigned URL for ever",
    send: http(`GET /bucket/object?${SIGNED("20260101T000000Z", "Infinity")}`),
    answer: [400, "AuthorizationQueryParametersError"],
  },
];

/** The encoding of S3's clients. */
export const AWS_CHUNKED: readonly HostileRequest[] = [
  {
    name: "aws-chunked without a size",
    send: aws(4, `aaaa${NL}0${NL}${NL}`),
    answer: [400, "IncompleteBody"],
  },
  { name: "aws-chunked that stops", send: aws(4, `4${NL}aa`), answer: [400, "IncompleteBody"] },
  {
    name: "aws-chunked without its last chunk",
    send: aws(4, `4${NL}aaaa${NL}`),
    answer: [400, "IncompleteBody"],
  },
  {
    name: "aws-chunked with less than was told",
    send: aws(9, `4${NL}aaaa${NL}0${NL}${NL}`),
    answer: [400, "IncompleteBody"],
  },
  {
    name: "aws-chunked with more than was told",
    send: aws(2, `4${NL}aaaa${NL}0${NL}${NL}`),
    answer: [400, "IncompleteBody"],
  },
  {
    name: "aws-chunked of a negative length",
    send: aws(-1, `4${NL}aaaa${NL}0${NL}${NL}`),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "aws-chunked of a length that is none",
    send: aws("NaN", `4${NL}aaaa${NL}0${NL}${NL}`),
    answer: [400, "InvalidArgument"],
  },
  {
    name: "aws-chunked of more than S3 takes",
    send: aws(9e12, `4${NL}aaaa${NL}0${NL}${NL}`),
    answer: [400, "EntityTooLarge"],
  },
  {
    name: "an aws-chunked body without its trailer",
    send: aws(4, `4${NL}aaaa${NL}0${NL}${NL}`, ["X-Amz-Trailer: x-amz-checksum-crc32"]),
    answer: [400, "MalformedTrailerError"],
  },
  {
    name: "a trailer of another body",
    send: aws(4, `4${NL}aaaa${NL}0${NL}x-amz-checksum-crc32:AAAAAA==${NL}${NL}`, [
      "X-Amz-Trailer: x-amz-checksum-crc32",
    ]),
    answer: [400, "BadDigest"],
  },
  {
    name: "a trailer that is no checksum",
    send: aws(4, `4${NL}aaaa${NL}0${NL}x-amz-checksum-crc32:evil${NL}${NL}`, [
      "X-Amz-Trailer: x-amz-checksum-crc32",
    ]),
    answer: [400, "InvalidRequest"],
  },
  {
    name: "a trailer that S3 does not know",
    send: aws(4, `4${NL}aaaa${NL}0${NL}${NL}`, ["X-Amz-Trailer: host"]),
    answer: [400, "InvalidRequest"],
  },
  {
    name: "trailers without end",
    send: aws(
      4,
      `4${NL}aaaa${NL}0${NL}${Array.from({ length: 3000 }, (_, at) => `x-${at}:y${NL}`).join("")}${NL}`,
    ),
    answer: [400, "IncompleteBody"],
  },
  {
    name: "a body after the body's end",
    send: aws(4, `4${NL}aaaa${NL}0${NL}${NL}${"x".repeat(100_000)}`),
    answer: [400, "IncompleteBody"],
  },
];
