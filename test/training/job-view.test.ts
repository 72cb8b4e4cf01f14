import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Session, TrainingJob } from "../../src/index.ts";
import { JUPYTER_DISPLAY } from "../../src/training/display.ts";
import { jobHtml } from "../../src/training/job-view.ts";
import type { JobDescription } from "../../src/training/status-poller.ts";

const SEEN = {
  TrainingJobStatus: "Completed",
  SecondaryStatus: "Completed",
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2 },
  TrainingTimeInSeconds: 65,
  BillableTimeInSeconds: 60,
  FinalMetricDataList: [{ MetricName: "loss", Value: 0.25 }],
  ModelArtifacts: { S3ModelArtifacts: "s3://out/glm-1/output/model.tar.gz" },
} as unknown as JobDescription;

/** A table's rows, as text. */
function rows(html: string): string[] {
  return html
    .split("</tr>")
    .map((row) =>
      row
        .replace(/<[^>]+>/g, " ")
        .replace(/ +/g, " ")
        .trim(),
    )
    .filter((row) => row !== "");
}

describe("a job in a notebook", () => {
  it("is a table of what was seen of it last", () => {
    expect(rows(jobHtml("glm-1", SEEN))).toEqual([
      "Training job glm-1",
      "Status Completed - Completed",
      "Instances 2 x ml.m5.large",
      "Trained for 1 min 5 s",
      "Billed 1 min",
      "Metrics loss = 0.25",
      "Model s3://out/glm-1/output/model.tar.gz",
    ]);
  });

  it("says no more than is known, and why it failed", () => {
    expect(rows(jobHtml("glm-1", undefined))).toEqual(["Training job glm-1"]);
    const failed = { ...SEEN, FailureReason: "AlgorithmError: <b>" } as JobDescription;
    expect(rows(jobHtml("glm-1", failed))).toContain("Reason AlgorithmError: &lt;b&gt;");
  });

  it("is what Deno's notebooks show by themselves", () => {
    const job = new TrainingJob("glm-1", new Session({ region: "eu-west-1" }));

    expect(job[JUPYTER_DISPLAY]()).toEqual({
      "text/plain": inspect(job),
      "text/html": job.toHtml(),
    });
  });
});
