/** References to images in private registries of Amazon Elastic Container Registry. Pure. */

/** What an ECR reference says. */
export interface EcrImage {
  /** The account that owns the registry, 12 digits. */
  readonly account: string;
  /** The registry's region. */
  readonly region: string;
  /** The domain behind the region: `amazonaws.com`, in China `amazonaws.com.cn`, for dual-stack endpoints `on.aws` … */
  readonly dnsSuffix: string;
  /** The repository, namespaces included: `team/glm`. */
  readonly repository: string;
  /** The tag, if one is named. */
  readonly tag?: string;
  /** The digest, if one is named: `sha256:…`. */
  readonly digest?: string;
}

/** The domains of ECR registries, partition by partition; dual-stack endpoints have their own (ECR, Making requests over IPv6). */
const DNS_SUFFIXES = [
  "amazonaws.com",
  "amazonaws.com.cn",
  "amazonaws.eu",
  "c2s.ic.gov",
  "sc2s.sgov.gov",
  "cloud.adc-e.uk",
  "csp.hci.ic.gov",
];
const DUAL_STACK_SUFFIXES = ["on.aws", "on.amazonwebservices.com.cn", "on.amazonwebservices.eu"];

const anyOf = (suffixes: readonly string[]) => suffixes.join("|").replaceAll(".", "\\.");

/** One part of a repository's name: letters, digits and single separators between them (ECR, CreateRepository). */
const NAME = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";

const ECR_URI = new RegExp(
  "^(?<account>\\d{12})\\." +
    `(?:dkr\\.ecr(?:-fips)?\\.(?<region>[a-z]{2,}(?:-[a-z]+)+-\\d+)\\.(?<suffix>${anyOf(DNS_SUFFIXES)})` +
    `|dkr-ecr(?:-fips)?\\.(?<region6>[a-z]{2,}(?:-[a-z]+)+-\\d+)\\.(?<suffix6>${anyOf(DUAL_STACK_SUFFIXES)}))` +
    `/(?<repository>${NAME}(?:/${NAME})*)` +
    "(?::(?<tag>\\w[\\w.-]{0,127}))?" +
    "(?:@(?<digest>[a-zA-Z0-9_+.-]+:[a-fA-F0-9]+))?$",
);

/**
 * What an image's URI says, if it names an image in a private ECR registry: of any partition, also by FIPS and dual-stack
 * endpoints.
 *
 * @param uri - e.g. `123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1.4.0`
 * @returns `undefined` for anything else: a folder, another registry, a public image
 */
export function parseEcrUri(uri: string): EcrImage | undefined {
  const { account, region, region6, suffix, suffix6, repository, tag, digest } =
    ECR_URI.exec(uri)?.groups ?? {};
  if (account === undefined || repository === undefined) {
    return undefined;
  }
  return {
    account,
    region: region ?? region6 ?? "",
    dnsSuffix: suffix ?? suffix6 ?? "",
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}
