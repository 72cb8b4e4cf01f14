import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HostLog, LINE_LIMIT, LineSplitter } from "../../../src/local/runner/log-lines.ts";
import type { LogStore } from "../../../src/local/services/logs/log-store.ts";

function split(...chunks: readonly (string | Buffer)[]): string[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
  return [...lines, ...splitter.end()];
}

describe("lines", () => {
  it("end at line feeds, with or without a carriage return before", () => {
    expect(split("a\nb\r\n\nc\rd\n")).toEqual(["a", "b", "", "c\rd"]);
  });

  it("include a last one without an end", () => {
    expect(split("a\nb")).toEqual(["a", "b"]);
    expect(split("a\n")).toEqual(["a"]);
    expect(split()).toEqual([]);
  });

  it("keep a character that came in two pieces", () => {
    const euro = Buffer.from("€\n");
    expect(split(euro.subarray(0, 1), euro.subarray(1, 2), euro.subarray(2))).toEqual(["€"]);
  });

  it("have U+FFFD for what is not UTF-8", () => {
    expect(split(Buffer.from([0xff, 0xfe, 0x0a]))).toEqual(["\ufffd\ufffd"]);
  });

  it("are cut at the service's limit, never through a character", () => {
    const lines = split(`${"€".repeat(200_000)}\nnext\n`);
    expect(lines.map((line) => Buffer.byteLength(line))).toEqual([262_116, 262_116, 75_768, 4]);
  });

  it("of exactly the limit stay whole, whatever their end", () => {
    const line = "x".repeat(LINE_LIMIT);
    const lengths = (text: string): number[] => split(text).map((part) => part.length);
    expect(lengths(`${line}\r\n${line}\n${line}`)).toEqual([LINE_LIMIT, LINE_LIMIT, LINE_LIMIT]);
    expect(lengths(`${line}y\n`)).toEqual([LINE_LIMIT, 1]);
  });

  it("are the same however the bytes come", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat({ max: 20 })), (text, cuts) => {
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        let start = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(start, start + cut));
          start += cut;
        }
        chunks.push(bytes.subarray(start));
        expect(split(...chunks)).toEqual(split(bytes));
      }),
    );
  });
});

describe("a host's log", () => {
  it("has every line, in few appends, and is closed after the last", async () => {
    const appends: string[][] = [];
    const times: number[] = [];
    let closed = false;
    const store = {
      append: (
        _group: string,
        _stream: string,
        events: { message: string; timestamp: number }[],
      ) => {
        expect(closed).toBe(false);
        if (events.length > 0) appends.push(events.map(({ message }) => message));
        times.push(...events.map(({ timestamp }) => timestamp));
      },
      closeStream: () => {
        closed = true;
      },
    };
    const seen: string[] = [];
    const log = new HostLog(
      { store: store as unknown as LogStore, group: "g", stream: "s" },
      (line) => seen.push(line),
    );
    const output = new PassThrough();
    const following = log.follow(output);
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index}`);
    output.end(`${lines.join("\n")}\nlast`);
    await following;
    log.close();
    expect(appends.flat()).toEqual([...lines, "last"]);
    expect(seen).toEqual(appends.flat());
    expect(appends.length).toBeLessThan(100);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(closed).toBe(true);
  });
});
