/** The files that code is made of: what of `sourceDir` is no waste, and the dependencies beside it. Reads; changes nothing. */

import { open, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Finding } from "../../errors.ts";
import { compareNames } from "../../transfer/file-name.ts";
import { describeFsError, isWithin, type TreeProblem, walkTree } from "../../transfer/file-tree.ts";
import { type FileToDescribe, localPath } from "../../transfer/source.ts";
import type { EstimatorOptions } from "../options.ts";
import { codePath } from "./code-path.ts";
import { ignoreRules } from "./ignore-rules.ts";

/** Code as it lies on this machine. */
export interface CodeFiles {
  /** What it is called in messages and plans. */
  readonly label: string;
  /** The program's name among the files. */
  readonly entryPoint: string;
  /** In the order of their names' bytes, each name once. */
  readonly files: readonly FileToDescribe[];
  /** What is in the way of reading them. */
  readonly problems: readonly TreeProblem[];
  /** What is wrong with them. */
  readonly findings: readonly Finding[];
}

/** Where code is looked for. */
export interface CodePlace {
  /** The folder of a clone, which `sourceDir` and its kin are paths in; else they are paths of this machine. */
  readonly checkout?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is collected, option by option. */
class Collector {
  readonly files = new Map<string, FileToDescribe & { readonly from: string }>();
  readonly problems: TreeProblem[] = [];
  readonly findings: Finding[] = [];
  readonly #place: CodePlace;

  constructor(place: CodePlace) {
    this.#place = place;
  }

  /** Where something given lies. */
  locate(given: string): string {
    const { checkout } = this.#place;
    return checkout === undefined ? resolve(localPath(given)) : join(checkout, given);
  }

  error(path: string, message: string, hint?: string): void {
    this.findings.push({ severity: "error", path, message, ...(hint !== undefined && { hint }) });
  }

  /** A folder's files, below a prefix. Tells which file left something out, if one did. */
  async folder(path: string, prefix: string, from: string): Promise<string | undefined> {
    const { checkout, signal } = this.#place;
    if (!(await this.#stays(path, from))) {
      return undefined;
    }
    const { ignores, fileName } = await ignoreRules(path, checkout !== undefined);
    const tree = await walkTree(path, { ignores, within: checkout, signal });
    this.problems.push(...tree.problems);
    for (const file of tree.files) {
      this.#add({ ...file, name: `${prefix}${file.name}` }, from);
    }
    return fileName;
  }

  /** One file, under its own name. */
  async file(path: string, bytes: number, from: string): Promise<void> {
    if (await this.#stays(path, from)) {
      this.#add({ name: basename(path), path, bytes }, from);
    }
  }

  /** What others have written may not reach what is not theirs. */
  async #stays(path: string, from: string): Promise<boolean> {
    const { checkout } = this.#place;
    if (checkout === undefined || isWithin(checkout, await realpath(path))) {
      return true;
    }
    this.error(from, "It is a link that leads out of the repository.", "Remove it.");
    return false;
  }

  #add(file: FileToDescribe, from: string): void {
    const there = this.files.get(file.name);
    if (there === undefined) {
      this.files.set(file.name, { ...file, from });
    } else if (there.path !== file.path) {
      this.#clash(from, file.name, there.from);
    }
  }

  /** A name that is a file here and a folder there. */
  clashes(): void {
    for (const [name, { from }] of this.files) {
      for (let end = name.lastIndexOf("/"); end > 0; end = name.lastIndexOf("/", end - 1)) {
        const above = this.files.get(name.slice(0, end));
        if (above !== undefined) {
          this.#clash(from, name.slice(0, end), above.from);
        }
      }
    }
  }

  #clash(from: string, name: string, other: string): void {
    const message = `${name} is in ${other} as well, and one of them would be lost.`;
    if (!this.findings.some((finding) => finding.path === from && finding.message === message)) {
      this.error(from, message, "Rename one of them.");
    }
  }
}

/**
 * Finds the files, and everything that is wrong with them.
 *
 * @param options - `sourceDir`, `entryPoint` and `dependencies` are read
 * @param place - where they are
 */
