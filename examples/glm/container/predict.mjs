// @ts-check
/** Predicts the rows of a CSV file. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { optMlPaths, SageMakerError } from "sagemaker-estimator/container";
import { writeWhole } from "./lib/files.mjs";
import { Findings } from "./lib/findings.mjs";
import { predict, readModel } from "./lib/model.mjs";
import { readArguments, runProgram } from "./lib/program.mjs";
import { columnsOf, csvCell, parseCsv, Table } from "./lib/table.mjs";

const USAGE = `Usage: predict [--model PATH] INPUT OUTPUT

Writes the rows of the CSV file INPUT, which has a header, to OUTPUT, with a column "prediction" more: the mean response.

  --model PATH   model.json, model.tar.gz, or a folder with one of them; default /opt/ml/model (or SM_MODEL_DIR,
                 or SAGEMAKER_BASE_DIR/model)
`;

const { values, positionals } = readArguments(USAGE, { model: { type: "string" } }, 2);

await runProgram(async () => {
  const [input = "", output = ""] = positionals;
  const model = await readModel(
    typeof values["model"] === "string" ? values["model"] : optMlPaths().modelDir,
  );
  const source = basename(input);
  const text = await readFile(input, "utf8").catch((cause) => {
    throw new SageMakerError(`${input} cannot be read: ${cause.message}`, { cause });
  });
  const { records, quoted } = parseCsv(text, source);
  const [header, ...rows] = records;
  if (header === undefined) throw new SageMakerError(`${source} is empty.`);
  if (header.includes("prediction")) {
    throw new SageMakerError(`${source} has a column "prediction" already.`);
  }
  const findings = new Findings();
  const table = new Table(columnsOf(header, rows, quoted, source), source);
  const means = predict(model, table, findings);
  findings.throwIfAny(`${source} cannot be predicted`);
  const lines = [
    [...header.map((name) => csvCell(name, false)), "prediction"],
    ...rows.map((row, i) => [
      ...row.map((cell, j) => csvCell(cell, quoted.has(j))),
      String(means[i]),
    ]),
  ];
  await writeWhole(output, lines.map((line) => `${line.join(",")}\n`).join(""));
  process.stdout.write(`Predicted ${rows.length} rows: ${output}\n`);
});
