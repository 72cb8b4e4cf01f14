/** What is wrong with script mode's options, as far as they alone tell. Pure. */

import type { Finding } from "../../errors.ts";
import { isS3Uri, s3UriProblem } from "../../transfer/s3-uri.ts";
import { isLocalPath } from "../input-findings.ts";
import type { EstimatorOptions } from "../options.ts";
import { CODE_CHANNEL, DRIVER_CHANNEL, DRIVER_FOLDER } from "./code-channels.ts";
import { codePath, leadsOut } from "./code-path.ts";
import { gitFindings } from "./git-findings.ts";
import { TOOLKIT_HYPERPARAMETERS } from "./toolkit-hyperparameters.ts";

type Tell = (path: string, message: string, hint: string) => void;

/** The options that ask for script mode. */
const CODE_OPTIONS = [
  ...(["sourceDir", "entryPoint", "dependencies", "codeLocation", "gitConfig"] as const),
  ...(["codeDelivery", "containerLogLevel", "installRequirements"] as const),
];

/** Whether script mode is asked for, well or badly. */
export function namesCode(options: EstimatorOptions): boolean {
  return CODE_OPTIONS.some((name) => options[name] !== undefined);
}

/** Whether the code lies in S3 already. */
export function isCodeInS3(options: EstimatorOptions): boolean {
  return options.sourceDir !== undefined && isS3Uri(options.sourceDir);
}

/**
 * What is wrong with the options of script mode, all of it.
 *
 * @param options - the estimator's
 */
export function codeFindings(options: EstimatorOptions): Finding[] {
  const found: Finding[] = [];
  const tell =
    (severity: Finding["severity"]): Tell =>
    (path, message, hint) =>
      void found.push({ severity, path, message, hint });
  const error = tell("error");
  const { sourceDir, entryPoint } = options;
  if (sourceDir === undefined && entryPoint === undefined) {
    for (const name of CODE_OPTIONS.filter((option) => options[option] !== undefined)) {
      error(name, "It says nothing without entryPoint.", "Give entryPoint, or leave it out.");
    }
    return found;
  }
  if (entryPoint === undefined || entryPoint === "") {
    error(
      "entryPoint",
      "It is required with sourceDir.",
      'Name the program in it, e.g. "train.py".',
    );
  }
  placeRules(options, error, tell("warning"));
  deliveryRules(options, error, tell("warning"));
  found.push(...gitFindings(options.gitConfig));
  return found;
}

/** Where the code comes from, and where it goes. */
function placeRules(options: EstimatorOptions, error: Tell, warning: Tell): void {
  const { sourceDir, entryPoint, dependencies, codeLocation, gitConfig, codeDelivery } = options;
  if (sourceDir === "") {
    error("sourceDir", "It is empty.", 'Name a folder; the working folder is ".".');
  } else if (sourceDir !== undefined && isS3Uri(sourceDir)) {
    const problem = s3UriProblem(sourceDir);
    if (problem !== undefined) {
      error("sourceDir", problem, "Give an s3:// URI or a folder.");
    }
    const others = { dependencies: dependencies?.length || undefined, codeLocation, gitConfig };
    for (const [name, value] of Object.entries(others)) {
      if (value !== undefined) {
        error(
          name,
          "It says nothing when sourceDir is in S3: what lies there is used as it is.",
          "Leave it out, or give sourceDir a folder.",
        );
      }
    }
    const isArchive = sourceDir.endsWith(".tar.gz");
    if (isArchive && codeDelivery !== "toolkit") {
      error(
        "sourceDir",
        "It is an archive, and a channel's archives are not unpacked.",
        'Name a prefix of plain files, or set codeDelivery: "toolkit" for an image with the training toolkit.',
      );
    }
    if (!isArchive && codeDelivery === "toolkit") {
      warning("sourceDir", "The training toolkit takes an archive.", "Name a .tar.gz in S3.");
    }
  } else if (sourceDir !== undefined && !isLocalPath(sourceDir)) {
    error(
      "sourceDir",
      "It is neither a folder nor an s3:// URI.",
      gitConfig === undefined ? "For a Git repository give gitConfig." : "Name a folder in it.",
    );
  }
  if (entryPoint !== undefined && sourceDir !== undefined && leadsOut(entryPoint)) {
    error(
      "entryPoint",
      `'${entryPoint}' does not lie in sourceDir.`,
      "Give its path below sourceDir, without .. and a leading slash.",
    );
  }
  if (gitConfig !== undefined) {
    const paths: [string, string | undefined][] = [
      ["sourceDir", sourceDir],
      ["entryPoint", sourceDir === undefined ? entryPoint : undefined],
      ...(dependencies ?? []).map((path, index): [string, string] => [
        `dependencies[${index}]`,
        path,
      ]),
    ];
    for (const [name, path] of paths) {
      if (path !== undefined && !isS3Uri(path) && leadsOut(path)) {
        error(name, `'${path}' does not lie in the repository.`, "Give its path in it.");
      }
    }
  }
  const problem = codeLocation === undefined ? undefined : s3UriProblem(codeLocation);
  if (problem !== undefined) {
    error("codeLocation", problem, 'Give a prefix, e.g. "s3://my-bucket/code".');
  }
}

