import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  CapacityError,
  SageMakerError,
  TransferError,
  UnexpectedStatusError,
  ValidationError,
  WaitTimeoutError,
} from "../src/errors.ts";

/** Python's error ends in it. */
const GUIDE =
  "Check troubleshooting guide for common errors: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-python-sdk-troubleshooting.html";
const failed = { job: "glm-1", status: "Failed", logTail: [] } as const;

describe("the errors", () => {
  it("bear their class's name and keep their cause", () => {
    const cause = new Error("underneath");

    const errors = [
      new SageMakerError("x", { cause }),
      new ValidationError("x", [], { cause }),
      new TransferError("x", [], { cause }),
      new WaitTimeoutError("glm-1", "InProgress", 5, { cause }),
      new UnexpectedStatusError(failed, { cause }),
      new CapacityError(failed, { cause }),
    ];

    expect(errors.map(({ name }) => name)).toEqual([
      "SageMakerError",
      "ValidationError",
      "TransferError",
      "WaitTimeoutError",
      "UnexpectedStatusError",
      "CapacityError",
    ]);
    expect(errors.every((error) => error.cause === cause)).toBe(true);
  });

  it("are printed once: message, stack and cause, not the fields again", () => {
    const error = new ValidationError(
      "Not started",
      [{ severity: "error", path: "maxRun", message: "It is too long." }],
      { cause: new TypeError("underneath") },
    );

    const printed = inspect(error);

    expect(printed).toMatch(/^ValidationError: Not started: maxRun: It is too long\.\n {4}at /);
    expect(printed).toMatch(/\[cause\]: TypeError: underneath\n {6}at /);
    expect(printed.split("too long")).toHaveLength(2);
    expect(inspect(new UnexpectedStatusError({ ...failed, logTail: ["boom"] }))).not.toContain("{");
  });

  it("are recognised by class, subclasses included", () => {
    const capacity = new CapacityError(failed);

    expect(SageMakerError.isInstance(capacity)).toBe(true);
    expect(UnexpectedStatusError.isInstance(capacity)).toBe(true);
    expect(CapacityError.isInstance(new UnexpectedStatusError(failed))).toBe(false);
    expect(ValidationError.isInstance(capacity)).toBe(false);
    expect(SageMakerError.isInstance(new Error("x"))).toBe(false);
    expect(SageMakerError.isInstance(undefined)).toBe(false);
  });

  it("are recognised across copies of the library", () => {
    const mark = {
      [Symbol.for("sagemaker-estimator.error")]: ["ValidationError", "SageMakerError"],
    };
    const copy = Object.assign(new Error("x"), mark);

    expect(ValidationError.isInstance(copy)).toBe(true);
    expect(CapacityError.isInstance(copy)).toBe(false);
  });

  it("keep the mark of their class out of sight", () => {
    expect(Object.keys(new SageMakerError("x"))).not.toContain("Symbol(sagemaker-estimator.error)");
    expect(Object.getOwnPropertySymbols(new SageMakerError("x")).length).toBe(1);
    expect({ ...new SageMakerError("x") }).not.toHaveProperty([
      Symbol.for("sagemaker-estimator.error") as unknown as string,
    ]);
  });
});

describe("ValidationError", () => {
  it("tells one problem on its line", () => {
    const error = new ValidationError("Not started", [
      { severity: "error", path: "role", message: "It is required.", hint: "Give an ARN." },
    ]);

    expect(error.message).toBe("Not started: role: It is required. Give an ARN.");
  });

  it("lists several problems, all of them", () => {
    const error = new ValidationError("Not started", [
      { severity: "error", path: "role", message: "It is required." },
      { severity: "error", path: "", message: "Nothing fits." },
    ]);

    expect(error.message).toBe(
      "Not started: 2 problems.\n  - role: It is required.\n  - Nothing fits.",
    );
  });
});

describe("UnexpectedStatusError", () => {
  it("says which job, why, the last lines and where to look next", () => {
    const error = new UnexpectedStatusError({
      job: "glm-1",
      status: "Failed",
      secondaryStatus: "Failed",
      failureReason: "AlgorithmError: no data, exit code: 3",
      exitCode: 3,
      logTail: ["reading", "no data"],
      logsLocation: "https://console.example",
    });

    expect(error.message).toBe(
      `Error for Training job glm-1: Failed. Reason: AlgorithmError: no data, exit code: 3. ${GUIDE}\n` +
        "Last log lines:\n  reading\n  no data\nLogs: https://console.example",
    );
    expect(error).toMatchObject({
      exitCode: 3,
      secondaryStatus: "Failed",
      actualStatus: "Failed",
      allowedStatuses: ["Completed", "Stopped"],
    });
  });

  it("says so when the service gave no reason", () => {
    expect(new UnexpectedStatusError(failed).message).toBe(
      `Error for Training job glm-1: Failed. Reason: (No reason provided). ${GUIDE}`,
    );
  });
});

describe("WaitTimeoutError", () => {
  it("says that the job goes on and how to come back to it", () => {
    expect(new WaitTimeoutError("glm-1", "InProgress", 5000).message).toBe(
      "Training job glm-1 was still InProgress after 5000 ms. The job goes on: " +
        'come back to it with TrainingJob.attach("glm-1"), or end it with stop().',
    );
  });
});
