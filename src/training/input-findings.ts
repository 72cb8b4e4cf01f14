/** What is wrong with inputs that the service's model does not tell. Pure. */

import type { Finding } from "../errors.ts";
import {
  DatasetInput,
  FileSystemInput,
  type FitInput,
  type InputMode,
  JsonInput,
  TrainingInput,
  type TrainingInputOptions,
} from "../inputs.ts";
import { isS3Uri, s3UriProblem } from "../transfer/s3-uri.ts";
import type { EstimatorOptions } from "./options.ts";

/** One input: its channel, where it comes from in option names, and what it is. */
export interface NamedInput {
  /** The channel's name. */
  readonly name: string;
  /** `inputs.train`, or `modelUri`. */
  readonly path: string;
  /** The input. */
  readonly input: FitInput;
}

/**
 * What is wrong with the inputs.
 *
 * @param inputs - in the request's order
 * @param options - the estimator's: its input mode, groups and VPC
 */
export function inputFindings(
  inputs: readonly NamedInput[],
  options: Pick<EstimatorOptions, "inputMode" | "instanceGroups" | "subnets">,
): Finding[] {
  const names = inputs.map(({ name }) => name);
  return inputs.flatMap(({ name, path, input }, index): Finding[] => [
    ...nameFindings(name, path, names.indexOf(name) !== index),
    ...kindFindings(path, input, options),
  ]);
}

function nameFindings(name: string, path: string, isTaken: boolean): Finding[] {
  if (name === "." || name === "..") {
    const message = `A channel cannot be called '${name}': its folder would not be its own.`;
    return [{ severity: "error", path, message }];
  }
  return isTaken
    ? [
        {
          severity: "error",
          path,
          message: `Duplicate channel ${name} not allowed.`,
          hint: "Give it another name; the model's is modelChannelName, the code's is code.",
        },
      ]
    : [];
}

function kindFindings(
  path: string,
  input: FitInput,
  options: Pick<EstimatorOptions, "inputMode" | "instanceGroups" | "subnets">,
): Finding[] {
  if (input instanceof JsonInput || input instanceof DatasetInput) {
    return [];
  }
  if (input instanceof FileSystemInput) {
    return fileSystemFindings(path, input, options);
  }
  if (typeof input !== "string" && !(input instanceof URL) && !(input instanceof TrainingInput)) {
    return [
      {
        severity: "error",
        path,
        message: `Cannot format input${shown(input)}: it is of type ${typeName(input)}.`,
        hint: "Give an s3:// URI, a local path, a TrainingInput, a FileSystemInput, a DatasetInput or a JsonInput.",
      },
    ];
  }
  const text = locationOf(input);
  const problem = locationProblem(text);
  const location = path.startsWith("inputs.") ? `${path}.s3Data` : path;
  return [
    ...(problem === undefined
      ? []
      : [{ severity: severityOf(text), path: location, message: problem }]),
    ...(input instanceof TrainingInput ? dataFindings(path, input.options, options) : []),
  ];
}

/** Which buckets there may be is for S3 to say: the service's pattern takes any name. */
function severityOf(uri: string): Finding["severity"] {
  return /^s3:\/\/[^/]/.test(uri) ? "warning" : "error";
}

