import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  type GitConfig,
  ValidationError,
} from "../../../src/index.ts";
import { LocalCloud } from "../../../src/local/index.ts";
import { checkOut } from "../../../src/training/code/git-checkout.ts";
import { gitState } from "../../../src/training/code/git-state.ts";
import { withoutCredentials } from "../../../src/training/code/repository.ts";
import { type GitServer, git, serveGit } from "../../helpers/git-server.ts";

let folder: string;
let work: string;
let first: string;
let newest: string;
const servers: GitServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "git-test-"));
  work = join(folder, "work");
  // Clones go here, so that what is left of them is seen.
  await mkdir(join(folder, "tmp"));
  vi.stubEnv("TMPDIR", join(folder, "tmp"));
  await write({
    "models/glm/train.sh": "echo version 1; cat shared.txt\n",
    "shared.txt": "shared\n",
  });
  git(work, "init", "--quiet");
  first = commit("one");
  await write({ "models/glm/train.sh": "echo version 2; cat shared.txt\n" });
  newest = commit("two");
  git(work, "checkout", "--quiet", "-b", "trial");
  await write({ "models/glm/train.sh": "echo trial\n" });
  commit("three");
  git(work, "checkout", "--quiet", "main");
  git(folder, "clone", "--quiet", "--bare", work, join(folder, "served/repo.git"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, name)), { recursive: true });
    await writeFile(join(work, name), text);
  }
}

function commit(message: string): string {
  git(work, "add", "-A");
  git(work, "commit", "--quiet", "-m", message);
  return git(work, "rev-parse", "HEAD");
}

async function serve(options?: Parameters<typeof serveGit>[1]): Promise<GitServer> {
  const server = await serveGit(join(folder, "served"), options);
  servers.push(server);
  return server;
}

/** A job's runner keeps files of its own there. */
const left = async (): Promise<string[]> =>
  (await readdir(join(folder, "tmp"))).filter((name) => /^sagemaker-(?:git|code)-/.test(name));

/** The lines that tell which version was cloned. */
async function cloned(config: GitConfig): Promise<string> {
  const checkout = await checkOut(config);
  try {
    return await readFile(join(checkout.folder, "models/glm/train.sh"), "utf8");
  } finally {
    await checkout.dispose();
  }
}

describe.each(["file", "http"] as const)("a repository over %s", (scheme) => {
  const repoUrl = async (): Promise<string> =>
    scheme === "file" ? `file://${folder}/served/repo.git` : `${(await serve()).url}/repo.git`;

  it("is cloned at its branch, another one, or a commit of any age", async () => {
    const repo = await repoUrl();
    expect(await cloned({ repo })).toMatch(/version 2/);
    expect(await cloned({ repo, branch: "trial" })).toMatch(/trial/);
    expect(await cloned({ repo, commit: first })).toMatch(/version 1/);
    expect(await cloned({ repo, commit: first.slice(0, 10) })).toMatch(/version 1/);
    expect(await cloned({ repo, branch: "trial", commit: newest })).toMatch(/version 2/);
    expect(await left()).toEqual([]);
  });

  it("without the branch, the commit or itself is told in Git's words, and leaves nothing", async () => {
    const repo = await repoUrl();
    await expect(checkOut({ repo, branch: "none" })).rejects.toThrow(
      /^The repository .*repo\.git could not be cloned: .*Remote branch none not found/,
    );
    await expect(checkOut({ repo, commit: "0".repeat(40) })).rejects.toThrow(/could not be cloned/);
    await expect(checkOut({ repo: `${repo}x` })).rejects.toThrow(/could not be cloned: fatal: /);
    expect(await left()).toEqual([]);
  });
});

