import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareKeys } from "../../../src/local/services/s3/key-order.ts";
import { channelOf, reportOf } from "../../helpers/channel-report.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";

let cloud: JobCloud;
beforeAll(async () => {
  cloud = await startJobCloud({ engine: "process" });
});
afterAll(async () => {
  await cloud.stop();
});

/** Each object holds its own key, as JSON in ASCII, so that streams of them can be told apart. */
const bodyOf = (key: string): string =>
  `${JSON.stringify(key).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
const fill = async (prefix: string, keys: readonly string[]): Promise<void> => {
  for (const key of keys) await cloud.put(`${prefix}${key}`, key.endsWith("a/") ? "" : bodyOf(key));
};
const range = (from: number, to: number): string =>
  String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, index) => from + index));

const NAMES = [
  // Control characters of both sets, DEL, and what shells, URLs, XML, JSON and Windows have their own ideas about.
  ...[`c0${range(0x01, 0x1f)}`, `c1${range(0x7f, 0x9f)}`, "back\\slash", "line\nbreak", "cr\rlf"],
  ...[" first", "last ", "in  between", "dot.", "...", ".hidden", "..two", "-r", "~", "$HOME`x`"],
  ...["100%", "%2F", "%00", "a+b", "q?x#y&z=1", `<"'>`, "*?[a]{b}|", ":;!^()@,", "CON", "nul.txt"],
  // Differing in case or normal form only; all planes; characters that are none; what turns or joins text.
  ...["Case", "case", "\u00e9", "e\u0301", "\ufb01", "\u212b", "\u00c5", "\u0130", "\u0131"],
  ...["\ufffd", "\ufeff", "\uffff", "\ue000", "\u{1f600}", "\u{20000}", "\u{10ffff}", "\u{1fffe}"],
  ...["\u202etxt", "\u200d", "\u2028", "\u00a0", "\u3000"],
  // As long as a part and a key can be.
  "ü".repeat(127),
  [200, 200, 200, 200, 214].map((length) => "k".repeat(length)).join("/"),
];
/** Other keys, and the files that they are. */
const OTHERS: Readonly<Record<string, string>> = {
  "double//slash": "double/slash",
  "dot/./inside": "dot/inside",
};

describe("keys of all characters that S3 allows", () => {
  const keys = [...NAMES, ...Object.keys(OTHERS)];

  it.skipIf(process.platform !== "linux")(
    "are files of just these names in File and FastFile mode, and a stream in S3's order in Pipe mode",
    async () => {
      await fill("names/", keys);
      expect(Math.max(...keys.map((key) => Buffer.byteLength(`names/${key}`)))).toBe(1024);
      const { status, hosts } = await reportOf(cloud, [
        channelOf("files", "names/"),
        channelOf("view", "names/", { InputMode: "FastFile" }),
        channelOf("stream", "names/", { InputMode: "Pipe" }),
      ]);
      expect(status).toBe("Completed");
      const files = Object.fromEntries(keys.map((key) => [OTHERS[key] ?? key, bodyOf(key)]));
      const sorted = [...keys].sort(compareKeys);
      const stream = sorted.map(bodyOf).join("");
      expect(hosts).toEqual([
        {
          files: { files, list: [{ prefix: "s3://bucket/names/" }, ...sorted] },
          view: { files },
          stream: { epochs: [stream, stream] },
        },
      ]);
    },
  );
});

/** Keys that no folder can hold, or not beside each other; what of them is named, and why. */
const UNUSABLE: readonly (readonly [name: string, keys: string[], named: RegExp, why: RegExp])[] = [
  ["a file where a folder is", ["a", "a/b"], /\/(a|a\/b) \(/, /another key has made a file/],
  ["a folder of its own name", ["a", "a/"], /\/a\/? \(/, /another key has made a file/],
  ["two slashes for one", ["x//y", "x/y"], /\/x\/\/?y \(/, /another key has made a file/],
  ["a dot for nothing", ["n/./m", "n/m"], /\/n\/(\.\/)?m \(/, /another key has made a file/],
  ["a part of 256 bytes", [`p/${"é".repeat(128)}`], /\/p\/é{128} \(/, /255 bytes/],
  ["a slash at the beginning", ["/abs"], /\/\/abs \(/, /would be absolute/],
  ["a way up", ["up/../x"], /\/up\/\.\.\/x \(/, /it holds "\.\."/],
  ["a dot at the end", ["z/."], /\/z\/\. \(/, /it ends in "\."/],
  ["a NUL", ["nul\0\n\u202e"], /\/nul\\u0000\\n\\u202e \(/, /it holds a NUL character/],
  ["a folder with content", ["full/"], /\/full\/ \(/, /ends in a slash but is not empty/],
  ["too much to be shown", [`${"k/".repeat(450)}..`], /(k\/)+…(k\/)+\.\. \(/, /it holds "\.\."/],
];

describe("keys that cannot be files", () => {
  it.each(UNUSABLE)("fail a job in File mode, by name: %s", async (name, keys, named, why) => {
    const prefix = `unusable/${name}/`;
    await fill(prefix, keys);
    const modes = name.startsWith("a part") ? (["File", "FastFile"] as const) : (["File"] as const);
    for (const InputMode of modes) {
      const { status, reason } = await reportOf(cloud, [channelOf("train", prefix, { InputMode })]);
      expect(status).toBe("Failed");
      expect(reason).toMatch(
        /^ClientError: Data download failed:Unable to download object s3:\/\/bucket\//,
      );
      expect(reason).toMatch(named);
      expect(reason).toMatch(why);
      // Neither this machine's paths nor control characters.
      expect(reason).not.toMatch(/\p{Cc}|hosts\/algo-1|node_modules/u);
    }
  });

  it("are streamed in Pipe mode like any other", async () => {
    const all = UNUSABLE.flatMap(([name, keys]) => keys.map((key) => `${name}/${key}`));
    await fill("unusable/", all);
    const { status, hosts } = await reportOf(cloud, [
      channelOf("train", "unusable/", { InputMode: "Pipe" }),
    ]);
    expect(status).toBe("Completed");
    const found = hosts[0]?.["train"]?.epochs?.[0]?.trimEnd().split("\n");
    // What stands for a folder has nothing to stream.
    expect(found).toEqual(
      all
        .filter((key) => !key.endsWith("a/"))
        .sort(compareKeys)
        .map((key) => bodyOf(key).trimEnd()),
    );
  });
});

describe("channels whose names meet", () => {
  it.each([
    ["File", "train-manifest"],
    ["Pipe", "train_12"],
  ] as const)("are refused: train in %s mode, and %s", async (InputMode, other) => {
    await cloud.put("data/a", "a");
    const channels = [channelOf("train", "data/", { InputMode }), channelOf(other, "data/")];
    await expect(cloud.create("true", { InputDataConfig: channels })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(`/opt/ml/input/data/${other}`),
    });
  });
});
