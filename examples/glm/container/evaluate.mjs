// @ts-check
/** Evaluates a model: a SageMaker processing job runs `evaluate` in the container. */

import { join } from "node:path";
import { optMlPaths, SageMakerError } from "sagemaker-estimator/container";
import { evaluate } from "./lib/evaluation.mjs";
import { csvFilesIn, writeJson } from "./lib/files.mjs";
import { readModel } from "./lib/model.mjs";
import { readArguments, runProgram } from "./lib/program.mjs";
import { readCsvFiles } from "./lib/table.mjs";

const USAGE = `Usage: evaluate

Measures a trained model on rows with known responses, in a SageMaker processing job.

Reads, below /opt/ml/processing (or SAGEMAKER_BASE_DIR/processing):
  model        model.json, or the model.tar.gz of a training job
  test         one or more .csv files with the same header
Writes there:
  evaluation/evaluation.json   { rows, deviance, meanDeviance, pearsonChiSquared, rmse, mae, bias }, for the family
                               binomial also accuracy and logLoss
`;

readArguments(USAGE);
const { baseDir, outputDir } = optMlPaths();

await runProgram(
  async () => {
    const processing = join(baseDir, "processing");
    const model = await readModel(join(processing, "model"));
    const files = await csvFilesIn(join(processing, "test"));
    if (files.length === 0) {
      throw new SageMakerError(`${join(processing, "test")} holds no .csv file.`);
    }
    const table = await readCsvFiles(files);
    const measures = evaluate(model, table);
    const output = join(processing, "evaluation", "evaluation.json");
    await writeJson(output, measures);
    process.stdout.write(`Evaluated on ${table.rows} rows from ${table.source}: ${output}\n`);
    process.stdout.write(`${JSON.stringify(measures)}\n`);
  },
  // SageMaker shows its first 1,024 characters as the processing job's ExitMessage.
  join(outputDir, "message"),
);
