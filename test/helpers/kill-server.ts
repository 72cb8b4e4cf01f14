/** A program that listens, for tests that kill it: `kill-server.ts FOLDER ENGINE`. It prints the address, and ends with its standard input. */

import { join } from "node:path";
import { LocalCloud, type LocalCloudOptions } from "../../src/local/index.ts";

const [folder = "", engine = "auto"] = process.argv.slice(2);
const cloud = new LocalCloud({
  root: join(folder, "root"),
  engine: engine as NonNullable<LocalCloudOptions["engine"]>,
  images: { "program:1": join(folder, "program") },
  stopGraceSeconds: 1,
});
const { url } = await cloud.listen();
console.log(url);
process.stdin.resume().on("end", () => process.exit(0));
