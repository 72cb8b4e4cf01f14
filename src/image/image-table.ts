/**
 * Which training images AWS publishes, as far as this library knows them: few, and each compared with what the Python SDK answers
 * (`test/image/image-uris.test.ts`). The short form of a version (`2.8`) is a tag of its own, which follows the patches.
 */

import {
  type Accounts,
  ALGORITHM_ACCOUNTS,
  DEBUGGER_ACCOUNTS,
  DEEP_LEARNING_ACCOUNTS,
  DETAILED_PROFILER_ACCOUNTS,
} from "./image-accounts.ts";

/** One published image. */
export interface ImageRow {
  /** The framework's version in full. */
  readonly version: string;
  /** Its short form, where the short tag means this one. */
  readonly short?: string;
  /** The Python in it. */
  readonly python?: string;
  /** Hugging Face: the framework underneath, with its version in full and in short. */
  readonly base?: {
    readonly name: "pytorch" | "tensorflow";
    readonly version: string;
    readonly short: string;
  };
  /** What the tag ends in. */
  readonly suffix?: string;
  /** Regions that have the registry, but not this image. */
  readonly notIn?: readonly string[];
}

/** One framework's images. */
export interface ImageFamily {
  readonly accounts: Accounts;
  readonly repository: string;
  /** The processors that there are images for, as the tag names them; none where one image serves all. */
  readonly processors: readonly ("cpu" | "gpu")[];
  /** Oldest first. */
  readonly rows: readonly ImageRow[];
}

/** The frameworks, and the two images that evaluate rules. Python's names. */
export type ImageFramework =
  | "pytorch"
  | "tensorflow"
  | "huggingface"
  | "sklearn"
  | "xgboost"
  | "debugger"
  | "detailed-profiler";

/** Regions that the Hugging Face images did not reach, first to last. */
const NEWEST_REGIONS = [
  "ap-east-2",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "mx-central-1",
];
const NEWER_REGIONS = [
  ...NEWEST_REGIONS,
  "ap-south-2",
  "ap-southeast-4",
  "eu-central-2",
  "eu-south-2",
];

/** A row of Hugging Face on PyTorch. */
function transformers(
  version: string,
  torch: string,
  python: string,
  suffix: string,
  notIn: readonly string[] = NEWER_REGIONS,
): ImageRow {
  return {
    version,
    short: shortOf(version),
    python,
    base: { name: "pytorch", version: torch, short: shortOf(torch) },
    suffix,
    notIn,
  };
}

function shortOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** Every image that is known. */
export const IMAGES: Readonly<Record<ImageFramework, ImageFamily>> = {
  pytorch: {
    accounts: DEEP_LEARNING_ACCOUNTS,
    repository: "pytorch-training",
    processors: ["cpu", "gpu"],
    rows: [
      { version: "1.13.1", short: "1.13", python: "py39" },
      { version: "2.0.0", python: "py310" },
      { version: "2.0.1", short: "2.0", python: "py310" },
      { version: "2.1.0", short: "2.1", python: "py310" },
      { version: "2.2.0", short: "2.2", python: "py310" },
      { version: "2.3.0", short: "2.3", python: "py311" },
      { version: "2.4.0", short: "2.4", python: "py311" },
      { version: "2.5.1", short: "2.5", python: "py311" },
      { version: "2.6.0", short: "2.6", python: "py312" },
      { version: "2.7.1", short: "2.7", python: "py312" },
      { version: "2.8.0", short: "2.8", python: "py312" },
    ],
  },
  tensorflow: {
    accounts: DEEP_LEARNING_ACCOUNTS,
    repository: "tensorflow-training",
    processors: ["cpu", "gpu"],
    rows: [
      { version: "2.10.1", short: "2.10", python: "py39" },
      { version: "2.11.0", short: "2.11", python: "py39" },
      { version: "2.12.0", short: "2.12", python: "py310" },
      { version: "2.13.0", short: "2.13", python: "py310" },
      { version: "2.14.1", short: "2.14", python: "py310" },
      { version: "2.16.2", short: "2.16", python: "py310" },
      { version: "2.18.0", short: "2.18", python: "py310" },
      { version: "2.19.0", short: "2.19", python: "py312" },
    ],
  },
  huggingface: {
    accounts: DEEP_LEARNING_ACCOUNTS,
    repository: "huggingface-{base}-training",
    processors: ["gpu"],
    rows: [
      transformers("4.17.0", "1.10.2", "py38", "cu113-ubuntu20.04", NEWEST_REGIONS),
      {
        version: "4.17.0",
        short: "4.17",
        python: "py38",
        base: { name: "tensorflow", version: "2.6.3", short: "2.6" },
        suffix: "cu112-ubuntu20.04",
        notIn: NEWEST_REGIONS,
      },
      transformers("4.26.0", "1.13.1", "py39", "cu117-ubuntu20.04"),
      transformers("4.28.1", "2.0.0", "py310", "cu118-ubuntu20.04"),
      transformers("4.36.0", "2.1.0", "py310", "cu121-ubuntu20.04"),
      transformers("4.46.1", "2.3.0", "py311", "cu121-ubuntu20.04"),
      transformers("4.48.0", "2.3.0", "py311", "cu121-ubuntu20.04"),
      transformers("4.49.0", "2.5.1", "py311", "cu124-ubuntu22.04"),
      transformers("4.55.0", "2.7.1", "py312", "cu128-ubuntu22.04"),
      transformers("4.56.2", "2.8.0", "py312", "cu129-ubuntu22.04"),
    ],
  },
  sklearn: {
    accounts: ALGORITHM_ACCOUNTS,
    repository: "sagemaker-scikit-learn",
    processors: ["cpu"],
    rows: [
      { version: "0.23-1", python: "py3" },
      { version: "1.0-1", python: "py3" },
      { version: "1.2-1", python: "py3" },
      { version: "1.4-2", python: "py3" },
    ],
  },
  xgboost: {
    accounts: ALGORITHM_ACCOUNTS,
    repository: "sagemaker-xgboost",
    processors: [],
    rows: [
      { version: "1.2-2" },
      { version: "1.3-1" },
      { version: "1.5-1" },
      { version: "1.7-1" },
      { version: "3.0-5" },
    ],
  },
  debugger: {
    accounts: DEBUGGER_ACCOUNTS,
    repository: "sagemaker-debugger-rules",
    processors: [],
    rows: [{ version: "latest" }],
  },
  "detailed-profiler": {
    accounts: DETAILED_PROFILER_ACCOUNTS,
    repository: "detailed-profiler-processing",
    processors: [],
    rows: [{ version: "latest" }],
  },
};
