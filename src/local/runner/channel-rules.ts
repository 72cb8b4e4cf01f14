/** Which input modes, data types and forms go together (pure). */

/** What a channel asks for, in the service's words. */
interface ChannelForm {
  readonly name: string;
  readonly inputMode: string;
  /** Undefined when the source is not in S3. */
  readonly s3DataType: string | undefined;
  readonly compressionType: string;
  readonly recordWrapperType: string;
  readonly attributeNames: readonly string[];
}

const DATA_TYPES: Readonly<Record<string, readonly string[]>> = {
  File: ["S3Prefix", "ManifestFile"],
  FastFile: ["S3Prefix"],
  Pipe: ["S3Prefix", "ManifestFile", "AugmentedManifestFile"],
};

/** Why a channel cannot be had, as a sentence; undefined when it can. */
export function channelProblem(channel: ChannelForm): string | undefined {
  const { name, inputMode, s3DataType, compressionType, recordWrapperType } = channel;
  const problem = (what: string): string => `${what} (channel ${name}).`;
  if (!/^[A-Za-z0-9._-]+$/.test(name) || name === "." || name === "..") {
    return `${JSON.stringify(name)} is no name for a channel: its files would lie in no folder of their own.`;
  }
  const types = DATA_TYPES[inputMode];
  if (types === undefined) return problem(`The local cloud does not do input mode ${inputMode}`);
  if (s3DataType === undefined) {
    return problem("The local cloud does not do data sources other than S3DataSource");
  }
  if (!types.includes(s3DataType)) {
    const others = `use ${types.join(" or ")}`;
    return s3DataType === "Converse"
      ? problem(`The local cloud does not do ${s3DataType}: ${others}`)
      : problem(`${s3DataType} is not for input mode ${inputMode}: ${others}`);
  }
  const isAugmented = s3DataType === "AugmentedManifestFile";
  if (isAugmented !== channel.attributeNames.length > 0) {
    return problem("An AugmentedManifestFile, and nothing else, takes AttributeNames");
  }
  if (inputMode === "Pipe") return undefined;
  if (compressionType !== "None") {
    return problem(`CompressionType ${compressionType} is for input mode Pipe only`);
  }
  if (recordWrapperType !== "None") {
    return problem(`RecordWrapperType ${recordWrapperType} is for input mode Pipe only`);
  }
  return undefined;
}

/** What each channel has beside its folder: a list, or a pipe for each epoch. */
const BESIDE: Readonly<Record<string, RegExp>> = { File: /^-manifest$/, Pipe: /^_\d+$/ };

/** Two channels that would need one path, as a sentence; undefined when there are none. */
export function channelClash(
  channels: readonly Pick<ChannelForm, "name" | "inputMode">[],
): string | undefined {
  for (const { name, inputMode } of channels) {
    const other = channels.find(
      (one) =>
        one.name.startsWith(name) && BESIDE[inputMode]?.test(one.name.slice(name.length)) === true,
    );
    if (other === undefined) continue;
    return (
      `The channel ${name} has a file /opt/ml/input/data/${other.name} of its own beside it, where the channel ${other.name} would lie: ` +
      "rename one of the two."
    );
  }
  return undefined;
}
