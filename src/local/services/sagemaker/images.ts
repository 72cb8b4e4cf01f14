/** Which program folder an image stands for. */

import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { ServiceError } from "../../wire/service-error.ts";

/** Where images are looked for. */
export interface ImageContext {
  /** A folder for each image's URI. */
  readonly images: Readonly<Record<string, string>>;
  /** Folders under which any folder may be named over HTTP. */
  readonly imageRoots: readonly string[];
  /** What relative folders start from. */
  readonly workingFolder: string;
}

/**
 * The program folder (absolute) of an image: the one that `images` maps it to; in the process, the folder of that path;
 * over HTTP, such a folder under one of `imageRoots`.
 *
 * @param image - the request's TrainingImage
 * @param origin - how the request came
 * @throws {@link ServiceError} `ValidationException` that says how to map the image
 */
export async function resolveImage(
  image: string,
  origin: "in-process" | "http",
  context: ImageContext,
): Promise<string> {
  const { images, imageRoots, workingFolder } = context;
  const mapped = Object.hasOwn(images, image) ? images[image] : undefined;
  if (mapped !== undefined) {
    const folder = resolve(workingFolder, mapped);
    if (await isFolder(folder)) return folder;
    throw invalid(`The image "${image}" is mapped to ${folder}, which is not a folder.`);
  }
  if (origin === "in-process") {
    const folder = resolve(workingFolder, image);
    if (image !== "" && (await isFolder(folder))) return folder;
    throw unknown(image, "or give a program folder's path as the image");
  }
  for (const root of imageRoots) {
    const folder = await folderUnder(resolve(workingFolder, root), image);
    if (folder !== undefined) return folder;
  }
  throw unknown(image, "or name a program folder under one of its imageRoots");
}

/** The folder, if it truly lies under the root: `..` and links that lead out do not. */
async function folderUnder(root: string, image: string): Promise<string | undefined> {
  try {
    const real = await realpath(root);
    const folder = await realpath(isAbsolute(image) ? image : join(real, image));
    const inside = relative(real, folder);
    const isInside =
      inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
    return isInside && (await isFolder(folder)) ? folder : undefined;
  } catch {
    // It does not exist, or may not be looked at: it is no image either way.
    return undefined;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

function unknown(image: string, otherwise: string): ServiceError {
  return invalid(
    `The local cloud does not know the image "${image}". Map it to its program folder: ` +
      `new LocalCloud({ images: { ${JSON.stringify(image)}: "path/to/program" } }), ${otherwise}. ` +
      "A program folder holds what the image's Dockerfile copies, with an executable train.",
  );
}

function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}