/** The rules of input modes (API reference, Channel and S3DataSource): documented, so each is a warning. */
function dataFindings(
  path: string,
  data: TrainingInputOptions,
  options: Pick<EstimatorOptions, "inputMode" | "instanceGroups">,
): Finding[] {
  const mode: InputMode = data.inputMode ?? options.inputMode ?? "File";
  const found: Finding[] = [];
  const warn = (option: string, message: string, hint: string): void => {
    found.push({ severity: "warning", path: `${path}.${option}`, message, hint });
  };
  if (data.compression === "Gzip" && mode !== "Pipe") {
    warn("compression", `Gzip is for Pipe mode, and this channel is in ${mode} mode.`, PIPE);
  }
  if (data.recordWrapping === "RecordIO" && mode !== "Pipe") {
    warn("recordWrapping", `RecordIO is for Pipe mode, and this channel is in ${mode} mode.`, PIPE);
  }
  if (data.s3DataType === "AugmentedManifestFile" && mode !== "Pipe") {
    warn(
      "s3DataType",
      `An augmented manifest is read in Pipe mode, and this channel is in ${mode} mode.`,
      PIPE,
    );
  }
  if (data.s3DataType === "AugmentedManifestFile" && !data.attributeNames?.length) {
    warn(
      "attributeNames",
      "An augmented manifest needs the names of the attributes to read.",
      'Give e.g. attributeNames: ["source-ref", "label"].',
    );
  }
  if (data.attributeNames !== undefined && data.s3DataType !== "AugmentedManifestFile") {
    warn(
      "attributeNames",
      `Attributes are those of an augmented manifest, and this channel is ${data.s3DataType ?? "S3Prefix"}.`,
      'Set s3DataType: "AugmentedManifestFile", or leave them out.',
    );
  }
  if (data.shuffleConfig !== undefined && mode === "FastFile") {
    warn("shuffleConfig", "FastFile mode does not shuffle.", "Shuffle in the program.");
  }
  const groups = (options.instanceGroups ?? []).map(({ instanceGroupName }) => instanceGroupName);
  for (const name of data.instanceGroups ?? []) {
    if (!groups.includes(name)) {
      warn(
        "instanceGroups",
        `There is no instance group '${name}'.`,
        groups.length === 0
          ? "Give the estimator's instanceGroups, or leave this out."
          : `The estimator has ${groups.join(", ")}.`,
      );
    }
  }
  return found;
}

const PIPE = 'Set inputMode: "Pipe", or leave this out.';

function fileSystemFindings(
  path: string,
  { options: system }: FileSystemInput,
  options: Pick<EstimatorOptions, "subnets">,
): Finding[] {
  const found: Finding[] = [];
  const type: string | null | undefined = system.fileSystemType as string | null | undefined;
  const types: readonly string[] = ["FSxLustre", "EFS"];
  // That it is missing, the service's model tells.
  if (type !== undefined && type !== null && !types.includes(type)) {
    found.push({
      severity: "error",
      path: `${path}.fileSystemType`,
      message: `Unrecognized file system type: ${type}. Valid values: ${types.join(", ")}.`,
    });
  }
  const modes: readonly string[] = ["ro", "rw"];
  if (!modes.includes(system.fileSystemAccessMode ?? "ro")) {
    found.push({
      severity: "error",
      path: `${path}.fileSystemAccessMode`,
      message: `Unrecognized file system access mode: ${system.fileSystemAccessMode}. Valid values: ${modes.join(", ")}.`,
    });
  }
  if (options.subnets === undefined) {
    found.push({
      severity: "warning",
      path,
      message: "A file system is reached through a VPC, and the job has none.",
      hint: "Give subnets and securityGroupIds that reach it.",
    });
  }
  return found;
}

function locationProblem(text: string): string | undefined {
  if (text === "") {
    return "It is empty: an s3:// URI or a local path is needed.";
  }
  return isLocalPath(text) ? undefined : (schemeProblem(text) ?? s3UriProblem(text));
}

function schemeProblem(text: string): string | undefined {
  return isS3Uri(text) || /^https?:/i.test(text)
    ? undefined
    : `URI input ${text} must be a valid S3 or FILE URI: must start with "s3://" or "file://".`;
}

/** The URI or path of an input that has one. */
export function locationOf(input: FitInput): string {
  return input instanceof TrainingInput ? input.s3Data : String(input);
}

/** Anything without a scheme is a path (so is `C:\data`), and `file:` is one. */
export function isLocalPath(text: string): boolean {
  return /^file:/i.test(text) || !/^[a-z][a-z0-9+.-]+:/i.test(text);
}

/** Numbers and the like as they are; what may be long or secret is not shown. */
function shown(input: unknown): string {
  return typeof input === "number" || typeof input === "boolean" ? ` ${input}` : "";
}

function typeName(input: unknown): string {
  if (input === null) {
    return "null";
  }
  return Array.isArray(input) ? "list" : typeof input;
}
