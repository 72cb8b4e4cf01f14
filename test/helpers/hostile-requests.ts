/** Requests that no honest client sends, each with the answer that AWS documents for it. */

import { createHash } from "node:crypto";

/** One of them. */
export interface HostileRequest {
  readonly name: string;
  /** All that is sent, as Latin-1 text or bytes. */
  readonly send: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Status and code, as in S3's XML, Query's XML or the JSON protocol. Several: in the order of the answers. */
  readonly answer: readonly [status: number, code: string] | readonly (readonly [number, string])[];
  /** Whether the connection goes on afterwards. Default: `true`. */
  readonly goesOn?: boolean;
  readonly halfClose?: boolean;
}

const HOST = "Host: 127.0.0.1";
const NL = "\r\n";

/** A request's text: the first line without the version, headers, body; `Content-Length` and `Host` are added unless they are given. */
export function http(line: string, headers: readonly string[] = [], body = ""): string {
  const has = (name: string): boolean =>
    headers.some((header) => header.toLowerCase().startsWith(`${name}:`));
  return [
    `${line} HTTP/1.1`,
    ...(has("host") ? [] : [HOST]),
    ...headers,
    ...(body === "" || has("content-length") || has("transfer-encoding")
      ? []
      : [`Content-Length: ${Buffer.byteLength(body, "latin1")}`]),
    "",
    body,
  ].join(NL);
}

/** A call of a JSON service. */
export function json(target: string, body: string, headers: readonly string[] = []): string {
  const type = "Content-Type: application/x-amz-json-1.1";
  return http("POST /", [type, `X-Amz-Target: ${target}`, ...headers], body);
}

const JOB = {
  TrainingJobName: "job",
  RoleArn: "arn:aws:iam::123456789012:role/r",
  AlgorithmSpecification: { TrainingImage: "image:1", TrainingInputMode: "File" },
  OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};
const create = (change: object): string =>
  json("SageMaker.CreateTrainingJob", JSON.stringify({ ...JOB, ...change }));
const channel = (ChannelName: string, S3Uri = "s3://bucket/"): object => ({
  InputDataConfig: [
    {
      ChannelName,
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri } },
    },
  ],
});
const image = (TrainingImage: string): object => ({
  AlgorithmSpecification: { TrainingImage, TrainingInputMode: "File" },
});
const logs = (operation: string, body: object): string =>
  json(`Logs_20140328.${operation}`, JSON.stringify(body));
const md5 = (text: string): string =>
  `Content-MD5: ${createHash("md5").update(text, "latin1").digest("base64")}`;
const deletion = (xml: string): string => http("POST /bucket?delete", [md5(xml)], xml);
const chunked = (body: string, headers: readonly string[] = []): string =>
  http("PUT /bucket/k", ["Transfer-Encoding: chunked", ...headers], body);
/** A body in aws-chunked. */
const aws = (size: number | string, body: string, headers: readonly string[] = []): string =>
  http(
    "PUT /bucket/k",
    [
      "Content-Encoding: aws-chunked",
      "X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      `X-Amz-Decoded-Content-Length: ${size}`,
      ...headers,
    ],
    body,
  );
const SIGNED = (date: string, expires: string): string =>
  `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00`;
const CREATED = "<Delete><Object><Key>k</Key></Object></Delete>";
const BOMB = `<!DOCTYPE Delete [<!ENTITY a "${"lol".repeat(10)}">${Array.from({ length: 9 }, (_, at) => `<!ENTITY ${"bcdefghij"[at]} "${`&${"abcdefghi"[at]};`.repeat(10)}">`).join("")}]><Delete><Object><Key>&j;</Key></Object></Delete>`;

const MALFORMED = [400, "BadRequest"] as const;
const PUT = "PUT /bucket/k";
const LAST = `0${NL}${NL}`;

