import { devNull } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * What runs in processes of its own only (a job's runner, a program inside a job, the command), where Vitest counts nothing: shown by
 * test/local/runner, test/container, test/cli and whatever runs a job.
 */
const OTHER_PROCESSES = [
  "src/local/runner/{main,training,attempt,hosts,prepare-hosts,channels,artifacts,cloud-endpoint}.ts",
  "src/local/runner/{folder-sync,plain-files,open-writers,objects-to-files,in-parallel,spot}.ts",
  "src/local/runner/{journal-writer,job-request,stop-control,memory-kills,pipes,run-outcome}.ts",
  "src/local/runner/{channel-objects,channel-stream,prepare-engine}.ts",
  "src/container/{run-training,stop-signal,before-end}.ts",
  "src/container/mlflow{,-log,-told,-connection,-uploads,-artifacts}.ts",
  "src/cli/{main,run,output,with-session,local,jobs,logs,stop,describe,download}.ts",
];

/** Each case of something by each engine, by each call, or of each document: minutes of real processes, which `npm run check` waits for. */
const MATRIX = [
  "test/cli/commands.test.ts",
  "test/docs/{code-blocks,permissions}.test.ts",
  "test/fit-faults.test.ts",
  "test/kills/kills.test.ts",
  "test/local/conformance/conformance.test.ts",
  "test/local/engine/engines.test.ts",
  "test/local/runner/{checkpoints,input-modes,spot}.test.ts",
  "test/mlflow/million-points.test.ts",
  "test/training/code/script-mode.test.ts",
  "test/training/record/from-run-code.test.ts",
  "test/training/tracking/silent-server.test.ts",
];

/** A worker's files share what they load: to load it for each of 200 anew takes as long as half of what they do. */
const SHARED = { isolate: false, setupFiles: ["test/helpers/leaves-nothing.ts"] };

/** CI adds the counts of its runs up (.ci/closing-line.mjs). */
const resultsOf = (run: string) =>
  process.env["CI"]
    ? [
        "default",
        ["json", { outputFile: `.cache/test-results/${run}-node${process.versions.node}.json` }],
      ]
    : ["default"];

export default defineConfig({
  resolve: {
    alias: {
      "sagemaker-estimator/local": source("./src/local/index.ts"),
      "sagemaker-estimator/mlflow": source("./src/mlflow/index.ts"),
      "sagemaker-estimator/container": source("./src/container/index.ts"),
      "sagemaker-estimator": source("./src/index.ts"),
    },
  },
  test: {
    globalSetup: "test/helpers/build.ts",
    // Most tests wait for processes: on two cores Vitest's default is one worker.
    maxWorkers: 3,
    // Real processes under kill -9 on shared machines: CI asks a second time, and says so in its output.
    retry: process.env["CI"] ? 1 : 0,
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      // Empty files: no test reads the defaults of whoever runs it.
      SAGEMAKER_ADMIN_CONFIG_OVERRIDE: devNull,
      SAGEMAKER_USER_CONFIG_OVERRIDE: devNull,
    },
    coverage: {
      provider: "v8",
      include: ["src/**"],
      exclude: ["src/**/index.ts", ...OTHER_PROCESSES],
      thresholds: { lines: 95, functions: 94, branches: 85, statements: 94 },
    },
    reporters: resultsOf((process.env["npm_lifecycle_event"] ?? "test").replace(":", "-")) as never,
    projects: [
      {
        extends: true,
        test: {
          ...SHARED,
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/interop/**", "test/consumers/**", ...MATRIX],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // In CI `npm run typecheck` has looked at these files, and they are the same on every Node.
          typecheck: { enabled: !process.env["CI"], include: ["test/**/*.test-d.ts"] },
        },
      },
      {
        extends: true,
        test: {
          ...SHARED,
          name: "matrix",
          include: MATRIX,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "consumers",
          include: ["test/consumers/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          ...SHARED,
          name: "interop",
          include: ["test/interop/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
