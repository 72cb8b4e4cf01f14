/** SageMaker and CloudWatch Logs over the wire, with jobs that do what the test says and faults where it wants them. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogStore } from "../../src/local/services/logs/log-store.ts";
import { logsService } from "../../src/local/services/logs/service.ts";
import { inProcessHandler } from "../../src/local/wire/in-process.ts";
import type { WireRequest, WireResponse } from "../../src/local/wire/message.ts";
import { Session } from "../../src/session.ts";
import type { SessionOptions } from "../../src/session-options.ts";
import { LOG_GROUP } from "../../src/training/log-group.ts";
import { JobClock } from "./job-clock.ts";

/** One call as it came. */
export interface WireCall {
  /** `DescribeTrainingJob`, `GetLogEvents` … */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The clock's time. */
  readonly at: number;
}

/** What a fault does to a call: another answer, a dropped connection, silence; `undefined` leaves it alone. */
export type Fault = (call: WireCall) => WireResponse | Error | "hang" | undefined;

/** A job whose fields the test sets. */
export interface WireJob {
  readonly name: string;
  /** The answer of DescribeTrainingJob as it goes over the wire; times are seconds. */
  readonly fields: Record<string, unknown>;
  /** Passes to another secondary status. */
  pass(secondary: string, message: string): void;
  /** Ends. */
  end(status: "Completed" | "Failed" | "Stopped", more?: Readonly<Record<string, unknown>>): void;
  /** Prints lines on a host; each a millisecond after the other. */
  print(host: string, ...lines: readonly string[]): void;
  /** The same for lines that were printed before, at that time of the service's, and can be read only now. */
  printAt(time: number, host: string, ...lines: readonly string[]): void;
  /** Starts another stream for the host, as a restart does. */
  restart(host: string): void;
  /** Marks the end of every stream, as the local cloud does. */
  close(): void;
}

