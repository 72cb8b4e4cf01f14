/** S3's order of keys: by their UTF-8 bytes. */

/**
 * Compares two keys by their UTF-8 bytes. UTF-16 has that order too, but for the surrogates, which stand for the
 * highest code points and lie below U+E000.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

const rank = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;

const HIGH = /[\ud800-\uffff]/;

/** Whether a text has code units from U+D800 on, so that JavaScript's order may not be S3's. */
export function hasHighUnits(text: string): boolean {
  return HIGH.test(text);
}

/** So few new keys are put in one by one; more are sorted and merged. */
const FEW = 16;

/** The keys of a bucket, sorted when they are asked for, at the cost of what has changed since. */
export class SortedKeys {
  #sorted: string[] = [];
  /** In `#sorted`, but deleted. */
  readonly #dead = new Set<string>();
  readonly #fresh = new Set<string>();
  /** Whether a key has high code units. */
  #high: boolean = false;

  /** Forgets everything. */
  clear(): void {
    this.#sorted = [];
    this.#dead.clear();
    this.#fresh.clear();
    this.#high = false;
  }

  /**
   * Takes keys that come in order, and after all that are there.
   *
   * @param keys - those from `from` on are taken
   * @param hasHigh - whether {@link hasHighUnits} holds of one of them
   */
  append(keys: readonly string[], from: number, hasHigh: boolean): void {
    this.#high ||= hasHigh;
    for (let i = from; i < keys.length; i += 1) this.#sorted.push(keys[i] ?? "");
  }

  /** Takes a key that is not there. */
  add(key: string): void {
    if (this.#dead.delete(key)) return;
    this.#high ||= hasHighUnits(key);
    this.#fresh.add(key);
  }

  /** Drops a key that is there. */
  delete(key: string): void {
    if (!this.#fresh.delete(key)) this.#dead.add(key);
  }

  /** The keys, in order; `isDead` tells of those that were deleted. Good until the next change. */
  read(): { readonly keys: readonly string[]; isDead(key: string): boolean } {
    if (this.#dead.size > this.#sorted.length / 4) {
      this.#sorted = this.#sorted.filter((key) => !this.#dead.has(key));
      this.#dead.clear();
    }
    if (this.#fresh.size > FEW) {
      this.#merge([...this.#fresh]);
    } else {
      for (const key of this.#fresh)
        this.#sorted.splice(lowerBound(this.#sorted, key, this.#high), 0, key);
    }
    this.#fresh.clear();
    return { keys: this.#sorted, isDead: (key) => this.#dead.has(key) };
  }

  /** The keys that are there, in order. */
  *[Symbol.iterator](): Generator<string> {
    const { keys, isDead } = this.read();
    for (const key of keys) if (!isDead(key)) yield key;
  }

  #merge(fresh: string[]): void {
    // Without high code units JavaScript's own comparison does, which is much faster.
    const isBefore = this.#high
      ? (a: string, b: string) => compareKeys(a, b) < 0
      : (a: string, b: string) => a < b;
    fresh.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    // From the end, so that it needs no second list.
    const keys = this.#sorted;
    let from = keys.length - 1;
    let to = from + fresh.length;
    for (const key of fresh.reverse()) {
      for (; from >= 0 && isBefore(key, keys[from] ?? ""); from -= 1, to -= 1) {
        keys[to] = keys[from] ?? "";
      }
      keys[to] = key;
      to -= 1;
    }
  }
}

/**
 * The place of the first key that is `key` or comes after it.
 *
 * @param hasHigh - `false` when {@link hasHighUnits} holds of none of `keys`: JavaScript's own comparison, which is much
 * faster, orders them among themselves; a `key` with high units is compared rightly all the same
 */
export function lowerBound(keys: readonly string[], key: string, hasHigh = true): number {
  return hasHigh || hasHighUnits(key)
    ? firstIndex(keys, 0, (other) => compareKeys(other, key) >= 0)
    : firstIndex(keys, 0, (other) => other >= key);
}

/** The place of the first key from `from` on that comes after all keys beginning with `prefix`. */
export function afterPrefix(keys: readonly string[], from: number, prefix: string): number {
  return firstIndex(
    keys,
    from,
    (other) => !other.startsWith(prefix) && compareKeys(other, prefix) > 0,
  );
}

function firstIndex(
  keys: readonly string[],
  from: number,
  holds: (key: string) => boolean,
): number {
  let low = from;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(keys[middle] ?? "")) high = middle;
    else low = middle + 1;
  }
  return low;
}
