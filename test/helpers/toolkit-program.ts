/** A program folder that does what the training toolkit in an image does, as far as is needed here. */

/** Fetches the archive, unpacks it, starts the program. */
const FETCH = `#!/usr/bin/env node
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
const base = process.env.SAGEMAKER_BASE_DIR ?? "/opt/ml";
const hps = JSON.parse(readFileSync(base + "/input/config/hyperparameters.json", "utf8"));
const [submitted, program] = ["submit_directory", "program"].map((name) => JSON.parse(hps["sagemaker_" + name]));
let archive = submitted;
if (submitted.startsWith("s3://")) {
  const [bucket, ...key] = submitted.slice(5).split("/");
  const answer = await fetch(process.env.S3_ENDPOINT_URL + "/" + bucket + "/" + key.join("/"));
  archive = base + "/model/../code.tar.gz";
  writeFileSync(archive, Buffer.from(await answer.arrayBuffer()));
}
const code = process.env.HOME + "/code";
mkdirSync(code, { recursive: true });
execFileSync("tar", ["xzf", archive, "-C", code]);
process.exit(spawnSync("./" + program, { cwd: code, stdio: "inherit" }).status);
`;

/** Its files. */
export const TOOLKIT = {
  "train.mjs": FETCH,
  train: '#!/bin/sh\nexec node "${0%/*}/train.mjs"\n',
} as const;
