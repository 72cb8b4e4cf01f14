/** What is to be said of the run that a job will have, before it has one. Pure. */

import type { Finding } from "../../errors.ts";
import {
  type FitMlflowOptions,
  RUN_VARIABLES,
  withoutUser,
} from "../../training/mlflow-options.ts";
import { keyProblem } from "../core/entry-key.ts";
import { LIMITS } from "../core/limits.ts";
import type { TrackingPlace } from "../core/tracking-uri.ts";
import type { RunTarget, TargetSource } from "./run-target.ts";

/** Of this process's variable alone nobody may think here: MLflow's own programs use it too, for places that only they reach. */
export function unusable(
  { message }: Error,
  { mlflow, environment, variables }: TargetSource,
): Finding {
  const given = typeof mlflow === "object" ? mlflow : {};
  if (given.trackingUri !== undefined) {
    return refused("mlflow.trackingUri", message);
  }
  const { trackingUri: name } = RUN_VARIABLES;
  if (variables.trackingUri === undefined || isAddress(environment[name])) {
    return refused(`environment.${name}`, message);
  }
  const told = refused("mlflow", `${name} of this process: ${message}`);
  const hint = "Give mlflow: { trackingUri }, or mlflow: false for a job without a run.";
  return mlflow === undefined
    ? { ...told, severity: "warning", message: `The job has no run. ${told.message}`, hint }
    : { ...told, hint };
}

/** Tags that are options, by what they are called as such. */
const OPTION_TAGS: Readonly<Record<string, string>> = {
  "mlflow.runName": "runName",
  "mlflow.parentRunId": "parentRunId",
};

/** What is wrong with the options themselves. */
export function optionFindings(
  given: FitMlflowOptions,
  { variables, environment }: TargetSource,
): Finding[] {
  const { experimentName, runName, tags = {}, nested, parentRunId } = given;
  const findings: Finding[] = [];
  if (experimentName !== undefined && !isText(experimentName, LIMITS.experimentNameLength)) {
    const limit = `An experiment's name has 1 to ${LIMITS.experimentNameLength} characters`;
    findings.push(refused("mlflow.experimentName", `${limit}; this has ${experimentName.length}.`));
  }
  if (runName === "") {
    findings.push(refused("mlflow.runName", "It is empty. Leave it out for the job's name."));
  }
  for (const key of Object.keys(tags)) {
    const problem = keyProblem(key);
    if (problem !== undefined) {
      findings.push(refused(`mlflow.tags.${key}`, `The name ${problem}`));
    }
    const option = OPTION_TAGS[key];
    if (option !== undefined) {
      findings.push(refused(`mlflow.tags.${key}`, `It has an option of its own: ${option}.`));
    }
  }
  if (parentRunId === "") {
    findings.push(refused("mlflow.parentRunId", "It is empty. Leave it out for a run by itself."));
  }
  const { [RUN_VARIABLES.runId]: runId, [RUN_VARIABLES.experimentName]: inside } = environment;
  if (runId !== undefined) {
    for (const [option, value] of Object.entries({ experimentName, runName, parentRunId })) {
      if (value === undefined) continue;
      const message = `It is not heeded: run ${runId}, which environment.${RUN_VARIABLES.runId} names, is gone on with as it is.`;
      findings.push({ severity: "warning", path: `mlflow.${option}`, message });
    }
  } else if (experimentName !== undefined && inside !== undefined && experimentName !== inside) {
    const message = `The run is in ${experimentName}, and other runs that programs make are in environment.${RUN_VARIABLES.experimentName}, ${inside}.`;
    findings.push({ severity: "note", path: "mlflow.experimentName", message });
  }
  if (nested && parentRunId === undefined && variables.runId === undefined) {
    const message = `There is no run to be nested in: this process has no ${RUN_VARIABLES.runId}.`;
    findings.push({ ...refused("mlflow.nested", message), hint: "Give parentRunId." });
  }
  return findings;
}

/** What is worth knowing about the place. */
export function placeFindings(
  place: TrackingPlace,
  uri: string,
  { outOfReach, runIdVariable, runId }: RunTarget,
  { environment, variables, local }: TargetSource,
): Finding[] {
  const findings: Finding[] = [];
  const path = "mlflow";
  const note = (message: string): void => {
    findings.push({ severity: "note", path, message });
  };
  if (outOfReach !== undefined) {
    note(`The launcher logs to MLflow, and the job's programs do not: ${outOfReach}.`);
  }
  if (runId === undefined) {
    note(`The run is made by fit(), which adds its id to the environment: ${runIdVariable}.`);
  }
  const { username, password, token } = variables;
  const isAsked = (username ?? password ?? token) !== undefined || uri !== withoutUser(uri);
  const isGiven = Object.keys(environment).some((name) =>
    /^MLFLOW_TRACKING_(?:USERNAME|PASSWORD|TOKEN)$/.test(name),
  );
  if (place.kind === "server" && outOfReach === undefined && isAsked && !isGiven) {
    findings.push({
      severity: "warning",
      path,
      message:
        "The tracking server asks for a password or token, which does not go into the job's environment: everyone who may describe the job reads it there.",
      hint: "Programs inside the job need their own way in: a SageMaker-managed MLflow (its ARN, and the job's role), a secret that the program fetches, or MLFLOW_TRACKING_… in environment, if everyone may read it.",
    });
  }
  const inside = environment[RUN_VARIABLES.trackingUri];
  if (inside !== undefined && place.kind !== "folder" && inside !== withoutUser(uri)) {
    note(
      `environment.${RUN_VARIABLES.trackingUri} is another address: programs inside go on with the same run, so both must lead to the same server.`,
    );
  }
  if (inside !== undefined && place.kind === "folder" && local === undefined) {
    note(`environment.${RUN_VARIABLES.trackingUri} is the programs' own affair.`);
  }
  return findings;
}

/** Of a server, by which a variable means the same everywhere; a folder is one of the machine that reads it. */
export function isAddress(uri: string | undefined): boolean {
  return uri !== undefined && /^(?:https?:|arn:)/i.test(uri);
}

function isText(value: string, most: number): boolean {
  return value !== "" && [...value].length <= most;
}

function refused(path: string, message: string): Finding {
  return { severity: "error", path, message };
}
