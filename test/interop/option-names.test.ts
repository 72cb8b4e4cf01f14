/** The table of options says what Python calls each: the Python SDK itself is asked whether it does. */

import { describe, expect } from "vitest";
import { pythonNames } from "../../docs/options-guide.ts";
import { askPython } from "./ask-python.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("sagemaker-sdk/bin/python");
const reason = lacking(PYTHON);

/** Python's parameters that are no option here: arguments of their own here, old names (`kwargs`), what only AutoML jobs read. */
const NOT_HERE: Readonly<Record<string, readonly string[]>> = {
  "The job": ["kwargs"],
  "fit() and plan()": ["inputs"],
  TrainingInput: ["s3_data", "target_attribute_name"],
};

describe("what the table says of Python's names is so", () => {
  const tables = [...pythonNames()];
  let answers: { names: string[] }[] = [];

  startUnless(reason, async () => {
    answers = await askPython(
      PYTHON,
      "signatures.py",
      tables.map(([heading]) => heading),
    );
  });

  for (const [index, [heading, names]] of tables.entries()) {
    testWith(reason, `in "${heading}"`, () => {
      expect(answers[index]?.names).toEqual(expect.arrayContaining([...names]));
    });
  }

  for (const heading of ["fit() and plan()", "TrainingInput", "FileSystemInput"]) {
    testWith(reason, `and Python has nothing more for "${heading}"`, () => {
      const index = tables.findIndex(([name]) => name === heading);
      const ours = [...(tables[index]?.[1] ?? []), ...(NOT_HERE[heading] ?? [])];

      expect(answers[index]?.names.filter((name) => !ours.includes(name))).toEqual([]);
    });
  }

  testWith(reason, "and Python's Estimator has nothing more", () => {
    const ours = new Set([...tables.flatMap(([, names]) => names), ...(NOT_HERE["The job"] ?? [])]);

    expect(answers[0]?.names.filter((name) => !ours.has(name))).toEqual([]);
  });
});
