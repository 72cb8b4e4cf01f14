/** What an instance type's name tells. Pure. */

const TYPE = /^ml\.([a-z]+)(\d+)([a-z0-9-]*)\./;
/** Families with NVMe disks whose names have no `d` (Python's `instance_supports_kms`). */
const NVME_FAMILIES = /^(g5|g6|p5|trn1|trn2)/;
/** Families with GPUs. */
const GPU_FAMILIES = new Set(["p", "g", "gr"]);
/** Families with accelerators of AWS's own. */
const NEURON_FAMILIES = new Set(["trn", "inf"]);

/**
 * Whether the instances have NVMe disks of a fixed size in place of a volume, which takes neither another size nor a KMS key.
 *
 * @param type - e.g. `ml.g4dn.xlarge`
 */
export function hasNvmeDisks(type: string): boolean {
  const [, letters = "", generation = "", suffix = ""] = TYPE.exec(type) ?? [];
  const family = letters + generation + suffix;
  return NVME_FAMILIES.test(family) || suffix.includes("d");
}

/**
 * What the instances compute with; `undefined` for what does not read as an instance type.
 *
 * @param type - e.g. `ml.m5.xlarge`
 */
export function accelerator(type: string): "gpu" | "neuron" | "none" | undefined {
  const [, letters] = TYPE.exec(type) ?? [];
  if (letters === undefined) {
    return undefined;
  }
  if (NEURON_FAMILIES.has(letters)) {
    return "neuron";
  }
  return GPU_FAMILIES.has(letters) ? "gpu" : "none";
}

/** Families whose processors are AWS's own (Graviton): `m6g`, `c7gn`, `g5g`; and NVIDIA's Grace: `p6e-gb200`. */
const ARM_SUFFIX = /^(e?-gb\d|g)/;

/**
 * The instances' processors as images name them; `undefined` for what does not read as an instance type.
 *
 * @param type - e.g. `ml.m5.xlarge`
 */
export function processorArchitecture(type: string): "amd64" | "arm64" | undefined {
  const [, , , suffix] = TYPE.exec(type) ?? [];
  if (suffix === undefined) {
    return undefined;
  }
  return ARM_SUFFIX.test(suffix) ? "arm64" : "amd64";
}
