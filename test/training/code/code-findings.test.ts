import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Estimator, type EstimatorOptions, type Finding } from "../../../src/index.ts";
import { LocalCloud } from "../../../src/local/index.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "findings-"));
  await write({
    ...{ "src/train.py": "print(1)\n", "src/lib/util.py": "", "src/notes.md": "" },
    ...{ "lone.py": "", "util.py": "", "lib/util.py": "", "image/x": "", "crlf.sh": "" },
    ...{ "src/crlf": "#!/bin/sh\r\n", "src/crlf.sh": "#!/bin/sh\r\n", "src/plain": "echo\n" },
  });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const at = (name: string): string => join(folder, name);

/** The findings of script mode's options, as `<severity> <path>: <message>`. */
async function found(options: Partial<EstimatorOptions>): Promise<string[]> {
  const { findings } = await plan(options);
  return findings.map(({ severity, path, message }) =>
    `${severity} ${path}: ${message}`.replaceAll(folder, "…"),
  );
}

async function plan(
  options: Partial<EstimatorOptions>,
  inputs?: Parameters<Estimator["plan"]>[0],
): ReturnType<Estimator["plan"]> {
  const cloud = new LocalCloud({ root: at("cloud") });
  const estimator = new Estimator({
    ...{ imageUri: at("image"), instanceType: "local", session: cloud.session() },
    ...options,
  });
  return await estimator.plan(inputs, { preflight: "offline" });
}

describe("a program", () => {
  it("has nothing wrong with it when it is there", async () => {
    expect(await found({ sourceDir: at("src"), entryPoint: "train.py" })).toEqual([]);
    expect(await found({ sourceDir: at("src"), entryPoint: "./lib/../train.py" })).toEqual([]);
    expect(await found({ sourceDir: `file://${at("src")}`, entryPoint: "train.py" })).toEqual([]);
    expect(await found({ entryPoint: at("lone.py") })).toEqual([]);
  });

  it("that is not in sourceDir is told in Python's words", async () => {
    expect(await found({ sourceDir: at("src"), entryPoint: "x.py" })).toEqual([
      'error entryPoint: No file named "x.py" was found in directory "…/src".',
    ]);
    expect(await found({ entryPoint: at("x.py") })).toEqual([
      'error entryPoint: No file named "…/x.py" was found.',
    ]);
  });

  it("that is left out by an ignore file is told so", async () => {
    await write({ "src/.gitignore": "*.py\n" });
    expect(await found({ sourceDir: at("src"), entryPoint: "train.py" })).toEqual([
      "error entryPoint: train.py is left out of …/src by .gitignore.",
    ]);
  });

  it("lies below sourceDir", async () => {
    for (const entryPoint of ["../lone.py", "/train.py", at("src/train.py")]) {
      const [first] = await found({ sourceDir: at("src"), entryPoint });
      expect(first).toMatch(/^error entryPoint: '.*' does not lie in sourceDir\.$/);
    }
  });

  it("is needed with sourceDir, and a folder is what sourceDir is", async () => {
    expect(await found({ sourceDir: at("src") })).toEqual([
      "error entryPoint: It is required with sourceDir.",
    ]);
    expect(await found({ sourceDir: at("none"), entryPoint: "x" })).toEqual([
      "error sourceDir: …/none does not exist.",
    ]);
    expect(await found({ sourceDir: at("lone.py"), entryPoint: "x" })).toEqual([
      "error sourceDir: …/lone.py is not a folder.",
    ]);
    expect(await found({ sourceDir: "https://x.org/a", entryPoint: "x" })).toEqual([
      "error sourceDir: It is neither a folder nor an s3:// URI.",
    ]);
    expect(await found({ sourceDir: "", entryPoint: "x" })).toEqual([
      "error sourceDir: It is empty.",
    ]);
  });

  it("with CRLF in its first line would not start", async () => {
    for (const entryPoint of ["crlf", "crlf.sh"]) {
      expect(await found({ sourceDir: at("src"), entryPoint })).toEqual([
        `error entryPoint: The first line of ${entryPoint} ends in CRLF, and no interpreter has such a name.`,
      ]);
    }
    await write({ "src/crlf.py": "#!/usr/bin/env python3\r\n" });
    expect(await found({ sourceDir: at("src"), entryPoint: "crlf.py" })).toEqual([]);
  });

  it("without a first line that names an interpreter is warned of", async () => {
    expect(await found({ sourceDir: at("src"), entryPoint: "plain" })).toEqual([
      "warning entryPoint: plain says nowhere what it is to be run by, and so is run as a shell script.",
    ]);
  });

  it("has a name that the driver can pass, and is not in the driver's folder", async () => {
    const [first] = await found({ sourceDir: at("src"), entryPoint: "a\nb" });
    expect(first).toBe("error entryPoint: The driver cannot pass a name with a line break.");
    const [other] = await found({ sourceDir: at("src"), entryPoint: ".sagemaker/x.sh" });
    expect(other).toBe("error entryPoint: .sagemaker is the driver's own folder.");
  });
});

