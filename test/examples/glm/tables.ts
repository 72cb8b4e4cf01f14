/** Tables from CSV text, for the tests of the GLM example. */

import { columnsOf, parseCsv, Table } from "../../../examples/glm/container/lib/table.mjs";

/** CSV text with a header, as a table. */
export function table(csv: string): Table {
  const { records, quoted } = parseCsv(csv, "train.csv");
  return new Table(columnsOf(records[0] ?? [], records.slice(1), quoted, "train.csv"), "train.csv");
}
