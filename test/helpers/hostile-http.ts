/** Broken HTTP, and shapes that are one request for one reader and two for another. */

import {
  chunked,
  HOST,
  type HostileRequest,
  http,
  LAST,
  MALFORMED,
  NL,
  PUT,
} from "./request-shapes.ts";

/** Shapes that no reader may take for a request: each is answered as malformed, and ends its connection. */
export const BROKEN: readonly HostileRequest[] = Object.entries({
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
export const SMUGGLING: readonly HostileRequest[] = [
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
