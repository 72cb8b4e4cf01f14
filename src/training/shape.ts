/** How a shape of the service's model is written down: its type and its limits. */

/** A text: length in characters, the pattern in the service's (Java's) notation, or the list of what it may be. */
export interface StringShape {
  readonly type: "string";
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

/** A whole number, of 32 bits (`integer`) or as large as a number can be (`long`), or any number that is finite (`double`). */
export interface NumberShape {
  readonly type: "integer" | "long" | "double";
  readonly min?: number;
  readonly max?: number;
}

/** Yes or no. */
interface BooleanShape {
  readonly type: "boolean";
}

/** A point in time: a `Date`, or seconds since 1970 as they go over the wire. */
interface TimestampShape {
  readonly type: "timestamp";
}

/** A list: `min` and `max` count its members. */
export interface ListShape {
  readonly type: "list";
  readonly min?: number;
  readonly max?: number;
  readonly of: Shape;
}

/** A map with free keys: `min` and `max` count its entries. */
export interface MapShape {
  readonly type: "map";
  readonly min?: number;
  readonly max?: number;
  readonly key: StringShape;
  readonly value: StringShape;
  /** Its values may be secrets and are never shown. */
  readonly secret?: true;
}

/** Named members. */
export interface StructureShape {
  readonly type: "structure";
  readonly required?: readonly string[];
  readonly members: Readonly<Record<string, Shape>>;
}

/** Any shape. */
export type Shape =
  | StringShape
  | NumberShape
  | BooleanShape
  | TimestampShape
  | ListShape
  | MapShape
  | StructureShape;
