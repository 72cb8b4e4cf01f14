/** A local cloud over HTTP, in a process of its own: prints its URL, ends with its standard input. `node serve-cloud.mjs ROOT` */

import { load } from "./harness.mjs";

const { LocalCloud } = await load("local/index.js");
const { url } = await new LocalCloud({ root: process.argv[2] }).listen();
console.log(url);
process.stdin.on("end", () => process.exit()).resume();
