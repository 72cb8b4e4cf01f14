import { gzipSync } from "node:zlib";
import type { ResourceConfig } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChannelReport, channelOf, reportOf } from "../../helpers/channel-report.ts";
import { SANDBOXES } from "../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

const SHARDED = { S3DataDistributionType: "ShardedByS3Key" } as const;
const PIPE = { InputMode: "Pipe" } as const;
const NAMES = ["a", "b", "c", "d", "e", "f", "g"];

let cloud: JobCloud;
beforeAll(async () => {
  cloud = await startJobCloud({ engine: SANDBOXES[0] ?? "process" });
  for (const name of NAMES) await cloud.put(`data/${name}`, name);
  // Folders are everywhere, and do not count where files are shared out.
  await cloud.put("data/b-folder/", "");
  await cloud.put("one/only", "1");
  await cloud.put("hollow/", "");
  await cloud.put("hollow/sub/", "");
  await cloud.put("hollow/zero", "");
  await cloud.put("manifest", JSON.stringify([{ prefix: "s3://bucket/data/" }, "c", "a", "b"]));
  await cloud.put("twice", JSON.stringify([{ prefix: "s3://bucket/data/" }, "b", "a", "b"]));
  const lines = NAMES.map((name) => ({ "x-ref": `s3://bucket/data/${name}`, label: `=${name};` }));
  await cloud.put("augmented", lines.map((line) => JSON.stringify(line)).join("\r\n"));
});
afterAll(async () => {
  await cloud.stop();
});

const augmented = {
  S3DataType: "AugmentedManifestFile" as const,
  AttributeNames: ["x-ref", "label"],
};
const manifest = { S3DataType: "ManifestFile" } as const;
const groups = (...counts: [string, number][]): { ResourceConfig: ResourceConfig } => ({
  ResourceConfig: {
    VolumeSizeInGB: 5,
    InstanceGroups: counts.map(([InstanceGroupName, InstanceCount]) => ({
      ...{ InstanceGroupName, InstanceCount, InstanceType: "ml.m5.large" },
    })),
  },
});
const files = (names: string, folder = ""): Record<string, string> =>
  Object.fromEntries([...names].map((name) => [`${folder}${name}`, name]));
const twice = (text: string): ChannelReport => ({ epochs: [text, text] });
const list = (prefix: string, names: string) => [{ prefix: `s3://bucket/${prefix}` }, ...names];

describe.skipIf(SANDBOXES.length === 0)("channels of a job of several hosts", () => {
  it("come each in its mode and form, shared out among the hosts that get it", async () => {
    const { status, hosts } = await reportOf(
      cloud,
      [
        channelOf("file", "data/", {}, SHARDED),
        channelOf("view", "data/", { InputMode: "FastFile" }, SHARDED),
        channelOf("pipe", "data/", PIPE, SHARDED),
        channelOf("named", "manifest", {}, { ...manifest, ...SHARDED }),
        channelOf("named-pipe", "manifest", PIPE, { ...manifest, ...SHARDED }),
        channelOf("lines", "augmented", PIPE, { ...augmented, ...SHARDED }),
        channelOf("group", "data/", {}, { ...SHARDED, InstanceGroupNames: ["b"] }),
        channelOf("group-pipe", "data/", PIPE, { ...SHARDED, InstanceGroupNames: ["b"] }),
        channelOf("whole", "manifest", {}, { ...manifest, InstanceGroupNames: ["a"] }),
        channelOf("few", "one/", {}, SHARDED),
        channelOf("few-pipe", "one/", PIPE, SHARDED),
        channelOf("hollow", "hollow/", {}, SHARDED),
        channelOf("hollow-pipe", "hollow/", PIPE),
      ],
      groups(["a", 1], ["b", 2]),
    );
    expect(status).toBe("Completed");
    const host = (file: string, named: string, few: string, hollow: string): object => ({
      file: { files: files(file), list: list("data/", file) },
      view: { files: files(file) },
      pipe: twice(file),
      named: {
        files: files(named, "data/"),
        list: list("", "").concat(...[...named].map((name) => `data/${name}`)),
      },
      "named-pipe": twice(named),
      lines: twice([...file].map((name) => `${name}=${name};`).join("")),
      few: {
        files: few === "" ? {} : { only: few },
        list: [...list("one/", ""), ...(few === "" ? [] : ["only"])],
      },
      "few-pipe": twice(few),
      hollow: {
        files: hollow === "" ? {} : { [hollow]: "" },
        list: [...list("hollow/", ""), ...(hollow === "" ? [] : [hollow])],
      },
      "hollow-pipe": twice(""),
    });
    const group = (names: string): object => ({
      group: { files: files(names), list: list("data/", names) },
      "group-pipe": twice(names),
    });
    expect(hosts).toEqual([
      {
        ...host("adg", "c", "1", "zero"),
        whole: {
          files: files("cab", "data/"),
          list: [...list("", ""), "data/c", "data/a", "data/b"],
        },
      },
      { ...host("be", "a", "", ""), ...group("aceg") },
      { ...host("cf", "b", "", ""), ...group("bdf") },
    ]);
  });

  it("are shuffled by their seed in every form, and dealt out anew for each epoch", async () => {
    const seeded = { ShuffleConfig: { Seed: 3 } };
    const { status, hosts } = await reportOf(
      cloud,
      [
        channelOf("file", "data/", seeded, SHARDED),
        channelOf("view", "data/", { ...seeded, InputMode: "FastFile" }, SHARDED),
        channelOf("pipe", "data/", { ...seeded, ...PIPE }, SHARDED),
        channelOf("all", "data/", { ...seeded, ...PIPE }),
        channelOf("named", "manifest", { ...seeded, ...PIPE }, manifest),
        channelOf("named-files", "manifest", seeded, { ...manifest, ...SHARDED }),
        channelOf("lines", "augmented", { ...seeded, ...PIPE }, augmented),
      ],
      groups(["a", 2]),
    );
    expect(status).toBe("Completed");
    const [one = {}, two = {}] = hosts;
    const every = (index: number, from: number): string =>
      [...(one["all"]?.epochs?.[index] ?? "")].filter((_, at) => at % 2 === from).join("");
    const [first = "", second = ""] = one["all"]?.epochs ?? [];
    expect([...first].sort()).toEqual(NAMES);
    expect([...second].sort()).toEqual(NAMES);
    expect(new Set([NAMES.join(""), first, second]).size).toBe(3);
    // Each host has the same order, and takes every second of it.
    expect(two["all"]).toEqual(one["all"]);
    expect(one["pipe"]?.epochs).toEqual([every(0, 0), every(1, 0)]);
    expect(two["pipe"]?.epochs).toEqual([every(0, 1), every(1, 1)]);
    expect([...every(0, 0)].sort()).not.toEqual([...every(1, 0)].sort());
    // Files are dealt out as the first epoch is.
    expect(one["file"]).toEqual({ files: files(every(0, 0)), list: list("data/", every(0, 0)) });
    expect(two["view"]).toEqual({ files: files(every(0, 1)) });
    const named = one["named"]?.epochs ?? [];
    expect(named.map((epoch) => [...epoch].sort().join(""))).toEqual(["abc", "abc"]);
    expect(new Set(["cab", ...named]).size).toBeGreaterThan(1);
    const [name = "", other = "", third = ""] = named[0] ?? "";
    expect(one["named-files"]?.files).toEqual(files(name + third, "data/"));
    expect(two["named-files"]?.files).toEqual(files(other, "data/"));
    const lines = one["lines"]?.epochs?.map((epoch) => epoch.split(";").slice(0, -1));
    for (const epoch of lines ?? [])
      expect([...epoch].sort()).toEqual(NAMES.map((n) => `${n}=${n}`));
    expect(lines?.[0]).not.toEqual(lines?.[1]);
  });
});

