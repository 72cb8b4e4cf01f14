/** The packed tarball, installed in an empty folder, as a stranger uses it. Needs the npm registry or a warm cache. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

function run(command: string, args: readonly string[], env: Record<string, string> = {}): string {
  return execFileSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What a process that wrote its coverage into a folder has loaded. */
function loadedIn(coverage: string): string[] {
  return readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), "utf8")) as {
      result: { url: string }[];
    };
    return result.map(({ url }) => url);
  });
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "consumer-"));
  execFileSync("npm", ["run", "build", "--silent"], { cwd: root });
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], {
    cwd: root,
  });
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  write("package.json", JSON.stringify({ name: "consumer", private: true }));
  run("npm", [
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--silent",
    `./${tarball}`,
    "@types/node@20",
    "ts5.0@npm:typescript@5.0.4",
    "ts5.9@npm:typescript@5.9.3",
    "ts7@npm:typescript@7.0.2",
  ]);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the tarball", () => {
  it("holds the built files and the legal ones, and no sources or tests", () => {
    const top = readdirSync(join(folder, "node_modules/sagemaker-estimator")).toSorted();

    expect(top).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
  });

  it("is imported by an ES module, subpaths included", () => {
    write(
      "esm.mjs",
      `import { Estimator } from "sagemaker-estimator";
       import { LocalCloud } from "sagemaker-estimator/local";
       import * as container from "sagemaker-estimator/container";
       import { MlflowClient } from "sagemaker-estimator/mlflow";
       console.log(typeof Estimator, typeof LocalCloud, Object.keys(container).length > 0, typeof MlflowClient);`,
    );

    expect(run(process.execPath, ["esm.mjs"])).toBe("function function true function\n");
  });

  it("is required by CommonJS, as tslab does", () => {
    write(
      "cjs.cjs",
      `const { Estimator } = require("sagemaker-estimator");
       const { LocalCloud } = require("sagemaker-estimator/local");
       require("sagemaker-estimator/container");
       require("sagemaker-estimator/mlflow");
       console.log(typeof Estimator, typeof LocalCloud);`,
    );

    expect(run(process.execPath, ["cjs.cjs"])).toBe("function function\n");
  });

  it("loads no AWS client when it is imported", () => {
    const coverage = join(folder, "coverage");
    mkdirSync(coverage);
    write(
      "import-only.mjs",
      `import "sagemaker-estimator"; import "sagemaker-estimator/local"; import "sagemaker-estimator/mlflow";`,
    );

    run(process.execPath, ["import-only.mjs"], { NODE_V8_COVERAGE: coverage });

    const loaded = loadedIn(coverage);
    expect(loaded.filter((url) => url.includes("sagemaker-estimator/dist"))).not.toEqual([]);
    expect(
      loaded.filter(
        (url) =>
          url.includes("node_modules/") && !url.includes("node_modules/sagemaker-estimator/"),
      ),
    ).toEqual([]);
  });

  it("has a container module that fits into an image as one small file: its own, and what logs to MLflow", () => {
    const coverage = join(folder, "coverage-container");
    mkdirSync(coverage);
    write(
      "container.mjs",
      `import { MlflowRun } from "sagemaker-estimator/container";
       const mlflow = new MlflowRun({ endWaitMs: 100 });
       await mlflow.logMetric("loss", 1);
       await mlflow.logText("x", "x.txt");
       await mlflow.logArtifact("container.mjs");`,
    );

    run(process.execPath, ["container.mjs"], {
      NODE_V8_COVERAGE: coverage,
      MLFLOW_TRACKING_URI: "http://127.0.0.1:1",
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
    });

    const loaded = loadedIn(coverage).filter((url) => url.includes("node_modules/"));
    const own =
      /sagemaker-estimator\/dist\/(?:container|mlflow\/core|mlflow\/rest|training)\/|\/(?:errors|environment)\.js$/;
    expect(loaded.filter((url) => !own.test(url))).toEqual([]);
    expect(loaded.filter((url) => url.includes("/rest/"))).not.toEqual([]);
    const bytes = loaded.map((url) => statSync(fileURLToPath(url)).size);
    expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(150_000);
  });

  it("brings a command, whose help loads nothing of the library", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      version: string;
    };
    expect(run("npx", ["sagemaker-estimator", "--version"])).toBe(`${version}\n`);

    const coverage = join(folder, "coverage-help");
    mkdirSync(coverage);
    const main = "node_modules/sagemaker-estimator/dist/cli/main.js";
    const help = run(process.execPath, [main, "logs", "--help"], { NODE_V8_COVERAGE: coverage });
    expect(help).toContain("Usage: sagemaker-estimator logs NAME");
    const loaded = loadedIn(coverage).filter((url) => url.includes("node_modules/"));
    expect(loaded).not.toEqual([]);
    // But for the one pure file that it shares with the library.
    const own = /sagemaker-estimator\/dist\/(?:cli\/|nearest\.js$)/;
    expect(loaded.filter((url) => !own.test(url))).toEqual([]);
  });

  it("brings a local cloud that another client uses, by its command", async () => {
    const local = spawn("npx", ["sagemaker-estimator", "local", "--json"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
      // npx and what it starts are ended together.
      detached: true,
    });
    try {
      const [line] = (await once(local.stdout, "data")) as [Buffer];
      const { environment } = JSON.parse(String(line)) as { environment: Record<string, string> };
      write(
        "client.mjs",
        `import { S3 } from "@aws-sdk/client-s3";
         const s3 = new S3({});
         await s3.createBucket({ Bucket: "claims" });
         console.log((await s3.listBuckets({})).Buckets.map(({ Name }) => Name));`,
      );

      expect(run(process.execPath, ["client.mjs"], environment)).toBe("[ 'claims' ]\n");
      expect(run("npx", ["sagemaker-estimator", "jobs", "--json"], environment)).toBe("");
    } finally {
      process.kill(-(local.pid ?? 0), "SIGINT");
      await once(local, "exit");
    }
  });

  const program = `
    import { Estimator, JsonInput, Session, TrainingJob, type TrainingJobEvent } from "sagemaker-estimator";
    import { LocalCloud } from "sagemaker-estimator/local";

    const session: Session = new LocalCloud({ root: ".cloud" }).session();
    const estimator = new Estimator({ imageUri: "glm:1", instanceType: "local", session });
    export const started: Promise<{ name: string }> = estimator.fit(
      { train: "data/", config: new JsonInput({ family: "poisson" }) },
      { onEvent: (event: TrainingJobEvent) => void (event.type === "metric" && event.value.toFixed(1)) },
    );
    // Whatever the compiler's libraries know of scopes that end.
    export const held: Promise<AsyncDisposable> = TrainingJob.attach("glm");
    // @ts-expect-error the types are real: this option takes a number
    new Estimator({ imageUri: "glm:1", instanceCount: "2" });
  `;

  it.each([
    ["ts7", "nodenext", "nodenext"],
    ["ts7", "preserve", "bundler"],
    ["ts5.9", "nodenext", "nodenext"],
    ["ts5.9", "preserve", "bundler"],
    // As tslab resolves: no "exports", so the subpaths come from typesVersions.
    ["ts5.0", "commonjs", "node10"],
  ])("type-checks with %s, module %s, resolution %s", (compiler, module, moduleResolution) => {
    write("program.ts", program);
    write(
      "tsconfig.json",
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: "es2022",
          strict: true,
          noEmit: true,
          types: ["node"],
          // The AWS SDK's own declarations are not this library's to check on every compiler.
          skipLibCheck: compiler === "ts5.0",
        },
        files: ["program.ts"],
      }),
    );

    const check = (): string => run(process.execPath, [`node_modules/${compiler}/bin/tsc`]);

    expect(check).not.toThrow();
  });
});
