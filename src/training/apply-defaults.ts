/** An estimator's options with the defaults of `config.yaml` under them: argument over configuration over default. Pure. */

import { sourceOf, valueAt } from "../config/merge-config.ts";
import type { ConfigSource, LoadedConfig } from "../config/sagemaker-config.ts";
import type { Finding } from "../errors.ts";
import { hasNvmeDisks } from "./instance-traits.ts";
import type { EstimatorOptions } from "./options.ts";
import { tagList } from "./request.ts";

/** An option whose value no caller gave. */
export interface Origin {
  /** The option, or the place in it: `role`, `tags[2]`, `environment`. */
  readonly option: string;
  /** The key: `SageMaker.TrainingJob.RoleArn`. */
  readonly key: string;
  /** The file. */
  readonly source: string;
}

/** Options and where what was added to them came from. */
export interface AppliedDefaults {
  readonly options: EstimatorOptions;
  readonly origins: readonly Origin[];
  /** Defaults that the job's instances could not take. */
  readonly leftOut: readonly Origin[];
}

/** What `applyDefaults` reads of the defaults. */
export type Defaults = Pick<LoadedConfig, "config" | "sources">;

const TRAINING_JOB = ["SageMaker", "TrainingJob"];
const DEBUG_HOOK = ["SageMaker", "PythonSDK", "Modules", "Estimator", "DebugHookConfig"];

/** Options that one key fills, where they are not given. */
const SIMPLE: readonly (readonly [option: keyof EstimatorOptions, key: readonly string[]])[] = [
  ["role", ["RoleArn"]],
  ["outputKmsKey", ["OutputDataConfig", "KmsKeyId"]],
  ["subnets", ["VpcConfig", "Subnets"]],
  ["securityGroupIds", ["VpcConfig", "SecurityGroupIds"]],
  ["enableNetworkIsolation", ["EnableNetworkIsolation"]],
  ["encryptInterContainerTraffic", ["EnableInterContainerTrafficEncryption"]],
  // All or nothing, as in Python: the variables of the two are not mixed.
  ["environment", ["Environment"]],
];

/**
 * Fills in what the options leave open. Whatever is given wins, `false` and an empty record too.
 *
 * @param options - the estimator's
 * @param defaults - the session's
 */
export function applyDefaults(options: EstimatorOptions, defaults: Defaults): AppliedDefaults {
  if (options.isComplete || defaults.sources.length === 0) {
    return { options, origins: [], leftOut: [] };
  }
  const added: Record<string, unknown> = {};
  const origins: Origin[] = [];
  const leftOut: Origin[] = [];
  const add = (option: keyof EstimatorOptions, key: readonly string[]): void => {
    const value = valueAt(defaults.config, key);
    if (value !== undefined && options[option] === undefined) {
      added[option] = value;
      origins.push({ option, ...placeOf(defaults.sources, key) });
    }
  };
  for (const [option, key] of SIMPLE) {
    add(option, [...TRAINING_JOB, ...key]);
  }
  const volumeKey = [...TRAINING_JOB, "ResourceConfig", "VolumeKmsKeyId"];
  if (takesVolumeKeys(options)) {
    add("volumeKmsKey", volumeKey);
  } else if (valueAt(defaults.config, volumeKey) !== undefined && !options.volumeKmsKey) {
    leftOut.push({ option: "volumeKmsKey", ...placeOf(defaults.sources, volumeKey) });
  }
  // Hook and profiler are off here unless asked for: only what turns one on, or forbids it, says anything.
  if (valueAt(defaults.config, DEBUG_HOOK) === true) {
    add("debuggerHookConfig", DEBUG_HOOK);
  }
  const disabled = [...TRAINING_JOB, "ProfilerConfig", "DisableProfiler"];
  if (valueAt(defaults.config, disabled) === true && !asksForProfiler(options)) {
    add("disableProfiler", disabled);
  }
  const tags = moreTags(options, defaults, origins);
  return { options: { ...options, ...added, ...(tags && { tags }) }, origins, leftOut };
}

/** Tags are the one thing that both sides add to. */
function moreTags(
  options: EstimatorOptions,
  { config, sources }: Defaults,
  origins: Origin[],
): EstimatorOptions["tags"] {
  const key = [...TRAINING_JOB, "Tags"];
  const more = config.SageMaker?.TrainingJob?.Tags;
  if (more === undefined) {
    return undefined;
  }
  const given = tagList(options.tags);
  const names = new Set(given.map(({ Key }) => Key));
  const added = more.filter(({ Key }) => !names.has(Key));
  const isRecord = options.tags !== undefined && !Array.isArray(options.tags);
  for (const [index, { Key }] of added.entries()) {
    const option = isRecord ? `tags.${Key}` : `tags[${given.length + index}]`;
    origins.push({ option, ...placeOf(sources, key) });
  }
  const tags = [...given, ...added];
  // A record stays one, since findings name its tags by their keys.
  return isRecord ? Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) : tags;
}

/** A key for volumes is refused where one of the instance types has disks of its own. */
function takesVolumeKeys(options: EstimatorOptions): boolean {
  const { instanceType, instanceGroups = [], instancePreferences = [] } = options;
  const types = [...instanceGroups, ...instancePreferences].map((group) => group.instanceType);
  return ![instanceType ?? "", ...types].some(hasNvmeDisks);
}

/** Whoever asks for a profile wins over a configuration that forbids it. */
function asksForProfiler({ profilerConfig, rules = [] }: EstimatorOptions): boolean {
  return profilerConfig !== undefined || rules.some(({ kind }) => kind === "profiler");
}

function placeOf(
  sources: readonly ConfigSource[],
  key: readonly string[],
): Pick<Origin, "key" | "source"> {
  return { key: key.join("."), source: sourceOf(sources, key) ?? "" };
}

/**
 * Findings about what no caller gave say where it stands.
 *
 * @param findings - in option names
 * @param origins - where values came from
 */
export function tellOrigins(findings: readonly Finding[], origins: readonly Origin[]): Finding[] {
  return findings.map((finding) => {
    const origin = origins.find(({ option }) => liesIn(finding.path, option));
    return origin === undefined || finding.severity === "note"
      ? finding
      : { ...finding, message: `${finding.message} ${wordsOf(origin)}` };
  });
}

/**
 * Where a value came from, as a sentence.
 *
 * @param origin - the key and the file
 */
export function wordsOf({ key, source }: Origin): string {
  return `It comes from ${source} (${key}).`;
}

function liesIn(path: string, option: string): boolean {
  return path.startsWith(option) && ["", ".", "["].includes(path.charAt(option.length));
}
