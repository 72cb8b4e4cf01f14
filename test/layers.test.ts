import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const biome = join(root, "node_modules/@biomejs/biome/bin/biome");

const DENIED: readonly (readonly [path: string, specifier: string])[] = [
  ["src/errors.ts", "./session.ts"],
  ["src/nearest.ts", "./session.ts"],
  ["src/transfer/s3-uri.ts", "../session.ts"],
  ["src/training/events.ts", "./request.ts"],
  ["src/training/abort.ts", "../session.ts"],
  ["src/aws/clients.ts", "../session.ts"],
  ["src/aws/clients.ts", "../training/request.ts"],
  ["src/aws/clients.ts", "../config/load-config.ts"],
  ["src/config/load-config.ts", "../session.ts"],
  ["src/config/load-config.ts", "../training/options.ts"],
  ["src/config/load-config.ts", "@aws-sdk/client-s3"],
  ["src/session.ts", "./transfer/stage.ts"],
  ["src/session.ts", "@aws-sdk/client-s3"],
  ["src/transfer/stage.ts", "../training/request.ts"],
  ["src/transfer/stage.ts", "@aws-sdk/client-s3"],
  ["src/training/request.ts", "../estimator.ts"],
  ["src/training/watch.ts", "../report/index.ts"],
  ["src/training/watch.ts", "@smithy/signature-v4"],
  ["src/training/request.ts", "../frameworks.ts"],
  ["src/image/image-uris.ts", "../training/request.ts"],
  ["src/estimator.ts", "./local/index.ts"],
  ["src/frameworks.ts", "./local/index.ts"],
  ["src/index.ts", "./local/index.ts"],
  ["src/container/index.ts", "../session.ts"],
  ["src/container/index.ts", "p-retry"],
  ["src/local/runner/main.ts", "../../aws/clients.ts"],
  ["src/local/runner/main.ts", "@aws-sdk/client-s3"],
  ["src/local/runner/main.ts", "../../transfer/stage.ts"],
  ["src/local/runner/main.ts", "../../session.ts"],
  ["src/local/runner/main.ts", "../../config/load-config.ts"],
  ["src/local/runner/main.ts", "../../training/record/write-record.ts"],
  ["src/training/run-record.ts", "./request.ts"],
  ["src/training/redact.ts", "../session.ts"],
  ["src/report/console-reporter.ts", "../training/training-job.ts"],
  ["src/report/console-reporter.ts", "../session.ts"],
  ["src/mlflow/core/batches.ts", "../client.ts"],
  ["src/mlflow/rest/rest-store.ts", "../../session.ts"],
  ["src/mlflow/rest/rest-store.ts", "yaml"],
  ["src/mlflow/client.ts", "../training/training-job.ts"],
  ["src/mlflow/client.ts", "@aws-sdk/client-s3"],
  ["src/container/index.ts", "../mlflow/client.ts"],
  ["src/local/local-cloud.ts", "../mlflow/client.ts"],
  ["src/local/runner/main.ts", "../../mlflow/job/index.ts"],
  ["src/mlflow/job/job-run.ts", "../../training/training-job.ts"],
  ["src/mlflow/job/job-run.ts", "@aws-sdk/client-s3"],
  ["src/training/training-job.ts", "../mlflow/job/index.ts"],
  ["src/training/mlflow-options.ts", "./fit-options.ts"],
  ["src/cli/jobs.ts", "../training/training-job.ts"],
  ["src/cli/jobs.ts", "../session.ts"],
  ["src/cli/jobs.ts", "../report/harmless.ts"],
  ["src/cli/local.ts", "../local/local-cloud.ts"],
  ["src/cli/local.ts", "@aws-sdk/client-s3"],
  ["src/training/watch.ts", "../cli/run.ts"],
  ["src/local/local-cloud.ts", "../cli/run.ts"],
];

