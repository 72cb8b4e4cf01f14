/**
 * What is wrong with a distribution: an error is what would be lost, a strategy that the framework, or the launcher that is
 * chosen, does not read. Pure.
 */

import type { Finding } from "../../errors.ts";
import type { EstimatorOptions } from "../options.ts";
import { asSmDistributed, isOn, isOnAnywhere } from "./distribution.ts";
import type { Distribution } from "./distribution-options.ts";
import type { FrameworkChoice, FrameworkName } from "./framework-choice.ts";
import { strategyFindings, type Tell, type Telling } from "./strategy-findings.ts";

const COMMON = ["parameterServer", "mpi", "smdistributed", "instanceGroups"];
const TORCH = [...COMMON, "torchDistributed", "pytorchddp", "pytorchxla"];
/** The strategies that a framework's estimator reads. */
const STRATEGIES: Readonly<Record<FrameworkName, readonly string[]>> = {
  pytorch: TORCH,
  huggingface: TORCH,
  tensorflow: [...COMMON, "multiWorkerMirroredStrategy"],
  sklearn: [],
  xgboost: [],
};
/** The members of a strategy, where it has more than `enabled`. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  mpi: ["enabled", "processesPerHost", "customMpiOptions"],
  pytorchddp: ["enabled", "customMpiOptions"],
  smdistributed: ["dataparallel", "modelparallel"],
  "smdistributed.dataparallel": ["enabled", "customMpiOptions"],
  "smdistributed.modelparallel": ["enabled", "parameters"],
};
/**
 * What is wrong with a framework's distribution.
 *
 * @param choice - the framework and its distribution
 * @param options - the estimator's
 */
export function distributionFindings(
  choice: FrameworkChoice,
  options: EstimatorOptions,
): Finding[] {
  const { distribution: given } = choice;
  if (given === undefined) {
    return [];
  }
  const found: Finding[] = [];
  const tell =
    (severity: Finding["severity"]): Tell =>
    (path, message, hint) =>
      void found.push({ severity, path: `distribution.${path}`, message, hint });
  const telling: Telling = {
    error: tell("error"),
    warning: tell("warning"),
    choice,
    options,
    distribution: asSmDistributed(choice),
  };
  unknownNames(given as Readonly<Record<string, unknown>>, "", telling);
  twoAtOnce(given, telling);
  lostBesideTorch(telling);
  groups(telling);
  strategyFindings(telling);
  return found;
}

function unknownNames(
  given: Readonly<Record<string, unknown>>,
  within: string,
  telling: Telling,
): void {
  const { name } = telling.choice;
  const known = within === "" ? STRATEGIES[name] : (MEMBERS[within] ?? ["enabled"]);
  for (const [member, value] of Object.entries(given)) {
    const path = within === "" ? member : `${within}.${member}`;
    if (!known.includes(member)) {
      const camel = member.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      telling.error(
        path,
        `${within === "" ? name : within} does not know it: it would be lost.`,
        known.includes(camel) ? `Here it is called ${camel}.` : `Known: ${known.join(", ")}.`,
      );
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      if (member !== "parameters") {
        unknownNames(value as Readonly<Record<string, unknown>>, path, telling);
      }
    } else if (member === "enabled" && typeof value !== "boolean") {
      telling.error(
        path,
        `true or false is expected, not '${String(value)}'.`,
        "Only true turns it on.",
      );
    }
  }
}

function twoAtOnce(given: Distribution, { error, choice }: Telling): void {
  const { pytorchddp, smdistributed, parameterServer, multiWorkerMirroredStrategy } = given;
  if (choice.name === "pytorch" && pytorchddp !== undefined && smdistributed !== undefined) {
    error(
      "pytorchddp",
      "It cannot be used together with smdistributed.",
      "It means smdistributed.dataparallel: leave one of the two out.",
    );
  }
  if (smdistributed?.dataparallel !== undefined && smdistributed.modelparallel !== undefined) {
    error(
      "smdistributed",
      "dataparallel and modelparallel cannot be used together.",
      "Leave one of the two out.",
    );
  }
  if (isOn(multiWorkerMirroredStrategy) && (smdistributed ?? parameterServer) !== undefined) {
    error(
      "multiWorkerMirroredStrategy",
      `It cannot be used together with ${smdistributed === undefined ? "parameterServer" : "smdistributed"}.`,
      "Leave one of the two out.",
    );
  }
}

/** Python sends nothing of the other strategies where torchrun (or, for Hugging Face, DDP) starts the program. */
function lostBesideTorch({ error, choice, distribution }: Telling): void {
  const { name } = choice;
  const ddp = name === "huggingface" && isOn(distribution.pytorchddp);
  if (name === "tensorflow" || !(ddp || isOn(distribution.torchDistributed))) {
    return;
  }
  const winner = ddp ? "pytorchddp" : "torchDistributed";
  if (!(name === "pytorch" && distribution.smdistributed !== undefined)) {
    for (const [other, value] of Object.entries(distribution)) {
      if (other !== winner && (other === "instanceGroups" || isOnAnywhere(value))) {
        error(other, `It says nothing beside ${winner}.`, "Leave one of the two out.");
      }
    }
  }
  if (ddp && distribution.pytorchddp?.customMpiOptions !== undefined) {
    error(
      "pytorchddp.customMpiOptions",
      "Hugging Face's estimator does not send it.",
      "Use smdistributed.dataparallel, which takes it.",
    );
  }
}

function groups({ error, warning, options, distribution }: Telling): void {
  const { mpi, smdistributed, torchDistributed, instanceGroups: named } = distribution;
  const { instanceGroups: existing = [] } = options;
  if (named === undefined) {
    if (existing.length > 1 && !isOn(torchDistributed)) {
      warning(
        "instanceGroups",
        "There are several instance groups, and none is named as the one that trains.",
        "Name one: Python asks for it.",
      );
    }
    return;
  }
  for (const group of named) {
    const name = typeof group === "string" ? group : group.instanceGroupName;
    if (!existing.some(({ instanceGroupName }) => instanceGroupName === name)) {
      error(
        "instanceGroups",
        `The estimator has no instance group '${name}'.`,
        "Name one of its instanceGroups.",
      );
    }
  }
  if (named.length > 1) {
    error("instanceGroups", "One group trains; several are named.", "Name one.");
  }
  const reads = isOn(mpi) || isOn(smdistributed?.dataparallel);
  if (named.length > 0 && !reads && !isOn(torchDistributed)) {
    error(
      "instanceGroups",
      "No strategy that reads it is on.",
      "Turn on mpi or smdistributed.dataparallel, or leave it out.",
    );
  }
}
