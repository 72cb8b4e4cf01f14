/** Inputs as channels: local data described, and looked for in S3. Reads files and AWS; changes nothing. */

import { isAbort, translate } from "../aws/translate.ts";
import type { Finding } from "../errors.ts";
import { type FitInput, JsonInput, TrainingInput } from "../inputs.ts";
import type { Session } from "../session.ts";
import {
  describeSource,
  locateSource,
  type Source,
  type StagedPlace,
  stageSource,
} from "../transfer/stage.ts";
import type { ResolvedChannel } from "./channel-request.ts";
import type { LazyHome } from "./home.ts";
import { isLocalPath, locationOf, type NamedInput } from "./input-findings.ts";
import type { PreparedUpload } from "./prepared.ts";

/** What preparing needs besides the data. */
export interface InputContext {
  readonly session: Session;
  readonly home: Pick<LazyHome, "get">;
  /** Whether S3 is asked what is there already. */
  readonly ask: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Inputs as the request and the plan have them. */
export interface PreparedInputs {
  readonly channels: readonly ResolvedChannel[];
  readonly uploads: readonly PreparedUpload[];
  readonly findings: readonly Finding[];
}

/**
 * Describes local inputs and looks what of them is in S3 already.
 *
 * @param inputs - in the request's order
 * @param context - the session, and how to go about it
 */
export async function prepareInputs(
  inputs: readonly NamedInput[],
  context: InputContext,
): Promise<PreparedInputs> {
  const channels: ResolvedChannel[] = [];
  const uploads: PreparedUpload[] = [];
  const findings: Finding[] = [];
  for (const { name, path, input } of inputs) {
    try {
      const source = await describeInput(name, input, context.signal);
      if (source === undefined) {
        const uri = isPlaced(input) ? locationOf(input) : undefined;
        channels.push({ name, input, ...(uri !== undefined && { uri }) });
        continue;
      }
      const prepared = await prepareUpload(name, source, context);
      channels.push({ name, input, uri: prepared.upload.planned.uri });
      uploads.push(prepared.upload);
      findings.push(...prepared.findings.map((finding) => ({ ...finding, path })));
    } catch (error) {
      findings.push({ ...unreadable(path, error, context.signal), ...hintFor(input) });
    }
  }
  return { channels, uploads, findings };
}

/**
 * One source as an upload that the plan shows and `fit()` carries out.
 *
 * @param channel - the channel that it is for
 * @param source - what is uploaded
 * @param context - the session, and how to go about it
 */
export async function prepareUpload(
  channel: string,
  source: Source,
  context: InputContext,
): Promise<{ upload: PreparedUpload; findings: Finding[] }> {
  const { session, ask, signal } = context;
  const home = await context.home.get();
  const place: StagedPlace = await locateSource(source, { session, ...home, ask, signal });
  const upload: PreparedUpload = {
    planned: {
      channel,
      source: source.label,
      uri: place.uri,
      files: source.files.length,
      bytes: source.bytes,
      present: place.present,
    },
    digest: source.digest,
    async stage(stage) {
      const { uri, expectedBucketOwner } = { ...home, uri: place.uri };
      await stageSource(source, { ...stage, uri, expectedBucketOwner });
    },
  };
  return {
    upload,
    findings:
      place.problem instanceof Error
        ? [
            {
              severity: "note",
              path: channel,
              message: `It was not checked whether this is staged already: ${place.problem.message}`,
            },
          ]
        : [],
  };
}

/** What is wrong with something local, unless reading it was aborted. */
export function unreadable(path: string, error: unknown, signal: AbortSignal | undefined): Finding {
  if (isAbort(error) || signal?.aborted) {
    throw error;
  }
  const ours = translate(error, "read the input");
  return {
    severity: "error",
    path,
    message: ours instanceof Error ? ours.message : String(ours),
  };
}

async function describeInput(
  name: string,
  input: FitInput,
  signal: AbortSignal | undefined,
): Promise<Source | undefined> {
  const options = signal === undefined ? {} : { signal };
  if (input instanceof JsonInput) {
    const fileName = input.options.fileName ?? `${name}.json`;
    return await describeSource({ fileName, contents: input.text }, options);
  }
  // An empty path would be the working folder; the findings tell of it.
  return isPlaced(input) && locationOf(input) !== "" && isLocalPath(locationOf(input))
    ? await describeSource(locationOf(input), options)
    : undefined;
}

/** Whoever meant a URI learns why a path was looked for, and how a file's URL is written. */
function hintFor(input: FitInput): { hint?: string } {
  if (!isPlaced(input)) {
    return {};
  }
  if (!/^file:/i.test(locationOf(input))) {
    return { hint: 'A URI must start with "s3://" or "file://"; anything else is a local path.' };
  }
  return /^file:\/\/[^/]/i.test(locationOf(input))
    ? { hint: "Give the path alone, or with three slashes: file:///folder/file." }
    : {};
}

/** Inputs that name a path or a URI. What is none of the known kinds is told by the findings. */
function isPlaced(input: FitInput): boolean {
  return typeof input === "string" || input instanceof URL || input instanceof TrainingInput;
}