const ALLOWED: readonly (readonly [path: string, specifier: string])[] = [
  ["src/aws/clients.ts", "@aws-sdk/client-s3"],
  ["src/aws/clients.ts", "../errors.ts"],
  ["src/config/load-config.ts", "../aws/translate.ts"],
  ["src/config/load-config.ts", "../environment.ts"],
  ["src/session.ts", "./aws/clients.ts"],
  ["src/mlflow/rest/rest-store.ts", "../core/entities.ts"],
  ["src/mlflow/client.ts", "../session.ts"],
  ["src/mlflow/job/job-run.ts", "../../training/run-record.ts"],
  ["src/local/runner/mlflow-run.ts", "../../mlflow/job/index.ts"],
  ["src/mlflow/rest/retry.ts", "../../training/clock.ts"],
  ["src/mlflow/tracking-client.ts", "../training/abort.ts"],
  ["src/container/index.ts", "../mlflow/rest/rest-store.ts"],
  ["src/local/local-cloud.ts", "../mlflow/core/mlflow-error.ts"],
  ["src/session.ts", "./config/load-config.ts"],
  ["src/transfer/stage.ts", "../training/events.ts"],
  ["src/training/request.ts", "../transfer/s3-uri.ts"],
  ["src/estimator.ts", "./training/request.ts"],
  ["src/frameworks.ts", "./estimator.ts"],
  ["src/training/request.ts", "../image/image-uris.ts"],
  ["src/container/index.ts", "node:fs"],
  ["src/container/index.ts", "./channels.ts"],
  ["src/local/local-cloud.ts", "../session.ts"],
  ["src/local/runner/main.ts", "../../transfer/archive.ts"],
  ["src/local/services/sagemaker/create.ts", "../../../training/constraints.ts"],
  ["src/local/runner/main.ts", "../../training/run-record.ts"],
  ["src/training/run-outcome.ts", "./redact.ts"],
  ["src/report/console-reporter.ts", "../training/events.ts"],
  ["src/index.ts", "./report/harmless.ts"],
  ["src/cli/jobs.ts", "../index.ts"],
  ["src/cli/closest.ts", "../nearest.ts"],
  ["src/cli/local.ts", "../local/index.ts"],
  ["src/cli/jobs.ts", "./table.ts"],
  ["src/cli/jobs.ts", "node:util"],
];

let folder: string;
/** `path:line` of each import that the linter refused. */
let refused: Set<string>;

/** Files that hold one import a line, linted once with this project's configuration. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layers-"));
  copyFileSync(join(root, "biome.json"), join(folder, "biome.json"));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  for (const [path, lines] of files()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), lines.join("\n"));
  }
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [biome, "lint", "--reporter=github", "--max-diagnostics=none", "src"],
    { cwd: folder, encoding: "utf8" },
  );
  const found = `${stdout}${stderr}`.matchAll(
    /title=lint\/style\/noRestrictedImports,file=([^,]+),line=(\d+)/g,
  );
  refused = new Set(
    [...found].map(([, path = "", line]) => `${relative(realpathSync(folder), path)}:${line}`),
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

function files(): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const [path, specifier] of [...DENIED, ...ALLOWED]) {
    const lines = byPath.get(path) ?? [];
    lines.push(`import { x${lines.length} } from "${specifier}";`);
    byPath.set(path, lines);
  }
  return byPath;
}

function place(path: string, specifier: string): string {
  const line =
    files()
      .get(path)
      ?.findIndex((text) => text.includes(`"${specifier}"`)) ?? -1;
  return `${path}:${line + 1}`;
}

describe("the linter keeps the layers", () => {
  it.each(DENIED)("%s may not import %s", (path, specifier) => {
    expect(refused).toContain(place(path, specifier));
  });

  it.each(ALLOWED)("%s may import %s", (path, specifier) => {
    expect(refused).not.toContain(place(path, specifier));
  });

  it("in this project's own sources, where it also sees types", () => {
    const wrong = join(root, "src/aws/layers-test.ts");
    writeFileSync(wrong, 'export type { Session } from "../session.ts";\n');
    try {
      expect(() =>
        execFileSync(process.execPath, [biome, "lint", wrong], { cwd: root, stdio: "pipe" }),
      ).toThrow();
    } finally {
      rmSync(wrong);
    }
  });
});
