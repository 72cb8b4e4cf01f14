import { expect, it } from "vitest";
import {
  judge,
  NOBODYS,
  type Owner,
  oursUpTo,
  type Place,
} from "../../../src/mlflow/job/metric-owner.ts";

/** What the job prints at a step, as everybody finds it who follows the job. */
const point = (step: number): Place => ({ step, timestamp: 1000 + step });
/** What a program logs by itself, a little later. */
const theirs = (step: number): Place => ({ step, timestamp: 1007 + step });
const points = (first: number, last: number): Place[] =>
  Array.from({ length: last - first + 1 }, (_, index) => point(first + index));

const CASES: readonly [
  what: string,
  owner: Owner,
  stored: Place | undefined,
  points: Place[],
  Owner,
][] = [
  ["is ours while nobody has written", NOBODYS, undefined, points(0, 2), NOBODYS],
  [
    "is ours while only we have written",
    oursUpTo(point(2)),
    point(2),
    points(3, 4),
    oursUpTo(point(2)),
  ],
  [
    "is ours while the server has not got everything",
    oursUpTo(point(4)),
    point(2),
    points(5, 5),
    oursUpTo(point(4)),
  ],
  [
    "is ours up to where another follower came",
    oursUpTo(point(2)),
    point(4),
    points(3, 6),
    oursUpTo(point(4)),
  ],
  [
    "waits for a follower who is ahead",
    oursUpTo(point(2)),
    point(9),
    points(3, 4),
    { last: point(2), through: 9 },
  ],
  [
    "goes on where that one left",
    { last: point(2), through: 9 },
    point(9),
    points(8, 11),
    oursUpTo(point(9)),
  ],
  [
    "is a program's that wrote another point after ours",
    oursUpTo(point(2)),
    theirs(3),
    points(3, 4),
    "theirs",
  ],
  [
    "is a program's that wrote the same step",
    oursUpTo(point(2)),
    theirs(2),
    points(3, 4),
    "theirs",
  ],
  [
    "is a program's that was ahead",
    { last: point(2), through: 9 },
    theirs(9),
    points(8, 11),
    "theirs",
  ],
  ["stays a program's", "theirs", point(2), points(3, 4), "theirs"],
];

it.each(CASES)("a metric %s", (_, owner, stored, some, expected) => {
  expect(judge(owner, stored, some)).toEqual(expected);
});
