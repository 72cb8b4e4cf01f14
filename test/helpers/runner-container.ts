/** Runs one container in a process of its own, so that a test can be another user, or kill what runs it: `runner-container.ts <JSON>`. */

import { chooseEngine } from "../../src/local/engine/choose.ts";
import type { ContainerSpec } from "../../src/local/engine/engine.ts";
import type { EngineChoice } from "../../src/local/services/sagemaker/job.ts";

/** What it is told. */
export interface ContainerOrder {
  readonly engine: EngineChoice;
  readonly spec: ContainerSpec;
  /** Sends SIGTERM when this text stands in the output. */
  readonly terminateOn?: string;
  /** The process that runs the container ends as by kill -9, so many milliseconds after it began to make it. */
  readonly dieAfterMs?: number;
}

/** What it tells, as its last line. */
export interface ContainerReport {
  readonly engine: string;
  readonly code: number;
  readonly output: string;
}

/** Runs one container in this process. */
export async function runContainer(
  order: ContainerOrder,
  onOutput: (chunk: string) => void = () => undefined,
): Promise<ContainerReport> {
  const { engine } = await chooseEngine(order.engine, process.env["PATH"] ?? "");
  if (order.dieAfterMs !== undefined) {
    setTimeout(() => process.kill(process.pid, "SIGKILL"), order.dieAfterMs);
  }
  const container = await engine.start(order.spec);
  let output = "";
  container.output.setEncoding("utf8");
  container.output.on("data", (chunk: string) => {
    output += chunk;
    onOutput(chunk);
    if (order.terminateOn !== undefined && output.includes(order.terminateOn))
      container.terminate();
  });
  const closed = new Promise((resolve) => container.output.once("close", resolve));
  const code = await container.ended;
  await closed;
  return { engine: engine.name, code, output };
}

const order = process.argv[2];
if (order?.startsWith("{") === true) {
  runContainer(JSON.parse(order) as ContainerOrder, (chunk) => process.stderr.write(chunk)).then(
    (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
    (error: unknown) => {
      process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
      process.exitCode = 1;
    },
  );
}
