/** The defaults of a session: from the files that the Python SDK reads, or from a value in their place. */

import { homedir } from "node:os";
import type { S3 } from "../aws/types.ts";
import { readEnvironment } from "../environment.ts";
import { type Finding, SageMakerError, ValidationError } from "../errors.ts";
import { type ConfigProblem, configProblems, unreadKeys } from "./check-config.ts";
import {
  type ConfigPlace,
  type ConfigText,
  configPlaces,
  isInS3,
  readLocalConfig,
  readS3Config,
} from "./config-files.ts";
import { mergeConfigs } from "./merge-config.ts";
import { parseConfig } from "./parse-config.ts";
import type { ConfigSource, LoadedConfig, SagemakerConfig } from "./sagemaker-config.ts";

/** What the loading needs of a session. */
export interface ConfigContext {
  /** In place of the files; `false` for none. */
  readonly given: SagemakerConfig | false | undefined;
  /** For files in S3. */
  readonly s3: () => Promise<S3>;
  /** The session is a local cloud's: what lies in S3 may lie in AWS, which it does not speak to. */
  readonly isLocal: boolean;
  readonly logger: { debug(message: string): void; info(message: string): void };
  readonly signal?: AbortSignal | undefined;
}

/** What a value given to the session is called. */
const GIVEN = "new Session({ sagemakerConfig })";
const REFUSED = "The defaults cannot be used";

/**
 * Reads, checks and merges. Without files that costs a look at two places.
 *
 * @param context - what the session says
 * @throws {@link ValidationError} with every problem of every file
 * @throws {@link SageMakerError} when a file that was named is not there or cannot be read
 */
export async function loadConfig(context: ConfigContext): Promise<LoadedConfig> {
  const { given } = context;
  if (given === false) {
    return { config: {}, sources: [], isFromFiles: false, missing: [] };
  }
  return given === undefined ? await fromFiles(context) : fromValue(given);
}

function fromValue(given: SagemakerConfig): LoadedConfig {
  refuse(configProblems(given, false).map((problem) => asFinding("sagemakerConfig", problem, ".")));
  const sources = [{ name: GIVEN, config: given }];
  return { config: given, sources, isFromFiles: false, missing: [] };
}

async function fromFiles(context: ConfigContext): Promise<LoadedConfig> {
  const { platform } = process;
  const places = configPlaces(readEnvironment().config, { platform, home: homedir() });
  const sources: ConfigSource[] = [];
  const missing: string[] = [];
  const findings: Finding[] = [];
  for (const place of places) {
    const file = await read(place, context);
    if (file === undefined) {
      if (place.variable !== undefined) missing.push(place.location);
      continue;
    }
    const { config, problems } = await understand(file);
    findings.push(...problems.map((problem) => asFinding(file.name, problem, ": ")));
    if (config !== undefined) {
      context.logger.info(`Defaults are taken from ${file.name}.`);
      tellUnread(file.name, config, context);
      sources.push({ name: file.name, config });
    }
  }
  refuse(findings);
  const config = mergeConfigs(sources.map((source) => source.config));
  return { config, sources, isFromFiles: true, missing };
}

async function read(
  place: ConfigPlace,
  { s3, isLocal, signal }: ConfigContext,
): Promise<ConfigText | undefined> {
  const { location, variable } = place;
  const file = isInS3(place)
    ? await readS3Config(location, await s3(), signal)
    : await readLocalConfig(location, signal);
  if (file === undefined && variable !== undefined && !(isLocal && isInS3(place))) {
    throw new SageMakerError(
      `There is no configuration at ${location}, which the environment variable ${variable} names. ` +
        "It takes a file, or a folder with a config.yaml, on this machine or in S3.",
    );
  }
  return file;
}

/** A file without contents, or of comments alone, says nothing. */
async function understand({
  text,
}: ConfigText): Promise<{ config?: SagemakerConfig; problems: readonly ConfigProblem[] }> {
  if (text.trim() === "") {
    return { problems: [] };
  }
  const parsed = await parseConfig(text);
  if (parsed.problems !== undefined) {
    return { problems: parsed.problems };
  }
  if (parsed.value === null) {
    return { problems: [] };
  }
  const problems = configProblems(parsed.value, true);
  return problems.length > 0 ? { problems } : { config: parsed.value as SagemakerConfig, problems };
}

function tellUnread(name: string, config: SagemakerConfig, { logger }: ConfigContext): void {
  const keys = unreadKeys(config);
  if (keys.length > 0) {
    logger.debug(
      `Not read in ${name}, since they are about other things than training jobs: ${keys.join(", ")}.`,
    );
  }
}

function asFinding(name: string, { path, ...problem }: ConfigProblem, separator: string): Finding {
  return { severity: "error", path: path === "" ? name : `${name}${separator}${path}`, ...problem };
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) {
    throw new ValidationError(REFUSED, findings);
  }
}
