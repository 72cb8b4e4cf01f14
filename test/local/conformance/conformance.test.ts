/** The container contract over every engine, as root and as an ordinary user: the same jobs, read item by item. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CELLS, type CellResult, removeFolder, runCell, userFolder } from "./cells.ts";
import type { EngineName, Evidence, User } from "./evidence.ts";
import type { Item } from "./item.ts";
import { expected, ITEMS, REFUSED } from "./items.ts";
import { boundMemory } from "./memory-bound.ts";
import { committedTables, tables, writeTables } from "./table.ts";

/** Nine jobs at once, on a busy machine. */
const PATIENCE = 300_000;
const isWriting = process.env["ENGINES_TABLE"] === "write";

const items = Object.values(ITEMS).flat();
const seen = new Map<string, string>();
const keyOf = (item: Item, engine: EngineName, user: User): string =>
  [item.name, engine, user].join("\0");

const memory = boundMemory();
const folders = new Map<User, string>();

afterAll(async () => {
  for (const folder of folders.values()) await removeFolder(folder);
  if (typeof memory !== "string") await memory.remove();
});

describe.each(CELLS)("$engine, as $user", (cell) => {
  const { engine, user, noUser } = cell;
  let result: CellResult;
  beforeAll(async () => {
    if (noUser !== undefined) return;
    const folder = folders.get(user) ?? (await userFolder(user));
    folders.set(user, folder);
    result = await runCell(cell, folder, typeof memory === "string" ? undefined : memory);
  }, PATIENCE);

  it("works here", (context) => {
    if (noUser !== undefined) context.skip(noUser);
    if ("evidence" in result) return;
    // CI has all of them: .ci/install-system.
    if (process.env["CI"] === "true") expect(result.missing).toBe("nothing");
    context.skip(result.missing);
  });

  it.for(items)("$name", (item, { skip }) => {
    if (noUser !== undefined) return skip(noUser);
    if ("missing" in result) return skip(result.missing);
    const evidence = result.evidence[item.job];
    if (evidence === undefined) return skip(String(memory));
    const saw = isRefusal(evidence) ? REFUSED : item.see(evidence);
    if (saw !== undefined) seen.set(keyOf(item, engine, user), saw);
    expect(saw, JSON.stringify(evidence)).toBe(expected(item, engine, user));
    const words = item.refused?.[engine];
    if (words !== undefined) expect(evidence.reason).toMatch(words);
  });
});

describe("docs/guides/engines.md", () => {
  it("has what was seen; npm run docs:engines writes it", async () => {
    // What this machine cannot show is taken to be as it is expected.
    const written = tables(
      (item, engine, user) => seen.get(keyOf(item, engine, user)) ?? expected(item, engine, user),
    );
    if (isWriting) await writeTables(written);
    expect(await committedTables()).toBe(written);
  });
});

/** Refused by the call that creates a job, or by its runner before any program ran. */
function isRefusal({ status, reason, logs }: Evidence): boolean {
  return status === "Refused" || (reason.startsWith("ClientError: ") && logs.length === 0);
}
