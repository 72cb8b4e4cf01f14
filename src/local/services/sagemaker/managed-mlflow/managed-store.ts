/** Managed tracking servers and apps on disk: a folder each, with a journal that any process appends to, and its runs. */

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ManagedKind } from "../../../../mlflow/core/managed.ts";
import { removeTree } from "../../../remove-tree.ts";
import { hasCode } from "../../s3/node-errors.ts";
import { entryLines, parseEntryLines } from "../entry-lines.ts";

/** A tracking server or an app, as it stands. */
export interface ManagedServer {
  /** The server's name, or the app's id: what its ARN ends with. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly lastModified: number;
  /** What the service describes it with, in the service's spelling. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
  /** What its own links are signed with. */
  readonly secret: string;
  /** Its runs, in the layout of MLflow's own folder store. */
  readonly runs: string;
}

/** What becomes of one. Members that are undefined stay as they are. */
export interface Change {
  readonly members?: Readonly<Record<string, unknown>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly untag?: readonly string[];
}

/** A line of a journal. */
type Entry = Change & { readonly at: number } & (
    | { readonly type: "created"; readonly id: string; readonly secret: string }
    | { readonly type: "changed" }
  );

const JOURNAL = "journal.ndjson";
const RUNS = "mlruns";
/** The service's pattern, but for its rule on dashes: what keeps a name inside the store. */
const ID = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,255}$/;
/** Names may be longer than those of files. */
const LONGEST_NAME = 128;
/** Unlike the flag `a` it does not create: what was removed stays removed. */
const APPEND_EXISTING = constants.O_WRONLY | constants.O_APPEND;

/**
 * The tracking servers and apps of a local cloud. Any number of processes read and write them without a daemon.
 *
 * @example
 * ```ts
 * const servers = new ManagedStore(join(root, "sagemaker"));
 * await servers.create("mlflow-tracking-server", "pricing", { members: { TrackingServerStatus: "Created" } });
 * ```
 */
export class ManagedStore {
  readonly #folder: string;
  readonly #makeRoot: () => void;

  /**
   * @param folder - `<root>/sagemaker`; nothing is read or written yet
   * @param makeRoot - makes what `folder` lies in, before anything is made. Default: nothing more than the folders themselves
   */
  constructor(folder: string, makeRoot: () => void = () => {}) {
    this.#folder = folder;
    this.#makeRoot = makeRoot;
  }

  /**
   * Creates one: whole when its name becomes visible, or not at all.
   *
   * @returns false when the name is taken; among racing processes exactly one gets true
   */
  async create(kind: ManagedKind, id: string, first: Change): Promise<boolean> {
    const draft = join(this.#all(kind), `.${randomUUID()}.incomplete`);
    const secret = randomBytes(32).toString("base64url");
    const created: Entry = { ...first, type: "created", at: Date.now(), id, secret };
    this.#makeRoot();
    await mkdir(draft, { recursive: true });
    try {
      await writeFile(join(draft, JOURNAL), entryLines([created]));
      const claimed = await claim(draft, this.#place(kind, id));
      if (!claimed) await rm(draft, { recursive: true, force: true });
      return claimed;
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
  }

  /** One as it stands; undefined when there is none. */
  async find(kind: ManagedKind, id: string): Promise<ManagedServer | undefined> {
    if (!ID.test(id)) return undefined;
    const folder = this.#place(kind, id);
    const text = await readFile(join(folder, JOURNAL), "utf8").catch((error: unknown) => {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return "";
      throw error;
    });
    const server = fold(text, join(folder, RUNS));
    // Not every disk tells names apart by case.
    return server?.id === id ? server : undefined;
  }

  /** All of a kind, in no order. */
  async list(kind: ManagedKind): Promise<ManagedServer[]> {
    const names = await readdir(this.#all(kind)).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    const found: ManagedServer[] = [];
    for (const name of names.filter((each) => !each.startsWith("."))) {
      const folder = join(this.#all(kind), name);
      const text = await readFile(join(folder, JOURNAL), "utf8").catch(() => "");
      const server = fold(text, join(folder, RUNS));
      if (server !== undefined) found.push(server);
    }
    return found;
  }

  /** Adds a change in one write, which other processes' writes cannot tear apart. @throws when there is no such one */
  async change(kind: ManagedKind, id: string, change: Change): Promise<void> {
    const file = await open(join(this.#place(kind, id), JOURNAL), APPEND_EXISTING);
    try {
      const changed: Entry = { ...change, type: "changed", at: Date.now() };
      await file.writeFile(entryLines([changed]));
    } finally {
      await file.close();
    }
  }

  /** Removes one with its runs: gone at once, then taken apart. */
  async remove(kind: ManagedKind, id: string): Promise<void> {
    const doomed = join(this.#all(kind), `.${randomUUID()}.deleted`);
    await rename(this.#place(kind, id), doomed);
    await removeTree(doomed);
  }

  #all(kind: ManagedKind): string {
    return join(this.#folder, `${kind}s`);
  }

  #place(kind: ManagedKind, id: string): string {
    const name =
      id.length <= LONGEST_NAME
        ? id
        : `${id.slice(0, LONGEST_NAME)}-${createHash("sha256").update(id).digest("hex").slice(0, 16)}`;
    return join(this.#all(kind), name);
  }
}

/** Gives a folder its name, unless there is one. */
async function claim(draft: string, place: string): Promise<boolean> {
  for (;;) {
    try {
      // A folder is renamed onto no folder but an empty one.
      await rename(draft, place);
      return true;
    } catch (error) {
      if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    }
    if (existsSync(join(place, JOURNAL))) return false;
    // A run was logged while one of this name was removed: what came of it is nobody's.
    await removeTree(place);
  }
}

function fold(text: string, runs: string): ManagedServer | undefined {
  const [first, ...later] = parseEntryLines<Entry>(text);
  if (first?.type !== "created") return undefined;
  const { id, secret, at: createdAt, members: given = {}, tags: labels = {} } = first;
  let [members, tags, lastModified] = [given, labels, createdAt];
  for (const { at, members: changed, tags: added = {}, untag = [] } of later) {
    tags = Object.fromEntries(
      Object.entries({ ...tags, ...added }).filter(([key]) => !untag.includes(key)),
    );
    if (changed !== undefined) [members, lastModified] = [{ ...members, ...changed }, at];
  }
  return { id, secret, createdAt, lastModified, members, tags, runs };
}