describe("channels of one host", () => {
  const put = async (Key: string, Body: Uint8Array): Promise<void> => {
    await cloud.s3.putObject({ Bucket: "bucket", Key, Body });
  };
  const zipped = { CompressionType: "Gzip", ...PIPE } as const;

  it("take a manifest's object named twice as one file, and stream it twice", async () => {
    const { status, hosts } = await reportOf(cloud, [
      channelOf("file", "twice", {}, manifest),
      channelOf("pipe", "twice", PIPE, manifest),
    ]);
    expect(status).toBe("Completed");
    expect(hosts[0]).toEqual({
      file: { files: files("ba", "data/"), list: [{ prefix: "s3://bucket/" }, "data/b", "data/a"] },
      pipe: twice("bab"),
    });
  });

  it("are unzipped whole: several members in one object, by way of a manifest, left before the end", async () => {
    await put("zip/1", Buffer.concat([gzipSync("one,"), gzipSync(""), gzipSync("two;")]));
    await put("zip/2", gzipSync("y\n".repeat(500_000), { level: 0 }));
    await cloud.put("zips", JSON.stringify([{ prefix: "s3://bucket/zip/" }, "1", "1"]));
    const { status, hosts } = await reportOf(cloud, [channelOf("zip", "zips", zipped, manifest)]);
    expect(status).toBe("Completed");
    expect(hosts[0]?.["zip"]).toEqual(twice("one,two;one,two;"));
    const left = await cloud.run('head -c 8 "$ml/input/data/zip_0"', {
      InputDataConfig: [channelOf("zip", "zip/", zipped)],
    });
    expect(left.TrainingJobStatus).toBe("Completed");
  });

  it.each([
    ["cut off", gzipSync("x".repeat(1000)).subarray(0, -9), /unexpected end of file/],
    ["of no bytes", new Uint8Array(), /unexpected end of file/],
    [
      "damaged",
      Buffer.concat([gzipSync("x").subarray(0, -8), Buffer.alloc(8)]),
      /incorrect data check/,
    ],
  ])("fail by name where a compressed object is %s", async (name, bytes, why) => {
    await put(`bad/${name}/object`, bytes);
    const { reason } = await reportOf(cloud, [channelOf("zip", `bad/${name}/`, zipped)]);
    expect(reason).toContain(`Unable to download object s3://bucket/bad/${name}/object (`);
    expect(reason).toMatch(why);
  });

  it("wrap each value of an augmented manifest in a record of its own", async () => {
    await cloud.put(
      "two-lines",
      '{"x-ref": "s3://bucket/data/a", "label": ""}\n{"label": {"b": 1}, "x-ref": "s3://bucket/data/c"}',
    );
    const records = { RecordWrapperType: "RecordIO", ...PIPE } as const;
    const { hosts } = await reportOf(cloud, [
      channelOf("lines", "two-lines", records, augmented),
      // What stands for a folder is no record; an object without bytes is an empty one.
      channelOf("hollow", "hollow/", records),
    ]);
    const record = (text: string): string => {
      const header = Buffer.from("0a23d7ce00000000", "hex");
      header.writeUInt32LE(text.length, 4);
      return header.toString("latin1") + text + "\0".repeat(-text.length & 3);
    };
    expect(hosts[0]).toEqual({
      lines: twice(["a", "", "c", '{"b":1}'].map(record).join("")),
      hollow: twice(record("")),
    });
  });

  it("of nothing are refused when the job is created, in the service's words", async () => {
    await expect(
      cloud.create("true", { InputDataConfig: [channelOf("train", "nothing/", PIPE)] }),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining('No S3 objects found under S3 URL "s3://bucket/nothing/"'),
    });
  });
});
