import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

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
      "sagemaker-estimator/container": source("./src/container/index.ts"),
      "sagemaker-estimator": source("./src/index.ts"),
    },
  },
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    coverage: {
      provider: "v8",
      include: ["src/**"],
      exclude: ["src/**/index.ts"],
      thresholds: { lines: 95, functions: 95, branches: 85, statements: 95 },
    },
    reporters: resultsOf((process.env["npm_lifecycle_event"] ?? "test").replace(":", "-")) as never,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/interop/**", "test/consumers/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          typecheck: { enabled: true, include: ["test/**/*.test-d.ts"] },
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
          name: "interop",
          include: ["test/interop/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
