/** The hyperparameters by which the SageMaker training toolkit finds the code, as Python's Estimator writes them. Pure. */

import { CODE_CHANNEL } from "./code-channels.ts";
import type { CodeOptions } from "./code-options.ts";

/** Where the archive is. */
export const SUBMIT_DIRECTORY = "sagemaker_submit_directory";
const PROGRAM = "sagemaker_program";
const LOG_LEVEL = "sagemaker_container_log_level";
const JOB_NAME = "sagemaker_job_name";
const REGION = "sagemaker_region";

/** Their names, in Python's order. */
export const TOOLKIT_HYPERPARAMETERS: readonly string[] = [
  ...[SUBMIT_DIRECTORY, PROGRAM, LOG_LEVEL, JOB_NAME, REGION],
];

/** Of Python's `logging`: INFO. */
export const DEFAULT_LOG_LEVEL = 20;

/** What they say. */
interface ToolkitCode {
  /** Where the archive is: its URI, or its path in the container. */
  readonly submitDirectory: string;
  readonly program: string;
  readonly logLevel: number;
  readonly jobName: string;
  readonly region: string;
}

/**
 * The hyperparameters, each as JSON.
 *
 * @param code - what they say
 */
export function toolkitHyperparameters(code: ToolkitCode): Record<string, string> {
  return {
    [SUBMIT_DIRECTORY]: JSON.stringify(code.submitDirectory),
    [PROGRAM]: JSON.stringify(code.program),
    [LOG_LEVEL]: JSON.stringify(code.logLevel),
    [JOB_NAME]: JSON.stringify(code.jobName),
    [REGION]: JSON.stringify(code.region),
  };
}

/**
 * The archive's path in a container without a network, to which it comes as a channel.
 *
 * @param uri - where it lies in S3
 */
export function inChannel(uri: string): string {
  return `/opt/ml/input/data/${CODE_CHANNEL}/${uri.slice(uri.lastIndexOf("/") + 1)}`;
}

/** A job's code back as options. */
export interface RestoredCode {
  readonly options: CodeOptions;
  /** The hyperparameters that are left. */
  readonly hyperparameters: Readonly<Record<string, string>>;
}

/**
 * The options of script mode that made a job; `undefined` when its hyperparameters are not all of those, in that form: then
 * only as hyperparameters do they make the same job again.
 *
 * @param hyperparameters - as DescribeTrainingJob answers them
 * @param channelUri - where the channel `code` comes from, if there is one
 */
export function restoreToolkitCode(
  hyperparameters: Readonly<Record<string, string>>,
  channelUri: string | undefined,
): RestoredCode | undefined {
  const submitted = parsedText(hyperparameters[SUBMIT_DIRECTORY]);
  const program = parsedText(hyperparameters[PROGRAM]);
  const logLevel = Number(hyperparameters[LOG_LEVEL]);
  const isWhole = TOOLKIT_HYPERPARAMETERS.every((name) => Object.hasOwn(hyperparameters, name));
  if (!isWhole || submitted === undefined || program === undefined || !Number.isInteger(logLevel)) {
    return undefined;
  }
  // Without a network the archive comes as a channel.
  const sourceDir = submitted.startsWith("s3://") ? submitted : channelUri;
  if (sourceDir === undefined || (sourceDir !== submitted && submitted !== inChannel(sourceDir))) {
    return undefined;
  }
  return {
    options: {
      ...{ sourceDir, entryPoint: program, containerLogLevel: logLevel },
      codeDelivery: "toolkit",
    },
    hyperparameters: Object.fromEntries(
      Object.entries(hyperparameters).filter(([name]) => !TOOLKIT_HYPERPARAMETERS.includes(name)),
    ),
  };
}

/** A text that is written as JSON; `undefined` for anything else. */
export function parsedText(json: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(json ?? "");
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}
