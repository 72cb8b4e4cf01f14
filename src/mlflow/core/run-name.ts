/** Names for runs that were given none. */

import { randomInt } from "node:crypto";

const HOW =
  "agile amber bold brisk calm clear crisp early eager fair fleet gentle keen lively lucid mellow noble patient quiet sturdy".split(
    " ",
  );
const WHAT =
  "badger crane curlew dormouse falcon finch fox hare heron jay lark lynx marten otter owl plover raven seal stoat wren".split(
    " ",
  );

/** A name that can be said aloud: `keen-otter-417`. */
export function randomRunName(): string {
  return [HOW[randomInt(HOW.length)], WHAT[randomInt(WHAT.length)], randomInt(1000)].join("-");
}
