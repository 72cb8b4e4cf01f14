// @ts-check
/** Trains a GLM: SageMaker runs `train` in the container. */

import { basename, join } from "node:path";
import { printMetrics, runTraining, SageMakerError } from "sagemaker-estimator/container";
import { evaluate, measure } from "./lib/evaluation.mjs";
import { readJson, writeJson, writeWhole } from "./lib/files.mjs";
import { fitGlm } from "./lib/glm.mjs";
import { makeModel } from "./lib/model.mjs";
import { coefficientPlot } from "./lib/plot.mjs";
import { prepare } from "./lib/preparation.mjs";
import { readArguments } from "./lib/program.mjs";
import { coefficientCsv, coefficientTable } from "./lib/report.mjs";
import { readCsvFiles } from "./lib/table.mjs";

/** @import { TrainingEnvironment } from "sagemaker-estimator/container" */

const USAGE = `Usage: train

Trains a generalised linear model in a SageMaker training job.

Channels (below /opt/ml/input/data, or SAGEMAKER_BASE_DIR):
  config   one .json file: { target, predictors, factors?, weights?, offset?, intercept?, family, link?, constraints? }
  train    one or more .csv files with the same header
  test     the same, to measure the model on (optional)

Hyperparameters:
  maxIterations   of the fit, default 25
  tolerance       relative change of the deviance at which the fit has converged, default 1e-8

Writes model.json, metrics.json, coefficients.csv and coefficients.svg to /opt/ml/model.
`;

/**
 * @param {TrainingEnvironment} job
 * @param {string} channel
 * @param {string} extension
 * @returns {Promise<string[]>}
 */
async function filesOf(job, channel, extension) {
  const files = await job.channelFiles(channel);
  const wanted = files.filter((file) => file.endsWith(extension));
  if (wanted.length > 0) return wanted;
  const names = files.map((file) => basename(file)).join(", ") || "no file";
  throw new SageMakerError(`Channel "${channel}" holds no ${extension} file; it holds ${names}.`);
}

/**
 * @param {string} line
 */
const print = (line) => process.stdout.write(`${line}\n`);

readArguments(USAGE);

await runTraining(async (job, signal) => {
  const { maxIterations, tolerance } = job.checkHyperparameters({
    maxIterations: { type: "integer", default: 25, min: 1, max: 100_000 },
    tolerance: { type: "number", default: 1e-8, min: 1e-15, max: 0.1 },
  });
  const [configFile, second] = await filesOf(job, "config", ".json");
  if (configFile === undefined || second !== undefined) {
    throw new SageMakerError('Channel "config" holds several .json files; it must hold one.');
  }
  const files = await filesOf(job, "train", ".csv");
  print(`Reading ${files.map((file) => basename(file)).join(", ")}.`);
  const table = await readCsvFiles(files, signal);
  print(`Read ${table.rows} rows of ${table.names.length} columns from ${table.source}.`);

  const preparation = prepare(await readJson(configFile), table);
  const { problem, names, formula } = preparation;
  for (const [factor, [base, ...levels]] of Object.entries(formula.factors)) {
    print(`Factor ${factor}: base ${base}, levels ${levels.join(", ")}.`);
  }
  print(
    `Fitting ${names.length} coefficients, family ${problem.family.name}, link ${problem.link.name}.`,
  );
  const fit = await fitGlm(problem, names, {
    maxIterations,
    tolerance,
    signal,
    onIteration: (iteration, { deviance, aic }) =>
      printMetrics({ iteration, deviance, ...(aic !== null && { aic }) }),
  });
  for (const warning of fit.warnings) print(`Warning: ${warning}`);
  if (fit.converged) print(`Converged after ${fit.iterations} iterations.`);

  const model = makeModel(preparation, fit);
  const { nullDeviance, aic, dispersion, degreesOfFreedom } = model.file;
  const train = {
    ...measure(problem.family, problem.y, fit.mu, problem.weights),
    nullDeviance,
    logLikelihood: fit.logLikelihood,
    aic,
    dispersion,
    degreesOfFreedom,
  };
  /** @type {import("./lib/evaluation.mjs").Measures | undefined} */
  let test;
  if (Object.hasOwn(job.channels, "test")) {
    const testTable = await readCsvFiles(await filesOf(job, "test", ".csv"));
    test = evaluate(model, testTable);
    print(`Evaluated on ${testTable.rows} rows from ${testTable.source}.`);
  }
  // Every host of the job fits the same data; one writes.
  if (job.isPrimary) {
    await writeJson(join(job.modelDir, "metrics.json"), { train, ...(test && { test }) });
    await writeWhole(join(job.modelDir, "coefficients.csv"), coefficientCsv(model.file));
    await writeWhole(join(job.modelDir, "coefficients.svg"), coefficientPlot(model.file));
    await writeJson(join(job.modelDir, "model.json"), model.file);
  }
  print(`\n${coefficientTable(model.file)}\n`);
  // Deviance and AIC are those of the last iteration.
  printMetrics({
    "train:rmse": train.rmse,
    ...(test && { "test:rmse": test.rmse, "test:deviance": test.deviance }),
  });
});
