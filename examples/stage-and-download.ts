/** Files to S3 and back, by the methods that the Python SDK has: once with paths, once with text. */

import { mkdir, readdir, writeFile } from "node:fs/promises";
import { S3Downloader, S3Uploader, s3PathJoin } from "sagemaker-estimator";
import { LocalCloud } from "sagemaker-estimator/local";

const session = new LocalCloud().session(); // on AWS: new Session()
const home = s3PathJoin("s3://", await session.defaultBucket(), "by-hand");

await mkdir("data/january", { recursive: true });
await writeFile("data/january/claims.csv", "claims\n3\n");
await writeFile("data/readme.txt", "claims by month\n");

const uri = await S3Uploader.upload("data", s3PathJoin(home, "data"), { session });
console.log("Uploaded to", uri);
console.log(await S3Downloader.list(uri, { session }));

await S3Downloader.download(uri, "copy", { session });
console.log(await readdir("copy", { recursive: true }));

const note = await S3Uploader.uploadStringAsFileBody("seen", s3PathJoin(home, "note.txt"), {
  session,
});
console.log(await S3Downloader.readFile(note, { session }));
