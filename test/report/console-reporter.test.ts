import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConsoleReporter, type ConsoleReporterOptions } from "../../src/report/console-reporter.ts";
import { harmlessLines } from "../../src/report/harmless.ts";
import { duration, size, summaryLines } from "../../src/report/words.ts";
import type { ProgressEvent, TrainingJobEvent } from "../../src/training/events.ts";

const time = new Date("2024-05-01T12:00:05.999Z");

interface Printed {
  readonly reporter: ConsoleReporter;
  readonly lines: string[];
  advance(ms: number): void;
}

/** A pipe: it takes lines. */
function pipe(logs: ConsoleReporterOptions["logs"] = "All"): Printed {
  const lines: string[] = [];
  let now = 0;
  const output = { line: (text: string) => void lines.push(text), colour: false };
  return {
    reporter: new ConsoleReporter({ logs, output, now: () => now }),
    lines,
    advance: (ms) => {
      now += ms;
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
const CURSOR = /(\r|\n|\x1b\[2K)/;

/** A terminal of so many columns: it obeys carriage returns and `CSI 2K`, and shows its rows. */
function terminal(columns = 80): Printed & { rows(): string[]; raw(): string } {
  const rows = [""];
  let raw = "";
  let now = 0;
  const write = (text: string): void => {
    raw += text;
    for (const part of text.split(CURSOR)) {
      const row = rows.length - 1;
      if (part === "\n") rows.push("");
      else if (part === "\x1b[2K") rows[row] = "";
      else if (part !== "\r" && part !== "") {
        expect((rows[row] ?? "").length + part.length).toBeLessThanOrEqual(500);
        rows[row] = (rows[row] ?? "") + part;
      }
    }
  };
  const output = {
    line: (text: string) => write(`${text}\n`),
    raw: write,
    columns: () => columns,
    colour: true,
  };
  return {
    reporter: new ConsoleReporter({ output, now: () => now }),
    lines: rows,
    rows: () => rows.filter((row) => row !== ""),
    raw: () => raw,
    advance: (ms) => {
      now += ms;
    },
  };
}

const log = (host: string, text: string): TrainingJobEvent => ({ type: "log", time, host, text });
const status: TrainingJobEvent = {
  type: "status",
  time,
  status: "InProgress",
  secondaryStatus: "Starting",
  message: "Starting the training job",
};
const progress = (bytes: number, more: Partial<ProgressEvent> = {}): ProgressEvent => ({
  type: "progress",
  time,
  phase: "stage",
  bytes,
  totalBytes: 1_000_000,
  files: bytes >= 1_000_000 ? 2 : 1,
  totalFiles: 2,
  bytesPerSecond: 250_000,
  ...more,
});

describe("the console reporter", () => {
  it("prints a status in Python's words, with its own time in UTC", () => {
    const { reporter, lines } = pipe();
    reporter.event(status);
    expect(lines).toEqual(["2024-05-01 12:00:05 Starting - Starting the training job"]);
  });

  it("tells hosts apart by a prefix, without colour in a pipe", () => {
    const { reporter, lines } = pipe();
    reporter.event(log("algo-1", "epoch 1"));
    reporter.event(log("algo-2", "epoch 1"));
    expect(lines).toEqual(["[algo-1] epoch 1", "[algo-2] epoch 1"]);
  });

  it("colours the prefix of each host on a terminal", () => {
    const { reporter, raw } = terminal();
    reporter.event(log("algo-1", "a"));
    reporter.event(log("algo-2", "b"));
    expect(raw()).toBe("\x1b[34m[algo-1]\x1b[0m a\n\x1b[35m[algo-2]\x1b[0m b\n");
  });

  it("prints what was asked for", () => {
    const rule: TrainingJobEvent = {
      type: "warning",
      time,
      code: "rule-status",
      message: "R: Error",
    };
    const printed = (logs: "All" | "Training" | "Rules"): string[] => {
      const { reporter, lines } = pipe(logs);
      for (const event of [status, log("algo-1", "x"), rule]) reporter.event(event);
      return lines.slice(1);
    };
    expect(printed("All")).toEqual(["[algo-1] x", "R: Error"]);
    expect(printed("Training")).toEqual(["[algo-1] x"]);
    expect(printed("Rules")).toEqual(["R: Error"]);
  });

  it("prints warnings", () => {
    const { reporter, lines } = pipe();
    reporter.event({ type: "warning", time, code: "api-retry", message: "Trying again." });
    expect(lines).toEqual(["Warning: Trying again."]);
  });

  it("redraws one line of progress on a terminal, below what else is printed", () => {
    const { reporter, rows, advance } = terminal();
    reporter.event(progress(100_000));
    advance(200);
    reporter.event(progress(500_000, { secondsLeft: 2 }));
    reporter.event(status);
    expect(rows()).toEqual([
      "2024-05-01 12:00:05 Starting - Starting the training job",
      "Staging: 500.0 kB of 1.0 MB (50%), 1 of 2 files, 250.0 kB/s, 2 s left",
    ]);
    reporter.event(progress(1_000_000));
    reporter.event(log("algo-1", "x"));
    expect(rows().slice(1)).toEqual([
      "Staging: 1.0 MB of 1.0 MB (100%), 2 of 2 files, 250.0 kB/s",
      "\x1b[34m[algo-1]\x1b[0m x",
    ]);
  });

  it("redraws a few times a second at most", () => {
    const { reporter, raw } = terminal();
    for (let bytes = 0; bytes < 1000; bytes += 1) reporter.event(progress(bytes));
    expect(raw().split("\r").length - 1).toBe(1);
  });

  it("does not let a redrawn line wrap", () => {
    const { reporter, rows } = terminal(20);
    reporter.event(progress(100_000));
    expect(rows()[0]?.length).toBeLessThan(20);
  });

  it("prints a line of progress now and then in a pipe, and one at the end", () => {
    const { reporter, lines, advance } = pipe();
    for (let second = 0; second < 12; second += 1) {
      reporter.event(progress(second * 50_000));
      advance(1000);
    }
    reporter.event(progress(1_000_000));
    reporter.event(progress(1_000_000));
    expect(lines.map((line) => /\((\d+)%\)/.exec(line)?.[1])).toEqual(["25", "50", "100"]);
    expect(lines.join("")).not.toContain("\r");
    expect(lines.join("")).not.toContain("\x1b");
  });

  it("prints one line for what is done at once", () => {
    const { reporter, lines } = pipe();
    reporter.event(progress(0));
    reporter.event(progress(1_000_000));
    expect(lines).toHaveLength(1);
  });

  it("keeps the last line of a transfer whose size nobody knew", () => {
    const { reporter, rows, advance } = terminal();
    const event = { phase: "download", totalBytes: undefined, totalFiles: undefined } as const;
    reporter.event(progress(1000, event as never));
    advance(10);
    reporter.event(progress(2000, event as never));
    reporter.close();
    expect(rows()).toEqual(["Downloading: 2.0 kB, 1 file, 250.0 kB/s"]);
    reporter.close();
    expect(rows()).toHaveLength(1);
  });

  it("prints to standard output as a pipe when nothing else is given", () => {
    expect(() => new ConsoleReporter().close()).not.toThrow();
  });
});

describe("log lines on a terminal", () => {
  it("cannot move the cursor, ring, hide or turn round", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const line of harmlessLines(text)) {
          expect(line.replaceAll("\t", "")).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        }
      }),
    );
  });

  it("lose their colours, and show other controls spelled out", () => {
    expect(harmlessLines("\x1b[1;31mred\x1b[0m \x1b]0;title\x07 \u202eevil")).toEqual([
      "red \\x1b]0;title\\x07 \\u202eevil",
    ]);
  });

  it("show of a progress bar what stood there last, as a terminal does", () => {
    expect(harmlessLines("10%\r20%\r\n30%\n")).toEqual(["20%", "30%"]);
    expect(harmlessLines("\r 1%\r 2%\r")).toEqual([" 2%"]);
    expect(harmlessLines("one\r\ntwo\r\r\n")).toEqual(["one", "two"]);
    expect(harmlessLines("")).toEqual([""]);
    expect(harmlessLines("a\tb")).toEqual(["a\tb"]);
  });
});

