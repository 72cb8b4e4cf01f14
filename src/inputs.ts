/** What a channel of a training job is: data in S3, local files that are staged there, a value, a file system. */

import { jsonFault } from "./training/hyperparameters.ts";
import { isRecord } from "./training/is-record.ts";

/** Shuffles the order of S3 objects (and of a manifest's lines) with a seed. */
export interface ShuffleConfig {
  /** The seed of the order. */
  readonly seed: number;
}

/** One group of instances of a heterogeneous cluster. */
export interface InstanceGroup {
  /** The group's name, 1 to 64 characters. */
  readonly instanceGroupName: string;
  /** The instances' type, e.g. `ml.m5.xlarge`. */
  readonly instanceType: string;
  /** How many instances. */
  readonly instanceCount: number;
}

/** How a channel's data reach the container: copied before the start, streamed through a FIFO, or mounted. */
export type InputMode = "File" | "Pipe" | "FastFile";

/** Options of a {@link TrainingInput}: those of Python's class under their names in camelCase. */
export interface TrainingInputOptions {
  /** Whether each host gets all objects, or its share of them. Default: `FullyReplicated`. */
  readonly distribution?: "FullyReplicated" | "ShardedByS3Key";
  /** The data are gzipped and shall be decompressed on the way (Pipe mode only). Default: no. */
  readonly compression?: "None" | "Gzip";
  /** The data's MIME type, handed to the container in `inputdataconfig.json`. */
  readonly contentType?: string;
  /** Wraps each object in a RecordIO record (Pipe mode only). Default: no. */
  readonly recordWrapping?: "None" | "RecordIO";
  /** What `s3Data` names: a prefix, a manifest, an augmented manifest, or conversations (`Converse`). Default: `S3Prefix`. */
  readonly s3DataType?: "S3Prefix" | "ManifestFile" | "AugmentedManifestFile" | "Converse";
  /** The instance groups that get this channel, at most 5. Default: all. */
  readonly instanceGroups?: readonly string[];
  /** The input mode of this channel. Default: the estimator's `inputMode`. */
  readonly inputMode?: InputMode;
  /** The attributes of an augmented manifest to use, in order, at most 16. */
  readonly attributeNames?: readonly string[];
  /** Shuffles the order of the data. Default: no. */
  readonly shuffleConfig?: ShuffleConfig;
  /** Accepts the licence of a gated model in S3, in the service's words. */
  readonly modelAccessConfig?: {
    /** Whether the licence is accepted. */
    readonly AcceptEula: boolean;
  };
  /** Gives access to a hub's content, in the service's words. */
  readonly hubAccessConfig?: {
    /** The content's ARN. */
    readonly HubContentArn: string;
  };
}

/**
 * A channel from S3, with everything that Python's `TrainingInput` offers. A local path in place of the URI is staged first.
 *
 * @example
 * ```ts
 * await estimator.fit({
 *   train: new TrainingInput("s3://bucket/train/", { contentType: "text/csv", distribution: "ShardedByS3Key" }),
 * });
 * ```
 */
export class TrainingInput {
  /** The data: an `s3://` URI, or a local file or folder. */
  readonly s3Data: string;
  /** The options as given. */
  readonly options: TrainingInputOptions;

  /**
   * @param s3Data - an `s3://` URI, or the path or `file://` URL of a local file or folder
   * @param options - see {@link TrainingInputOptions}
   */
  constructor(s3Data: string | URL, options: TrainingInputOptions = {}) {
    // What is neither is kept as it is, and told by whoever reads it: as a text it would be a path.
    this.s3Data = s3Data instanceof URL ? s3Data.href : s3Data;
    this.options = options;
  }
}

/** What a {@link FileSystemInput} is made from. */
export interface FileSystemInputOptions {
  /** The file system's id, `fs-…`. */
  readonly fileSystemId: string;
  /** What kind it is. */
  readonly fileSystemType: "EFS" | "FSxLustre";
  /** The folder in it, e.g. `/data/train`; for FSx it begins with the mount name. */
  readonly directoryPath: string;
  /** Whether the container may write. Default: `ro`. */
  readonly fileSystemAccessMode?: "ro" | "rw";
  /** The data's MIME type. */
  readonly contentType?: string;
}

