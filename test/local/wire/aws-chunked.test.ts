import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AwsChunkedError, decodeAwsChunked } from "../../../src/local/wire/aws-chunked.ts";

async function read(
  source: AsyncIterable<Uint8Array>,
): Promise<{ data: Buffer; trailers: object }> {
  const { chunks, trailers } = decodeAwsChunked(source);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return { data: Buffer.concat(parts), trailers: Object.fromEntries(trailers) };
}

const readText = (text: string): ReturnType<typeof read> =>
  read(Readable.from([Buffer.from(text)]));

/** A body cut into pieces at any places. */
async function* pieces(body: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield body.subarray(start, cut);
    start = cut;
  }
  yield body.subarray(start);
}

describe("decodeAwsChunked", () => {
  it("gives back any payload, however it is chunked, signed and cut on the way", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }),
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.nat({ max: 2_000 }), { maxLength: 10 }),
        async (chunks, isSigned, hasTrailer, places) => {
          const signature = isSigned ? `;chunk-signature=${"0".repeat(64)}` : "";
          const body = Buffer.concat([
            ...chunks.flatMap((chunk) => [
              Buffer.from(`${chunk.length.toString(16)}${signature}\r\n`),
              chunk,
              Buffer.from("\r\n"),
            ]),
            Buffer.from(`0${signature}\r\n`),
            Buffer.from(hasTrailer ? "X-Amz-Checksum-CRC32: AAAA==\r\n" : ""),
            Buffer.from("\r\n"),
          ]);
          const cuts = places.map((place) => place % body.length);
          const { data, trailers } = await read(pieces(body, cuts));

          expect(data.equals(Buffer.concat(chunks))).toBe(true);
          expect(trailers).toEqual(hasTrailer ? { "x-amz-checksum-crc32": "AAAA==" } : {});
        },
      ),
    );
  });

  it("fails wherever the body stops", async () => {
    const body = Buffer.from("3\r\nabc\r\n2\r\nde\r\n0\r\nx:y\r\n\r\n");
    for (let length = 0; length < body.length; length += 1) {
      await expect(read(Readable.from([body.subarray(0, length)]))).rejects.toThrow(
        AwsChunkedError,
      );
    }
  });

  it.each([
    ["no size", "xyz\r\n"],
    ["an empty size", "\r\nabc"],
    ["a size beyond all bounds", `${"f".repeat(14)}\r\n`],
    ["a chunk longer than it says", "2\r\nabc\r\n0\r\n\r\n"],
    ["a trailer without a name", "0\r\n:value\r\n\r\n"],
    ["an endless line", "1".repeat(20_000)],
  ])("refuses %s", async (_, text) => {
    await expect(readText(text)).rejects.toThrow(AwsChunkedError);
  });

  it("reads over what follows the end", async () => {
    const { data } = await readText("1\r\na\r\n0\r\n\r\nmore\r\n");

    expect(data.toString()).toBe("a");
  });
});
