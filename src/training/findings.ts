/** What is wrong with a request, in the words of the options that it was made from. Pure. */

import type { Finding } from "../errors.ts";
import { type Breach, requestBreaches } from "./constraints.ts";
import {
  CHANNEL_OPTION_NAMES,
  ITEM_OPTION_NAMES,
  OPTION_NAMES,
  type OptionName,
} from "./option-names.ts";

/** An instance type reads `ml.<family>.<size>`; the size may be `metal-24xl`-like. */
export const INSTANCE_TYPE = /^ml\.[a-z][a-z0-9-]*\.[a-z0-9-]+$/;

/** What the checks need to know besides the request. */
export interface RequestContext {
  /** Where each channel comes from, in option names and the request's order: `inputs.train`, `modelUri`. */
  readonly channels: readonly string[];
  /** The names of the tags, where they were given as a record. */
  readonly tagNames?: readonly string[] | undefined;
  /** The request goes to a local cloud. */
  readonly isLocal: boolean;
  /** Raw members that were merged into the request: what is unknown there may be newer than this library. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Every breach of the service's limits, in option names.
 *
 * @param request - the request as it would be sent
 * @param context - what the checks need besides
 */
export function requestFindings(request: unknown, context: RequestContext): Finding[] {
  return requestBreaches(request).flatMap((breach): Finding[] => {
    const raw = reaches(context.overrides, breach.path);
    const own = optionPath(breach.path, context);
    // What no option makes is the overrides' alone.
    const isRaw = raw && /^[A-Z]/.test(own);
    const path = isRaw ? `overrides.${breach.path.join(".")}` : own;
    if (breach.path[0] === "ResourceConfig" && breach.path.at(-1) === "InstanceType") {
      return instanceTypeFinding(breach, path, context.isLocal);
    }
    if (breach.rule === "unknown" && raw) {
      return [
        {
          severity: "warning",
          path: `overrides.${breach.path.join(".")}`,
          message: "The service's model, as this library knows it, has no such field.",
          hint: "It is sent as it is, and the service decides.",
        },
      ];
    }
    return [{ severity: "error", path, message: breachMessage(breach), ...hintFor(breach) }];
  });
}

/** Whether the overrides have something at that place. */
function reaches(overrides: unknown, [step, ...rest]: Breach["path"]): boolean {
  if (typeof overrides !== "object" || overrides === null || step === undefined) {
    return false;
  }
  const inner = (overrides as Readonly<Record<string, unknown>>)[step];
  return inner !== undefined && (rest.length === 0 || reaches(inner, rest));
}

/** Newer instance types than the model's are a warning: AWS adds some monthly. */
function instanceTypeFinding(breach: Breach, path: string, isLocal: boolean): Finding[] {
  const type = typeof breach.value === "string" ? breach.value : undefined;
  if (type === undefined) {
    return [{ severity: "error", path, message: breachMessage(breach), ...hintFor(breach) }];
  }
  if (breach.rule === "enum" && isLocal && (type === "local" || type === "local_gpu")) {
    return [];
  }
  if (breach.rule === "enum" && INSTANCE_TYPE.test(type)) {
    return isLocal
      ? []
      : [
          {
            severity: "warning",
            path,
            message: `'${type}' is not among the instance types that this library knows.`,
            hint: "Newer types may exist; the service decides.",
          },
        ];
  }
  return [
    {
      severity: "error",
      path,
      message: `Failed to parse instance type '${shorten(type)}'.`,
      hint: 'It reads ml.<family>.<size>, e.g. "ml.m5.xlarge", or "local".',
    },
  ];
}

/**
 * A member's path in option names: `InputDataConfig.0.DataSource.S3DataSource.S3Uri` is `inputs.train.s3Data`.
 *
 * @param path - in the service's names
 * @param context - where channels and tags come from
 */
export function optionPath(path: Breach["path"], { channels, tagNames }: RequestContext): string {
  const [head, index, ...rest] = path;
  if (head === "Tags" && tagNames !== undefined && typeof index === "number") {
    return `tags.${tagNames[index]}`;
  }
  if (head === "InputDataConfig") {
    return typeof index === "number"
      ? channelPath(channels[index] ?? `inputs.${index}`, rename(rest, CHANNEL_OPTION_NAMES))
      : "inputs";
  }
  return rename(path, OPTION_NAMES);
}

/** The options `modelUri` and `sourceDir` are the location itself. */
function channelPath(channel: string, tail: string): string {
  const isLocation = !channel.startsWith("inputs.") && tail === "s3Data";
  return isLocation ? channel : join(channel, tail);
}

/**
 * A place in a request in option names: that of the first member that it is, or lies in.
 *
 * @param path - in the service's names
 * @param names - the options by their members
 */
export function rename(path: Breach["path"], names: readonly OptionName[]): string {
  const dotted = path.join(".");
  for (const [member, option] of names) {
    if (dotted === member) {
      return option;
    }
    if (dotted.startsWith(`${member}.`)) {
      return option + inItem(path.slice(member.split(".").length), ITEM_OPTION_NAMES[option]);
    }
  }
  return indexed(path).replace(/^\./, "");
}

/** `[0, "InstanceType"]` of `instanceGroups` is `[0].instanceType`. */
function inItem(steps: Breach["path"], names: readonly OptionName[] | undefined): string {
  const [index, ...rest] = steps;
  return names === undefined || index === undefined || rest.length === 0
    ? indexed(steps)
    : `${indexed([index])}.${rename(rest, names)}`;
}

/** `["0", "Name"]` of a list is `[0].Name`. */
function indexed(steps: Breach["path"]): string {
  return steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
}

function join(head: string, tail: string): string {
  return tail === "" ? head : `${head}.${tail}`;
}

/** What is wrong, with the limit, and with the value where it is no secret. */
export function breachMessage(breach: Breach): string {
  const { rule, limit, actual } = breach;
  const what = breach.isKey ? `The name '${shorten(String(breach.value))}'` : "It";
  const shown = breach.secret || breach.isKey ? what : subject(breach.value);
  switch (rule) {
    case "required":
      return "It is required.";
    case "type":
      return typeMessage(breach);
    case "minLength":
      return `${shown} has ${actual} characters; at least ${limit} are needed.`;
    case "maxLength":
      return `${shown} has ${actual} characters; at most ${limit} are allowed.`;
    case "minSize":
      return `${actual} entries are given; at least ${limit} are needed.`;
    case "maxSize":
      return `${actual} entries are given; at most ${limit} are allowed.`;
    case "min":
      return `${actual} is given; at least ${limit} is needed.`;
    case "max":
      return `${actual} is given; at most ${limit} is allowed.`;
    case "pattern":
      return `${shown} does not match ${limit}.`;
    case "enum":
      return `${shown} is none of ${[limit].flat().join(", ")}.`;
    case "unknown":
      return "The service has no such field.";
  }
}

/** A number that is none of the service's may be shown: it is no secret, and says what is wrong with it. */
function typeMessage({ limit, actual, value }: Breach): string {
  if (typeof value === "number" && (limit === "integer" || limit === "long")) {
    return `A whole number${limit === "integer" ? " of 32 bits" : ""} is expected, not ${value}.`;
  }
  const article = (word: unknown): string => (/^[aeiou]/.test(String(word)) ? "an" : "a");
  const found = actual === "null" ? actual : `${article(actual)} ${actual}`;
  return `${article(limit).replace("a", "A")} ${limit} is expected, not ${found}.`;
}

function hintFor(breach: Breach): { hint?: string } {
  const [head] = breach.path;
  if (head === "HyperParameters" && breach.rule === "maxLength" && !breach.isKey) {
    return { hint: "Give long values as a channel: new JsonInput(value)." };
  }
  if (head === "HyperParameters" && breach.rule === "pattern" && !breach.isKey) {
    return {
      hint: "The service takes no line breaks here. Give the value as a channel: new JsonInput(value).",
    };
  }
  if (head === "Environment" && breach.rule === "maxLength" && !breach.isKey) {
    return { hint: "Give long values as a channel or as a hyperparameter." };
  }
  if (head === "RoleArn") {
    return { hint: 'Give a role\'s ARN, e.g. "arn:aws:iam::123456789012:role/SageMakerRole".' };
  }
  if (head === "TrainingJobName") {
    return {
      hint: "Letters, digits and single hyphens between them; leave it out to have one made.",
    };
  }
  return {};
}

function subject(value: unknown): string {
  return typeof value === "string" ? `'${shorten(value)}'` : "It";
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
