/** Items of the container contract about the program: how it is started, told, and ended, with all that it started. */

import { fact, yes } from "./evidence.ts";
import type { Item } from "./item.ts";
import { LINES } from "./jobs.ts";

const OUT_OF_MEMORY = "ClientError: Please use an instance type with more memory";

export const PROCESSES: readonly Item[] = [
  {
    name: "`train`, in the program folder",
    job: "ordinary",
    see: (of) => {
      const folder = fact(of, "folder") ?? "";
      return yes(
        folder.endsWith("/programs/ordinary") &&
          fact(of, "found") === `${folder}/train` &&
          fact(of, "arguments") === "",
      );
    },
  },
  {
    name: "`containerEntryPoint` and `containerArguments`",
    job: "failing",
    see: (of) => yes(fact(of, "words") === "[evaluate][--fast][two words]"),
  },
  {
    name: "an environment without the launcher's",
    job: "ordinary",
    see: (of) => yes(fact(of, "secret") === "none"),
  },
  {
    name: "runs as the user that you are",
    job: "ordinary",
    see: (of) => {
      const [inside, outside] = [fact(of, "user"), of.seen["user"]];
      if (inside === outside) return "yes";
      return inside === "0" ? "sees itself as root" : undefined;
    },
    differs: { unshare: { root: "yes", "an ordinary user": "sees itself as root" } },
  },
  {
    name: "process 1 of its own process ids",
    job: "ordinary",
    see: (of) => {
      if (fact(of, "process") === "1") return yes(fact(of, "launcher") === "unseen");
      return fact(of, "launcher") === "seen" ? "sees the machine's" : undefined;
    },
    differs: { proot: "sees the machine's", process: "sees the machine's" },
  },
  {
    name: "lines of stdout and stderr in their order",
    job: "ordinary",
    see: ({ logs: [log = []] }) => {
      const lines = log.filter((line) => line.startsWith("line "));
      return yes(lines.length === LINES && lines.every((line, index) => line === `line ${index}`));
    },
  },
  {
    name: "exit code and `output/failure` in the failure's reason",
    job: "failing",
    see: ({ status, reason }) =>
      yes(status === "Failed" && /^AlgorithmError: no data, exit code: (?:7|143)$/.test(reason)),
  },
  {
    name: "SIGTERM that is not handled is ignored, as in Docker",
    job: "failing",
    see: ({ reason }) => (reason.endsWith("exit code: 7") ? "yes" : "ends the program"),
    differs: { proot: "ends the program", process: "ends the program" },
  },
  {
    name: "a stop: SIGTERM, and SIGKILL after the grace",
    job: "stopped",
    see: ({ status, logs: [log = []], seen }) =>
      yes(status === "Stopped" && log.join() === "ready,told" && seen["processes"] === "none"),
  },
  {
    name: "ends with all its processes, those in sessions of their own too",
    job: "failing",
    see: ({ seen }) => (seen["processes"] === "none" ? "yes" : "those go on"),
    differs: { process: "those go on" },
  },
  {
    name: "`kill -9` of the runner: no process, mount or file is left, and the job says why it failed",
    job: "orphaned",
    see: ({ status, reason, seen }) =>
      yes(
        status === "Failed" &&
          reason.includes("The local runner of the job") &&
          Object.values(seen).join() === "none,none,none",
      ),
  },
  {
    name: "a program that the kernel kills for its memory: SageMaker's words",
    job: "greedy",
    see: ({ status, reason }) => yes(status === "Failed" && reason.startsWith(OUT_OF_MEMORY)),
  },
];
