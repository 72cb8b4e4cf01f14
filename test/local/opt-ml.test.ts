import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  configFiles,
  hostFolder,
  hostsFile,
  inputDataConfigJson,
  optMlFolders,
  resourceConfigJson,
  writeHostFolder,
} from "../../src/local/opt-ml.ts";
import { readJobRequest } from "../../src/local/runner/job-request.ts";

const channel = (name: string, more: object = {}): object => ({
  ChannelName: name,
  DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://bucket/data/" } },
  ...more,
});
const request = (more: object = {}): ReturnType<typeof readJobRequest> =>
  readJobRequest({
    AlgorithmSpecification: { TrainingInputMode: "File" },
    ResourceConfig: { InstanceType: "ml.g4dn.12xlarge", InstanceCount: 1 },
    OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
    ...more,
  });
const file = (parsed: ReturnType<typeof readJobRequest>, name: string): string | undefined =>
  configFiles(parsed, "algo-1").find(([other]) => other === name)?.[1];

describe("input/config, byte for byte", () => {
  it("inputdataconfig.json has the 107 bytes of a real job", () => {
    const text = file(request({ InputDataConfig: [channel("training")] }), "inputdataconfig.json");
    expect(text).toBe(
      '{"training":{"TrainingInputMode":"File","S3DistributionType":"FullyReplicated","RecordWrapperType":"None"}}',
    );
    expect(text).toHaveLength(107);
  });

  it("inputdataconfig.json has a content type first, and the channel's own mode and distribution", () => {
    const parsed = request({
      InputDataConfig: [
        channel("train", { ContentType: "text/csv", InputMode: "Pipe" }),
        {
          ...channel("test"),
          DataSource: { S3DataSource: { S3DataDistributionType: "ShardedByS3Key" } },
        },
      ],
    });
    expect(file(parsed, "inputdataconfig.json")).toBe(
      '{"train":{"ContentType":"text/csv","TrainingInputMode":"Pipe","S3DistributionType":"FullyReplicated","RecordWrapperType":"None"},' +
        '"test":{"TrainingInputMode":"File","S3DistributionType":"ShardedByS3Key","RecordWrapperType":"None"}}',
    );
  });

  it("keeps the order of channels whatever they are called", () => {
    const names = ["b", "1", "__proto__", "0", "a"];
    const text = inputDataConfigJson(
      request({ InputDataConfig: names.map((name) => channel(name)) }).channels,
    );
    expect([...text.matchAll(/"([^"]+)":\{/g)].map(([, name]) => name)).toEqual(names);
  });

  it("resourceconfig.json has the 280 bytes of a real job, and the topology of today's", () => {
    const text = file(request(), "resourceconfig.json");
    const topology = ',"topology":null}';
    expect(text).toBe(
      '{"current_host":"algo-1","current_instance_type":"ml.g4dn.12xlarge","current_group_name":"homogeneousCluster","hosts":["algo-1"],' +
        '"instance_groups":[{"instance_group_name":"homogeneousCluster","instance_type":"ml.g4dn.12xlarge","hosts":["algo-1"]}],' +
        `"network_interface_name":"eth0"${topology}`,
    );
    expect(text?.length).toBe(280 + topology.length - 1);
  });

  it("resourceconfig.json numbers hosts across instance groups", () => {
    const { instanceGroups } = request({
      ResourceConfig: {
        InstanceGroups: [
          { InstanceGroupName: "cpu", InstanceType: "ml.m5.large", InstanceCount: 1 },
          { InstanceGroupName: "gpu", InstanceType: "ml.g5.xlarge", InstanceCount: 2 },
        ],
      },
    });
    const config = JSON.parse(resourceConfigJson(instanceGroups, "algo-3"));
    expect(config).toMatchObject({
      current_host: "algo-3",
      current_instance_type: "ml.g5.xlarge",
      current_group_name: "gpu",
      hosts: ["algo-1", "algo-2", "algo-3"],
    });
    expect(config.instance_groups[1].hosts).toEqual(["algo-2", "algo-3"]);
  });

  it("hyperparameters.json is compact, in the request's order, and {} without any", () => {
    expect(file(request(), "hyperparameters.json")).toBe("{}");
    expect(
      file(
        request({ HyperParameters: { epochs: "3", sagemaker_program: '"train.py"', a: "é" } }),
        "hyperparameters.json",
      ),
    ).toBe('{"epochs":"3","sagemaker_program":"\\"train.py\\"","a":"é"}');
  });

  it("the files that are always there are there, the others when they are asked for", () => {
    const names = (more?: object): string[] =>
      configFiles(request(more), "algo-1").map(([name]) => name);
    expect(file(request(), "metric-definition-regex.json")).toBe("[]");
    expect(names()).toEqual([
      "hyperparameters.json",
      "inputdataconfig.json",
      "resourceconfig.json",
      "init-config.json",
      "metric-definition-regex.json",
    ]);
    const all = {
      CheckpointConfig: {},
      DebugHookConfig: { S3OutputPath: "s3://b" },
      ProfilerConfig: {},
    };
    expect(names(all)).toEqual([
      ...names(),
      "checkpointconfig.json",
      "debughookconfig.json",
      "profilerconfig.json",
    ]);
    expect(file(request(all), "checkpointconfig.json")).toBe('{"LocalPath":"/opt/ml/checkpoints"}');
    expect(file(request(all), "debughookconfig.json")).toBe('{"S3OutputPath":"s3://b"}');
  });
});

describe("folders", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "opt-ml-"));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it("stand before the program starts", async () => {
    const host = hostFolder(root, "algo-1");
    const parsed = request({
      InputDataConfig: [channel("train")],
      CheckpointConfig: { S3Uri: "s3://b/c", LocalPath: "/opt/ml/local-checkpoints" },
    });
    await writeHostFolder(host, parsed);
    for (const folder of [...optMlFolders(parsed, "algo-1"), "local-checkpoints"]) {
      expect(await readdir(join(host.ml, folder))).toBeDefined();
    }
    expect(await readFile(join(host.ml, "input/config/hyperparameters.json"), "utf8")).toBe("{}");
    expect((await readdir(host.path)).sort()).toEqual(["home", "hosts", "ml", "scratch", "tmp"]);
  });

  it("hold a channel only on the hosts of its instance groups", () => {
    const parsed = request({
      ResourceConfig: {
        InstanceGroups: [
          { InstanceGroupName: "a", InstanceType: "ml.m5.large", InstanceCount: 1 },
          { InstanceGroupName: "b", InstanceType: "ml.m5.large", InstanceCount: 1 },
        ],
      },
      InputDataConfig: [
        {
          ChannelName: "only-b",
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", InstanceGroupNames: ["b"] } },
        },
      ],
    });
    expect(optMlFolders(parsed, "algo-1")).not.toContain("input/data/only-b");
    expect(optMlFolders(parsed, "algo-2")).toContain("input/data/only-b");
  });
});

it("gives each host an address of its own", () => {
  const lines = hostsFile(Array.from({ length: 300 }, (_, index) => `algo-${index + 1}`)).split(
    "\n",
  );
  const addresses = lines
    .filter((line) => line.includes("algo-"))
    .map((line) => line.split(" ")[0]);
  expect(addresses.slice(0, 2)).toEqual(["127.0.0.1", "127.0.0.2"]);
  expect(new Set(addresses).size).toBe(300);
});