describe("dependencies", () => {
  it("that are missing are told, each by its place", async () => {
    const code = { sourceDir: at("src"), entryPoint: "train.py" };
    expect(await found({ ...code, dependencies: [at("util.py"), at("a"), at("b")] })).toEqual([
      "error dependencies[1]: …/a does not exist.",
      "error dependencies[2]: …/b does not exist.",
    ]);
  });

  it("may not hide one another, nor what is in sourceDir", async () => {
    const code = { sourceDir: at("src"), entryPoint: "train.py" };
    expect(await found({ ...code, dependencies: [at("lib")] })).toEqual([
      "error dependencies[0]: lib/util.py is in sourceDir as well, and one of them would be lost.",
    ]);
    expect(
      await found({ entryPoint: at("lone.py"), dependencies: [at("util.py"), at("lib/util.py")] }),
    ).toEqual([
      "error dependencies[1]: util.py is in dependencies[0] as well, and one of them would be lost.",
    ]);
    await write({ "other/lib": "a file" });
    expect(await found({ ...code, dependencies: [at("other/lib")] })).toEqual([
      "error sourceDir: lib is in dependencies[0] as well, and one of them would be lost.",
    ]);
    // The same file given twice loses nothing.
    expect(
      await found({ entryPoint: at("lone.py"), dependencies: [at("util.py"), at("util.py")] }),
    ).toEqual([]);
  });
});

describe("an option that says nothing", () => {
  it("without a program", async () => {
    expect(
      await found({
        ...{
          dependencies: ["x"],
          codeLocation: "s3://bucket",
          gitConfig: { repo: "https://x.org/a" },
        },
        ...{ codeDelivery: "toolkit", containerLogLevel: 10, installRequirements: true },
      }),
    ).toEqual(
      [
        ...["dependencies", "codeLocation", "gitConfig", "codeDelivery", "containerLogLevel"],
        "installRequirements",
      ].map((name) => `error ${name}: It says nothing without entryPoint.`),
    );
  });

  it("beside code that is in S3 already", async () => {
    const said = await found({
      ...{ sourceDir: "s3://bucket/code/", entryPoint: "x.py", dependencies: ["x"] },
      ...{ codeLocation: "s3://bucket", gitConfig: { repo: "https://x.org/a" } },
    });
    expect(said.map((line) => line.split(":")[0])).toEqual([
      ...["error dependencies", "error codeLocation", "error gitConfig"],
    ]);
  });

  it("or is contradicted by the delivery", async () => {
    const code = { sourceDir: at("src"), entryPoint: "train.py" };
    expect(await found({ ...code, containerEntryPoint: ["/bin/x"] })).toEqual([
      "error containerEntryPoint: The driver that starts entryPoint takes its place.",
    ]);
    expect(await found({ ...code, installRequirements: true })).toEqual([
      "error installRequirements: There is no requirements.txt in the code.",
    ]);
    expect(await found({ ...code, codeDelivery: "toolkit", installRequirements: false })).toEqual([
      "error installRequirements: The training toolkit installs requirements.txt whatever is said here.",
    ]);
    const hyperparameters = { sagemaker_program: "x.py" };
    expect(await found({ ...code, codeDelivery: "toolkit", hyperparameters })).toEqual([
      "error hyperparameters.sagemaker_program: Script mode sets it.",
    ]);
    expect(await found({ ...code, codeDelivery: "zip" as never })).toEqual([
      "error codeDelivery: One of channel, toolkit is expected, not 'zip'.",
    ]);
    expect(await found({ ...code, containerLogLevel: 1.5 })).toEqual([
      "error containerLogLevel: It is no whole number.",
    ]);
  });
});

