/** boto3, over HTTP: what it may expect of AWS it may expect of the local cloud. The behaviours are told in the Python programs. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { writeProgram } from "../helpers/cloud-fixture.ts";
import { behavioursOf } from "./python.ts";

/** The image "tiny:1". The places come from the environment, since not each engine has an /opt/ml. */
const TRAIN = `#!/bin/sh
set -e
base=\${SAGEMAKER_BASE_DIR:-/opt/ml}
case "$TASK" in
  train)
    cp "$base/input/data/train/data.csv" "$base/input/config/hyperparameters.json" "$base/model/"
    echo "epochs are ü"
    echo "loss=0.5"
    echo "loss=0.25"
    echo "to stderr" >&2
    echo done
    ;;
  fail)
    printf "Column 'Claims' is missing. Columns: a, b" > "$base/output/failure"
    exit 7
    ;;
  sleep)
    echo saved > "$base/model/checkpoint"
    trap 'exit 0' TERM
    echo sleeping
    while :; do sleep 0.1; done
    ;;
esac
`;

const folders: string[] = [];

async function tinyImage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "interop-program-"));
  folders.push(folder);
  return await writeProgram(folder, { train: TRAIN });
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

behavioursOf("s3_objects.py", async () => ({}));
behavioursOf("s3_transfers.py", async () => ({}));
behavioursOf("s3_lists.py", async () => ({}));
behavioursOf("training_jobs.py", async () => ({ images: { "tiny:1": await tinyImage() } }));
behavioursOf("identity.py", async () => ({}));
