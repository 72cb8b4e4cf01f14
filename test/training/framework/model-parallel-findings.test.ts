import { describe, expect, test } from "vitest";
import { modelParallelFindings } from "../../../src/training/framework/model-parallel-findings.ts";
import { isBefore } from "../../../src/training/framework/version.ts";

describe("parameters of model parallelism", () => {
  test.each<[string, Record<string, unknown>]>([
    ["pipeline", { pipeline: "fast" }],
    ["placement_strategy", { placement_strategy: "near" }],
    ["optimize", { optimize: "cost" }],
    ["microbatches", { microbatches: 0 }],
    ["partitions", { partitions: 1.5 }],
    ["ddp", { ddp: "true" }],
    ["partition_file", { partition_file: 3 }],
    ["memory_weight", { memory_weight: 2 }],
    ["ddp_port", { ddp: true, ddp_port: -1 }],
    ["ddp_port", { ddp_port: 1234 }],
    ["ddp_dist_backend", { ddp_dist_backend: "nccl" }],
    ["default_partition", { auto_partition: false }],
    ["default_partition", { default_partition: 2, partitions: 2 }],
    ["", { ddp: true, horovod: true }],
  ])("are told where they are wrong: %s of %j", (member, parameters) => {
    expect(modelParallelFindings(parameters).map((each) => each.member)).toEqual([member]);
  });

  test("pass where they are right, and where nothing is known of them", () => {
    expect(
      modelParallelFindings({
        pipeline: "interleaved",
        optimize: "speed",
        partitions: 4,
        default_partition: 0,
        auto_partition: false,
        ddp: true,
        ddp_port: 1234,
        memory_weight: 0.5,
        hybrid_shard_degree: 8,
      }),
    ).toEqual([]);
  });
});

describe("versions", () => {
  test.each([
    ["2.9", "2.10", true],
    ["2.10", "2.9", false],
    ["2.2", "2.2.0", false],
    ["2.2.0", "2.2", false],
    ["1.13.0", "1.13.1", true],
    ["2.2", "2.3.1", true],
  ])("%s before %s: %s", (version, other, expected) => {
    expect(isBefore(version, other)).toBe(expected);
  });
});