describe("requirements.txt", () => {
  it("is told to be installed by nobody, unless somebody said so or the toolkit does it", async () => {
    const code = { sourceDir: at("src"), entryPoint: "train.py" };
    await write({ "src/requirements.txt": "numpy\n" });
    expect(await found(code)).toEqual([
      "warning installRequirements: requirements.txt is not installed unless that is asked for.",
    ]);
    for (const said of [{ installRequirements: false }, { installRequirements: true }]) {
      expect(await found({ ...code, ...said })).toEqual([]);
    }
    expect(await found({ ...code, codeDelivery: "toolkit" })).toEqual([]);
  });
});

describe("places in S3", () => {
  it("are s3:// URIs, and of the delivery's kind", async () => {
    const [first] = await found({
      sourceDir: at("src"),
      entryPoint: "train.py",
      codeLocation: "b",
    });
    expect(first).toMatch(/^error codeLocation: "b" is not an S3 URI/);
    expect(await found({ sourceDir: "s3://bucket/x.tar.gz", entryPoint: "train.py" })).toEqual([
      "error sourceDir: It is an archive, and a channel's archives are not unpacked.",
    ]);
    const toolkit = { entryPoint: "train.py", codeDelivery: "toolkit" } as const;
    expect(await found({ ...toolkit, sourceDir: "s3://bucket/prefix" })).toEqual([
      "warning sourceDir: The training toolkit takes an archive.",
    ]);
  });
});

it("everything that is wrong is told at once", async () => {
  const { findings } = await plan({
    ...{ sourceDir: at("src"), entryPoint: "x.py", dependencies: [at("nothing")] },
    ...{ codeLocation: "here", containerEntryPoint: ["x"], installRequirements: true },
  });
  expect(findings.map(({ path }: Finding) => path)).toEqual([
    ...["codeLocation", "containerEntryPoint", "entryPoint", "dependencies[0]"],
    "installRequirements",
  ]);
});

it("a channel of the caller's may not be called code", async () => {
  const { findings } = await plan(
    { sourceDir: at("src"), entryPoint: "train.py" },
    { code: at("lib") },
  );
  expect(findings.map(({ message }) => message)).toEqual(["Duplicate channel code not allowed."]);
});

describe("gitConfig", () => {
  const git = (gitConfig: Readonly<Record<string, unknown>>): Promise<string[]> =>
    found({ gitConfig: gitConfig as never, entryPoint: "train.py" });

  it.each([
    [{ repo: "" }, ["error gitConfig.repo: It is required."]],
    [{ repo: "ext::sh -c id" }, ["error gitConfig.repo: It is not the address of a repository."]],
    [
      { repo: "https://x.org/a", branch: "--upload-pack=id" },
      ["error gitConfig.branch: '--upload-pack=id' cannot be a branch."],
    ],
    [
      { repo: "https://x.org/a", "2FA_enabled": true },
      ["error gitConfig.2FA_enabled: gitConfig has no such option: it would be lost."],
    ],
    [
      { repo: "https://x.org/a", token: "s3cr3t", password: "s3cr3t", username: "me" },
      ["error gitConfig.token: It cannot be given together with password."],
    ],
    [
      { repo: "https://x.org/a", password: "s3cr3t" },
      ["error gitConfig.username: It is required with password."],
    ],
    [
      { repo: "https://x.org/a", username: "me" },
      ["error gitConfig.username: It says nothing without password or token."],
    ],
    [
      { repo: "git@x.org:a.git", token: "s3cr3t" },
      ["error gitConfig.token: It is for HTTPS, and git@x.org:a.git is not reached that way."],
    ],
  ])("%j is refused before anything is cloned", async (config, expected) => {
    const said = await git(config);
    expect(said).toEqual(expected);
    expect(said.join()).not.toContain("s3cr3t");
  });

  it("keeps paths in the repository", async () => {
    const gitConfig = { repo: "https://x.org/a" };
    const said = await found({
      ...{ gitConfig, sourceDir: "../up", entryPoint: "x.py", dependencies: ["/etc/passwd"] },
    });
    expect(said).toEqual([
      "error sourceDir: '../up' does not lie in the repository.",
      "error dependencies[0]: '/etc/passwd' does not lie in the repository.",
    ]);
  });
});

it("a link that leads nowhere is told, unless it is left out", async () => {
  await symlink("/no/such/place", at("src/broken"));
  const [first] = await found({ sourceDir: at("src"), entryPoint: "train.py" });
  expect(first).toBe(
    "error sourceDir: …/src/broken is a link to /no/such/place, which does not exist.",
  );
  await write({ "src/.sagemakerignore": "broken\n" });
  expect(await found({ sourceDir: at("src"), entryPoint: "train.py" })).toEqual([]);
});