/** Shapes that no reader may take for a request: each is answered as malformed, and ends its connection. */
const BROKEN: readonly HostileRequest[] = Object.entries({
  "HTTP/0.9": `GET /bucket${NL}${NL}`,
  "HTTP/2 by prior knowledge": `PRI * HTTP/2.0${NL}${NL}SM${NL}${NL}`,
  "a target that is no path": http("GET bucket"),
  "chunked twice": http(PUT, ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], LAST),
  "chunked twice in one header": http(PUT, ["Transfer-Encoding: chunked, chunked"], LAST),
  "chunked behind a vertical tab": http(PUT, ["Transfer-Encoding:\x0bchunked"], LAST),
  "chunks by HTTP/1.0": `${PUT} HTTP/1.0${NL}${HOST}${NL}Connection: keep-alive${NL}Transfer-Encoding: chunked${NL}${NL}${LAST}`,
  "a length with a sign": http(PUT, ["Content-Length: +1"], "a"),
  "an empty length": http(PUT, ["Content-Length: "], "a"),
  "the same length twice": http(PUT, ["Content-Length: 1", "Content-Length: 1"], "a"),
  "a chunk of a size in C's hexadecimal": chunked(`0x4${NL}aaaa${NL}${LAST}`),
  "a chunk of a negative size": chunked(`-1${NL}aaaa${NL}${LAST}`),
  "chunks that end in line feeds": chunked("4\naaaa\n0\n\n"),
  "a line feed in a chunk extension": chunked(`4;a\nb${NL}aaaa${NL}${LAST}`),
  "a header without a name": http("GET /bucket", [": x"]),
  "a header's name with a space": http("GET /bucket", ["X A: b"]),
}).map(([name, send]) => ({ name, send, answer: MALFORMED, goesOn: false }));

