/** Runs every benchmark, each in a process of its own: `npm run bench`, or `npm run bench -- import-cost local-job`. */

import { spawnSync } from "node:child_process";
import { cpus, loadavg, release } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "./harness.mjs";

const ALL = [
  "import-cost",
  "fit-own-time",
  "runner-start",
  "local-job",
  "run-record",
  "log-delay",
  "local-s3",
  "mlflow-logging",
  "huge-channel",
];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !ALL.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. There are: ${ALL.join(", ")}.`);
  process.exit(2);
}

build();
console.log(
  `${new Date().toISOString()}, Node ${process.version}, ${process.platform} ${release()}, ` +
    `${cpus().length} x ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(2)}\n`,
);
for (const name of wanted.length > 0 ? wanted : ALL) {
  const { status } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL(`${name}.mjs`, import.meta.url))],
    {
      stdio: "inherit",
      env: { ...process.env, BENCH_BUILT: "1" },
    },
  );
  if (status !== 0) process.exitCode = 1;
}
