/** Standard Schema (https://standardschema.dev), version 1, as far as it is used: what zod, valibot and arktype speak. */

/** One thing that a schema found wrong. */
export interface StandardIssue {
  /** The words. */
  readonly message: string;
  /** Where, outermost first. */
  readonly path?:
    | readonly (
        | PropertyKey
        | {
            /** The member's name, or its index. */
            readonly key: PropertyKey;
          }
      )[]
    | undefined;
}

/** What a schema makes of a value: the checked and completed value, or what is wrong with it. */
export type StandardResult<T> =
  | {
      /** The checked and completed value. */
      readonly value: T;
      /** Nothing is wrong. */
      readonly issues?: undefined;
    }
  | {
      /** Everything that is wrong. */
      readonly issues: readonly StandardIssue[];
    };

/**
 * A schema of any library that speaks Standard Schema.
 *
 * @typeParam Output - what a checked value is
 * @typeParam Input - what it is made from: members with defaults may be left out
 */
export interface StandardSchema<Output, Input = Output> {
  /** The schema as the specification has it. */
  readonly "~standard": {
    /** The specification's version. */
    readonly version: 1;
    /** The library's name. */
    readonly vendor: string;
    /** Checks a value. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** Types alone; there is nothing at run time. */
    readonly types?:
      | {
          /** What the schema takes. */
          readonly input: Input;
          /** What it gives. */
          readonly output: Output;
        }
      | undefined;
  };
}
