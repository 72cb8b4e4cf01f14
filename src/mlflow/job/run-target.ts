/** Where the run of a job goes, and what the job is told of it. Pure. */

import { pathToFileURL } from "node:url";
import type { MlflowVariables } from "../../environment.ts";
import type { Finding } from "../../errors.ts";
import {
  BY_RUNNER,
  type FitMlflowOptions,
  type PendingRun,
  RUN_VARIABLES,
  withoutUser,
} from "../../training/mlflow-options.ts";
import { readTrackingUri, type TrackingPlace } from "../core/tracking-uri.ts";
import { isAddress, optionFindings, placeFindings, unusable } from "./target-findings.ts";

/** What `fit()` was given, and what surrounds it. */
export interface TargetSource {
  /** `true` for the defaults, `false` for no run. */
  readonly mlflow: FitMlflowOptions | boolean | undefined;
  /** The estimator's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** This process's. */
  readonly variables: MlflowVariables;
  /** Set where the job runs on a local cloud. */
  readonly local: { readonly root: string } | undefined;
  /** The job has no network. */
  readonly isolated: boolean;
}

/** A run to be, and where. The runner of a local job logs to it where it has all that this process has, but for passwords and certificates. */
export interface RunTarget extends PendingRun {
  /** A run that there is already: the estimator's `environment` names it. */
  readonly runId?: string;
  readonly strict: boolean;
  /** The variable that tells the run's id, once it is known. */
  readonly runIdVariable: string;
  /** Why the programs of the job do not log to it themselves; `undefined` when they can. */
  readonly outOfReach?: string;
}

/** What `fit()` will do about MLflow. */
export interface RunPlan {
  /** `undefined` when there will be no run. */
  readonly target: RunTarget | undefined;
  /** Added to the job's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

const NOTHING: RunPlan = { target: undefined, environment: {}, findings: [] };

/**
 * Plans the run of a job: an option asks for it, or as in Python `MLFLOW_TRACKING_URI`.
 *
 * @param source - what was given
 */
export function planRun(source: TargetSource): RunPlan {
  const { mlflow, environment, variables, local } = source;
  const inside = environment[RUN_VARIABLES.trackingUri];
  const given = typeof mlflow === "object" ? mlflow : {};
  const isAsked = mlflow === true || typeof mlflow === "object";
  // A folder there is one of the container's own.
  const shared = isAddress(inside) ? inside : undefined;
  const found = given.trackingUri ?? shared ?? variables.trackingUri;
  if (mlflow === false || (!isAsked && found === undefined)) {
    return NOTHING;
  }
  const uri =
    found ?? (local === undefined ? "file:./mlruns" : pathToFileURL(`${local.root}/mlruns`).href);
  const findings = [...optionFindings(given, source)];
  let place: TrackingPlace;
  try {
    place = readTrackingUri(uri);
  } catch (error) {
    return { ...NOTHING, findings: [...findings, unusable(error as Error, source)] };
  }
  const parentRunId = given.parentRunId ?? (given.nested ? variables.runId : undefined);
  const outOfReach = whyOutOfReach(place, source);
  // Absolute, and without a password: others read it elsewhere.
  const trackingUri = place.kind === "folder" ? pathToFileURL(place.path).href : uri;
  const experiment = experimentOf(given, source, parentRunId !== undefined);
  const runId = environment[RUN_VARIABLES.runId];
  const target: RunTarget = {
    trackingUri,
    ...experiment,
    ...(given.runName !== undefined && { runName: given.runName }),
    tags: given.tags ?? {},
    ...(parentRunId !== undefined && { parentRunId }),
    ...(runId !== undefined && { runId }),
    strict: given.strict ?? false,
    byRunner: runnerLogs(place, uri, source),
    runIdVariable: outOfReach === undefined ? RUN_VARIABLES.runId : RUN_VARIABLES.launcherRunId,
    ...(outOfReach !== undefined && { outOfReach }),
  };
  findings.push(...placeFindings(place, uri, target, source));
  return { target, environment: added(target, place, source), findings };
}

function runnerLogs(
  place: TrackingPlace,
  uri: string,
  { local, variables }: TargetSource,
): boolean {
  const { username, password, token, insecureTls, serverCertPath, clientCertPath } = variables;
  const ways = [username, password, token, insecureTls, serverCertPath, clientCertPath];
  const isOpen = place.kind === "server" && uri === withoutUser(uri);
  return (
    local !== undefined &&
    (place.kind === "folder" || (isOpen && ways.every((way) => way === undefined)))
  );
}

function whyOutOfReach(
  place: TrackingPlace,
  { local, isolated }: TargetSource,
): string | undefined {
  if (isolated) {
    return "the job has no network";
  }
  if (local !== undefined) {
    return undefined;
  }
  if (place.kind === "folder") {
    return "it is a folder of this machine";
  }
  return place.kind === "server" && isLoopback(place.url)
    ? "its address is this machine's own"
    : undefined;
}

/** Which experiment: an option goes before the estimator's environment, and that before this process's. */
function experimentOf(
  { experimentName }: FitMlflowOptions,
  { environment, variables }: TargetSource,
  hasParent: boolean,
): Pick<RunTarget, "experimentName" | "experimentId"> {
  const inside = {
    experimentName: environment[RUN_VARIABLES.experimentName],
    experimentId: environment[RUN_VARIABLES.experimentId],
  };
  // A child belongs to its parent's experiment, unless it is said here.
  const outside = hasParent ? {} : variables;
  for (const source of [{ experimentName }, inside, outside] as const) {
    const { experimentName: name, experimentId: id } = source as Partial<typeof inside>;
    if (name !== undefined) return { experimentName: name };
    if (id !== undefined) return { experimentId: id };
  }
  return {};
}

function added(
  target: RunTarget,
  place: TrackingPlace,
  { environment }: TargetSource,
): Record<string, string> {
  const { trackingUri, outOfReach, byRunner, runId } = target;
  // A run that there is has an experiment already.
  const { experimentName, experimentId }: Partial<RunTarget> = runId === undefined ? target : {};
  const uri = withoutUser(trackingUri);
  const logger = byRunner ? { [RUN_VARIABLES.logger]: BY_RUNNER } : {};
  if (outOfReach !== undefined) {
    return { ...logger, [RUN_VARIABLES.launcherUri]: uri };
  }
  const inside = environment[RUN_VARIABLES.trackingUri];
  // Folders of this machine reach a local job as its cloud's endpoint, which names itself.
  const isElsewhere = place.kind === "folder" || (inside !== undefined && inside !== uri);
  const named =
    environment[RUN_VARIABLES.experimentName] ?? environment[RUN_VARIABLES.experimentId];
  return {
    ...logger,
    ...(isElsewhere && { [RUN_VARIABLES.launcherUri]: uri }),
    ...(place.kind !== "folder" && inside === undefined && { [RUN_VARIABLES.trackingUri]: uri }),
    ...(named === undefined &&
      experimentName !== undefined && { [RUN_VARIABLES.experimentName]: experimentName }),
    ...(named === undefined &&
      experimentId !== undefined && { [RUN_VARIABLES.experimentId]: experimentId }),
  };
}

function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname);
}
