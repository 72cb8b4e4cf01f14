/**
 * A trivial local job, from the call of `fit()` to its return: one small file staged, a runner started, a container that writes
 * a model, artifacts packed, the end seen. Peers: the same program spawned under bwrap by hand, and plainly.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load, report, rounds, temporaryFolder, timed, writeProgram } from "./harness.mjs";

const ROUNDS = 15;
const { Estimator } = await load("index.js");
const { LocalCloud } = await load("local/index.js");
const folder = temporaryFolder();
const program = writeProgram(
  join(folder, "program"),
  '#!/bin/sh\ncp "${SM_CHANNEL_TRAIN:-/opt/ml/input/data/train}"/data.csv "${SM_MODEL_DIR:-/opt/ml/model}"/\n',
);
const data = join(folder, "data.csv");
writeFileSync(data, "a,b\n1,2\n");

function job(engine) {
  const cloud = new LocalCloud({
    root: join(folder, engine),
    engine,
    images: { "trivial:1": program },
  });
  const estimator = new Estimator({
    session: cloud.session(),
    imageUri: "trivial:1",
    instanceType: "local",
  });
  return () => timed(() => estimator.fit({ train: data }, { logs: "None" }));
}

/** What the container of that job sees, and nothing around it. */
function byHand(name, command) {
  const ml = join(folder, name);
  return async () => {
    rmSync(ml, { recursive: true, force: true });
    mkdirSync(join(ml, "input/data/train"), { recursive: true });
    mkdirSync(join(ml, "model"));
    writeFileSync(join(ml, "input/data/train/data.csv"), "a,b\n1,2\n");
    return await timed(async () => {
      const [file, ...args] = command(ml);
      const env = {
        PATH: process.env["PATH"],
        ...(file === "bwrap"
          ? {}
          : { SM_CHANNEL_TRAIN: join(ml, "input/data/train"), SM_MODEL_DIR: join(ml, "model") }),
      };
      const child = spawn(file, args, { stdio: "ignore", env });
      const [code] = await once(child, "exit");
      if (code !== 0) throw new Error(`${name}: exit code ${code}`);
    });
  };
}

const works = {
  "fit(), sandbox": job("sandbox"),
  "fit(), process engine": job("process"),
  "bwrap by hand": byHand("bwrap", (ml) => [
    "bwrap",
    ...[
      "--ro-bind",
      "/",
      "/",
      "--tmpfs",
      "/opt",
      "--bind",
      ml,
      "/opt/ml",
      "--dev",
      "/dev",
      "--proc",
      "/proc",
    ],
    ...["--unshare-pid", "--as-pid-1", "--die-with-parent", join(program, "train")],
  ]),
  "plain spawn": byHand("plain", () => [join(program, "train")]),
};
for (const work of Object.values(works)) await work();
report("a trivial job, fit() to done", {
  goal: "1,000 ms in the sandbox",
  peer: "bwrap by hand",
  times: await rounds(ROUNDS, works),
});
