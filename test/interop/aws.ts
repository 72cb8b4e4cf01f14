/** The AWS CLI (version 1, the one that PyPI has). */

import type { LocalCloudOptions } from "../../src/local/local-cloud.ts";
import { type Client, clientOf } from "./client.ts";
import { installed, lacking } from "./installed.ts";

const AWS = installed("awscli/bin/aws");

/** Why there is no AWS CLI here; `undefined` when there is. */
export const awsIsLacking: string | undefined = lacking(AWS);

/** The AWS CLI with a cloud of its own. */
export function awsClient(cloud?: () => Promise<LocalCloudOptions>): () => Client {
  return clientOf(awsIsLacking, AWS, {
    env: () => ({ AWS_PAGER: "", AWS_DEFAULT_OUTPUT: "json" }),
    ...(cloud && { cloud }),
  });
}

/** What the CLI answers, as a value. */
export async function answer<Answer>(client: Client, ...args: readonly string[]): Promise<Answer> {
  return JSON.parse((await client.run(args)).out || "{}") as Answer;
}
