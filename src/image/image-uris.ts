/** The URIs of the training images that AWS publishes: Python's `image_uris`. Pure. */

import { type Finding, ValidationError } from "../errors.ts";
import { IMAGES, type ImageFamily, type ImageFramework, type ImageRow } from "./image-table.ts";

/** Which image is meant. */
export interface RetrieveOptions {
  /** The framework, by Python's name. */
  readonly framework: ImageFramework;
  /** The region whose registry is named, e.g. `eu-west-1`. */
  readonly region: string;
  /** The framework's version, in full (`2.8.0`) or in short (`2.8`), which follows the patches. For `huggingface`, that of transformers. */
  readonly version?: string;
  /** The Python in the image, e.g. `py312`. Default: the one that the version has. */
  readonly pyVersion?: string;
  /** What the image shall run on: it decides between the images for CPUs and GPUs. `local` and `local_gpu` do, too. */
  readonly instanceType?: string;
  /** What the image is for. Default: `training`; others are not known here. */
  readonly imageScope?: "training";
  /** For `huggingface`: the framework underneath and its version, e.g. `pytorch2.8.0`, in short where `version` is. */
  readonly baseFrameworkVersion?: string;
}

/** Where AWS says which images there are. */
const LISTS = {
  learning: "https://aws.github.io/deep-learning-containers/reference/available_images/",
  algorithms:
    "https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html",
};

/** An image, or why there is none. */
export type FoundImage =
  | { readonly uri: string; readonly problem?: undefined }
  | { readonly uri?: undefined; readonly problem: Finding };

/** `ml.c5.xlarge` or `ml_c5`: the family is what lies between. */
const INSTANCE_TYPE = /^ml[._]([a-z\d-]+)\.?\w*$/;
/** Families of AWS's own CPUs: m6g, c7gn, r8gd, and g5g with its GPUs. */
const ARM_FAMILY = /^[a-z]+\d+g/;
const NEURON_FAMILY = /^(?:trn|inf)/;
const GPU_FAMILY = /^[gp]/;

/**
 * The image, or what is wrong with the question in the names of {@link RetrieveOptions}.
 *
 * @param options - which image is meant
 */
export function findImage(options: RetrieveOptions): FoundImage {
  const { framework, region, imageScope = "training" } = options;
  if (!Object.hasOwn(IMAGES, framework)) {
    return no(
      "framework",
      `'${framework}' is not known.`,
      `Known: ${Object.keys(IMAGES).join(", ")}.`,
    );
  }
  const family = IMAGES[framework];
  if (imageScope !== "training") {
    return no("imageScope", `'${imageScope}' is not known: only training images are.`);
  }
  const row = findRow(family, options);
  if ("problem" in row) {
    return row;
  }
  const processor = findProcessor(family, options);
  if (typeof processor === "object") {
    return processor;
  }
  // XGBoost's tags name no Python: there is one, which Python's estimator calls py3.
  const python = row.row.python ?? (framework === "xgboost" ? "py3" : undefined);
  if (options.pyVersion !== undefined && options.pyVersion !== python) {
    return no(
      "pyVersion",
      `${framework} ${row.row.version} has ${python ?? "no choice of Pythons"}, not '${options.pyVersion}'.`,
      "Leave pyVersion out.",
    );
  }
  const account = Object.hasOwn(family.accounts, region) ? family.accounts[region] : undefined;
  if (account === undefined || row.row.notIn?.includes(region)) {
    const regions = Object.keys(family.accounts).filter((name) => !row.row.notIn?.includes(name));
    return no(
      "region",
      `No ${framework} image is known in '${region}'.`,
      `Known regions: ${regions.join(", ")}.`,
    );
  }
  const { base, python: inTag, suffix } = row.row;
  const tag = [row.prefix, processor, inTag, suffix].filter((part) => part !== undefined).join("-");
  const repository = family.repository.replace("{base}", base?.name ?? "");
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return { uri: `${account}.dkr.ecr.${region}.${domain}/${repository}:${tag}` };
}