/** Broken HTTP, and shapes that are one request for one reader and two for another. */
const SMUGGLING: readonly HostileRequest[] = [
  {
    name: "no HTTP at all",
    send: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a method that does not exist",
    send: http("BREW /bucket"),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a method of HTTP's that S3 does not have",
    send: http("PATCH /bucket/k"),
    answer: [405, "MethodNotAllowed"],
  },
  { name: "TRACE", send: http("TRACE /"), answer: [405, "MethodNotAllowed"] },
  {
    name: "a tunnel",
    send: http("CONNECT evil.example:443"),
    answer: [405, "MethodNotAllowed"],
    goesOn: false,
  },
  {
    name: "a version that does not exist",
    send: `GET / HTTP/9.9${NL}${HOST}${NL}${NL}`,
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "HTTP/1.0 without a host",
    send: `GET / HTTP/1.0${NL}${NL}`,
    answer: [403, "AccessDenied"],
    goesOn: false,
  },
  { name: "no Host", send: `GET / HTTP/1.1${NL}${NL}`, answer: MALFORMED },
  { name: "two Hosts", send: http("GET /", [HOST, "Host: localhost"]), answer: MALFORMED },
  {
    name: "a target for another host",
    send: http("GET http://evil.example/bucket"),
    answer: MALFORMED,
  },
  {
    name: "two lengths",
    send: http("PUT /bucket/k", ["Content-Length: 1", "Content-Length: 5"], "aGET "),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "two lengths in one header",
    send: http("PUT /bucket/k", ["Content-Length: 1, 5"], "aGET "),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a negative length",
    send: http("PUT /bucket/k", ["Content-Length: -1"], "a"),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a length beyond all numbers",
    send: http("PUT /bucket/k", ["Content-Length: 99999999999999999999999"], "a"),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a length that is no number",
    send: http("PUT /bucket/k", ["Content-Length: 0x10"], "a"),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a length and chunks",
    send: http(
      "PUT /bucket/k",
      ["Content-Length: 4", "Transfer-Encoding: chunked"],
      `0${NL}${NL}GET /x`,
    ),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "chunks and a length",
    send: http(
      "PUT /bucket/k",
      ["Transfer-Encoding: chunked", "Content-Length: 4"],
      `0${NL}${NL}GET /x`,
    ),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "an encoding that only looks like chunked",
    send: http("PUT /bucket/k", ["Transfer-Encoding: xchunked", "Content-Length: 4"], "aaaa"),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "chunked that is not the last encoding",
    send: http("PUT /bucket/k", ["Transfer-Encoding: chunked, identity"], `0${NL}${NL}`),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a space before the colon",
    send: http("PUT /bucket/k", ["Content-Length : 4"], "aaaa"),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a folded header",
    send: http("GET /bucket", ["X-A: b\r\n Transfer-Encoding: chunked"]),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a header that begins with a space",
    send: `GET / HTTP/1.1${NL} X-A: b${NL}${HOST}${NL}${NL}`,
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "line feeds alone",
    send: `GET /bucket HTTP/1.1\n${HOST}\n\n`,
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a carriage return in a header",
    send: http("GET /bucket", ["X-A: b\rX-B: c"]),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a NUL in a header",
    send: http("GET /bucket", ["X-A: b\0c"]),
    answer: MALFORMED,
    goesOn: false,
  },
  { name: "a NUL in the target", send: http("GET /bucket/a\0b"), answer: MALFORMED, goesOn: false },
  {
    name: "a chunk whose size is no number",
    send: chunked(`zz${NL}aaaa${NL}0${NL}${NL}`, ["X-Amz-Decoded-Content-Length: 4"]),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a chunk whose size overflows",
    send: chunked(`ffffffffffffffffff${NL}aaaa`, ["X-Amz-Decoded-Content-Length: 4"]),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a chunk that is longer than it says",
    send: chunked(`2${NL}aaaa${NL}0${NL}${NL}`, ["X-Amz-Decoded-Content-Length: 4"]),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a chunk extension without end",
    send: chunked(`4;${"x".repeat(40_000)}${NL}aaaa${NL}0${NL}${NL}`, [
      "X-Amz-Decoded-Content-Length: 4",
    ]),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "trailers that would be headers",
    send: chunked(`4${NL}aaaa${NL}0${NL}X-Amz-Acl: public-read${NL}Host: evil${NL}${NL}`),
    answer: [411, "MissingContentLength"],
  },
  {
    name: "chunks of an unknown length",
    send: chunked(`4${NL}aaaa${NL}0${NL}${NL}`),
    answer: [411, "MissingContentLength"],
  },
  {
    name: "a header without end",
    send: http("GET /bucket", [`X-A: ${"a".repeat(64_000)}`]),
    answer: [400, "RequestHeaderSectionTooLarge"],
    goesOn: false,
  },
  {
    name: "headers without end",
    send: http(
      "GET /bucket",
      Array.from({ length: 5000 }, (_, at) => `X-${at}: a`),
    ),
    answer: [400, "RequestHeaderSectionTooLarge"],
    goesOn: false,
  },
  {
    name: "a target without end",
    send: http(`GET /bucket/${"a".repeat(64_000)}`),
    answer: [400, "RequestHeaderSectionTooLarge"],
    goesOn: false,
  },
  {
    name: "a body that the sender cuts off",
    send: http("PUT /bucket/k", ["Content-Length: 10"], "abc"),
    answer: MALFORMED,
    goesOn: false,
    halfClose: true,
  },
  {
    name: "two requests at once",
    send: http("PATCH /bucket/k") + http("GET /nowhere-at-all"),
    answer: [
      [405, "MethodNotAllowed"],
      [404, "NoSuchBucket"],
    ],
  },
  {
    name: "a request behind a refused body",
    send: http("PUT /nowhere-at-all/k", [], "GET /bucket HTTP/1.1") + http("PATCH /bucket"),
    answer: [
      [404, "NoSuchBucket"],
      [405, "MethodNotAllowed"],
    ],
  },
  {
    name: "garbage behind a request",
    send: `${http("PATCH /bucket/k")}\0\x01garbage${NL}${NL}`,
    answer: [[405, "MethodNotAllowed"], MALFORMED],
    goesOn: false,
  },
  {
    name: "garbage behind a request that has been answered",
    send: http("PATCH /bucket/k") + http("GET /nowhere-at-all") + http("BREW /"),
    answer: [[405, "MethodNotAllowed"], [404, "NoSuchBucket"], MALFORMED],
    goesOn: false,
  },
  {
    name: "an expectation that nobody knows",
    send: http("GET /nowhere-at-all", ["Expect: 200-maybe"]),
    answer: [404, "NoSuchBucket"],
  },
  {
    name: "an upgrade",
    send: http("GET /nowhere-at-all", ["Connection: Upgrade", "Upgrade: websocket"]),
    answer: [404, "NoSuchBucket"],
    goesOn: false,
  },
  { name: "all of the server", send: http("OPTIONS *"), answer: [405, "MethodNotAllowed"] },
  {
    name: "a half-closed connection",
    send: http("GET /nowhere-at-all"),
    answer: [404, "NoSuchBucket"],
    halfClose: true,
    goesOn: false,
  },
];