describe("credentials", () => {
  const SECRET = "s3cr3t-token";
  const header = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

  /** A `git` that writes down what everybody can see of it. */
  async function watchArguments(): Promise<() => Promise<string>> {
    const bin = join(folder, "bin");
    await mkdir(bin);
    const log = join(folder, "arguments");
    const real = ["/usr/bin/git", "/usr/local/bin/git", "/opt/homebrew/bin/git"];
    await writeFile(
      join(bin, "git"),
      `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\nfor git in ${real.join(" ")}; do [ -x "$git" ] && exec "$git" "$@"; done\n`,
    );
    await chmod(join(bin, "git"), 0o755);
    vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
    return () => readFile(log, "utf8");
  }

  it.each<[string, Partial<GitConfig>, string, string]>([
    ["a token", { token: SECRET }, `x-access-token:${SECRET}`, ""],
    ["a user and a token", { username: "me", token: SECRET }, `me:${SECRET}`, ""],
    ["a user and a password", { username: "me", password: SECRET }, `me:${SECRET}`, ""],
    ["an address with a password", {}, `me:${SECRET}`, `me:${SECRET}@`],
    ["an address with a token", {}, `x-access-token:${SECRET}`, `${SECRET}@`],
  ])("%s get in, and are in no argument", async (_, config, credentials, inUrl) => {
    const seenArguments = await watchArguments();
    const { url, seen } = await serve({ credentials });
    const repo = `${url.replace("//", `//${inUrl}`)}/repo.git`;
    expect(await cloned({ repo, ...config })).toMatch(/version 2/);
    expect(seen).toContain(header(credentials));
    const words = await seenArguments();
    expect(words).toContain("clone");
    expect(words).not.toContain(SECRET);
    expect(words).not.toContain(header(credentials));
  });

  it("that are wrong or missing are told without them", async () => {
    const { url } = await serve({ credentials: `me:${SECRET}` });
    const wrong = await checkOut({ repo: `${url}/repo.git`, token: "wrong-one" }).catch(String);
    expect(wrong).toMatch(
      /Give gitConfig\.token, or gitConfig\.username and gitConfig\.password\.$/,
    );
    expect(wrong).not.toContain("wrong-one");
    await expect(checkOut({ repo: `${url}/repo.git` })).rejects.toThrow(/Give gitConfig\.token/);
  });

  it("go to the repository's own host only", async () => {
    const other = await serve();
    const { url, seen } = await serve({ credentials: `x-access-token:${SECRET}` });
    await cloned({ repo: `${url}/repo.git`, token: SECRET });
    await cloned({ repo: `${other.url}/repo.git` });
    expect(seen).toContain(header(`x-access-token:${SECRET}`));
    expect(other.seen.every((one) => one === undefined)).toBe(true);
  });

  it("are left out of addresses", () => {
    expect(withoutCredentials("https://me:pw@x.org/a.git?token=1")).toBe("https://x.org/a.git");
    expect(withoutCredentials("ssh://git:pw@x.org/a.git")).toBe("ssh://git@x.org/a.git");
    expect(withoutCredentials("git@x.org:a.git")).toBe("git@x.org:a.git");
    expect(withoutCredentials("/srv/a.git")).toBe("/srv/a.git");
  });
});

describe("a clone that does not come to its end", () => {
  it("ends with the signal, and leaves nothing", async () => {
    const { url, seen } = await serve({ hangs: true });
    const controller = new AbortController();
    const cloning = checkOut({ repo: `${url}/repo.git` }, { signal: controller.signal });
    await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 20_000 });
    controller.abort(new Error("enough"));
    await expect(cloning).rejects.toThrow("enough");
    expect(await left()).toEqual([]);
  });

  it("ends with its time, and leaves nothing", async () => {
    const { url } = await serve({ hangs: true });
    const cloning = checkOut({ repo: `${url}/repo.git` }, { timeoutMs: 500 });
    await expect(cloning).rejects.toThrow("it took too long");
    expect(await left()).toEqual([]);
  });

  it("for want of Git is told", async () => {
    vi.stubEnv("PATH", join(folder, "nothing"));
    await expect(checkOut({ repo: "https://x.org/a.git" })).rejects.toThrow(
      "there is no git program on this machine",
    );
    expect(await left()).toEqual([]);
  });
});

