/** A job's input channels: what `inputdataconfig.json` says of them, where they lie, and their files. */

import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { EnvironmentVariables } from "./paths.ts";

/**
 * One input channel of a job.
 *
 * @example
 * ```ts
 * const { channels } = await trainingEnvironment();
 * console.log(channels["train"]?.path, channels["train"]?.contentType);
 * ```
 */
export interface InputChannel {
  /** The channel's name: `train`. */
  readonly name: string;
  /** The folder with its files; in Pipe mode, the FIFO's path without its `_<epoch>`. */
  readonly path: string;
  /** The channel's content type, when the job was started with one: `text/csv`. */
  readonly contentType?: string;
  /** `File`, `Pipe` or `FastFile`. */
  readonly inputMode: string;
  /** `FullyReplicated`: every host has all files. `ShardedByS3Key`: each has its share. */
  readonly s3DistributionType: string;
  /** `None` or `RecordIO`. */
  readonly recordWrapperType: string;
}

/** A channel as `inputdataconfig.json` has it. */
type ChannelConfig = Readonly<Record<string, unknown>>;

/**
 * The channels of `inputdataconfig.json`. `SM_CHANNEL_<NAME>` of the environment wins over the folder `input/data/<name>`.
 *
 * @internal
 */
export function readChannels(
  config: Readonly<Record<string, ChannelConfig>>,
  inputDir: string,
  env: EnvironmentVariables,
): Record<string, InputChannel> {
  const text = (value: unknown, otherwise: string): string =>
    typeof value === "string" ? value : otherwise;
  const entries = Object.entries(config).map(([name, channel]): [string, InputChannel] => {
    // The training toolkit keeps "-" in a variable's name, the Python SDK's own drivers (v3) write "_".
    const variable = `SM_CHANNEL_${name.toUpperCase()}`;
    const path = env[variable] || env[variable.replaceAll("-", "_")];
    const contentType = channel["ContentType"];
    return [
      name,
      {
        name,
        path: resolve(path || join(inputDir, "data", name)),
        ...(typeof contentType === "string" && { contentType }),
        inputMode: text(channel["TrainingInputMode"], "File"),
        s3DistributionType: text(channel["S3DistributionType"], "FullyReplicated"),
        recordWrapperType: text(channel["RecordWrapperType"], "None"),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/**
 * Every file below a folder, as absolute paths, sorted by their UTF-8 bytes as S3 sorts keys. Links are followed, a folder that
 * contains itself only once.
 *
 * @internal
 */
export async function filesBelow(folder: string, signal?: AbortSignal): Promise<string[]> {
  const files: string[] = [];
  const walk = async (path: string, ancestors: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    const real = await realpath(path);
    if (ancestors.includes(real)) return;
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      const kind = entry.isSymbolicLink() ? await stat(child) : entry;
      if (kind.isDirectory()) await walk(child, [...ancestors, real]);
      else if (kind.isFile()) files.push(child);
    }
  };
  await walk(folder, []);
  return files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