/** Who may ask. */
const STRANGERS: readonly HostileRequest[] = [
  {
    name: "a foreign Host",
    send: http("GET /", ["Host: evil.example"]),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a Host that resolves to this machine",
    send: http("GET /", ["Host: 127.0.0.1.nip.io"]),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a Host that ends like this machine",
    send: http("GET /", ["Host: evil.example.localhost.evil"]),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a Host with a user",
    send: http("GET /", ["Host: 127.0.0.1@evil.example"]),
    answer: [403, "AccessDenied"],
  },
  {
    name: "an address of another machine",
    send: http("GET /", ["Host: 169.254.169.254"]),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a web page",
    send: http("GET /", ["Origin: https://evil.example"]),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a web page of no origin",
    send: http("PUT /bucket/k", ["Origin: null"], "a"),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a web page's preflight",
    send: http("OPTIONS /bucket", [
      "Origin: https://evil.example",
      "Access-Control-Request-Method: PUT",
    ]),
    answer: [403, "AccessDenied"],
  },
  {
    name: "a form of another site",
    send: http(
      "POST /",
      ["Sec-Fetch-Site: cross-site", "Content-Type: application/x-www-form-urlencoded"],
      "Action=GetCallerIdentity&Version=2011-06-15",
    ),
    answer: [403, "AccessDeniedException"],
  },
  {
    name: "a web page that starts a job",
    send: create({}).replace(NL, `${NL}Origin: https://evil.example${NL}`),
    answer: [403, "AccessDeniedException"],
  },
];

/** Names of jobs, channels, images and places that would be paths. `linked` is a link out of the folder of images. */
const JOB_PATHS: readonly HostileRequest[] = Object.entries({
  "a job that leads out": create({ TrainingJobName: "../../evil" }),
  "a job that is its folder": create({ TrainingJobName: "." }),
  "a job by an absolute path": create({ TrainingJobName: "/etc" }),
  "a job with a backslash": create({ TrainingJobName: "a\\b" }),
  "a job with a NUL": create({ TrainingJobName: "job\0" }),
  "a job with a line feed": create({ TrainingJobName: "job\n" }),
  "a job that is too long": create({ TrainingJobName: "a".repeat(64) }),
  "a job by a path": json(
    "SageMaker.DescribeTrainingJob",
    '{"TrainingJobName":"../../../etc/passwd"}',
  ),
  "a channel that leads out": create(channel("..")),
  "a channel that is its folder": create(channel(".")),
  "a channel by a path": create(channel("../../etc")),
  "a channel with a backslash": create(channel("..\\etc")),
  "a channel with a NUL": create(channel("c\0")),
  "a channel of a file's URL": create(channel("c", "file:///etc")),
  "a channel of a path": create(channel("c", "/etc")),
  "output to a file's URL": create({ OutputDataConfig: { S3OutputPath: "file:///tmp" } }),
  "an image by an absolute path": create(image("/bin")),
  "an image that leads out of its roots": create(image("../../../../bin")),
  "an image beside its root": create(image("image/../../outside")),
  "an image behind a link out": create(image("linked")),
  "an image below a link out": create(image("linked/../outside")),
  "an image that is its root": create(image("image/..")),
  "an image by a file's URL": create(image("file:///bin")),
  "an image with encoded dots": create(image("%2e%2e/outside")),
  "an image with backslashes": create(image("..\\outside")),
  "an image with a NUL": create(image("image\0:1")),
  "an image with a line feed": create(image("image\n")),
  "an image that is too long": create(image("a/".repeat(128))),
  "an image that is no name of its own": create(image("__proto__")),
  "checkpoints over the system's files": create({
    CheckpointConfig: { S3Uri: "s3://bucket/c", LocalPath: "/etc/../../x\ny" },
  }),
}).map(([name, send]) => ({ name, send, answer: [400, "ValidationException"] }));

