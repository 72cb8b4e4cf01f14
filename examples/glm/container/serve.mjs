// @ts-check
/** Serves predictions over HTTP: a SageMaker endpoint or batch transform runs `serve` in the container. */

import { optMlPaths, SageMakerError, stopSignal } from "sagemaker-estimator/container";
import { readModel } from "./lib/model.mjs";
import { readArguments, runProgram } from "./lib/program.mjs";
import { startServer } from "./lib/server.mjs";

const USAGE = `Usage: serve [--model PATH] [--port PORT] [--host HOST]

Serves a model until SIGTERM.

  GET  /ping          200 when the model is loaded
  POST /invocations   rows in, predictions out
    text/csv            with a header, or without one: then the columns are the predictors in the model's order, and the
                        offset's column last. A first line is a header if a cell of it is the name of one of these columns.
                        Answer: one prediction a line.
    application/json    a row { "Age": "25-29", … }, a list of rows, or { "instances": [rows] }.
                        Answer: { "predictions": [ … ] }.
    Rows that cannot be predicted are refused together, with 400 and the reasons in { "errors": [ … ] }.

  --model PATH   model.json, model.tar.gz, or a folder with one of them; default /opt/ml/model (or SM_MODEL_DIR,
                 or SAGEMAKER_BASE_DIR/model)
  --port PORT    default SAGEMAKER_BIND_TO_PORT, or 8080
  --host HOST    default all addresses
`;

/** SageMaker's own limit for an endpoint's request. */
const DEFAULT_PAYLOAD_MB = 6;

const { values } = readArguments(USAGE, {
  model: { type: "string" },
  port: { type: "string" },
  host: { type: "string" },
});

/**
 * @param {string} name
 * @param {string | boolean | undefined} text
 * @param {number} most
 * @returns {number}
 */
function wholeNumber(name, text, most) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= most && text !== "") return number;
  throw new SageMakerError(`${name} is "${text}", not a whole number from 0 to ${most}.`);
}

await runProgram(async () => {
  const { env } = process;
  const stop = stopSignal();
  const model = await readModel(
    typeof values["model"] === "string" ? values["model"] : optMlPaths().modelDir,
  );
  const server = await startServer(model, {
    port: wholeNumber(
      "the port",
      values["port"] ?? env["SAGEMAKER_BIND_TO_PORT"] ?? "8080",
      65_535,
    ),
    ...(typeof values["host"] === "string" && { host: values["host"] }),
    maxBytes:
      wholeNumber(
        "SAGEMAKER_MAX_PAYLOAD_IN_MB",
        env["SAGEMAKER_MAX_PAYLOAD_IN_MB"] || String(DEFAULT_PAYLOAD_MB),
        100_000,
      ) * 1_048_576,
  });
  process.stdout.write(
    `Serving the ${model.file.family} model for ${model.file.target} at ${server.url}\n`,
  );
  await new Promise((resolve) => {
    stop.signal.addEventListener("abort", resolve);
    if (stop.signal.aborted) resolve(undefined);
  });
  await server.close();
  stop.dispose();
});
