/** The tables of the guide to the engines: each item, and what each engine does about it. */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ENGINES, type EngineName, USERS, type User } from "./evidence.ts";
import type { Item } from "./item.ts";
import { ITEMS } from "./items.ts";

const GUIDE = fileURLToPath(new URL("../../../docs/guides/engines.md", import.meta.url));
const BEGIN = "<!-- Written by the tests (`npm run docs:engines`), from here … -->";
const END = "<!-- … to here. -->";

/** What a cell says of an item. */
export type Says = (item: Item, engine: EngineName, user: User) => string;

/** All tables. */
export function tables(says: Says): string {
  const head = `| | ${ENGINES.join(" | ")} |\n| --- | ${ENGINES.map(() => "---").join(" | ")} |`;
  return Object.entries(ITEMS)
    .map(([heading, items]) => {
      const rows = items.map((item) => {
        const cells = ENGINES.map((engine) => cell((user) => says(item, engine, user)));
        return `| ${[item.name, ...cells].join(" | ")} |`;
      });
      return `### ${heading}\n\n${[head, ...rows].join("\n")}\n`;
    })
    .join("\n");
}

/** One word where it is the same for all users. */
function cell(says: (user: User) => string): string {
  const words = USERS.map(says);
  return new Set(words).size === 1
    ? (words[0] ?? "")
    : USERS.map((user, index) => `${user}: ${words[index]}`).join("; ");
}

/** The tables that the guide has. */
export async function committedTables(): Promise<string> {
  const { text, from, to } = await guide();
  return text.slice(from, to);
}

/** Puts them into the guide. */
export async function writeTables(text: string): Promise<void> {
  const { text: old, from, to } = await guide();
  await writeFile(GUIDE, old.slice(0, from) + text + old.slice(to));
}

/** The guide, and where its tables begin and end. */
async function guide(): Promise<{
  readonly text: string;
  readonly from: number;
  readonly to: number;
}> {
  const text = await readFile(GUIDE, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${GUIDE} has no place for the tables`);
  return { text, from: begin + BEGIN.length + 2, to: end - 1 };
}
