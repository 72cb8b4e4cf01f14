/** A job's hyperparameters and configuration as MLflow's parameters. Pure. */

import { redactRequest } from "../../training/redact.ts";
import type { Param } from "../core/entities.ts";
import { asKey } from "../core/entry-key.ts";
import { LIMITS } from "../core/limits.ts";

/** Parameters, and the texts that are too long for one. */
export interface Parameters {
  readonly params: readonly Param[];
  /** By their paths among the run's artifacts. */
  readonly texts: Readonly<Record<string, string>>;
}

/** What the training toolkit is told by hyperparameters is no parameter of a model. */
const OF_THE_TOOLKIT = /^sagemaker_/;

/**
 * Hyperparameters as the request has them, and the values of JSON channels, without secrets. Objects are flattened:
 * `glm.family`; lists stay one value.
 *
 * @param hyperparameters - the request's, each value a text
 * @param configuration - JSON channels by their names
 */
export function parametersOf(
  hyperparameters: Readonly<Record<string, string>>,
  configuration: Readonly<Record<string, unknown>>,
): Parameters {
  const own = Object.fromEntries(
    Object.entries(hyperparameters).filter(([name]) => !OF_THE_TOOLKIT.test(name)),
  );
  const channels = Object.fromEntries(
    Object.entries(configuration).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  const values = new Map<string, string>();
  for (const source of [own, channels]) {
    for (const [name, text] of Object.entries(withoutSecrets(source))) {
      for (const [path, value] of flatten(name, parsed(text))) {
        // A channel does not take the name of a hyperparameter.
        const key = asKey(values.has(asKey(path)) ? `channel.${path}` : path);
        if (!values.has(key)) values.set(key, value);
      }
    }
  }
  const texts: Record<string, string> = {};
  const params = [...values].map(([key, value]): Param => {
    if ([...value].length <= LIMITS.paramValueLength) {
      return { key, value };
    }
    const path = `parameters/${key}.txt`;
    texts[path] = value;
    return { key, value: `${[...value].length} characters: see the artifact ${path}` };
  });
  return { params, texts };
}

function withoutSecrets(values: Readonly<Record<string, string>>): Record<string, string> {
  const { value } = redactRequest({ HyperParameters: values });
  return (value as { HyperParameters?: Record<string, string> }).HyperParameters ?? {};
}

/** What the service keeps as a text is JSON where the caller gave anything but one. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function* flatten(path: string, value: unknown): Generator<[string, string]> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const members = isObject ? Object.entries(value) : [];
  if (members.length === 0) {
    yield [path, typeof value === "string" ? value : JSON.stringify(value)];
    return;
  }
  for (const [name, member] of members) {
    yield* flatten(`${path}.${name}`, member);
  }
}
