import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ImageContext,
  resolveImage,
} from "../../../../src/local/services/sagemaker/images.ts";

let folder: string;
let context: ImageContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "images-"));
  await mkdir(join(folder, "glm"));
  await mkdir(join(folder, "roots/inside/deep"), { recursive: true });
  await writeFile(join(folder, "file"), "");
  await symlink(folder, join(folder, "roots/out"));
  context = {
    images: { "glm:1.0": "glm", gone: "nowhere", broken: "file" },
    imageRoots: ["roots"],
    workingFolder: folder,
  };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("resolveImage", () => {
  it("takes a mapped image, whichever way the request came", async () => {
    for (const origin of ["http", "in-process"] as const) {
      expect(await resolveImage("glm:1.0", origin, context)).toBe(join(folder, "glm"));
    }
  });

  it("takes a folder's path in the process, relative to the working folder or absolute", async () => {
    expect(await resolveImage("glm", "in-process", context)).toBe(join(folder, "glm"));
    expect(await resolveImage("./roots/../glm", "in-process", context)).toBe(join(folder, "glm"));
    expect(await resolveImage(join(folder, "glm"), "in-process", context)).toBe(
      join(folder, "glm"),
    );
  });

  it("takes a folder over HTTP only if it lies under one of the image roots", async () => {
    const inside = join(folder, "roots/inside");
    expect(await resolveImage("inside", "http", context)).toBe(inside);
    expect(await resolveImage("inside/deep", "http", context)).toBe(join(inside, "deep"));
    expect(await resolveImage(inside, "http", context)).toBe(inside);
  });

  it.each([
    "glm",
    "../glm",
    "inside/../../glm",
    "out",
    "out/glm",
    ".",
    "",
    "..",
    "/",
    "/etc",
    "constructor",
  ])("does not take %j over HTTP", async (image) => {
    await expect(resolveImage(image, "http", context)).rejects.toThrow(
      /does not know the image .* images: \{ .* imageRoots/s,
    );
  });

  it("says how to map an image that it does not know", async () => {
    await expect(resolveImage("other:2.0", "in-process", context)).rejects.toMatchObject({
      code: "ValidationException",
      message: expect.stringContaining(
        'new LocalCloud({ images: { "other:2.0": "path/to/program" } })',
      ),
    });
    await expect(resolveImage("file", "in-process", context)).rejects.toThrow("does not know");
    await expect(resolveImage("", "in-process", context)).rejects.toThrow("does not know");
  });

  it.each(["gone", "broken"])("says that the image %s is mapped to no folder", async (image) => {
    await expect(resolveImage(image, "http", context)).rejects.toThrow("which is not a folder");
  });
});