/** How the code comes to run. */
function deliveryRules(options: EstimatorOptions, error: Tell, warning: Tell): void {
  const { codeDelivery = "channel", entryPoint = "", containerLogLevel } = options;
  const { installRequirements, containerEntryPoint } = options;
  if (containerLogLevel !== undefined && !Number.isInteger(containerLogLevel)) {
    error("containerLogLevel", "It is no whole number.", "10 is DEBUG, 20 INFO, 30 WARNING.");
  }
  if (codeDelivery === "channel") {
    if (containerEntryPoint !== undefined) {
      error(
        "containerEntryPoint",
        "The driver that starts entryPoint takes its place.",
        'Leave it out, or set codeDelivery: "toolkit" for an image that starts the program itself.',
      );
    }
    if (/[\n\r\0]/.test(entryPoint)) {
      error("entryPoint", "The driver cannot pass a name with a line break.", "Rename the file.");
    }
    if (codePath(entryPoint).split("/", 1)[0] === DRIVER_FOLDER) {
      error("entryPoint", `${DRIVER_FOLDER} is the driver's own folder.`, "Move the program.");
    }
    if (installRequirements && options.enableNetworkIsolation) {
      warning(
        "installRequirements",
        "With enableNetworkIsolation pip reaches no package index.",
        "Put the packages into the image.",
      );
    }
  } else {
    if (installRequirements === false) {
      error(
        "installRequirements",
        "The training toolkit installs requirements.txt whatever is said here.",
        "Leave it out of sourceDir.",
      );
    }
    for (const name of TOOLKIT_HYPERPARAMETERS) {
      if (Object.hasOwn(options.hyperparameters ?? {}, name)) {
        error(`hyperparameters.${name}`, "Script mode sets it.", "Leave it out.");
      }
    }
  }
}

/**
 * A driver that an estimator was attached to without its code: the container would find nothing to start.
 *
 * @param options - the estimator's, without script mode
 * @param channels - the names of all channels
 */
export function lostDriver(options: EstimatorOptions, channels: readonly string[]): Finding[] {
  if (namesCode(options)) {
    return [];
  }
  const [, script = ""] = options.containerEntryPoint ?? [];
  const [, channel] =
    /^\/opt\/ml\/input\/data\/([^/]+)\/(?:\.sagemaker\/)?run\.sh$/.exec(script) ?? [];
  if (channel !== CODE_CHANNEL && channel !== DRIVER_CHANNEL) {
    return [];
  }
  const needed = channel === CODE_CHANNEL ? [CODE_CHANNEL] : [CODE_CHANNEL, DRIVER_CHANNEL];
  return needed
    .filter((name) => !channels.includes(name))
    .map((name) => ({
      severity: "error",
      path: `inputs.${name}`,
      message: `containerEntryPoint starts the driver of script mode, whose channel ${name} is not among the inputs.`,
      hint: "Take it from the inputs of the estimator that was attached to the job, or give sourceDir and entryPoint and leave containerEntryPoint out.",
    }));
}
