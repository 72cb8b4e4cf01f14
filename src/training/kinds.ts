/** What a value must be, as data; and proof by the compiler that none of an interface's members is forgotten, however deep. */

/** A kind of value. */
export type Kind =
  | "string"
  | "number"
  | "boolean"
  | "function"
  /** Checked elsewhere. */
  | "any"
  | WordKind
  | ListKind
  | MapKind
  | MembersKind
  | LikeKind
  | OneOfKind;

/** One of these very values. */
interface WordKind<V extends string | boolean = string | boolean> {
  readonly word: readonly V[];
}

/** A list, and what each item must be. */
interface ListKind<K = Kind> {
  readonly list: K;
}

/** A record with free names, and what each value must be. */
export interface MapKind<K = Kind> {
  readonly map: K;
}

/** A record with these names and no other; `null` and `undefined` are "not given". */
export interface MembersKind<M = Readonly<Record<string, Kind>>> {
  readonly members: M;
}

/** What is known by what it can do. */
export interface LikeKind {
  /** `A Session` */
  readonly like: string;
  /** Whether it is one. */
  is(value: unknown): boolean;
}

/** The first of several kinds whose outside fits. */
interface OneOfKind {
  readonly oneOf: readonly Kind[];
  /** What is expected, where none fits: `A record, or a list of { Key, Value },` */
  readonly words: string;
}

/** What may be said of a value of type `V`. */
type KindOf<V> = [V] extends [boolean]
  ? "boolean"
  : [V] extends [string]
    ? "string" | WordKind<V>
    : [V] extends [number]
      ? "number"
      : [V] extends [string | boolean]
        ? WordKind<V> | OneOfKind
        : [V] extends [(...args: never[]) => unknown]
          ? "function"
          : [V] extends [readonly (infer Item)[]]
            ? ListKind<KindOf<Item>>
            : [Exclude<V, object>, Extract<V, readonly unknown[]>] extends [never, never]
              ? string extends keyof V
                ? MapKind<"any" | KindOf<V[string & keyof V]>>
                : MembersKind<Kinds<V>> | LikeKind | "any"
              : OneOfKind;

type Names<T> = T extends unknown ? keyof T : never;
type Member<T, K> = T extends unknown ? (K extends keyof T ? NonNullable<T[K]> : never) : never;

/** One kind for each member of `T`, or of each of several `T`, and for no other. */
export type Kinds<T> = { readonly [K in Names<T>]: KindOf<Member<T, K>> };
