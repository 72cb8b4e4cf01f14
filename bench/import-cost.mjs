/** What importing the package costs over an empty Node process. Peer: importing the SDK's SageMaker client. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BARE, build, median, report, rounds, timed, urlOf } from "./harness.mjs";

const ROUNDS = 25;
build();
const cwd = fileURLToPath(new URL("..", import.meta.url));
const importing = (specifier) => () =>
  timed(async () => {
    const text = specifier === undefined ? "" : `import ${JSON.stringify(specifier)};`;
    execFileSync(process.execPath, ["--input-type=module", "-e", text], { cwd, env: BARE });
  });
const works = {
  "empty process": importing(undefined),
  "sagemaker-estimator": importing(urlOf("index.js")),
  "sagemaker-estimator/local": importing(urlOf("local/index.js")),
  "sagemaker-estimator/container": importing(urlOf("container/index.js")),
  "@aws-sdk/client-sagemaker": importing("@aws-sdk/client-sagemaker"),
};
for (const work of Object.values(works)) await work();
const { "empty process": empty, ...times } = await rounds(ROUNDS, works);
const base = median(empty);
console.log(`empty process: ${base.toFixed(1)} ms (median)\n`);
report("import, over an empty process", {
  goal: "sagemaker-estimator at most 30 ms",
  peer: "@aws-sdk/client-sagemaker",
  times: Object.fromEntries(
    Object.entries(times).map(([name, values]) => [name, values.map((value) => value - base)]),
  ),
});
