/**
 * How long a line of the container's log takes from its writing to its event. The program prints what the clock says, which is
 * one clock for all processes. Peer: a reader of a plain file that another process appends to, woken by `fs.watch`.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load, report, sinceMs, temporaryFolder, writeProgram } from "./harness.mjs";

const LINES = 100;
/** In step with nobody's polling. */
const EVERY_MS = 73;
const { Estimator } = await load("index.js");
const { LocalCloud } = await load("local/index.js");
const folder = temporaryFolder();
const printing = (print) =>
  `let left = ${LINES};\nconst timer = setInterval(() => {\n  ${print}\n  if (--left === 0) clearInterval(timer);\n}, ${EVERY_MS});\n`;

async function throughJob(engine) {
  const program = writeProgram(
    join(folder, `program-${engine}`),
    `#!/usr/bin/env node\n${printing("process.stdout.write(`at=${process.hrtime.bigint()}\\n`);")}`,
  );
  const cloud = new LocalCloud({
    root: join(folder, engine),
    engine,
    images: { "printing:1": program },
  });
  const estimator = new Estimator({
    session: cloud.session(),
    imageUri: "printing:1",
    instanceType: "local",
  });
  const delays = [];
  await estimator.fit(undefined, {
    logs: "None",
    onEvent(event) {
      if (event.type === "log") delays.push(sinceMs(BigInt(event.text.slice("at=".length))));
    },
  });
  return delays;
}

async function throughFile() {
  const path = join(folder, "plain.log");
  writeFileSync(path, "");
  const file = openSync(path, "r");
  const buffer = Buffer.alloc(65_536);
  const delays = [];
  let rest = "";
  const read = () => {
    for (let bytes = 1; bytes > 0; ) {
      bytes = readSync(file, buffer, 0, buffer.length, null);
      const lines = (rest + buffer.toString("utf8", 0, bytes)).split("\n");
      rest = lines.pop();
      for (const line of lines) delays.push(sinceMs(BigInt(line.slice("at=".length))));
    }
  };
  const watcher = watch(path, read);
  const child = spawn(process.execPath, [
    "-e",
    printing(`fs.appendFileSync(${JSON.stringify(path)}, \`at=\${process.hrtime.bigint()}\\n\`);`),
  ]);
  await once(child, "exit");
  read();
  watcher.close();
  closeSync(file);
  return delays;
}

report("delay of a log line, writing to event", {
  goal: "200 ms median",
  peer: "file, fs.watch",
  times: {
    "job.events, sandbox": await throughJob("sandbox"),
    "job.events, process engine": await throughJob("process"),
    "file, fs.watch": await throughFile(),
  },
  digits: 2,
});
