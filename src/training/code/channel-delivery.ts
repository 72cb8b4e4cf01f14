/** Code as plain files in a channel, with a driver among them: for any image that has `/bin/sh`. */

import type { Finding } from "../../errors.ts";
import { TrainingInput } from "../../inputs.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import { describeFiles, type Source } from "../../transfer/source.ts";
import type { ResolvedChannel } from "../channel-request.ts";
import type { EstimatorOptions } from "../options.ts";
import { prepareUpload } from "../prepare-inputs.ts";
import { CODE_CHANNEL, DRIVER_CHANNEL, DRIVER_FOLDER } from "./code-channels.ts";
import type { CodeFiles } from "./code-files.ts";
import { codePath } from "./code-path.ts";
import { type DriverSettings, driverCommand, driverFiles } from "./driver.ts";
import type { CodeContext, PreparedCode } from "./prepared-code.ts";
import { DEFAULT_LOG_LEVEL } from "./toolkit-hyperparameters.ts";

/** Code of this machine. */
interface ChannelCode {
  readonly code: CodeFiles;
  /** Described, without the driver. */
  readonly source: Source;
  readonly label: string;
}

/**
 * Code of this machine, staged with the driver.
 *
 * @param options - the estimator's
 * @param parts - the code
 * @param findings - what is wrong with it, no error among them
 * @param context - the session, the job, and how to go about it
 */
export async function channelDelivery(
  options: EstimatorOptions,
  { code, source, label }: ChannelCode,
  findings: readonly Finding[],
  context: CodeContext,
): Promise<PreparedCode> {
  const contents = driverFiles(settings(options, code.entryPoint), `${DRIVER_FOLDER}/`);
  const { problems } = code;
  const whole = await describeFiles(label, code.files, {
    ...{ problems, contents, signal: context.signal },
  });
  const { upload, findings: notes } = await prepareUpload(CODE_CHANNEL, whole, {
    ...context,
    home: codeHome(options, context),
  });
  return {
    findings: [...findings, ...notes.map((note) => ({ ...note, path: "sourceDir" }))],
    uploads: [upload],
    channels: [codeChannel(CODE_CHANNEL, upload.planned.uri, context)],
    hyperparameters: {},
    entryPoint: driverCommand(`${CODE_CHANNEL}/${DRIVER_FOLDER}`),
    digest: source.digest,
  };
}

/**
 * Code that lies in S3 already, used as it is: the driver comes as a channel of its own.
 *
 * @param options - the estimator's
 * @param findings - what is wrong with it, no error among them
 * @param context - the session, the job, and how to go about it
 */
export async function channelDeliveryFromS3(
  options: EstimatorOptions,
  findings: readonly Finding[],
  context: CodeContext,
): Promise<PreparedCode> {
  const { sourceDir = "", entryPoint = "" } = options;
  const contents = driverFiles(settings(options, codePath(entryPoint)));
  const driver = await describeFiles("the driver of entryPoint", [], { contents });
  const { upload, findings: notes } = await prepareUpload(DRIVER_CHANNEL, driver, context);
  return {
    findings: [...findings, ...notes.map((note) => ({ ...note, path: "entryPoint" }))],
    uploads: [upload],
    channels: [
      codeChannel(CODE_CHANNEL, sourceDir, context),
      codeChannel(DRIVER_CHANNEL, upload.planned.uri, context),
    ],
    hyperparameters: {},
    entryPoint: driverCommand(DRIVER_CHANNEL),
  };
}

/**
 * A channel of files, whatever mode the job's other channels are in.
 *
 * @param name - the channel
 * @param uri - where it comes from
 * @param context - the job's input mode
 */
export function codeChannel(
  name: string,
  uri: string,
  { inputMode }: Pick<CodeContext, "inputMode">,
): ResolvedChannel {
  const mode = inputMode === "File" ? {} : { inputMode: "File" as const };
  return { name, input: new TrainingInput(uri, mode), uri };
}

function settings(options: EstimatorOptions, entryPoint: string): DriverSettings {
  const { containerLogLevel = DEFAULT_LOG_LEVEL, installRequirements = false } = options;
  return { entryPoint, logLevel: containerLogLevel, installRequirements };
}

/** Where code is staged: beside inputs, unless it is to go elsewhere. */
function codeHome({ codeLocation }: EstimatorOptions, { home }: CodeContext): CodeContext["home"] {
  if (codeLocation === undefined) {
    return home;
  }
  const { bucket, key } = parseS3Uri(codeLocation);
  return { get: async () => ({ bucket, prefix: key, expectedBucketOwner: undefined }) };
}
