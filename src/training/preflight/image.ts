/** Whether the job's image is in ECR, which it is exactly, and whether the instances can run it. */

import type { EcrClient } from "../../aws/optional.ts";
import { readUrl } from "../../aws/read-url.ts";
import { awsErrorCode } from "../../aws/translate.ts";
import type { Finding } from "../../errors.ts";
import { type EcrImage, parseEcrUri } from "../../image/ecr-uri.ts";
import type { Session } from "../../session.ts";
import { processorArchitecture } from "../instance-traits.ts";
import { type Check, isDenied } from "./check.ts";
import {
  architectureOf,
  MANIFEST_TYPES,
  type ManifestReading,
  readManifest,
} from "./image-manifest.ts";

/** What is learned of the image on the way. */
export interface ImageFacts {
  /** `sha256:…`: the image that the tag names at this moment. */
  imageDigest?: string;
  /** Why there is no digest. */
  imageUnknown?: string;
  /** The manifest's kind. */
  imageMediaType?: string;
  /** The processors that the image is for: `amd64`, `arm64`. */
  imageArchitectures?: readonly string[];
}

/** The config of an image is a few kilobytes; those of large images a few dozen. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** What the checks of an image need. */
export interface ImageSubject {
  /** As the request has it. */
  readonly uri: string | undefined;
  readonly instanceTypes: readonly string[];
  readonly region: string;
}

/**
 * What is wrong with an image's place, which its name tells.
 *
 * @param subject - the image, and the job's region
 */
export function imageRegionFindings({ uri, region }: ImageSubject): Finding[] {
  const image = parseEcrUri(uri ?? "");
  return image === undefined || image.region === region
    ? []
    : [
        {
          severity: "error",
          path: "imageUri",
          message: `The image is in ${image.region}, and the job runs in ${region}: SageMaker pulls training images from the ECR of its own region.`,
          hint: `Push it to ${region} or replicate the repository there, or use a session with region: "${image.region}".`,
        },
      ];
}

/**
 * Why ECR is not asked for an image's digest; `undefined` when it is.
 *
 * @param subject - the image, and the job's region
 * @param ask - whether anything may be asked
 */
export function whyNotAsked({ uri, region }: ImageSubject, ask: boolean): string | undefined {
  const image = parseEcrUri(uri ?? "");
  if (image === undefined) {
    return "it is not in ECR";
  }
  if (!ask) {
    return 'ECR is not asked with preflight: "offline"';
  }
  return image.region === region ? undefined : `it is not in ${region}, where the job runs`;
}

/**
 * The check of an image in ECR. None for images elsewhere, nor for those of another region.
 *
 * @param subject - the image, and what runs it
 * @param session - whose caller asks
 * @param facts - filled with what is learned
 */
export function imageChecks(subject: ImageSubject, session: Session, facts: ImageFacts): Check[] {
  const image = parseEcrUri(subject.uri ?? "");
  if (image === undefined || image.region !== subject.region) {
    return [];
  }
  let found: Promise<Sight> | undefined;
  const look = (signal: AbortSignal): Promise<Sight> => {
    found ??= session.clients.optional("ecr").then((ecr) => lookAtImage(ecr, image, signal));
    return found;
  };
  return [
    {
      path: "imageUri",
      what: "whether the image is in ECR",
      async run(signal) {
        const sight = await look(signal);
        if (sight.findings !== undefined) {
          return sight.findings;
        }
        if (sight.digest === undefined) facts.imageUnknown = "ECR gave none";
        else facts.imageDigest = sight.digest;
        if (sight.mediaType !== undefined) facts.imageMediaType = sight.mediaType;
        return mediaTypeFindings(sight.mediaType);
      },
      onSkipped(reason) {
        facts.imageUnknown = reason;
      },
    },
    {
      path: "imageUri",
      what: "whether the instances can run the image",
      async run(signal) {
        // That it could not be looked at, the check before this one tells.
        const { manifest } = await look(signal).catch((): Sight => ({}));
        if (manifest === undefined) {
          return [];
        }
        const ecr = await session.clients.optional("ecr");
        const architectures = await architecturesOf(ecr, image, manifest, signal);
        if (architectures.length > 0) facts.imageArchitectures = architectures;
        return architectureFindings(architectures, subject.instanceTypes);
      },
    },
  ];
}