/** An answer of AWS JSON. */
export function answer(status: number, body: unknown): WireResponse {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** An error of AWS JSON. */
export function refusal(type: string, message: string, status = 400): WireResponse {
  return answer(status, { __type: type, message });
}

/** A service of its own for each test. */
export class JobWire {
  readonly clock: JobClock;
  readonly logs: LogStore;
  readonly calls: WireCall[] = [];
  fault: Fault = () => undefined;
  /** As `fault`, but the service has acted by then: its answer is lost. */
  lost: Fault = () => undefined;
  /** How long an answer is on its way, in milliseconds: it tells what was the case when it was asked. */
  delayMs: (operation: string) => number = () => 0;
  /** How far the service's clock is ahead of the caller's, in milliseconds. */
  skewMs = 0;
  /** Pages of ListTags are no longer than this. */
  tagsPerPage = 50;
  /** Pages of a log are no longer than this. */
  pageLimit = 10_000;
  readonly #folder = mkdtempSync(join(tmpdir(), "job-wire-"));
  readonly #jobs = new Map<string, WireJob>();
  readonly #logsService: (request: WireRequest) => Promise<WireResponse>;

  constructor(clock: JobClock = new JobClock()) {
    this.clock = clock;
    this.logs = new LogStore(this.#folder);
    this.#logsService = logsService({
      store: this.logs,
      account: "123456789012",
      region: "eu-west-1",
    });
  }

  /** Removes what was written. */
  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A session whose clients speak to this service, loaded so that no time is lost on the way. */
  async session(options: SessionOptions = {}): Promise<Session> {
    const requestHandler = inProcessHandler(async (request) => {
      const response = await this.clock.during(() => this.#handle(request));
      const operation = `${request.headers["x-amz-target"]}`.split(".")[1] ?? "";
      const delayMs = this.delayMs(operation);
      if (delayMs > 0) await this.clock.sleep(delayMs);
      // Time goes on while nobody answers.
      return response === "hang" ? await new Promise(() => {}) : response;
    });
    const session = new Session({
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      ...options,
      // The SDK's own retries wait in the machine's time.
      clientConfig: { maxAttempts: 1, ...options.clientConfig, requestHandler },
    });
    const { clients } = session;
    await Promise.all([clients.sagemaker(), clients.creation(), clients.logs()]);
    return session;
  }

  /** How many calls of an operation came. */
  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  /** The job of a name. */
  find(name: string): WireJob | undefined {
    return this.#jobs.get(name);
  }

  /** Makes a job that has just been created. */
  job(name: string, more: Readonly<Record<string, unknown>> = {}): WireJob {
    const { clock, logs } = this;
    const seconds = (): number => (clock.now() + this.skewMs) / 1000;
    const transitions: Record<string, unknown>[] = [];
    const streams = new Map<string, string>();
    const all = new Set<string>();
    let printedAt = 0;
    const fields: Record<string, unknown> = {
      TrainingJobName: name,
      TrainingJobArn: `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${name}`,
      TrainingJobStatus: "InProgress",
      SecondaryStatus: "Starting",
      CreationTime: seconds(),
      LastModifiedTime: seconds(),
      ResourceConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 30 },
      OutputDataConfig: { S3OutputPath: "s3://bucket/out/", KmsKeyId: "" },
      SecondaryStatusTransitions: transitions,
      ...more,
    };
    const stream = (host: string): string => {
      const known = streams.get(host) ?? `${name}/${host}-${Math.floor(seconds())}`;
      streams.set(host, known);
      all.add(known);
      return known;
    };
    const job: WireJob = {
      name,
      fields,
      pass(secondary, message) {
        const last = transitions.at(-1);
        if (last !== undefined) last["EndTime"] = seconds();
        transitions.push({ Status: secondary, StartTime: seconds(), StatusMessage: message });
        fields["SecondaryStatus"] = secondary;
        fields["LastModifiedTime"] = seconds();
        if (secondary === "Downloading") fields["TrainingStartTime"] = seconds();
        if (secondary === "Stopping") fields["TrainingJobStatus"] = "Stopping";
      },
      end(status, ended = {}) {
        job.pass(status, `Training job ${status.toLowerCase()}`);
        Object.assign(fields, { TrainingJobStatus: status, TrainingEndTime: seconds(), ...ended });
      },
      print: (host, ...lines) => {
        job.printAt(clock.now() + this.skewMs, host, ...lines);
      },
      printAt: (time, host, ...lines) => {
        printedAt = Math.max(printedAt, time - 1);
        const events = lines.map((message) => {
          printedAt += 1;
          return { timestamp: printedAt, message };
        });
        logs.append(LOG_GROUP, stream(host), events);
      },
      restart(host) {
        streams.delete(host);
      },
      close() {
        for (const one of all) logs.closeStream(LOG_GROUP, one);
      },
    };
    job.pass("Starting", "Starting the training job");
    this.#jobs.set(name, job);
    return job;
  }

  async #handle(request: WireRequest): Promise<WireResponse | "hang"> {
    const [service, operation = ""] = `${request.headers["x-amz-target"]}`.split(".");
    const input = JSON.parse(String(request.body ?? "{}")) as Record<string, unknown>;
    const call = { operation, input, at: this.clock.now() };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) return fault;
    const response =
      service === "SageMaker"
        ? this.#sagemaker(operation, input)
        : await this.#logsService(
            operation === "GetLogEvents" ? this.#shorten(request, input) : request,
          );
    const lost = this.lost(call);
    if (lost instanceof Error) throw lost;
    return lost ?? response;
  }

  #create(input: Readonly<Record<string, unknown>>): WireResponse {
    const name = String(input["TrainingJobName"]);
    const arn = `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${name}`;
    if (this.#jobs.has(name)) {
      return refusal(
        "ResourceInUse",
        `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
      );
    }
    this.job(name, input);
    return answer(200, { TrainingJobArn: arn });
  }

  #tags(input: Readonly<Record<string, unknown>>): WireResponse {
    const name = String(input["ResourceArn"]).split("/").at(-1) ?? "";
    const all = (this.#jobs.get(name)?.fields["Tags"] ?? []) as readonly unknown[];
    const from = Number(input["NextToken"] ?? 0);
    const to = from + this.tagsPerPage;
    return answer(200, {
      Tags: all.slice(from, to),
      ...(to < all.length && { NextToken: String(to) }),
    });
  }

  #date(): Record<string, string> {
    return { date: new Date(this.clock.now() + this.skewMs).toUTCString() };
  }

  #shorten(request: WireRequest, input: Readonly<Record<string, unknown>>): WireRequest {
    const limit = Math.min(Number(input["limit"] ?? this.pageLimit), this.pageLimit);
    return { ...request, body: Buffer.from(JSON.stringify({ ...input, limit })) };
  }

  #sagemaker(operation: string, input: Readonly<Record<string, unknown>>): WireResponse {
    if (operation === "ListTrainingJobs") {
      return this.#list(input);
    }
    if (operation === "CreateTrainingJob") {
      return this.#create(input);
    }
    if (operation === "UpdateTrainingJob") {
      return answer(200, {
        TrainingJobArn: `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${input["TrainingJobName"]}`,
      });
    }
    if (operation === "ListTags") {
      return this.#tags(input);
    }
    const job = this.#jobs.get(String(input["TrainingJobName"]));
    if (job === undefined) {
      return refusal("ValidationException", "Requested resource not found.");
    }
    if (operation === "DescribeTrainingJob") {
      const { Tags: _, ...fields } = job.fields;
      return { ...answer(200, fields), headers: { ...answer(200, {}).headers, ...this.#date() } };
    }
    const status = String(job.fields["TrainingJobStatus"]);
    if (["Completed", "Failed", "Stopped"].includes(status)) {
      return refusal(
        "ValidationException",
        `The request was rejected because the training job is in status ${status}.`,
      );
    }
    job.pass("Stopping", "Stopping the training job");
    return answer(200, {});
  }

  #list(input: Readonly<Record<string, unknown>>): WireResponse {
    const after = Number(input["LastModifiedTimeAfter"] ?? 0);
    const size = Number(input["MaxResults"] ?? 10);
    const from = Number(input["NextToken"] ?? 0);
    const found = [...this.#jobs.values()].filter(
      ({ fields }) => Number(fields["LastModifiedTime"]) > after,
    );
    const page = found.slice(from, from + size).map(({ fields }) => ({
      TrainingJobName: fields["TrainingJobName"],
      TrainingJobArn: fields["TrainingJobArn"],
      CreationTime: fields["CreationTime"],
      LastModifiedTime: fields["LastModifiedTime"],
      TrainingJobStatus: fields["TrainingJobStatus"],
    }));
    return answer(200, {
      TrainingJobSummaries: page,
      ...(from + size < found.length && { NextToken: String(from + size) }),
    });
  }
}
