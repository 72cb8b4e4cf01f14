/** Where the jobs are: AWS, another endpoint, or the local cloud of a folder. */

import { resolve } from "node:path";
import { SageMakerError, Session } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { say } from "./output.ts";
import { UsageError } from "./usage-error.ts";
import { hasFolder } from "./values.ts";

const DEFAULT_ROOT = ".sagemaker-local";
const REMOTE = ["aws", "region", "profile", "endpoint"] as const;

/** What was said of the place. */
export type Place =
  | { readonly kind: "local"; readonly root: string }
  | {
      readonly kind: "remote";
      readonly region?: string;
      readonly profile?: string;
      readonly endpoint?: string | Readonly<Record<string, string>>;
    };

/** The variables that name endpoints. */
const ENDPOINT_VARIABLES = {
  s3: "AWS_ENDPOINT_URL_S3",
  sagemaker: "AWS_ENDPOINT_URL_SAGEMAKER",
  logs: "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
  sts: "AWS_ENDPOINT_URL_STS",
} as const;

/**
 * Where the jobs are.
 *
 * @param args - the command line
 * @param environment - the process's variables
 * @param hasLocal - whether this folder has a local cloud
 * @throws UsageError when it says two places, or none where two are likely
 */
export function placeOf(
  args: Pick<Arguments, "has" | "text">,
  environment: NodeJS.ProcessEnv,
  hasLocal: boolean,
): Place {
  const remote = REMOTE.filter((option) => args.has(option));
  const local = (["local", "root"] as const).filter((option) => args.has(option));
  if (remote.length > 0 && local.length > 0) {
    const [here, there] = [local, remote].map((all) => all.map((name) => `--${name}`).join(", "));
    throw new UsageError(`${here} means a local cloud, ${there} does not: leave one of them out.`);
  }
  if (local.length > 0) {
    return { kind: "local", root: args.text("root") ?? DEFAULT_ROOT };
  }
  const common = environment["AWS_ENDPOINT_URL"] ?? "";
  if (remote.length === 0 && common === "" && hasLocal) {
    throw new UsageError(
      `This folder has a local cloud (${DEFAULT_ROOT}), and AWS may be meant as well: say --local or --aws.`,
    );
  }
  const [region, profile] = [args.text("region"), args.text("profile")];
  const endpoint = args.text("endpoint") ?? endpointsOf(common, environment);
  if (typeof endpoint === "string" && !isUrl(endpoint)) {
    throw new UsageError(`--endpoint ${endpoint}: a URL is expected, e.g. http://127.0.0.1:4566.`);
  }
  return {
    kind: "remote",
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

/** The clients read these by themselves; told of them, the session knows that it is not AWS that answers. */
function endpointsOf(
  common: string,
  environment: NodeJS.ProcessEnv,
): Record<string, string> | undefined {
  if (common === "") {
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(ENDPOINT_VARIABLES).map(([service, variable]) => [
      service,
      environment[variable] || common,
    ]),
  );
}

/**
 * A session for where the jobs are.
 *
 * @param args - the command line
 * @throws UsageError, and SageMakerError when there is no such local cloud
 */
export async function sessionFor(args: Arguments): Promise<Session> {
  const place = placeOf(args, process.env, hasFolder(DEFAULT_ROOT));
  if (place.kind === "remote") {
    const { region, profile, endpoint } = place;
    return new Session({
      // Calls that are tried again, and the like; a local cloud's notes are about its jobs, not about these calls.
      logger: { debug: () => {}, info: () => {}, warn: say },
      ...(region !== undefined && { region }),
      ...(profile !== undefined && { profile }),
      ...(endpoint !== undefined && { endpoint }),
    });
  }
  if (!hasFolder(place.root)) {
    throw new SageMakerError(
      `There is no local cloud in ${resolve(place.root)}. Its folder is made by the first job on it; --root DIR names another.`,
    );
  }
  const { LocalCloud } = await import("../local/index.ts");
  return new LocalCloud({ root: place.root }).session();
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
