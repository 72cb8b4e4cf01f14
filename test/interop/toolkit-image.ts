/** AWS's training toolkit as a program folder: the venv itself, which is then all that a sandbox has to show. */

import { randomUUID } from "node:crypto";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installed } from "./installed.ts";

/** The folder. */
export const TOOLKIT_IMAGE: string = installed("sagemaker-training");

/** Like the images of AWS, it lets no line wait in a buffer. */
const TRAIN =
  '#!/bin/sh\nexport PYTHONUNBUFFERED=1\nPATH="${0%/*}/bin:$PATH" exec "${0%/*}/bin/train"\n';

/** Sees to its `train`: whole at every moment, since several test files run programs of this folder side by side. */
export async function toolkitImage(): Promise<string> {
  const path = join(TOOLKIT_IMAGE, "train");
  if ((await readFile(path, "utf8").catch(() => "")) !== TRAIN) {
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, TRAIN);
    await chmod(draft, 0o755);
    await rename(draft, path);
  }
  return TOOLKIT_IMAGE;
}
