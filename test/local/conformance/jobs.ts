/** The jobs that every engine is tried with. Each shows as much as one job can: what they print is read in items.ts. */

import type { CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import type { EngineName } from "./evidence.ts";

/** What a job is told about where it runs. */
export interface Scene {
  readonly engine: EngineName;
  /** The job's program folder. */
  readonly program: string;
  /** A folder of this user's, outside all that the job was given. */
  readonly outside: string;
  /** A number that no process but those of this job has among its arguments; `sleep` takes it for seconds. */
  readonly mark: string;
  /** A port of the machine's loopback that somebody listens on. */
  readonly takenPort: number;
  /** A port that is free. */
  readonly freePort: number;
  /** The process that created the job. */
  readonly launcher: number;
}

/** One job. */
interface Job {
  /** Its `train`, a shell script. `fact NAME VALUE` prints what items.ts asks for. */
  readonly script: string;
  request?(scene: Scene): Partial<CreateTrainingJobRequest>;
}

const FACT = 'fact() { echo "$1=$2"; }\n';
/** How many lines the ordinary job prints, by turns on stdout and stderr. */
export const LINES = 100;
const HOST = `host=$(sed -n 's/.*"current_host":"\\([^"]*\\)".*/\\1/p' "$ml/input/config/resourceconfig.json")\n`;
const TWO_HOSTS = { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 5 } as const;

/** Programs for `node -e`. They wait for each other as long as a busy machine may need to start Node. */
const NODE = {
  listenOnce: `net.createServer((socket) => socket.end("algo-1")).listen(+process.env.FREE_PORT, "algo-1")
    .on("connection", (socket) => socket.on("close", () => process.exit()))`,
  connect: `const again = (left) => net.connect(+process.env.FREE_PORT, "algo-1")
    .on("data", (text) => console.log("heard=" + text))
    .on("error", (error) => left > 0 ? setTimeout(again, 50, left - 1) : console.log("heard=" + error.code));
    again(600)`,
  knock: `net.connect(+process.env.TAKEN_PORT, "127.0.0.1")
    .on("connect", () => { console.log("machine=reached"); process.exit(); })
    .on("error", (error) => console.log("machine=" + error.code))`,
  talkToMyself: `const server = net.createServer((socket) => socket.end("myself")).listen(0, "127.0.0.1", () =>
    net.connect(server.address().port, "algo-1")
      .on("data", (text) => { console.log("heard=" + text); process.exit(); })
      .on("error", (error) => { console.log("heard=" + error.code); process.exit(); }))`,
  look: `const found = fs.statSync(process.argv[1] + "/input/config", { throwIfNoEntry: false });
    console.log("statx=" + (found ? "found" : "not found"));
    fetch(process.env.AWS_ENDPOINT_URL).then((answer) => console.log("cloud=" + answer.status), console.log)`,
} as const;

const channel = (ChannelName: string, InputMode: "File" | "FastFile" | "Pipe") => ({
  ChannelName,
  InputMode,
  DataSource: { S3DataSource: { S3DataType: "S3Prefix" as const, S3Uri: "s3://bucket/data/" } },
});

/** Every job, by the name that items.ts knows it by. */
export const JOBS = {
  /** Files, environment, processes: what a program sees of itself and of the machine. */
  ordinary: {
    script: `${FACT}
      fact arguments "$*"; fact folder "$(pwd)"; fact found "$(command -v train)"
      fact process "$$"; fact user "$(id -u)"; fact host "$(uname -n)"
      fact secret "\${SECRET_OF_THE_LAUNCHER-}\${PROOT_TMP_DIR-}none"; fact home "$HOME"; fact ml "$ml"
      [ -e "/proc/$LAUNCHER" ] && fact launcher seen || fact launcher unseen
      fact hyperparameters "$(cat "$ml/input/config/hyperparameters.json")"
      fact files "$(cd "$ml/input/data/files" && cat a b | tr -d '\\n')"
      fact fast "$(cd "$ml/input/data/fast" && cat a b | tr -d '\\n')"
      (echo x >"$ml/input/data/fast/a") 2>/dev/null && fact fast-change made || fact fast-change none
      (echo x >"$ml/input/data/fast/new") 2>/dev/null && fact fast-new made || fact fast-new none
      for epoch in 0 1; do
        p="$ml/input/data/pipe_$epoch"; while [ ! -p "$p" ]; do sleep 0.02; done
        fact "epoch-$epoch" "$(cat "$p" | tr -d '\\n')"
      done
      for place in "/tmp" "/dev/shm" "$HOME" "$OUTSIDE" "$here" "$ml/model" "$ml/output/data"; do
        (echo x >"$place/$MARK") 2>/dev/null; [ -e "$place/$MARK" ] && fact "wrote" "$place"
      done
      mkdir "$HOME/closed"; echo x >"$HOME/closed/x"; chmod 500 "$HOME/closed"
      node -e '${NODE.look}' "$ml"
      fact credentials "\${AWS_ACCESS_KEY_ID:+given}"
      i=0; while [ $i -lt ${LINES} ]; do echo "line $i"; i=$((i + 1)); echo "line $i" >&2; i=$((i + 1)); done`,
    request: ({ mark, outside, launcher }) => ({
      HyperParameters: { epochs: "3" },
      InputDataConfig: [
        channel("files", "File"),
        channel("fast", "FastFile"),
        channel("pipe", "Pipe"),
      ],
      Environment: { MARK: mark, OUTSIDE: outside, LAUNCHER: String(launcher) },
    }),
  },

  /** Its own command, checkpoints at the usual place, and an end with a word and a code. Before that it leaves a process in a session of its own, and sends itself a SIGTERM that it does not handle. */
  failing: {
    script: `${FACT}
      fact words "$(printf '[%s]' "$@")"
      c=\${SM_CHECKPOINT_DIR:-/opt/ml/checkpoints}; fact from "$(cat "$c/step")"; echo 2 >"$c/step"
      echo partial >"$ml/output/data/partial"; printf 'no data' >"$ml/output/failure"
      (setsid sh -c ': >"$HOME/apart"; exec sleep "$1"' sh "$MARK" &)
      while [ ! -e "$HOME/apart" ]; do sleep 0.02; done
      kill -TERM $$; exit 7`,
    request: ({ program, mark }) => ({
      Environment: { MARK: mark },
      AlgorithmSpecification: {
        TrainingImage: program,
        TrainingInputMode: "File",
        ContainerEntrypoint: ["train", "evaluate"],
        ContainerArguments: ["--fast", "two words"],
      },
      CheckpointConfig: { S3Uri: "s3://bucket/usual" },
    }),
  },

  /** Checkpoints at a place that the machine does not have. */
  place: {
    script: `${FACT} fact from "$(cat /conformance/checkpoints/step)"; echo 2 >/conformance/checkpoints/step`,
    request: () => ({
      CheckpointConfig: {
        S3Uri: "s3://bucket/place",
        LocalPath: "/conformance/checkpoints",
      },
    }),
  },

  /** Told to stop, it says so and goes on. */
  stopped: {
    script: `sleep "$MARK" & trap 'echo told' TERM; echo ready; while :; do sleep 0.1; done`,
    request: ({ mark }) => ({ Environment: { MARK: mark } }),
  },

  /** Its runner is killed. */
  orphaned: {
    script: `sleep "$MARK" & echo ready; sleep "$MARK"`,
    request: ({ mark }) => ({ Environment: { MARK: mark } }),
  },

  /** Takes more memory than it may have; somebody has to bound it before it is let go. */
  greedy: {
    script: `exec sh -c 'while [ ! -e "$1/go-1" ]; do sleep 0.05; done; exec tail /dev/zero' sh "$here" "$MARK"`,
    request: ({ mark }) => ({ Environment: { MARK: mark } }),
  },

  /** Two hosts: the second hears from the first by its name. */
  hosts: {
    script: `${FACT}${HOST}
      fact name "$(uname -n)"; fact resolves "$(getent hosts algo-1 algo-2 | awk '{ print $2 }' | tr '\\n' ' ')"
      echo "$host" >"$ml/model/$host"; fact model "$(cd "$ml/model" && echo *)"
      if [ "$host" = algo-1 ]; then
        node -e '${NODE.listenOnce}'
      else node -e '${NODE.connect}'; fi`,
    request: ({ freePort }) => ({
      ResourceConfig: TWO_HOSTS,
      Environment: { FREE_PORT: String(freePort) },
    }),
  },

  /** Without a network. */
  isolated: {
    script: `${FACT}
      fact credentials "\${AWS_ACCESS_KEY_ID-none}\${AWS_ENDPOINT_URL-}"
      fact interfaces "$(sed -n 's/^ *\\(.*\\):.*/\\1/p' /proc/net/dev | tr '\\n' ' ')"
      node -e '${NODE.knock}'
      node -e '${NODE.talkToMyself}'`,
    request: ({ takenPort }) => ({
      EnableNetworkIsolation: true,
      Environment: { TAKEN_PORT: String(takenPort) },
    }),
  },

  /** Without a network but for each other, as AWS has it. */
  isolatedHosts: {
    script: "echo ran",
    request: () => ({ EnableNetworkIsolation: true, ResourceConfig: TWO_HOSTS }),
  },
} satisfies Record<string, Job>;

/** The names of the jobs. */
export type JobName = keyof typeof JOBS;