/** An image as ECR shows it, or why it is not there. */
interface Sight {
  readonly findings?: readonly Finding[];
  readonly digest?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly manifest?: ManifestReading | undefined;
}

async function lookAtImage(ecr: EcrClient, image: EcrImage, signal: AbortSignal): Promise<Sight> {
  const { account, repository, tag, digest } = image;
  const input = {
    registryId: account,
    repositoryName: repository,
    // As Docker has it: a digest wins over a tag, and neither means latest.
    imageIds: [digest === undefined ? { imageTag: tag ?? "latest" } : { imageDigest: digest }],
  };
  try {
    // This is what a pull asks first: it tells in one call what there is, and what it is.
    const { images = [], failures = [] } = await ecr.batchGetImage(
      { ...input, acceptedMediaTypes: MANIFEST_TYPES },
      { abortSignal: signal },
    );
    const [first] = images;
    if (first === undefined) {
      const { failureReason, failureCode } = failures[0] ?? {};
      return { findings: missing(image, failureReason ?? failureCode) };
    }
    return {
      digest: first.imageId?.imageDigest,
      mediaType: first.imageManifestMediaType,
      manifest: readManifest(first.imageManifest ?? "", first.imageManifestMediaType),
    };
  } catch (error) {
    if (isMissing(error)) {
      return { findings: missing(image, (error as Error).message) };
    }
    if (!isDenied(error)) {
      throw error;
    }
  }
  try {
    const { imageDetails = [] } = await ecr.describeImages(input, { abortSignal: signal });
    return {
      digest: imageDetails[0]?.imageDigest,
      mediaType: imageDetails[0]?.imageManifestMediaType,
    };
  } catch (error) {
    if (isMissing(error)) {
      return { findings: missing(image, (error as Error).message) };
    }
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return /^(RepositoryNotFound|ImageNotFound)/.test(awsErrorCode(error));
}

function missing({ account, repository, tag, digest }: EcrImage, said?: string): Finding[] {
  const name = `${repository}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
  return [
    {
      severity: "error",
      path: "imageUri",
      message: `There is no image ${name} in the registry of account ${account}${said === undefined ? "." : `: ${said}`}`,
      hint: "Push it first, or correct account, repository and tag.",
    },
  ];
}

function mediaTypeFindings(mediaType: string | undefined): Finding[] {
  if (mediaType?.startsWith("application/vnd.oci.image.") !== true) {
    return [];
  }
  return [
    {
      severity: "warning",
      path: "imageUri",
      message: `The image's manifest is ${mediaType}, which SageMaker has refused for models ("Unsupported manifest media type").`,
      hint: "If the job cannot start: docker buildx build --provenance=false --sbom=false --output type=image,oci-mediatypes=false,push=true.",
    },
  ];
}

async function architecturesOf(
  ecr: EcrClient,
  { account, repository }: EcrImage,
  manifest: ManifestReading,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (manifest.isIndex || manifest.configDigest === undefined) {
    return manifest.architectures;
  }
  const { downloadUrl } = await ecr.getDownloadUrlForLayer(
    { registryId: account, repositoryName: repository, layerDigest: manifest.configDigest },
    { abortSignal: signal },
  );
  if (downloadUrl === undefined) {
    return [];
  }
  const config = await readUrl(ecr.config, {
    url: downloadUrl,
    maxBytes: MAX_CONFIG_BYTES,
    signal,
  });
  const architecture = architectureOf(config.toString("utf8"));
  return architecture === undefined ? [] : [architecture];
}

function architectureFindings(
  architectures: readonly string[],
  instanceTypes: readonly string[],
): Finding[] {
  if (architectures.length === 0) {
    return [];
  }
  const wrong = instanceTypes.filter((type) => {
    const needed = processorArchitecture(type);
    return needed !== undefined && !architectures.includes(needed);
  });
  const [first] = wrong;
  if (first === undefined) {
    return [];
  }
  const needed = processorArchitecture(first);
  return [
    {
      severity: "warning",
      path: "imageUri",
      message: `The image is for ${architectures.join(", ")}, and ${wrong.join(", ")} ${wrong.length === 1 ? "has" : "have"} ${needed} processors: its program would end with "exec format error".`,
      hint: `Build it with docker build --platform linux/${needed}.`,
    },
  ];
}
