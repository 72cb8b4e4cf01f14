/** Who may ask, and names that would be paths. */

import {
  channel,
  create,
  type HostileRequest,
  http,
  image,
  json,
  logs,
  MALFORMED,
  NL,
} from "./request-shapes.ts";

/** Who may ask. */
export const STRANGERS: readonly HostileRequest[] = [
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
export const JOB_PATHS: readonly HostileRequest[] = Object.entries({
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
export const PATHS: readonly HostileRequest[] = [
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
