/** The temporary keys that the local cloud has issued. Only of these are signatures checked: any other credentials are taken as they are. */

import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../s3/node-errors.ts";

/** Temporary keys. */
export interface IssuedKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Who bears them: `arn:aws:sts::123456789012:assumed-role/SageMaker/session`. */
  readonly arn: string;
  /** The bearer's unique id, `AROA…:session`. */
  readonly userId: string;
}

const ISSUED = /^ASIALOCAL[A-Z2-7]{11}$/;
/** An expired key is told from an unknown one for so long. */
const KEPT_MS = 24 * 3_600_000;
const MOST_CACHED = 1000;

/**
 * Issues keys and finds them again, in any process.
 *
 * @example
 * ```ts
 * const keys = new KeyStore(join(root, "keys"));
 * const { accessKeyId } = await keys.issue({ arn, userId, durationSeconds: 3600 });
 * ```
 */
export class KeyStore {
  readonly #folder: string;
  readonly #known = new Map<string, IssuedKey>();
  readonly #makeRoot: () => void;

  /**
   * @param folder - `<root>/keys`; nothing is read or written yet
   * @param makeRoot - makes what `folder` lies in, before a key is issued. Default: nothing more than the folders themselves
   */
  constructor(folder: string, makeRoot: () => void = () => {}) {
    this.#folder = folder;
    this.#makeRoot = makeRoot;
  }

  /** Issues new keys, and forgets those that expired over a day ago. */
  async issue(options: {
    readonly arn: string;
    readonly userId: string;
    readonly durationSeconds: number;
  }): Promise<IssuedKey> {
    const key: IssuedKey = {
      accessKeyId: `ASIALOCAL${uniqueId(11)}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(96).toString("base64"),
      expiresAt: Date.now() + options.durationSeconds * 1000,
      arn: options.arn,
      userId: options.userId,
    };
    this.#makeRoot();
    // The secrets are for this user alone.
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#sweep();
    const draft = join(this.#folder, `.${randomUUID()}.incomplete`);
    await writeFile(draft, JSON.stringify(key), { mode: 0o600 });
    await rename(draft, this.#path(key.accessKeyId));
    return key;
  }

  /** The keys of that id, if they were issued here. */
  async find(accessKeyId: string): Promise<IssuedKey | undefined> {
    if (!ISSUED.test(accessKeyId)) return undefined;
    const known = this.#known.get(accessKeyId);
    if (known !== undefined) return known;
    const key = await this.#read(this.#path(accessKeyId));
    if (key !== undefined) {
      if (this.#known.size >= MOST_CACHED) this.#known.clear();
      this.#known.set(accessKeyId, key);
    }
    return key;
  }

  async #sweep(): Promise<void> {
    const long = Date.now() - KEPT_MS;
    for (const entry of await readdir(this.#folder)) {
      const path = join(this.#folder, entry);
      // Another process may be writing a draft at this moment: only its age is looked at.
      const isOld = entry.endsWith(".json")
        ? ((await this.#read(path))?.expiresAt ?? long) < long
        : (await modifiedAt(path)) < long;
      if (isOld) await rm(path, { force: true });
    }
  }

  async #read(path: string): Promise<IssuedKey | undefined> {
    try {
      return JSON.parse(await readFile(path, "utf8")) as IssuedKey;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  #path(accessKeyId: string): string {
    return join(this.#folder, `${accessKeyId}.json`);
  }
}

/** When a file was last changed, in milliseconds since 1970; now for one that is gone. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return Date.now();
    throw error;
  }
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * An id in the alphabet of AWS's ids.
 *
 * @param bytes - what it is made from. Default: chance
 */
export function uniqueId(length: number, bytes: Uint8Array = randomBytes(length)): string {
  return Array.from(bytes.subarray(0, length), (byte) => BASE32.charAt(byte % 32)).join("");
}