/** Names that would be paths. */
const PATHS: readonly HostileRequest[] = [
  {
    name: "a key that leads out",
    send: http("PUT /bucket/../../../../tmp/evil", [], "a"),
    answer: [400, "InvalidURI"],
  },
  {
    name: "a key that leads out, encoded",
    send: http("PUT /bucket/%2e%2e/%2e%2e/tmp/evil", [], "a"),
    answer: [400, "InvalidURI"],
  },
  {
    name: "a key that leads out, with encoded slashes",
    send: http("PUT /bucket/a%2F..%2F..%2F..%2Ftmp%2Fevil", [], "a"),
    answer: [400, "InvalidURI"],
  },
  {
    name: "a key in overlong UTF-8",
    send: http("GET /bucket/%c0%ae%c0%ae/%c0%af"),
    answer: [400, "InvalidURI"],
  },
  { name: "a key that is no UTF-8", send: http("GET /bucket/%ff%fe"), answer: [400, "InvalidURI"] },
  {
    name: "a key with a broken escape",
    send: http("GET /bucket/%zz"),
    answer: [400, "InvalidURI"],
  },
  {
    name: "a key that is not encoded",
    send: http("GET /bucket/caf\xc3\xa9"),
    answer: MALFORMED,
    goesOn: false,
  },
  {
    name: "a query with a broken escape",
    send: http("GET /bucket?prefix=%zz"),
    answer: [400, "InvalidURI"],
  },
  {
    name: "a key that is too long",
    send: http(`GET /bucket/${"a".repeat(1025)}`),
    answer: [400, "KeyTooLongError"],
  },
  {
    name: "a bucket that leads out",
    send: http("PUT /..%2F..%2Ftmp"),
    answer: [400, "InvalidBucketName"],
  },
  {
    name: "an object in a bucket that leads out",
    send: http("PUT /..%2F..%2Ftmp/evil", [], "a"),
    answer: [400, "InvalidBucketName"],
  },
  {
    name: "a bucket that is a folder of the store",
    send: http("PUT /.."),
    answer: [400, "InvalidBucketName"],
  },
  { name: "a bucket with a NUL", send: http("PUT /buck%00et"), answer: [400, "InvalidBucketName"] },
  {
    name: "a copy from outside",
    send: http("PUT /bucket/k", ["X-Amz-Copy-Source: /bucket/../../../etc/passwd"]),
    answer: [400, "InvalidURI"],
  },
  {
    name: "a copy from a bucket that leads out",
    send: http("PUT /bucket/k", ["X-Amz-Copy-Source: ../etc/passwd"]),
    answer: [400, "InvalidBucketName"],
  },
  {
    name: "an upload that leads out",
    send: http("PUT /bucket/k?partNumber=1&uploadId=..%2F..%2F..%2Ftmp", [], "a"),
    answer: [404, "NoSuchUpload"],
  },
  {
    name: "an upload to end that leads out",
    send: http("DELETE /bucket/k?uploadId=..%2F..%2Fbodies"),
    answer: [404, "NoSuchUpload"],
  },
  {
    name: "a log group that leads out",
    send: logs("CreateLogGroup", { logGroupName: "../../evil group" }),
    answer: [400, "InvalidParameterException"],
  },
  {
    name: "a log stream with a colon",
    send: logs("CreateLogStream", { logGroupName: "g", logStreamName: "a:*" }),
    answer: [400, "InvalidParameterException"],
  },
  {
    name: "a log group by a path that is not there",
    send: logs("GetLogEvents", { logGroupName: "/../../../../etc", logStreamName: "passwd" }),
    answer: [400, "ResourceNotFoundException"],
  },
  {
    name: "a page token by a path",
    send: http("GET /bucket?list-type=2&continuation-token=..%2F..%2Fetc"),
    answer: [400, "InvalidArgument"],
  },
];

