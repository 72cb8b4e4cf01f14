/** The AWS CLI: version 1 is the one that PyPI has, version 2 the one that Debian has. */

import type { LocalCloudOptions } from "../../src/local/local-cloud.ts";
import { type Client, clientOf } from "./client.ts";
import { installed, lacking } from "./installed.ts";

/** Version 1. */
export const AWS = installed("awscli/bin/aws");
/** Version 2; before its 2.13 it reads no AWS_ENDPOINT_URL and must be told `--endpoint-url`. */
export const AWS_2 = "/usr/bin/aws";

/** Why there is no AWS CLI here; `undefined` when there is. */
export const awsIsLacking: string | undefined = lacking(AWS);
/** Why there is no AWS CLI of version 2 here; `undefined` when there is. */
export const aws2IsLacking: string | undefined = lacking(AWS_2, ".ci/install-system");

// Python would keep what it prints to a pipe until there is much of it.
const env = () => ({ AWS_PAGER: "", AWS_DEFAULT_OUTPUT: "json", PYTHONUNBUFFERED: "1" });

/** The AWS CLI with a cloud of its own. */
export function awsClient(cloud?: () => Promise<LocalCloudOptions>): () => Client {
  return clientOf(awsIsLacking, AWS, { env, ...(cloud && { cloud }) });
}

/** The same of version 2. */
export function aws2Client(cloud?: () => Promise<LocalCloudOptions>): () => Client {
  return clientOf(aws2IsLacking, AWS_2, {
    env,
    ...(cloud && { cloud }),
    args: (url) => ["--endpoint-url", url],
  });
}

/** What the CLI answers, as a value. */
export async function answer<Answer>(client: Client, ...args: readonly string[]): Promise<Answer> {
  return JSON.parse((await client.run(args)).out || "{}") as Answer;
}