describe("script mode with gitConfig", () => {
  function estimator(options: Partial<EstimatorOptions>): Estimator {
    const cloud = new LocalCloud({ root: join(folder, "cloud") });
    return new Estimator({
      ...{ imageUri: folder, instanceType: "local", session: cloud.session() },
      ...options,
    });
  }
  const repo = (): string => `file://${folder}/served/repo.git`;

  it("trains what was cloned, and leaves nothing of it here", async () => {
    const lines: string[] = [];
    const made = estimator({
      ...{ gitConfig: { repo: repo(), branch: "main" }, sourceDir: "models/glm" },
      ...{ entryPoint: "train.sh", dependencies: ["shared.txt"] },
    });
    const plan = await made.plan();
    expect(plan.findings).toEqual([]);
    expect(await left()).toEqual([]);
    await made.fit(undefined, {
      logs: "None",
      onEvent: (event) => void (event.type === "log" && lines.push(event.text)),
    });
    expect(lines).toEqual(["version 2", "shared"]);
    expect(await left()).toEqual([]);
  });

  it("without sourceDir has the program in the whole repository", async () => {
    const plan = await estimator({
      ...{ gitConfig: { repo: repo() }, entryPoint: "models/glm/train.sh" },
    }).plan();
    expect(plan.findings).toEqual([]);
    expect(plan.uploads).toMatchObject([{ channel: "code", source: `${repo()} .` }]);
  });

  it("tells what is wrong in it, and that it could not be cloned", async () => {
    const missing = { gitConfig: { repo: repo() }, entryPoint: "none.py" };
    const { findings } = await estimator(missing).plan();
    expect(findings).toMatchObject([
      { path: "entryPoint", message: 'No file named "none.py" was found in directory ".".' },
    ]);
    await expect(estimator(missing).fit()).rejects.toThrow(ValidationError);
    const gone = { gitConfig: { repo: `${repo()}x` }, entryPoint: "train.sh" };
    const { findings: told } = await estimator(gone).plan();
    expect(told).toMatchObject([{ severity: "error", path: "gitConfig" }]);
    expect(await left()).toEqual([]);
  });

  it("takes nothing from outside of the repository, whatever its links say", async () => {
    await writeFile(join(folder, "secret"), "mine");
    await symlink(join(folder, "secret"), join(work, "models/glm/stolen"));
    await symlink("/", join(work, "models/glm/everything"));
    await symlink(join(folder, "secret"), join(work, "lone"));
    await symlink("shared.txt", join(work, "models/glm/../../fine.txt"));
    commit("links");
    const options = { gitConfig: { repo: `file://${work}` }, entryPoint: "train.sh" };
    const { findings } = await estimator({
      ...options,
      ...{ sourceDir: "models/glm", dependencies: ["lone", "fine.txt"] },
    }).plan();
    expect(findings.map(({ path }) => path)).toEqual(["dependencies[0]", "sourceDir"]);
    expect(findings.map(({ message }) => message).join()).toMatch(
      /^It is a link that leads out of the repository\.,.*everything is a link that leads out of its repository\..*stolen is a link/s,
    );
  });
});

describe("the state of a folder", () => {
  it("is its commit, its branch, whether it has changed, and where it is from", async () => {
    git(work, "remote", "add", "origin", "https://me:pw@x.org/a.git");
    const remote = "https://x.org/a.git";
    expect(await gitState(work)).toEqual({ commit: newest, branch: "main", dirty: false, remote });
    await write({ "models/new.txt": "" });
    expect(await gitState(join(work, "models"))).toMatchObject({ commit: newest, dirty: true });
    git(work, "checkout", "--quiet", "--detach", first);
    expect(await gitState(join(work, "models/glm"))).toEqual({
      commit: first,
      dirty: false,
      remote,
    });
  });

  it("is none without a repository, a commit, a folder, Git or time", async () => {
    expect(await gitState(folder)).toBeUndefined();
    git(folder, "init", "--quiet", "empty");
    expect(await gitState(join(folder, "empty"))).toBeUndefined();
    expect(await gitState(join(folder, "not-there"))).toBeUndefined();
    expect(await gitState(work, AbortSignal.abort())).toBeUndefined();
    vi.stubEnv("PATH", join(folder, "nothing"));
    expect(await gitState(work)).toBeUndefined();
  });

  it("is the folder's own, whatever repository this process was started from", async () => {
    vi.stubEnv("GIT_DIR", join(folder, "served/repo.git"));
    vi.stubEnv("GIT_INDEX_FILE", join(folder, "no-index"));
    expect(await gitState(work)).toMatchObject({ commit: newest, dirty: false });
  });
});
