/**
 * What the run record costs a trivial local `fit()`, from its call to its return, on a cloud that has run jobs before. Peer: the
 * same without one. The record is written while the job is followed; what is left to pay is the outcome at the end.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  load,
  median,
  printTable,
  quantile,
  report,
  rounds,
  temporaryFolder,
  timed,
  writeProgram,
} from "./harness.mjs";

const ROUNDS = 60;
const WARM_UP = 5;
const { Estimator } = await load("index.js");
const { LocalCloud } = await load("local/index.js");
const folder = temporaryFolder();
const program = writeProgram(
  join(folder, "program"),
  '#!/bin/sh\necho done > "${SM_MODEL_DIR:-/opt/ml/model}"/model.txt\n',
);
const data = join(folder, "data.csv");
writeFileSync(data, "a,b\n1,2\n");

const cloud = new LocalCloud({
  root: join(folder, "cloud"),
  engine: "process",
  images: { "trivial:1": program },
});
const estimator = new Estimator({
  session: cloud.session(),
  imageUri: "trivial:1",
  instanceType: "local",
});

function job(options) {
  return () => timed(() => estimator.fit({ train: data }, { logs: "None", ...options }));
}

const works = {
  "fit() with a run record": job({}),
  "fit(), runRecord: false": job({ runRecord: false }),
};
for (let round = 0; round < WARM_UP; round += 1) await works["fit() with a run record"]();
const times = await rounds(ROUNDS, works);
report("a trivial job with its record", {
  goal: "at most 15 ms more",
  peer: "fit(), runRecord: false",
  times,
});
// The machine is not equally fast all the time; two neighbours have the same luck.
const [withRecord, without] = Object.values(times);
const more = withRecord.map((time, round) => time - without[round]);
printTable([
  {
    "the record's share": "of each pair",
    "median ms": median(more).toFixed(1),
    "10 %": quantile(more, 0.1).toFixed(1),
    "90 %": quantile(more, 0.9).toFixed(1),
  },
]);
console.log();
