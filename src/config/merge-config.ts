/** Several configurations as one, and where a value of it came from. Pure. */

import type { ConfigSource, SagemakerConfig } from "./sagemaker-config.ts";

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Merges as the Python SDK does: mappings member by member, however deep; everything else, lists among it, is replaced by the later
 * one.
 *
 * @param configs - the ones that win stand last
 */
export function mergeConfigs(configs: readonly SagemakerConfig[]): SagemakerConfig {
  return configs.reduce<Mapping>((merged, config) => merge(merged, config as Mapping), {});
}

function merge(under: Mapping, over: Mapping): Mapping {
  const members = new Map(Object.entries(under));
  for (const [name, value] of Object.entries(over)) {
    const below = members.get(name);
    members.set(name, isMapping(value) ? merge(isMapping(below) ? below : {}, value) : value);
  }
  // Own members whatever their names are: `__proto__` is one like any other.
  return Object.fromEntries(members);
}

/**
 * What stands at a place; `undefined` where nothing does.
 *
 * @param config - a configuration
 * @param path - the keys that lead there
 */
export function valueAt(config: SagemakerConfig, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isMapping(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    config,
  );
}

/**
 * The name of the source whose value counts at a place; `undefined` where nothing stands.
 *
 * @param sources - in the order in which they were merged
 * @param path - the keys that lead there
 */
export function sourceOf(
  sources: readonly ConfigSource[],
  path: readonly string[],
): string | undefined {
  return sources.findLast(({ config }) => valueAt(config, path) !== undefined)?.name;
}

/** Whether it has members; a list has none. */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
