/** What an image's manifest says of its kind and its processors. Pure. */

/** The kinds of manifest that a registry is asked for: without them ECR converts what it can. */
export const MANIFEST_TYPES = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
];

/** What a manifest says. */
export interface ManifestReading {
  /** `application/vnd.docker.distribution.manifest.v2+json` and the like. */
  readonly mediaType: string | undefined;
  /** It lists images for several platforms, or an image beside its attestations. */
  readonly isIndex: boolean;
  /** The processors that it has images for: `amd64`, `arm64`; empty when only the config tells. */
  readonly architectures: readonly string[];
  /** The blob that tells the processor of a single image. */
  readonly configDigest: string | undefined;
}

/**
 * Reads a manifest.
 *
 * @param text - its JSON
 * @param mediaType - what the registry calls it
 * @returns `undefined` when it cannot be read
 */
export function readManifest(text: string, mediaType?: string): ManifestReading | undefined {
  const manifest = parsed<{
    mediaType: string;
    manifests: readonly ({ platform?: { architecture?: string } } | null)[];
    config: { digest?: string };
  }>(text);
  if (manifest === undefined) {
    return undefined;
  }
  const type = mediaType ?? manifest.mediaType;
  const listed = Array.isArray(manifest.manifests) ? manifest.manifests : undefined;
  const architectures = (listed ?? []).flatMap((entry) => {
    const architecture = entry?.platform?.architecture;
    // Attestations lie beside the images under the platform unknown/unknown.
    return architecture === undefined || architecture === "unknown" ? [] : [architecture];
  });
  return {
    mediaType: type,
    isIndex: listed !== undefined,
    architectures: [...new Set(architectures)],
    configDigest: manifest.config?.digest,
  };
}

/**
 * The processor that an image's config names.
 *
 * @param text - its JSON
 */
export function architectureOf(text: string): string | undefined {
  const architecture = parsed<{ architecture: unknown }>(text)?.architecture;
  return typeof architecture === "string" && architecture !== "" ? architecture : undefined;
}

/** The object that JSON stands for; `undefined` for anything else. */
function parsed<T>(text: string): Partial<T> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Partial<T>) : undefined;
  } catch {
    return undefined;
  }
}