describe("the figures at the end", () => {
  it("are those of all instances, as Python counts", () => {
    expect(
      summaryLines({ trainingSeconds: 60, billableSeconds: 15, instances: 2, spot: true }),
    ).toEqual([
      "Training seconds: 120",
      "Billable seconds: 30",
      "Managed Spot Training savings: 75.0%",
    ]);
  });

  it("do not divide by a job that never trained", () => {
    expect(
      summaryLines({ trainingSeconds: 0, billableSeconds: 0, instances: 1, spot: true }),
    ).toEqual(["Training seconds: 0", "Billable seconds: 0"]);
    expect(summaryLines({ instances: 1, spot: true })).toEqual([]);
  });

  it("come in units that people read", () => {
    expect([0, 999, 1000, 999_949, 999_950, 1.5e9, 2e15].map(size)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "999.9 kB",
      "1.0 MB",
      "1.5 GB",
      "2000.0 TB",
    ]);
    expect([0.2, 59, 60, 3599, 3600, 7325].map(duration)).toEqual([
      "1 s",
      "59 s",
      "1 min 0 s",
      "59 min 59 s",
      "1 h 0 min",
      "2 h 2 min",
    ]);
  });
});

describe("small things", () => {
  it("a transfer whose bytes are there but no file yet is not done: it has one line, its last", () => {
    const { reporter, lines } = pipe();
    const download = { type: "progress", time, phase: "download", bytesPerSecond: 0 } as const;

    reporter.event({ ...download, bytes: 10, totalBytes: 10, files: 0 });
    reporter.event({ ...download, bytes: 10, totalBytes: 10, files: 3 });
    reporter.close();

    expect(lines).toEqual(["Downloading: 10 B of 10 B (100%), 3 files"]);
  });

  it("one file is not files", () => {
    const { reporter, lines } = pipe();

    reporter.event({
      ...{ type: "progress", time, phase: "stage", bytesPerSecond: 0 },
      ...{ bytes: 10, totalBytes: 10, files: 1, totalFiles: 1 },
    });

    expect(lines).toEqual(["Staging: 10 B of 10 B (100%), 1 of 1 file"]);
  });

  it("a line of our own stands above a redrawn one, and control characters stay out of it", () => {
    const { reporter, rows } = terminal();
    reporter.event({
      ...{ type: "progress", time, phase: "stage", bytesPerSecond: 0 },
      ...{ bytes: 5, totalBytes: 10, files: 0, totalFiles: 1 },
    });

    reporter.note("Training job glm-1\x1b[2J was started.");

    expect(rows()).toEqual([
      expect.stringMatching(/^Training job glm-1.* was started\.$/),
      "Staging: 5 B of 10 B (50%), 0 of 1 file",
    ]);
    expect(rows()[0]).not.toContain("\x1b");
  });
});
