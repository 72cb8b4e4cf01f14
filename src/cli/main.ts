#!/usr/bin/env node
/** The command `sagemaker-estimator`: what npm's `bin` names. */

import { survivesClosedPipes } from "./output.ts";
import { run } from "./run.ts";

survivesClosedPipes();
void run(process.argv.slice(2)).then(({ exitCode, atOnce }) => {
  process.exitCode = exitCode;
  // After Ctrl-C nobody waits for connections that are still open.
  if (atOnce) process.exit();
});
