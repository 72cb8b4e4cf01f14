/** Tables and models made in the test's own process. */

import { fitGlm } from "../../../examples/glm/container/lib/glm.mjs";
import { type ModelFile, makeModel } from "../../../examples/glm/container/lib/model.mjs";
import { prepare } from "../../../examples/glm/container/lib/preparation.mjs";
import { columnsOf, parseCsv, Table } from "../../../examples/glm/container/lib/table.mjs";

/** CSV text with a header, as a table. */
export function table(csv: string): Table {
  const { records, quoted } = parseCsv(csv, "train.csv");
  return new Table(columnsOf(records[0] ?? [], records.slice(1), quoted, "train.csv"), "train.csv");
}

/** A model's file, and the means that it gives to the rows it was fitted to. */
export async function trainedModel(
  config: object,
  csv: string,
): Promise<{ model: ModelFile; fitted: Float64Array }> {
  const preparation = prepare(config, table(csv));
  const { problem, names } = preparation;
  const fit = await fitGlm(problem, names, { maxIterations: 25, tolerance: 1e-8 });
  return { model: makeModel(preparation, fit).file, fitted: fit.mu };
}

/** Fewer predictors than the example has, so that requests stay short: District, Age, and the offset's column Holders. */
export const shortConfig = {
  target: "Claims",
  predictors: ["District", "Age"],
  offset: { column: "Holders", transform: "log" },
  family: "poisson",
} as const;
