import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { diffRuns, type RunRecord } from "../../../src/index.ts";

const FIRST: RunRecord = {
  schemaVersion: 1,
  job: { name: "glm-1", arn: "arn:1" },
  startedAt: "2026-01-01T00:00:00.000Z",
  request: {
    TrainingJobName: "glm-1",
    HyperParameters: { lr: "0.1", epochs: "3" },
    Environment: { LEVEL: "info", TOKEN: "[redacted]" },
    AlgorithmSpecification: { TrainingImage: "glm:1", TrainingInputMode: "File" },
    InputDataConfig: [{ ChannelName: "train", DataSource: {}, ContentType: "text/csv" }],
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1 },
    OutputDataConfig: { S3OutputPath: "s3://b/" },
  },
  redacted: [],
  image: { kind: "image", uri: "glm:1", digest: "sha256:1" },
  code: { git: { commit: "abc", dirty: false } },
  channels: { train: { source: "s3", uri: "s3://b/train/", digest: "d1", files: 1, bytes: 8 } },
  digest: { value: "1", unknown: [] },
  versions: { node: "20.0.0" },
  outcome: {
    status: "Completed",
    secondaryStatus: "Completed",
    trainingEndedAt: "2026-01-01T01:00:00.000Z",
    metrics: { loss: 0.5 },
    artifacts: [{ uri: "s3://b/glm-1/output/model.tar.gz", bytes: 8, etag: "e1" }],
  },
};
const SECOND: RunRecord = {
  ...FIRST,
  job: { name: "glm-2", arn: "arn:2" },
  startedAt: "2026-01-02T00:00:00.000Z",
  request: {
    ...FIRST.request,
    TrainingJobName: "glm-2",
    HyperParameters: { lr: "0.01", seed: "\u001b[2J" },
    Environment: { LEVEL: "debug", TOKEN: "[redacted]" },
    ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1 },
  },
  image: { kind: "image", uri: "glm:1", digest: "sha256:2" },
  code: { git: { commit: "abc", dirty: true } },
  channels: { train: { ...FIRST.channels["train"], source: "s3", digest: "d2", bytes: 9 } },
  outcome: {
    ...FIRST.outcome,
    status: "Completed",
    secondaryStatus: "Completed",
    metrics: { loss: 0.25 },
    artifacts: [{ uri: "s3://b/glm-2/output/model.tar.gz", bytes: 8, etag: "e1" }],
  },
};

describe("diffRuns", () => {
  it("tells what is different, grouped, and nothing else", () => {
    const found = diffRuns(FIRST, SECOND).differences.map(
      ({ group, path, kind, before, after }) => [group, path, kind, before, after],
    );
    expect(found).toEqual([
      ["image", "digest", "changed", "sha256:1", "sha256:2"],
      ["code", "git.dirty", "changed", false, true],
      ["data", "train.bytes", "changed", 8, 9],
      ["data", "train.digest", "changed", "d1", "d2"],
      ["hyperparameters", "epochs", "removed", "3", undefined],
      ["hyperparameters", "lr", "changed", "0.1", "0.01"],
      ["hyperparameters", "seed", "added", undefined, "\u001b[2J"],
      ["environment", "LEVEL", "changed", "info", "debug"],
      ["resources", "InstanceType", "changed", "ml.m5.large", "ml.m5.xlarge"],
      ["metrics", "loss", "changed", 0.5, 0.25],
    ]);
  });

  it("tells the same, the other way round", () => {
    const mirrored = diffRuns(SECOND, FIRST).differences;
    expect(mirrored).toHaveLength(diffRuns(FIRST, SECOND).differences.length);
    expect(mirrored.find(({ path }) => path === "epochs")?.kind).toBe("added");
  });

  it("tells nothing of a run and itself", () => {
    const diff = diffRuns(FIRST, FIRST);
    expect(diff.differences).toEqual([]);
    expect(String(diff)).toBe("The runs of glm-1 and glm-1 do not differ.");
  });

  it("tells an outcome that one of them does not have yet", () => {
    const { outcome: _, ...running } = FIRST;
    const groups = diffRuns(running, FIRST).differences.map(({ group }) => group);
    expect(new Set(groups)).toEqual(new Set(["outcome", "metrics"]));
  });

  it("prints as a table", () => {
    const text = String(diffRuns(FIRST, SECOND));
    expect(inspect(diffRuns(FIRST, SECOND))).toBe(text);
    expect(text.split("\n")).toEqual([
      "                glm-1        glm-2",
      "image",
      "  digest        sha256:1     sha256:2",
      "code",
      "  git.dirty     false        true",
      "data",
      "  train.bytes   8            9",
      "  train.digest  d1           d2",
      "hyperparameters",
      "  epochs        3            -",
      "  lr            0.1          0.01",
      '  seed          -            "\\u001b[2J"',
      "environment",
      "  LEVEL         info         debug",
      "resources",
      "  InstanceType  ml.m5.large  ml.m5.xlarge",
      "metrics",
      "  loss          0.5          0.25",
    ]);
  });

  it("cuts long values where it still shows in what they differ, at the width of the terminal", () => {
    const uri = (end: string): RunRecord => ({
      ...FIRST,
      channels: { train: { source: "s3", uri: `s3://bucket/${"a-long-way/".repeat(20)}${end}` } },
    });
    const diff = diffRuns(uri("old/"), uri("new/"));

    for (const width of [60, 100, 160]) {
      const row = diff.toString({ width }).split("\n").at(-1) ?? "";
      expect(row.length).toBeLessThanOrEqual(width);
      expect(row).toMatch(/^ {2}train\.uri {2}…\S+old\/ +…\S+new\/$/);
    }
  });

  it("is shown as a table by notebooks, with nothing in it that a page could run", () => {
    const evil = "<img src=x onerror=alert(1)>";
    const other = { ...SECOND, request: { ...SECOND.request, HyperParameters: { [evil]: evil } } };
    const diff = diffRuns(FIRST, other);

    const html = diff.toHtml();

    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(html).toMatch(/^<table [^>]*>.*<\/table>$/s);
    expect(html.match(/<tr>/g)).toHaveLength(
      1 + diff.differences.length + new Set(diff.differences.map(({ group }) => group)).size,
    );
    const shown = (diff as unknown as Record<symbol, () => object>)[Symbol.for("Jupyter.display")];
    expect(shown?.call(diff)).toEqual({ "text/plain": String(diff), "text/html": html });
    expect(diffRuns(FIRST, FIRST).toHtml()).toBe(
      "<p>The runs of glm-1 and glm-1 do not differ.</p>",
    );
  });
});
