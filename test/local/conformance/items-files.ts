/** Items of the container contract about files: what the program finds, where it writes, and what becomes of it. */

import { type Evidence, fact, facts, yes } from "./evidence.ts";
import type { Item } from "./item.ts";

const THE_MACHINES = "the machine's";
/** What a program may write where no engine keeps it from that. */
const AS_YOU = "written as you may";
const NO_PLACES =
  /CheckpointConfig\.LocalPath "\/conformance\/checkpoints": the process engine gives a program no folders outside its \/opt\/ml/;

/** Whether the program wrote below a folder, and whether that is on the machine now. */
const own = (of: Evidence, folder: string): string | undefined => {
  if (!facts(of, "wrote").includes(folder)) return undefined;
  return leftIn(of, folder) ? THE_MACHINES : "yes";
};
const leftIn = (of: Evidence, name: string): boolean =>
  (of.seen["written"] ?? "").split(" ").includes(name);

export const FILES: readonly Item[] = [
  {
    name: "`/opt/ml` of its own, and none left on the machine",
    job: "ordinary",
    see: (of) => {
      if (of.seen["optMl"] !== "as it was") return undefined;
      return fact(of, "ml") === "/opt/ml" ? "yes" : fact(of, "ml") && "no: by `SM_…` variables";
    },
    differs: { process: "no: by `SM_…` variables" },
  },
  {
    name: "`hyperparameters.json`, and a channel in File mode",
    job: "ordinary",
    see: (of) =>
      yes(fact(of, "hyperparameters") === '{"epochs":"3"}' && fact(of, "files") === "aabb"),
  },
  {
    name: "a channel in FastFile mode, only to read",
    job: "ordinary",
    see: (of) => {
      if (fact(of, "fast") !== "aabb" || of.seen["object"] !== "aa") return undefined;
      if (fact(of, "fast-new") === "none") return yes(fact(of, "fast-change") === "none");
      return fact(of, "fast-change") === "made" ? "a copy to write" : "a copy to add to";
    },
    differs: {
      proot: { root: "a copy to write", "an ordinary user": "a copy to add to" },
      process: { root: "a copy to write", "an ordinary user": "a copy to add to" },
    },
  },
  {
    name: "a channel in Pipe mode: a FIFO for each epoch",
    job: "ordinary",
    see: (of) => yes(fact(of, "epoch-0") === "aabb" && fact(of, "epoch-1") === "aabb"),
  },
  {
    name: "files below `/opt/ml` for Node and whatever calls `statx`",
    job: "ordinary",
    see: (of) => {
      if (fact(of, "statx") === "found") return "yes";
      return of.seen["notes"]?.includes("statx") === true ? "no (proot 5.1), and told" : undefined;
    },
    differs: { proot: "no (proot 5.1), and told" },
  },
  {
    name: "model and `output/data` go to S3",
    job: "ordinary",
    see: (of) => yes(of.output.join() === "model.tar.gz,output.tar.gz"),
  },
  {
    name: "checkpoints in `/opt/ml/checkpoints`, those of a failed job too",
    job: "failing",
    see: (of) => yes(fact(of, "from") === "1" && of.seen["checkpoint"] === "2"),
  },
  {
    name: "checkpoints at any other path",
    job: "place",
    see: (of) =>
      yes(
        fact(of, "from") === "1" && of.seen["checkpoint"] === "2" && of.seen["machine"] === "none",
      ),
    refused: { process: NO_PLACES },
  },
  {
    name: "`/tmp` of its own",
    job: "ordinary",
    see: (of) => own(of, "/tmp"),
    differs: { process: THE_MACHINES },
  },
  {
    name: "`/dev/shm` of its own",
    job: "ordinary",
    see: (of) => own(of, "/dev/shm"),
    differs: { process: THE_MACHINES },
  },
  {
    name: "`HOME` of its own",
    job: "ordinary",
    see: (of) => {
      const home = fact(of, "home") ?? "";
      return yes(home.endsWith("/algo-1/home") && facts(of, "wrote").includes(home));
    },
  },
  {
    name: "all of these are removed at the end, with folders that the program has closed",
    job: "ordinary",
    see: (of) => yes(of.seen["hosts"] === "gone"),
  },
  {
    name: "the program folder only to read",
    job: "ordinary",
    see: (of) => (leftIn(of, "program") ? AS_YOU : "yes"),
    differs: { proot: AS_YOU, process: AS_YOU },
  },
  {
    name: "the machine's other files only to read",
    job: "ordinary",
    see: (of) => (leftIn(of, "outside") ? AS_YOU : "yes"),
    differs: { proot: AS_YOU, process: AS_YOU },
  },
];
