/** The command line beside a program: a local cloud that listens, and a job on it looked after from a shell. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Estimator, Session } from "sagemaker-estimator";

// In a project it is `npx sagemaker-estimator …`.
const main = fileURLToPath(new URL("cli/main.js", import.meta.resolve("sagemaker-estimator")));
const imageUri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/glm:1.0";
const image = `${imageUri}=${join(import.meta.dirname, "program")}`;
const local = spawn(process.execPath, [main, "local", "--json", "--image", image], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [line] = (await once(local.stdout, "data")) as [Buffer];
const { url, environment } = JSON.parse(String(line)) as {
  url: string;
  environment: Record<string, string> & { AWS_REGION: string };
};

const sagemakerEstimator = (...args: string[]): string => {
  console.log(`$ sagemaker-estimator ${args.join(" ")}`);
  const env = { ...process.env, ...environment };
  return execFileSync(process.execPath, [main, ...args], { encoding: "utf8", env });
};

// Any AWS client starts jobs there; this one is the library, over HTTP.
const session = new Session({
  endpoint: url,
  region: environment.AWS_REGION,
  credentials: { accessKeyId: "any", secretAccessKey: "any" },
});
const estimator = new Estimator({
  imageUri,
  role: "arn:aws:iam::123456789012:role/SageMakerRole",
  instanceType: "ml.m5.large",
  session,
});
const { name } = await estimator.fit(undefined, { wait: false });

console.log(sagemakerEstimator("logs", name, "--follow", "--tail", "3"));
console.log(sagemakerEstimator("jobs", "--status", "Completed"));
console.log(sagemakerEstimator("describe", name));
console.log(sagemakerEstimator("download", name, "--to", "model"));
console.log("Came to step", await readFile("model/steps.txt", "utf8"));

await session.close();
local.kill("SIGINT"); // Ctrl-C
await once(local, "exit");
