/** What uploads and downloads do, behind one lazy import. */

export { uploadStream } from "../aws/stream-upload.ts";
export { downloadTree } from "./download-tree.ts";
export { failedFiles, treeError } from "./failures.ts";
export { walkTree } from "./file-tree.ts";
export { listObjects } from "./listing.ts";
export { openObject } from "./object-stream.ts";
export { forEachBounded, orAbort } from "./pool.ts";
export { ProgressMeter } from "./progress.ts";
export { localPath } from "./source.ts";
export { Uploader } from "./upload.ts";
