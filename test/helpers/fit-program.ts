/**
 * A script with one `fit()`, as a user writes it, for tests that press Ctrl-C: `fit-program.ts FOLDER PHASE [ON_ABORT]`.
 * It holds in the phase and prints `held` there: `check` (before anything is sent), `stage`, `create`, `lost` (the job is created,
 * and the answer never arrives), or `train`.
 */

import { join } from "node:path";
import { Estimator, Session } from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";

const [folder = "", phase = "", onAbort = "detach"] = process.argv.slice(2);
const cloud = new LocalCloud({ root: join(folder, ".sagemaker-local"), stopGraceSeconds: 1 });
const plain = cloud.session();

const held: Record<string, (path: string, target: string) => boolean> = {
  check: (_path, target) => target === "" && _path === "/" && !staged,
  stage: (path) => path.includes("train.csv"),
  create: (_path, target) => target.endsWith("CreateTrainingJob"),
};
let staged = false;

const session = new Session({
  region: cloud.region,
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
  ...(plain.local && { local: plain.local }),
  clientConfig: {
    requestHandler: {
      ...cloud.requestHandler,
      async handle(...[request, options]: Parameters<typeof cloud.requestHandler.handle>) {
        const target = request.headers["X-Amz-Target"] ?? request.headers["x-amz-target"] ?? "";
        const holds = held[phase]?.(request.path, target) ?? false;
        if (phase === "lost" && target.endsWith("CreateTrainingJob")) {
          await cloud.requestHandler.handle(request, options);
          console.log("held");
          await new Promise((resolve) => setTimeout(resolve, 1500));
          throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        }
        staged ||= request.method === "PUT";
        if (holds) {
          console.log("held");
          // Long enough for the signal; creation then goes through, the rest is aborted.
          await new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, phase === "create" ? 1500 : 30_000);
            (options?.abortSignal as AbortSignal | undefined)?.addEventListener("abort", () => {
              clearTimeout(timer);
              reject(Object.assign(new Error("aborted"), { name: "AbortError" }));
            });
          });
        }
        return await cloud.requestHandler.handle(request, options);
      },
    },
  },
});

const estimator = new Estimator({
  imageUri: join(folder, "program"),
  instanceType: "local",
  baseJobName: "interrupted",
  session,
});
await estimator.fit(join(folder, "data"), {
  onAbort: onAbort === "stop" ? "stop" : "detach",
  onEvent(event) {
    if (phase === "train" && event.type === "log") console.log("held");
  },
});
console.log("the script went on");