/** Documents that are broken, or bombs. */
const DOCUMENTS: readonly HostileRequest[] = [
  {
    name: "XML that does not end",
    send: deletion("<Delete><Object><Key>k"),
    answer: [400, "MalformedXML"],
  },
  {
    name: "XML of another kind",
    send: deletion("<CreateBucketConfiguration/>"),
    answer: [400, "MalformedXML"],
  },
  { name: "entities that explode", send: deletion(BOMB), answer: [400, "MalformedXML"] },
  {
    name: "an entity from a file",
    send: deletion(
      '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
    ),
    answer: [400, "MalformedXML"],
  },
  {
    name: "a document type from elsewhere",
    send: deletion(`<!DOCTYPE d SYSTEM "http://evil.example/d.dtd">${CREATED}`),
    answer: [400, "MalformedXML"],
  },
  {
    name: "an entity that nobody declared",
    send: deletion("<Delete><Object><Key>&evil;</Key></Object></Delete>"),
    answer: [400, "MalformedXML"],
  },
  {
    name: "XML that is deep",
    send: deletion(`<Delete>${"<Object>".repeat(100_000)}`),
    answer: [400, "MalformedXML"],
  },
  {
    name: "XML that is deep and well-formed",
    send: deletion(`<Delete>${"<a>".repeat(20_000)}${"</a>".repeat(20_000)}</Delete>`),
    answer: [400, "MalformedXML"],
  },
  {
    name: "XML in UTF-16",
    send: deletion(Buffer.from(`\ufeff${CREATED}`, "utf16le").toString("latin1")),
    answer: [400, "MalformedXML"],
  },
  {
    name: "more keys than S3 takes",
    send: deletion(`<Delete>${"<Object><Key>k</Key></Object>".repeat(1001)}</Delete>`),
    answer: [400, "MalformedXML"],
  },
  {
    name: "XML without its checksum",
    send: http("POST /bucket?delete", [], CREATED),
    answer: [400, "InvalidRequest"],
  },
  {
    name: "XML with another's checksum",
    send: http("POST /bucket?delete", [md5("x")], CREATED),
    answer: [400, "BadDigest"],
  },
  {
    name: "a prototype in XML",
    send: deletion("<__proto__><Key>k</Key></__proto__>"),
    answer: [400, "MalformedXML"],
  },
  {
    name: "JSON that does not end",
    send: json("SageMaker.ListTrainingJobs", '{"MaxResults":'),
    answer: [400, "SerializationException"],
  },
  {
    name: "JSON that is no structure",
    send: json("SageMaker.ListTrainingJobs", "[1,2]"),
    answer: [400, "SerializationException"],
  },
  {
    name: "JSON that is XML",
    send: json("SageMaker.ListTrainingJobs", CREATED),
    answer: [400, "SerializationException"],
  },
  {
    name: "JSON that is deep",
    send: json("SageMaker.ListTrainingJobs", `{"MaxResults":${"[".repeat(200_000)}`),
    answer: [400, "SerializationException"],
  },
  {
    name: "JSON that is deep and well-formed",
    send: json(
      "SageMaker.CreateTrainingJob",
      `{"Tags":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
    ),
    answer: [400, "SerializationException"],
  },
  {
    name: "JSON that is deep where nobody looks",
    send: create({}).replace(
      /\r\nContent-Length: \d+\r\n\r\n\{/,
      `\r\nContent-Length: ${JSON.stringify(JOB).length + 400_005}\r\n\r\n{"a":${"[".repeat(200_000)}${"]".repeat(200_000)},`,
    ),
    answer: [400, "SerializationException"],
  },
  {
    name: "an array without end",
    send: create({ Tags: Array.from({ length: 100_000 }, () => ({ Key: "k", Value: "v" })) }),
    answer: [400, "ValidationException"],
  },
  {
    name: "a map without end",
    send: create({
      HyperParameters: Object.fromEntries(
        Array.from({ length: 50_000 }, (_, at) => [`k${at}`, "v"]),
      ),
    }),
    answer: [400, "ValidationException"],
  },
  {
    name: "a wrong type",
    send: json("SageMaker.ListTrainingJobs", '{"MaxResults":{"a":1}}'),
    answer: [400, "SerializationException"],
  },
  {
    name: "a number beyond all pages",
    send: json("SageMaker.ListTrainingJobs", '{"MaxResults":1e308}'),
    answer: [400, "SerializationException"],
  },
  {
    name: "an operation that does not exist",
    send: json("SageMaker.__proto__", "{}"),
    answer: [404, "UnknownOperationException"],
  },
  {
    name: "a service that does not exist",
    send: json("constructor.name", "{}"),
    answer: [404, "UnknownOperationException"],
  },
  {
    name: "a body of 17 MiB",
    send: json("SageMaker.ListTrainingJobs", `{"a":"${"x".repeat(17 * 2 ** 20)}"}`),
    answer: [413, "RequestEntityTooLargeException"],
  },
  {
    name: "a form without an action",
    send: http("POST /", ["Content-Type: application/x-www-form-urlencoded"], "Version=2011-06-15"),
    answer: [400, "InvalidAction"],
  },
  {
    name: "a form's action that is a prototype's",
    send: http(
      "POST /",
      ["Content-Type: application/x-www-form-urlencoded"],
      "Action=constructor&Version=2011-06-15",
    ),
    answer: [400, "InvalidAction"],
  },
  {
    name: "a role with markup",
    send: http(
      "POST /",
      ["Content-Type: application/x-www-form-urlencoded"],
      "Action=AssumeRole&Version=2011-06-15&RoleArn=%3Cx%3E&RoleSessionName=s",
    ),
    answer: [400, "ValidationError"],
  },
];

/** Numbers and digests that cannot be. */
const NUMBERS: readonly HostileRequest[] = [
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
const AWS_CHUNKED: readonly HostileRequest[] = [
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

/** All of them. */
export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...BROKEN,
  ...SMUGGLING,
  ...STRANGERS,
  ...JOB_PATHS,
  ...PATHS,
  ...DOCUMENTS,
  ...NUMBERS,
  ...AWS_CHUNKED,
];
