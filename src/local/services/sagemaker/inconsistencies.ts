/** What of a CreateTrainingJob request does not go together. */

import { localPathProblem, readJobRequest } from "../../runner/job-request.ts";
import type { TrainingRequest } from "./training-request.ts";

/** 28 days. */
const LONGEST_RUN_SECONDS = 2_419_200;
/** The service's default. */
const DEFAULT_RUN_SECONDS = 86_400;

/**
 * What the service checks beyond each member's own form, as sentences.
 *
 * @param request - in the service's form
 */
export function* inconsistencies(request: TrainingRequest): Generator<string> {
  const { AlgorithmSpecification: algorithm } = request;
  if (algorithm?.TrainingImage === undefined && algorithm?.AlgorithmName === undefined) {
    yield "AlgorithmSpecification must name a TrainingImage.";
  } else if (algorithm.TrainingImage !== undefined && algorithm.AlgorithmName !== undefined) {
    yield "AlgorithmSpecification must name a TrainingImage or an AlgorithmName, not both.";
  }
  yield* resourceFaults(request);
  for (const { Name, Regex } of algorithm?.MetricDefinitions ?? []) {
    if (!isExpression(Regex)) {
      yield `The Regex of metric ${Name} is no regular expression that the local cloud can read: ${Regex}`;
    }
  }
  const channels = (request.InputDataConfig ?? []).map(({ ChannelName }) => ChannelName);
  for (const { ChannelName, DataSource } of request.InputDataConfig ?? []) {
    if (Object.keys(DataSource).length !== 1) {
      yield `Channel ${ChannelName} must have exactly one data source.`;
    }
  }
  for (const name of duplicates(channels))
    yield `Channel names must be unique: ${name} is there twice.`;
  for (const key of duplicates((request.Tags ?? []).map(({ Key }) => Key))) {
    yield `Tag keys must be unique: ${key} is there twice.`;
  }
  yield* timeFaults(request);
  yield* syncFaults(request);
}

function* resourceFaults(request: TrainingRequest): Generator<string> {
  const {
    InstanceType: type,
    InstanceCount: count,
    InstanceGroups: groups,
    InstancePreferences: preferences,
  } = request.ResourceConfig ?? {};
  const ways = [type, groups, preferences].filter((way) => way !== undefined).length;
  if (ways === 0) yield "ResourceConfig must name an InstanceType.";
  if (ways > 1) {
    yield "ResourceConfig must have one of InstanceType, InstanceGroups and InstancePreferences.";
  }
  if (groups === undefined) {
    const counts = preferences?.map((preferred) => preferred.InstanceCount ?? count) ?? [count];
    if (counts.some((wanted = 0) => wanted < 1)) {
      yield "ResourceConfig.InstanceCount must be at least 1.";
    }
  } else {
    if (count !== undefined) yield "ResourceConfig.InstanceCount is not for InstanceGroups.";
    for (const { InstanceGroupName: name, InstanceCount } of groups) {
      if (InstanceCount < 1)
        yield `InstanceCount of the instance group ${name} must be at least 1.`;
    }
  }
  const names = groups?.map(({ InstanceGroupName }) => InstanceGroupName) ?? [];
  for (const name of duplicates(names)) {
    yield `Instance group names must be unique: ${name} is there twice.`;
  }
  for (const { ChannelName, DataSource } of request.InputDataConfig ?? []) {
    for (const name of DataSource.S3DataSource?.InstanceGroupNames ?? []) {
      if (names.includes(name)) continue;
      yield `There is no instance group ${name}, which channel ${ChannelName} is for.`;
    }
  }
}

function* timeFaults(request: TrainingRequest): Generator<string> {
  const { MaxRuntimeInSeconds: run = DEFAULT_RUN_SECONDS, MaxWaitTimeInSeconds: wait } =
    request.StoppingCondition ?? {};
  if (run > LONGEST_RUN_SECONDS) {
    yield `MaxRuntimeInSeconds must be at most ${LONGEST_RUN_SECONDS} (28 days).`;
  }
  if (request.EnableManagedSpotTraining !== true) {
    if (wait !== undefined) yield "MaxWaitTimeInSeconds is for managed spot training only.";
    return;
  }
  if (wait === undefined || wait < run) {
    yield "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds.";
  }
  const {
    InstanceType,
    InstanceGroups = [],
    InstancePreferences = [],
  } = request.ResourceConfig ?? {};
  const types = [...InstanceGroups, ...InstancePreferences].map((entry) => entry.InstanceType);
  for (const type of new Set([InstanceType, ...types])) {
    if (type === undefined || type.startsWith("ml.")) continue;
    yield `There are no spot instances of type ${type}: managed spot training takes an ml. type, which the local cloud runs all the same.`;
  }
}

/** Folders that S3 has too, in the places that they can have. */
function* syncFaults(request: TrainingRequest): Generator<string> {
  for (const { member, localPath } of readJobRequest({ ...request, InputDataConfig: [] }).synced) {
    const problem = localPathProblem(localPath);
    if (problem !== undefined) yield `${member}.LocalPath ${JSON.stringify(localPath)} ${problem}.`;
  }
}

function isExpression(text: string): boolean {
  try {
    // As the runner reads them: written for Python and Java, with their inline flags and named groups.
    new RegExp(text.replace(/^\(\?[ims]+\)/, "").replaceAll("(?P<", "(?<"));
    return true;
  } catch {
    return false;
  }
}

function duplicates(names: readonly string[]): Set<string> {
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}