/**
 * A channel from EFS or FSx for Lustre. The job needs a VPC that reaches the file system.
 *
 * @example
 * ```ts
 * new FileSystemInput({ fileSystemId: "fs-0123456789abcdef0", fileSystemType: "EFS", directoryPath: "/train" });
 * ```
 */
export class FileSystemInput {
  /** The options as given. */
  readonly options: FileSystemInputOptions;

  /** @param options - see {@link FileSystemInputOptions} */
  constructor(options: FileSystemInputOptions) {
    this.options = options;
  }
}

/** Options of a {@link DatasetInput}. */
export interface DatasetInputOptions {
  /** The data's MIME type. */
  readonly contentType?: string;
  /** The input mode of this channel. Default: the estimator's `inputMode`. */
  readonly inputMode?: InputMode;
}

/**
 * A channel from a data set of SageMaker's hub (the service's `DatasetSource`), which the Python Estimator does not have.
 *
 * @example
 * ```ts
 * new DatasetInput("arn:aws:sagemaker:eu-west-1:123456789012:hub-content/my-hub/DataSet/claims/1.0.0");
 * ```
 */
export class DatasetInput {
  /** The data set's ARN. */
  readonly datasetArn: string;
  /** The options as given. */
  readonly options: DatasetInputOptions;

  /**
   * @param datasetArn - the data set's ARN in the hub
   * @param options - see {@link DatasetInputOptions}
   */
  constructor(datasetArn: string, options: DatasetInputOptions = {}) {
    this.datasetArn = datasetArn;
    this.options = options;
  }
}

/** Options of a {@link JsonInput}. */
export interface JsonInputOptions {
  /** The file's name in the channel. Default: `<channel>.json`. */
  readonly fileName?: string;
  /** The channel's MIME type. Default: `application/json`. */
  readonly contentType?: string;
}

/**
 * A channel from a value: it is staged as one JSON file, `<channel>.json`. The way to give a program its configuration.
 *
 * @example
 * ```ts
 * await estimator.fit({ train: "data/", config: new JsonInput({ target: "Claims", family: "poisson" }) });
 * ```
 */
export class JsonInput {
  /** The file's text. */
  readonly text: string;
  /** The options as given. */
  readonly options: JsonInputOptions;

  /**
   * @param value - anything that JSON carries
   * @param options - see {@link JsonInputOptions}
   * @throws TypeError when JSON cannot carry the value
   */
  constructor(value: unknown, options: JsonInputOptions = {}) {
    const fault = value === undefined ? "undefined" : jsonFault(value);
    if (fault !== undefined) {
      throw new TypeError(`JsonInput: JSON cannot carry ${fault}.`);
    }
    this.text = `${JSON.stringify(value, undefined, 2)}\n`;
    this.options = options;
  }
}

/** One channel: an `s3://` URI, a local path, a `file://` URL, or one of the input classes. */
export type FitInput = string | URL | TrainingInput | FileSystemInput | DatasetInput | JsonInput;

/** What `fit()` trains on: one channel called `training`, or channels by name, in order. */
export type FitInputs = FitInput | Readonly<Record<string, FitInput>>;

/**
 * The channels by name, in order.
 *
 * @param inputs - as given to `fit()`
 */
export function namedInputs(inputs: FitInputs | undefined): [channel: string, input: FitInput][] {
  if (inputs === undefined || inputs === null) {
    return [];
  }
  // What is neither an input nor a record of them is told by the findings, by the name of its channel.
  return isInput(inputs) || !isRecord(inputs)
    ? [["training", inputs as FitInput]]
    : Object.entries(inputs);
}

/** Whether it is one input, and no record of them. */
export function isInput(inputs: FitInputs): inputs is FitInput {
  return (
    typeof inputs === "string" ||
    inputs instanceof URL ||
    inputs instanceof TrainingInput ||
    inputs instanceof FileSystemInput ||
    inputs instanceof DatasetInput ||
    inputs instanceof JsonInput
  );
}