/** The row of the version, and what the tag begins with: versions as they were written. */
function findRow(
  { rows }: ImageFamily,
  { framework, version, baseFrameworkVersion: base }: RetrieveOptions,
): { row: ImageRow; prefix: string } | { problem: Finding } {
  const [only] = rows;
  if (version === undefined && rows.length === 1 && only !== undefined) {
    return { row: only, prefix: only.version };
  }
  const ofVersion = rows.filter((row) => version === row.version || version === row.short);
  if (version === undefined || ofVersion.length === 0) {
    return no(
      "version",
      version === undefined ? "It is required." : `${framework} '${version}' is not in the table.`,
      `Known: ${knownVersions(rows)}.`,
    );
  }
  const isShort = version !== ofVersion[0]?.version;
  const row = ofVersion.find(
    (each) =>
      each.base === undefined ||
      base === `${each.base.name}${isShort ? each.base.short : each.base.version}`,
  );
  if (row === undefined) {
    const known = ofVersion.flatMap(({ base: known }) =>
      known === undefined ? [] : [`${known.name}${isShort ? known.short : known.version}`],
    );
    return no(
      "baseFrameworkVersion",
      base === undefined ? "It is required." : `transformers ${version} has no image on '${base}'.`,
      `Known for transformers ${version}: ${known.join(", ")}; both versions in full, or both in short.`,
    );
  }
  return {
    row,
    prefix:
      row.base === undefined
        ? version
        : `${isShort ? row.base.short : row.base.version}-transformers${version}`,
  };
}

/** `2.7.1 (or 2.7), 2.8.0 (or 2.8)` */
function knownVersions(rows: readonly ImageRow[]): string {
  const words = rows.map(({ version, short }) =>
    short === undefined ? version : `${version} (or ${short})`,
  );
  return [...new Set(words)].join(", ");
}

/** The processor as the tag names it; `undefined` where the tag has none. */
function findProcessor(
  { processors }: ImageFamily,
  { framework, instanceType, version }: RetrieveOptions,
): "cpu" | "gpu" | undefined | { problem: Finding } {
  const [only] = processors;
  if (instanceType === undefined) {
    return processors.length > 1
      ? no("instanceType", "It is required: there are images for CPUs and for GPUs.")
      : only;
  }
  const kind = processorOf(instanceType);
  if (kind === undefined) {
    return no("instanceType", `'${instanceType}' does not read as an instance type.`);
  }
  const runs = kind === "cpu" || kind === "gpu";
  if (runs && processors.length === 0) {
    return undefined;
  }
  // Python refuses it by name: these containers' CUDA no longer knows the GPUs of P2.
  if (runs && processors.includes(kind) && !/^ml[._]p2\b/.test(instanceType)) {
    return kind;
  }
  return no(
    "instanceType",
    `No ${framework} ${version} training image is known for '${instanceType}'${runs ? "" : ` (${kind})`}.`,
    processors.length > 0 ? `There are images for ${processors.join(" and ").toUpperCase()}.` : "",
  );
}

function processorOf(type: string): "cpu" | "gpu" | "Arm" | "Neuron" | undefined {
  if (type === "local" || type === "local_gpu") {
    return type === "local" ? "cpu" : "gpu";
  }
  const [, family] = INSTANCE_TYPE.exec(type) ?? [];
  if (family === undefined) {
    return undefined;
  }
  if (ARM_FAMILY.test(family)) {
    return "Arm";
  }
  if (NEURON_FAMILY.test(family)) {
    return "Neuron";
  }
  return GPU_FAMILY.test(family) ? "gpu" : "cpu";
}

/** What is wrong, and the way around it, which is always there. */
function no(path: string, message: string, known = ""): { problem: Finding } {
  const hint =
    `${known} An image that is not known here can always be given as imageUri: ` +
    `${LISTS.learning} and ${LISTS.algorithms} list what AWS publishes.`;
  return { problem: { severity: "error", path, message, hint: hint.trim() } };
}

/**
 * The training images that AWS publishes, of PyTorch, TensorFlow, Hugging Face, scikit-learn and XGBoost: Python's `image_uris`.
 * The framework estimators use it by themselves.
 *
 * @example
 * ```ts
 * imageUris.retrieve({ framework: "pytorch", region: "eu-west-1", version: "2.8", instanceType: "ml.g5.xlarge" });
 * // 763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.8-gpu-py312
 * ```
 */
export const imageUris = {
  /**
   * An image's URI. Nothing is asked of AWS: that the table has an image does not say that the registry still does.
   *
   * @param options - see {@link RetrieveOptions}
   * @throws {@link ValidationError} when it is not in the table; it names what is
   */
  retrieve(options: RetrieveOptions): string {
    const { uri, problem } = findImage(options);
    if (problem !== undefined) {
      throw new ValidationError("There is no such image", [problem]);
    }
    return uri;
  },
};
