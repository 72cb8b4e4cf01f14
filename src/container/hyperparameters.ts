/** Hyperparameters inside a job: SageMaker passes strings; a schema turns them into checked values. */

import { type Finding, ValidationError } from "../errors.ts";
import { decodeHyperparameters } from "../training/hyperparameters.ts";

/** What one hyperparameter must be. */
export interface HyperparameterRule {
  /** `number`, `integer`, `boolean` or `string`; `json` takes any value. */
  readonly type: "number" | "integer" | "boolean" | "string" | "json";
  /** Its value when the job was started without it. Without a default it is required, unless `optional`. */
  readonly default?: unknown;
  /** Whether it may be missing with no default: it is `undefined` then. Default: false. */
  readonly optional?: boolean;
  /** The least number allowed. */
  readonly min?: number;
  /** The greatest number allowed. */
  readonly max?: number;
  /** The only strings allowed. */
  readonly oneOf?: readonly string[];
}

/**
 * The hyperparameters that a program takes, by name.
 *
 * @example
 * ```ts
 * const schema = {
 *   epochs: { type: "integer", default: 10, min: 1 },
 *   optimizer: { type: "string", default: "adam", oneOf: ["adam", "sgd"] },
 * } as const satisfies HyperparameterSchema;
 * ```
 */
export type HyperparameterSchema = Readonly<Record<string, HyperparameterRule>>;

/** The TypeScript type of each {@link HyperparameterRule} type. */
export interface HyperparameterTypes {
  /** A finite number. */
  readonly number: number;
  /** A safe integer. */
  readonly integer: number;
  /** `true` or `false`. */
  readonly boolean: boolean;
  /** Text. */
  readonly string: string;
  /** Any value. */
  readonly json: unknown;
}

/** The values that a schema gives. */
export type HyperparameterValues<S extends HyperparameterSchema> = {
  readonly [Name in keyof S]: S[Name] extends {
    /** With one, the value is never missing. */
    readonly default: string | number | boolean | object;
  }
    ? HyperparameterTypes[S[Name]["type"]]
    : S[Name] extends {
          /** The value may be missing. */
          readonly optional: true;
        }
      ? HyperparameterTypes[S[Name]["type"]] | undefined
      : HyperparameterTypes[S[Name]["type"]];
};

/**
 * Checks hyperparameters against a schema and gives their values. Names that begin with `sagemaker_` or `_` are SageMaker's own.
 *
 * @param raw - string by name, as `hyperparameters.json` holds them
 * @param schema - what the program takes
 * @throws {@link ValidationError} with everything that is wrong: unknown names, missing ones, bad values
 *
 * @example
 * ```ts
 * const { epochs } = checkHyperparameters({ epochs: "20" }, { epochs: { type: "integer", default: 10, min: 1 } });
 * ```
 */
export function checkHyperparameters<const S extends HyperparameterSchema>(
  raw: Readonly<Record<string, string>>,
  schema: S,
): HyperparameterValues<S> {
  const findings: Finding[] = [];
  const find = (name: string, message: string): void => {
    findings.push({ severity: "error", path: `hyperparameters.${name}`, message });
  };
  for (const name of Object.keys(raw)) {
    if (Object.hasOwn(schema, name) || /^(sagemaker)?_/.test(name)) continue;
    find(name, `is not known. This program takes: ${Object.keys(schema).join(", ") || "none"}.`);
  }
  const decoded = decodeHyperparameters(raw);
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(schema)) {
    const text = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (text === undefined) {
      if (rule.default === undefined && rule.optional !== true) find(name, "is required.");
      values[name] = rule.default;
      continue;
    }
    const value = decoded[name];
    const problem = breach(rule, rule.type === "string" ? asString(value, text) : value, text);
    if (problem !== undefined) find(name, problem);
    values[name] = rule.type === "string" ? asString(value, text) : value;
  }
  if (findings.length > 0)
    throw new ValidationError("The hyperparameters cannot be used", findings);
  return values as HyperparameterValues<S>;
}

/** `"adam"` from Python's SDK is JSON, from others plain; `1.0` stays as it was written. */
function asString(value: unknown, text: string): string {
  return typeof value === "string" ? value : text;
}

/** What of the rule a value does not keep. */
function breach(rule: HyperparameterRule, value: unknown, text: string): string | undefined {
  const is = `is ${JSON.stringify(text)}, not`;
  switch (rule.type) {
    case "number":
    case "integer":
      if (typeof value !== "number" || !Number.isFinite(value)) return `${is} a number.`;
      if (rule.type === "integer" && !Number.isSafeInteger(value)) return `${is} an integer.`;
      if (rule.min !== undefined && value < rule.min) return `is ${value}, less than ${rule.min}.`;
      if (rule.max !== undefined && value > rule.max) return `is ${value}, more than ${rule.max}.`;
      return undefined;
    case "boolean":
      return typeof value === "boolean" ? undefined : `${is} true or false.`;
    case "string":
      return rule.oneOf === undefined || rule.oneOf.includes(String(value))
        ? undefined
        : `${is} one of ${rule.oneOf.join(", ")}.`;
    case "json":
      return undefined;
  }
}
