/** Fenced code blocks of the documents, each with the rule that stands above it as an HTML comment. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What becomes of a block:
 *
 * - `run`: a program, compiled and run in a folder of its own
 * - `compile`: a program, compiled
 * - `continues`: goes on with the program above it
 * - `output`: the program above it prints these lines, in this order; `…` stands for anything
 * - `file PATH`: is written to the folder that the programs below it are run in
 * - `tsconfig`: a consumer's, which compiles a program of its own
 * - `not run here: REASON`
 */
export type Rule =
  | { readonly kind: "run" | "compile" | "continues" | "output" | "tsconfig" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "not-run"; readonly reason: string };

/** A fenced code block. */
export interface Block {
  /** `README.md:42`, where its text begins. */
  readonly place: string;
  /** What stands behind the fence: `ts`, `sh` … */
  readonly language: string;
  readonly text: string;
  /** The comment above it, `""` when there is none. */
  readonly comment: string;
}

/** Every document that has rules, relative to the project. */
export function documents(): string[] {
  return ["README.md", "CONTRIBUTING.md", ...markdownBelow("docs")];
}

function markdownBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return path.endsWith(".md") ? [path] : [];
    // What is installed or built is not ours to write.
    return ["node_modules", "api"].includes(entry.name) ? [] : markdownBelow(path);
  });
}

/** The text of a document. */
export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The blocks of a document, in order. */
export function blocksOf(path: string, text: string = readDocument(path)): Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^( *)(```+)(.*)$/.exec(lines[index] ?? "");
    if (fence === null) continue;
    const [, indent = "", ticks = "", language = ""] = fence;
    const start = index + 1;
    const end = lines.findIndex((line, at) => at >= start && line.trimEnd() === indent + ticks);
    if (end === -1) throw new Error(`${path}:${index + 1}: the block is never closed`);
    blocks.push({
      place: `${path}:${start + 1}`,
      language: language.trim(),
      text: lines
        .slice(start, end)
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
        .join("\n"),
      comment: commentAbove(lines, index),
    });
    index = end;
  }
  return blocks;
}

function commentAbove(lines: readonly string[], fence: number): string {
  let above = fence - 1;
  while (above >= 0 && lines[above]?.trim() === "") above -= 1;
  return /^\s*<!--\s*(.*?)\s*-->\s*$/.exec(lines[above] ?? "")?.[1] ?? "";
}

/**
 * The rule of a block.
 *
 * @throws Error that says where a rule is missing, or does not suit the block
 */
export function ruleOf({ place, language, comment }: Block): Rule {
  const wrong = (why: string): Error => new Error(`${place}: ${why}`);
  const isProgram = language === "ts";
  switch (comment) {
    case "run":
    case "compile":
    case "continues":
      if (!isProgram) throw wrong(`"${comment}" is for ts blocks, this one is ${language}`);
      return { kind: comment };
    case "output":
      if (language !== "text") throw wrong(`"output" is for text blocks, this one is ${language}`);
      return { kind: comment };
    case "tsconfig":
      if (language !== "json") throw wrong(`"tsconfig" is for json blocks`);
      return { kind: comment };
  }
  const file = /^file (\S+)$/.exec(comment)?.[1];
  if (file !== undefined) return { kind: "file", path: file };
  const reason = /^not run here: (.+)$/.exec(comment)?.[1];
  if (reason === undefined) throw wrong(`no rule stands above this block ("${comment}")`);
  if (isProgram) throw wrong("a ts block must at least be compiled");
  return { kind: "not-run", reason };
}

/** A program made of blocks that continue one another, with what it needs and what it prints. */
export interface Program {
  readonly place: string;
  readonly isRun: boolean;
  /** Each is padded to its line in the document, so that the compiler's lines are the document's. */
  readonly blocks: Block[];
  /** Files to be there before it is run. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly outputs: Block[];
}

/** The programs of a document. */
export function programsOf(blocks: readonly Block[]): Program[] {
  const programs: Program[] = [];
  const files: { path: string; text: string }[] = [];
  for (const block of blocks) {
    const rule = ruleOf(block);
    const last = programs.at(-1);
    if (rule.kind === "file") files.push({ path: rule.path, text: `${block.text}\n` });
    if (rule.kind === "run" || rule.kind === "compile") {
      programs.push({
        place: block.place,
        isRun: rule.kind === "run",
        blocks: [block],
        files: [...files],
        outputs: [],
      });
    }
    if (rule.kind === "continues" || rule.kind === "output") {
      if (last === undefined) throw new Error(`${block.place}: there is no program above it`);
      if (rule.kind === "output" && !last.isRun) {
        throw new Error(`${block.place}: the program above it is not run`);
      }
      (rule.kind === "continues" ? last.blocks : last.outputs).push(block);
    }
  }
  return programs;
}

/** The program's text, each line where the document has it. */
export function sourceOf({ blocks }: Program): string {
  const lines: string[] = [];
  for (const { place, text } of blocks) {
    const line = Number(place.split(":").at(-1));
    while (lines.length < line - 1) lines.push("");
    lines.push(...text.split("\n"));
  }
  return `${lines.join("\n")}\n`;
}

/**
 * What of an output block a program did not print; `undefined` when it printed it all.
 *
 * @param expected - lines in their order; `…` stands for anything within a line, a line of its own for any lines
 * @param printed - what the program printed
 */
export function missingLine(expected: string, printed: string): string | undefined {
  const lines = printed.split("\n").map((line) => line.trimEnd());
  let from = 0;
  for (const wanted of expected.split("\n").map((line) => line.trimEnd())) {
    if (wanted === "" || wanted === "…") continue;
    const pattern = new RegExp(
      `^${wanted
        .split("…")
        .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
        .join(".*")}$`,
    );
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    if (at === -1) return wanted;
    from = at + 1;
  }
  return undefined;
}
