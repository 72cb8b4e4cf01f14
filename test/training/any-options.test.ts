/** Whatever a caller without types gives, at whatever depth: it is told in words for people, and nothing else is thrown. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  FileSystemInput,
  type FileSystemInputOptions,
  type FitInputs,
  SageMakerError,
  type Session,
  TrainingInput,
  type TrainingInputOptions,
} from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";
import type { Kind } from "../../src/training/kinds.ts";
import {
  ESTIMATOR_KINDS,
  FILE_SYSTEM_INPUT_KINDS,
  FIT_KINDS,
  TRAINING_INPUT_KINDS,
} from "../../src/training/option-kinds.ts";
import { awsSession, CASE_OPTIONS } from "../helpers/plan-case.ts";

const SECRET = "hunter2";
const NAMES = new Set([
  ...[ESTIMATOR_KINDS, FIT_KINDS].flatMap(Object.keys),
  ...["inputs", "options"],
]);

class Own {
  a = 1;
}
const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;

const ODD: readonly unknown[] = [
  ...[null, undefined, Number.NaN, -0, -1, 1.5, Number.POSITIVE_INFINITY, 2 ** 60, true, 5n],
  ...["", " ", "x".repeat(3000), "a\nb", "\0", "ü😀", "s3://", "s3://b ad/x", "/nonexistent"],
  ...[[], [[]], [null], [undefined], ["a", 1, {}], {}, { a: { b: [1, { c: null }] } }, cyclic],
  ...[new Date(Number.NaN), new Map([["a", 1]]), new Set([1]), new Own(), Symbol("s"), /x/],
  ...[() => 1, Object.freeze({ a: 1 }), Object.create(null), Promise.resolve(1), Buffer.from("x")],
  JSON.parse('{"__proto__": {"x": 1}, "constructor": 1, "toString": "x"}'),
  { [Symbol("k")]: 1 },
  {
    toJSON() {
      throw new Error(SECRET);
    },
  },
  { "~standard": { validate: () => ({ issues: 5 }) } },
];

const odd = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD) },
  fc.array(fc.constantFrom(...ODD), { maxLength: 3 }),
  fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("name", "__proto__")),
    fc.constantFrom(...ODD),
  ),
);

/** A value of that kind, or of another at any depth. */
function near(kind: Kind): fc.Arbitrary<unknown> {
  if (kind === "string") return fc.oneof(fc.constantFrom("x", "s3://bucket/x"), odd);
  if (typeof kind === "string" || "like" in kind) return odd;
  if ("list" in kind) return fc.oneof(odd, fc.array(near(kind.list), { maxLength: 3 }));
  if ("map" in kind) return fc.oneof(odd, fc.dictionary(fc.string(), near(kind.map)));
  if ("members" in kind) return fc.oneof(odd, some(kind.members, 4));
  if ("oneOf" in kind) return fc.oneof(...kind.oneOf.map(near));
  return fc.oneof(odd, fc.constantFrom(...kind.word));
}

/** Some of the members. */
function some(members: Readonly<Record<string, Kind>>, most: number): fc.Arbitrary<object> {
  return fc
    .uniqueArray(fc.constantFrom(...Object.keys(members)), { maxLength: most })
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, near(members[name] as Kind)]))),
    );
}

const options = fc.oneof(
  some(ESTIMATOR_KINDS, 4),
  fc.record({
    overrides: fc.dictionary(
      fc.constantFrom("ResourceConfig", "InputDataConfig", "HyperParameters", "Tags", "NewThing"),
      fc.oneof(odd, fc.dictionary(fc.constantFrom("InstanceType", "InstanceGroups"), odd)),
    ),
  }),
);
const input = fc.oneof(
  odd,
  fc
    .tuple(near("string"), some(TRAINING_INPUT_KINDS, 3))
    .map(([uri, more]) => new TrainingInput(uri as string, more as TrainingInputOptions)),
  some(FILE_SYSTEM_INPUT_KINDS, 3).map((all) => new FileSystemInput(all as FileSystemInputOptions)),
);
const inputs = fc.oneof(
  input,
  fc.dictionary(fc.oneof(fc.constantFrom("train", "", "a b"), fc.string()), input, { maxKeys: 3 }),
);

let root: string;
let sessions: readonly Session[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "any-options-"));
  sessions = [awsSession(), new LocalCloud({ root }).session()];
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

/** What must not be read by anybody. */
const UNFIT = /\[object|NaN GB|-\d+ GB|hunter2|Cannot read|is not a function|is not iterable/;

/** What plan() says, or throws. */
async function said(
  session: Session,
  given: object,
  channels: unknown,
  fit: object,
): Promise<{ readonly words: string; readonly paths: readonly string[] }> {
  const estimator = new Estimator({ ...CASE_OPTIONS, session, ...given } as EstimatorOptions);
  try {
    const { findings } = await estimator.plan(channels as FitInputs, {
      ...fit,
      preflight: "offline",
    });
    return {
      words: findings.map(({ message, hint = "" }) => `${message} ${hint}`).join("\n"),
      // Of a name that there is not, the path is that name.
      paths: findings.flatMap(({ path, message }) =>
        message.includes("no such option") ? [] : [path],
      ),
    };
  } catch (error) {
    if (!SageMakerError.isInstance(error)) throw error;
    return { words: error.message, paths: [] };
  }
}

it("plan() tells of it under the names of options, and throws nothing but its own errors", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1),
      options,
      inputs,
      some(FIT_KINDS, 2),
      async (where, given, channels, fit) => {
        const { words, paths } = await said(sessions[where] as Session, given, channels, fit);

        expect(words).not.toMatch(UNFIT);
        expect(paths.filter((path) => !NAMES.has(/^[^.[]*/.exec(path)?.[0] ?? ""))).toEqual([]);
      },
    ),
    { numRuns: 250 },
  );
}, 120_000);
