import { readFileSync } from "node:fs";
import { ValidationError } from "sagemaker-estimator/container";
import { describe, expect, it } from "vitest";
import { suggestion } from "../../../examples/glm/container/lib/findings.mjs";
import { prepare } from "../../../examples/glm/container/lib/preparation.mjs";
import { table } from "./models.ts";

const insurance = readFileSync(
  new URL("../../../examples/glm/data/insurance.csv", import.meta.url),
  "utf8",
);

/** What is wrong with a configuration and its data. */
function findings(config: unknown, csv: string): string[] {
  try {
    prepare(config, table(csv));
  } catch (error) {
    if (ValidationError.isInstance(error)) {
      return error.findings.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

const good = { target: "y", predictors: ["x", "f"], family: "gaussian" };
const csv = "x,f,y,w\n1,a,1,1\n2,b,3,2\n3,a,2,1\n5,b,8,1\n";

describe("a configuration", () => {
  it("gives R's coefficient names, with the first level that appears as the base", () => {
    const { names, formula } = prepare(
      {
        target: "Claims",
        predictors: ["District", "Group", "Age"],
        offset: { column: "Holders", transform: "log" },
        family: "poisson",
      },
      table(insurance),
    );

    expect(names).toEqual([
      "(Intercept)",
      "District2",
      "District3",
      "District4",
      "Group1-1.5l",
      "Group1.5-2l",
      "Group>2l",
      "Age25-29",
      "Age30-35",
      "Age>35",
    ]);
    expect(formula.factors["Age"]).toEqual(["<25", "25-29", "30-35", ">35"]);
  });

  it("takes a column in quotation marks as a factor, and one of bare numbers as a number", () => {
    expect(prepare(good, table('x,f,y\n"1",1,1\n"2",2,2\n"1",5,4\n"2",3,4\n')).names).toEqual([
      "(Intercept)",
      "x2",
      "f",
    ]);
  });

  it("takes a column of bare numbers as a factor when it is listed", () => {
    expect(
      prepare({ ...good, factors: ["x"] }, table("x,f,y\n1,1,1\n2,2,2\n1,5,4\n2,3,4\n")).names,
    ).toEqual(["(Intercept)", "x2", "f"]);
  });

  it("takes the levels in the order that is listed", () => {
    expect(prepare({ ...good, factors: { f: ["b", "a"] } }, table(csv)).names).toEqual([
      "(Intercept)",
      "x",
      "fa",
    ]);
  });

  it("gives every level of the first factor a coefficient when there is no intercept, as R does", () => {
    const data = "f,g,y\na,p,1\nb,q,2\na,q,3\nb,p,4\na,p,5\n";
    const config = { target: "y", predictors: ["f", "g"], family: "gaussian", intercept: false };

    expect(prepare(config, table(data)).names).toEqual(["fa", "fb", "gq"]);
  });

  it("takes the family's own link when none is named", () => {
    const links = ["gaussian", "poisson", "gamma"].map(
      (family) => prepare({ ...good, family }, table(csv)).problem.link.name,
    );

    expect(links).toEqual(["identity", "log", "inverse"]);
  });

  it("tells every problem at once, against the columns that the data has", () => {
    expect(
      findings(
        {
          target: "Claim",
          predictors: ["District", "Aeg", "Group", "Group", 7],
          factors: { Group: ["<1l", "<1l"], Shape: ["a", "b"] },
          weigths: "Holders",
          offset: { column: "Holder", transform: "sqrt", by: 2 },
          intercept: "yes",
          family: "poison",
          link: "logg",
          constraints: { District2: { min: 2, max: 1, mean: 3 }, Age: 4 },
        },
        insurance,
      ),
    ).toEqual([
      'config.weigths: is not known. Did you mean "weights"?',
      'config.predictors[3]: "Group" comes twice.',
      "config.predictors[4]: is 7, not the name of a column.",
      'config.intercept: is "yes", not true or false.',
      'config.family: is "poison". Did you mean "poisson"?',
      'config.link: is "logg". Did you mean "log"?',
      'config.factors.Group: has the level "<1l" twice.',
      'config.factors.Shape: "Shape" is not among the predictors. The predictors are District, Aeg, Group.',
      "config.offset.by: is not known. The keys are column, transform.",
      'config.offset.transform: is "sqrt"; the only one is "log".',
      "config.constraints.District2.mean: is not known. The keys are min, max.",
      "config.constraints.District2: min 2 is greater than max 1.",
      'config.constraints.Age: is 4, not { "min"?: …, "max"?: … }.',
      'config.target: train.csv has no column "Claim". Did you mean "Claims"?',
      'config.offset.column: train.csv has no column "Holder". Did you mean "Holders"?',
      'config.predictors[1]: train.csv has no column "Aeg". Did you mean "Age"?',
    ]);
  });

  it.each([
    ["a list", [], "config: is [], not a JSON object."],
    [
      "no target",
      { ...good, target: undefined },
      "config.target: is missing, not the name of a column.",
    ],
    [
      "a target among the predictors",
      { ...good, predictors: ["y"] },
      'config.predictors[0]: "y" is the target.',
    ],
    [
      "predictors that are no list",
      { ...good, predictors: "x" },
      'config.predictors: is "x", not a list of columns.',
    ],
    [
      "nothing to fit",
      { ...good, predictors: [], intercept: false },
      "config.predictors: is empty, and so is the model without an intercept.",
    ],
    [
      "weights that are the target",
      { ...good, weights: "y" },
      'config.weights: "y" is the target.',
    ],
    [
      "weights that are no name",
      { ...good, weights: 3 },
      "config.weights: is 3, not the name of a column.",
    ],
    [
      "a column of weights that is not there",
      { ...good, weights: "ww" },
      'config.weights: train.csv has no column "ww". Did you mean "w"?',
    ],
    [
      "an offset that is the target",
      { ...good, offset: { column: "y" } },
      'config.offset.column: "y" is the target.',
    ],
    [
      "an offset without its column",
      { ...good, offset: {} },
      "config.offset.column: is missing, not the name of a column.",
    ],
    [
      "an offset that is no object",
      { ...good, offset: "w" },
      'config.offset: is "w", not { "column": …, "transform"?: "log" }.',
    ],
    [
      "factors that are no list",
      { ...good, factors: "f" },
      'config.factors: is "f", not a list of columns or their levels.',
    ],
    [
      "a factor that is no name",
      { ...good, factors: [1] },
      "config.factors[0]: is 1, not the name of a column.",
    ],
    [
      "levels that are no text",
      { ...good, factors: { x: [1, 2] } },
      "config.factors.x: is [1,2], not a list of levels as text.",
    ],
    [
      "one level",
      { ...good, factors: { f: ["a"] } },
      "config.factors.f: has fewer than two levels, so there is nothing to compare.",
    ],
    [
      "a level that no row has",
      { ...good, factors: { f: ["a", "b", "c"] } },
      'config.factors.f: "c" is not in the training data, so it cannot be estimated.',
    ],
    [
      "a link of another family",
      { ...good, link: "logit" },
      'config.link: "logit" is not a link of family gaussian, which has identity, log, inverse.',
    ],
    [
      "no family",
      { ...good, family: undefined },
      "config.family: is missing. The families are gaussian, binomial, poisson, gamma.",
    ],
    [
      "a constraint on what is no coefficient",
      { ...good, constraints: { f: { min: 0 } } },
      "config.constraints.f: is no coefficient. The coefficients are (Intercept), x, fb.",
    ],
    [
      "a bound that is no number",
      { ...good, constraints: { x: { min: "0" } } },
      'config.constraints.x.min: is "0", not a number.',
    ],
    [
      "constraints that are no object",
      { ...good, constraints: [] },
      "config.constraints: is [], not bounds by coefficient.",
    ],
  ])("is refused for %s", (_, config, message) => {
    expect(findings(config, csv)).toContain(message);
  });
});

describe("training data", () => {
  it("is refused for cells that are missing or no numbers, by row", () => {
    const rows = ["1,a,1", ",b,2", "NA,a,x", "inf,,4", "0x10,b,5", "1e400,a,6", "2,b,7"];

    expect(findings({ ...good, factors: ["f"] }, `x,f,y\n${rows.join("\n")}`)).toEqual([
      'config.target: column "y" is no finite number: row 3 "x".',
      'config.predictors[0]: column "x" has both numbers and text; if it is a factor, list it in factors.',
      'config.predictors[0]: column "x" is missing: row 2, row 3.',
      'config.predictors[0]: column "x" is no finite number: row 4 "inf", row 5 "0x10", row 6 "1e400".',
      'config.predictors[1]: column "f" is missing: row 4.',
    ]);
  });

  it("has the first rows of a fault named and the others counted", () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i},0`);

    expect(
      findings({ target: "y", predictors: ["x"], family: "gamma" }, `x,y\n${rows.join("\n")}`),
    ).toEqual([
      'config.target: column "y" is not more than 0, as family gamma needs: row 1 0, row 2 0, row 3 0, row 4 0, row 5 0 and 4 more.',
    ]);
  });

  it.each([
    ["binomial", "2", "a probability or proportion, from 0 to 1"],
    ["poisson", "-1", "a count, 0 or more"],
    ["gamma", "0", "more than 0"],
  ])("is refused for responses outside the range of %s", (family, bad, words) => {
    expect(
      findings({ target: "y", predictors: ["x"], family }, `x,y\n1,1\n2,${bad}\n3,1\n`),
    ).toEqual([
      `config.target: column "y" is not ${words}, as family ${family} needs: row 2 ${bad}.`,
    ]);
  });

  it("is refused for proportions without numbers of trials", () => {
    expect(
      findings({ target: "y", predictors: ["x"], family: "binomial" }, "x,y\n1,0.5\n2,0\n3,1\n"),
    ).toEqual([
      'config.target: column "y" is a proportion; name the column with the numbers of trials in weights: row 1 0.5.',
    ]);
  });

  it("is refused for weights that are not above 0, and offsets that have no logarithm", () => {
    expect(
      findings(
        { ...good, weights: "w", offset: { column: "e", transform: "log" } },
        "x,f,y,w,e\n1,a,1,0,1\n2,b,3,-2,0\n3,a,2,1,-1\n5,b,8,1,2\n",
      ),
    ).toEqual([
      'config.weights: column "w" is not above 0: row 1 0, row 2 -2.',
      'config.offset.column: column "e" is not above 0, so it has no logarithm: row 2 0, row 3 -1.',
    ]);
  });

  it("is refused when a factor has a level that is not listed, or one level only", () => {
    expect(findings({ ...good, factors: { f: ["a", "c"] } }, csv)).toEqual([
      'config.factors.f: "c" is not in the training data, so it cannot be estimated.',
      'config.predictors[1]: column "f" has a level that is not one of a, c: row 2 "b", row 4 "b".',
    ]);
    expect(findings(good, "x,f,y\n1,a,1\n2,a,2\n3,a,5\n")).toEqual([
      'config.predictors[1]: column "f" has only one level, "a", so there is nothing to compare.',
    ]);
  });

  it("is refused when two coefficients would have one name", () => {
    const data = "A,AB,y\nx,1,1\nB1,2,2\nx,2,3\nB1,3,4\nx,3,3\nB1,1,9\n";

    expect(
      findings(
        {
          target: "y",
          predictors: ["A", "AB"],
          factors: { A: ["x", "B1"], AB: ["2", "1", "3"] },
          family: "gaussian",
        },
        data,
      ),
    ).toEqual(['config.predictors: two coefficients are named "AB1"; rename a column or a level.']);
  });
});

describe("a suggestion", () => {
  it("is the nearest name when it is near, else all names", () => {
    expect(suggestion("claims", ["Claims", "Holders"], "columns")).toBe('Did you mean "Claims"?');
    expect(suggestion("weather", ["Claims", "Holders"], "columns")).toBe(
      "The columns are Claims, Holders.",
    );
    expect(suggestion("x", [], "columns")).toBe("There are no columns.");
  });
});