export async function collectCode(
  options: Pick<
    EstimatorOptions,
    "sourceDir" | "entryPoint" | "dependencies" | "codeDelivery" | "installRequirements"
  >,
  place: CodePlace,
): Promise<CodeFiles> {
  const { sourceDir, entryPoint = "", dependencies = [] } = options;
  const collector = new Collector(place);
  const folder = sourceDir ?? (place.checkout === undefined ? undefined : ".");
  const program =
    folder === undefined
      ? await loneProgram(collector, entryPoint)
      : await programIn(collector, folder, entryPoint);
  for (const [index, dependency] of dependencies.entries()) {
    await addDependency(collector, dependency, `dependencies[${index}]`);
  }
  collector.clashes();
  const file = collector.files.get(program);
  if (file !== undefined) {
    collector.findings.push(...(await programFindings(program, file.path, options)));
  }
  const hasRequirements = collector.files.has("requirements.txt");
  const { installRequirements, codeDelivery } = options;
  // The training toolkit installs what it finds.
  if (hasRequirements && installRequirements === undefined && codeDelivery !== "toolkit") {
    collector.findings.push({
      severity: "warning",
      path: "installRequirements",
      message: "requirements.txt is not installed unless that is asked for.",
      hint: "Set installRequirements: true, or false when the image has what it names.",
    });
  }
  if (installRequirements && !hasRequirements) {
    collector.error(
      "installRequirements",
      "There is no requirements.txt in the code.",
      sourceDir === undefined ? "Give it as one of the dependencies." : "Put it into sourceDir.",
    );
  }
  return {
    label: folder ?? entryPoint,
    entryPoint: program,
    files: [...collector.files.values()].sort((one, other) => compareNames(one.name, other.name)),
    problems: collector.problems,
    findings: collector.findings,
  };
}

async function loneProgram(collector: Collector, entryPoint: string): Promise<string> {
  const path = collector.locate(entryPoint);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile()) {
    await collector.file(path, stats.size, "entryPoint");
  } else if (entryPoint !== "") {
    collector.error(
      "entryPoint",
      stats === undefined ? `No file named "${entryPoint}" was found.` : "It is not a file.",
      "Give the program's path, or sourceDir as well.",
    );
  }
  return basename(path);
}

async function programIn(
  collector: Collector,
  folder: string,
  entryPoint: string,
): Promise<string> {
  const path = collector.locate(folder);
  const name = codePath(entryPoint);
  const stats = await stat(path).catch((error: unknown) => describeFsError(error));
  if (typeof stats === "string" || !stats.isDirectory()) {
    collector.error(
      "sourceDir",
      typeof stats === "string" ? `${folder} ${stats}.` : `${folder} is not a folder.`,
      "Give the folder that holds the program.",
    );
    return name;
  }
  const rules = await collector.folder(path, "", "sourceDir");
  if (entryPoint !== "" && !collector.files.has(name)) {
    const isThere = (await stat(join(path, name)).catch(() => undefined))?.isFile();
    collector.error(
      "entryPoint",
      isThere
        ? `${entryPoint} is left out of ${folder} by ${rules ?? "the rules for what is never code"}.`
        : `No file named "${entryPoint}" was found in directory "${folder}".`,
      isThere ? `Take it back in with a .sagemakerignore: !${name}` : "Give its path in sourceDir.",
    );
  }
  return name;
}

async function addDependency(collector: Collector, given: string, from: string): Promise<void> {
  const path = collector.locate(given);
  const stats = await stat(path).catch((error: unknown) => describeFsError(error));
  if (typeof stats === "string") {
    collector.error(from, `${given} ${stats}.`, "Give the path of a file or a folder.");
  } else if (stats.isDirectory()) {
    await collector.folder(path, `${basename(path)}/`, from);
  } else {
    await collector.file(path, stats.size, from);
  }
}

/** What would keep the program from starting, as far as its first line tells. */
async function programFindings(
  name: string,
  path: string,
  { codeDelivery = "channel" }: Pick<EstimatorOptions, "codeDelivery">,
): Promise<Finding[]> {
  if (/\.(?:py|[cm]?js)$/.test(name)) {
    return [];
  }
  const { first, isText } = await beginning(path);
  if (first.startsWith("#!") && first.endsWith("\r")) {
    return [
      {
        severity: "error",
        path: "entryPoint",
        message: `The first line of ${name} ends in CRLF, and no interpreter has such a name.`,
        hint: "Save it with LF line ends.",
      },
    ];
  }
  if (codeDelivery === "channel" && isText && !first.startsWith("#!") && !name.endsWith(".sh")) {
    return [
      {
        severity: "warning",
        path: "entryPoint",
        message: `${name} says nowhere what it is to be run by, and so is run as a shell script.`,
        hint: "Let it begin with #! and its interpreter, or compile it.",
      },
    ];
  }
  return [];
}

async function beginning(path: string): Promise<{ first: string; isText: boolean }> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) {
    // What cannot be read is told when it is described.
    return { first: "", isText: false };
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const text = buffer.toString("latin1", 0, bytesRead);
    return { first: text.split("\n", 1)[0] ?? "", isText: !text.includes("\0") };
  } finally {
    await file.close();
  }
}
