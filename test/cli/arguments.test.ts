import { describe, expect, it } from "vitest";
import { type Arguments, readArguments } from "../../src/cli/arguments.ts";
import { COMMANDS, optionsOf } from "../../src/cli/commands.ts";

function read(...argv: string[]): Arguments {
  const asked = readArguments(argv);
  if (asked.kind !== "command") throw new Error(`a command is expected, not ${asked.kind}`);
  return asked.args;
}

function refusal(...argv: string[]): string {
  try {
    readArguments(argv);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe("a command line", () => {
  it("is a command, its job and its options in any order", () => {
    const args = read("logs", "--tail=5", "glm-1", "-f", "--since", "2h");

    expect([args.command.name, args.name]).toEqual(["logs", "glm-1"]);
    expect([args.text("tail"), args.text("since")]).toEqual(["5", "2h"]);
    expect([args.has("follow"), args.has("json")]).toEqual([true, false]);
  });

  it("keeps each value of an option that may be repeated", () => {
    expect(read("local", "--image", "a=x", "--image=b=y").texts("image")).toEqual(["a=x", "b=y"]);
  });

  it("takes a value that begins with a dash when it is tied to its option", () => {
    expect(read("jobs", "--name-contains=-x").text("name-contains")).toBe("-x");
  });

  it.each([
    [["--help"], "help"],
    [["-h"], "help"],
    [["help"], "help"],
    [["--version"], "version"],
    [["-v"], "version"],
  ])("%j asks for %s", (argv, kind) => {
    expect(readArguments(argv)).toEqual({ kind });
  });

  it.each(COMMANDS.map(({ name }) => name))("%s has a help, whatever else is wrong", (name) => {
    expect(readArguments([name, "--nonsense", "--help"])).toMatchObject({ kind: "help" });
    expect(readArguments(["help", name])).toMatchObject({ kind: "help", command: { name } });
  });

  it.each([
    [["jbos"], "There is no command jbos. Is jobs meant?"],
    [["desc", "x"], "There is no command desc. Is describe meant?"],
    [
      ["deploy"],
      "There is no command deploy. There are local, jobs, logs, stop, describe, download.",
    ],
    [[], "A command is missing: local, jobs, logs, stop, describe, download."],
    [["logs"], "The name of a training job is missing: sagemaker-estimator logs NAME"],
    [["logs", "a", "--folow"], "There is no option --folow. Is --follow meant?"],
    [["jobs", "--xyzzy"], "There is no option --xyzzy."],
    [["jobs", "-x"], "There is no option -x."],
    [["jobs", "surplus", "words"], "Not understood: surplus words"],
    [["logs", "a", "b"], "Not understood: b"],
    [["jobs", "--json=yes"], "--json takes no value."],
    [["jobs", "--max"], "--max needs a value: --max N"],
    [["jobs", "--max", "--json"], "--max needs a value: --max N"],
    [["jobs", "--max="], "--max needs a value: --max N"],
    [["jobs", "--max", "1", "--max", "2", "--max", "3"], "--max is given more than once."],
  ])("%j is refused", (argv, words) => {
    expect(refusal(...argv)).toBe(words);
  });

  it("is told everything that is wrong at once", () => {
    expect(refusal("logs", "--folow", "--tail").split("\n")).toEqual([
      "There is no option --folow. Is --follow meant?",
      "--tail needs a value: --tail N",
      "The name of a training job is missing: sagemaker-estimator logs NAME",
    ]);
  });

  it.each(COMMANDS)("$name has each option once", (command) => {
    const options = optionsOf(command);
    const names = options.flatMap(({ name, short }) => [name, short ?? `${name}!`]);

    expect(new Set(names).size).toBe(names.length);
  });
});
