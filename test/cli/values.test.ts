import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientEnvironment, shellLines } from "../../src/cli/client-environment.ts";
import { closest } from "../../src/cli/closest.ts";
import { commandWords } from "../../src/cli/command-words.ts";
import { UsageError } from "../../src/cli/usage-error.ts";
import { imagesOf, momentOf, oneOf, readAll, wholeNumber } from "../../src/cli/values.ts";

const NOW = Date.parse("2026-02-01T00:00:00Z");

describe("a moment", () => {
  it.each([
    ["30m", "2026-01-31T23:30:00.000Z"],
    ["12h", "2026-01-31T12:00:00.000Z"],
    ["7d", "2026-01-25T00:00:00.000Z"],
    ["2w", "2026-01-18T00:00:00.000Z"],
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
  ])("%s is %s", (text, moment) => {
    expect(momentOf("since", text, NOW).toISOString()).toBe(moment);
  });

  it.each(["5", "yesterday", "-1h", "1y", "2026-13-01", ""])("%j is none", (text) => {
    expect(() => momentOf("since", text, NOW)).toThrow(`--since ${text}: a time is expected`);
  });
});

describe("a number", () => {
  it("is whole and within its bounds", () => {
    expect(wholeNumber("port", "65535", 0, 65_535)).toBe(65_535);
    for (const text of ["65536", "-1", "1.5", "1e3", "0x10", "", "99999999999"]) {
      expect(() => wholeNumber("port", text, 0, 65_535)).toThrow(
        `--port ${text}: a whole number from 0 to 65,535 is expected.`,
      );
    }
  });
});

describe("a word", () => {
  it("is one of those that there are, in capitals or not", () => {
    expect(oneOf("status", "failed", ["Failed", "Stopped"])).toBe("Failed");
    expect(() => oneOf("status", "Broken", ["Failed", "Stopped"])).toThrow(
      "--status Broken: one of Failed, Stopped is expected.",
    );
  });
});

describe("images", () => {
  const folders = new Set(["programs/glm", "a=b", "b"]);
  const read = (...given: string[]) => imagesOf(given, (path) => folders.has(path));

  it("are a URI and a folder each", () => {
    expect(read("glm:1.0=programs/glm", "x=b")).toEqual({ "glm:1.0": "programs/glm", x: "b" });
  });

  it("are divided at the last sign behind which there is a folder", () => {
    expect(read("x=a=b")).toEqual({ "x=a": "b" });
    folders.delete("b");
    expect(read("x=a=b")).toEqual({ x: "a=b" });
  });

  it("that cannot be used are told, all of them", () => {
    expect(() => read("x=nowhere", "glm", "=b", "y=")).toThrow(
      [
        "--image x=nowhere: there is no folder nowhere.",
        "--image glm: URI=FOLDER is expected, e.g. glm:1.0=programs/glm.",
        "--image =b: URI=FOLDER is expected, e.g. glm:1.0=programs/glm.",
        "--image y=: there is no folder named.",
      ].join("\n"),
    );
  });
});

describe("several values", () => {
  it("are read together, and what is wrong is told together", () => {
    const bad = (words: string) => (): never => {
      throw new UsageError(words);
    };

    expect(readAll({ one: () => 1, two: () => "2" })).toEqual({ one: 1, two: "2" });
    expect(() => readAll({ one: bad("a"), two: () => 2, three: bad("b") })).toThrow("a\nb");
  });
});

describe("the word that is meant", () => {
  const known = ["jobs", "follow", "describe"];

  it.each([
    ["job", "jobs"],
    ["Folow", "follow"],
    ["descr", "describe"],
    ["x", undefined],
    ["deploy", undefined],
  ])("by %s is %s", (word, meant) => {
    expect(closest(word, known)).toBe(meant);
  });

  it("is found for every slip of one letter, and for any text in no time", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.constantFrom(..."xyz"), (at, letter) => {
        expect(closest(`follow`.slice(0, at) + letter + `follow`.slice(at), known)).toBe("follow");
      }),
    );
    expect(closest("x".repeat(1_000_000), known)).toBeUndefined();
  });
});

describe("the environment of clients", () => {
  it("points them at the local cloud, and takes away what points elsewhere", () => {
    const { set, unset } = clientEnvironment("http://127.0.0.1:4566", "eu-west-1");

    expect(set).toEqual({
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT: "http://127.0.0.1:4566",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    });
    expect(unset).toEqual(expect.arrayContaining(["AWS_PROFILE", "AWS_SESSION_TOKEN"]));
  });

  it("is quoted for a shell", () => {
    expect(shellLines({ set: { A: "http://[::1]:1", B: "it's" }, unset: ["C", "D"] })).toBe(
      "export A='http://[::1]:1'\nexport B='it'\\''s'\nunset C D",
    );
  });
});

describe("the library's words", () => {
  it("are followed by what to type for the options that they name", () => {
    expect(commandWords("Choose another folder, or set overwrite: true.")).toBe(
      "Choose another folder, or set overwrite: true.\nOn the command line: --overwrite",
    );
    expect(commandWords("There is no such job.")).toBe("There is no such job.");
  });
});
