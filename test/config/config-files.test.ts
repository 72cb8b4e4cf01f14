import { describe, expect, it } from "vitest";
import { configPlaces } from "../../src/config/config-files.ts";
import { readEnvironment } from "../../src/environment.ts";

/** Where the two files are looked for. */
function places(
  platform: NodeJS.Platform,
  home: string,
  variables: NodeJS.ProcessEnv = {},
): (readonly [string, string | undefined])[] {
  return configPlaces(readEnvironment(variables).config, { platform, home }).map(
    ({ location, variable }) => [location, variable],
  );
}

describe("the files of defaults", () => {
  it.each([
    [
      "linux",
      "/home/ann",
      "/etc/xdg/sagemaker/config.yaml",
      "/home/ann/.config/sagemaker/config.yaml",
    ],
    [
      "darwin",
      "/Users/ann",
      "/Library/Application Support/sagemaker/config.yaml",
      "/Users/ann/Library/Application Support/sagemaker/config.yaml",
    ],
    [
      "win32",
      "C:\\Users\\ann",
      "C:\\ProgramData\\sagemaker\\sagemaker\\config.yaml",
      "C:\\Users\\ann\\AppData\\Local\\sagemaker\\sagemaker\\config.yaml",
    ],
  ] as const)("lie on %s where the Python SDK looks for them", (platform, home, admin, user) => {
    expect(places(platform, home)).toEqual([
      [admin, undefined],
      [user, undefined],
    ]);
  });

  it("follow the platform's folders where the environment moves them", () => {
    expect(
      places("linux", "/home/ann", { XDG_CONFIG_DIRS: "/opt/xdg:/etc/xdg", XDG_CONFIG_HOME: "/c" }),
    ).toEqual([
      ["/opt/xdg/sagemaker/config.yaml", undefined],
      ["/c/sagemaker/config.yaml", undefined],
    ]);
    expect(places("win32", "C:\\x", { ProgramData: "D:\\P", LOCALAPPDATA: "D:\\L" })).toEqual([
      ["D:\\P\\sagemaker\\sagemaker\\config.yaml", undefined],
      ["D:\\L\\sagemaker\\sagemaker\\config.yaml", undefined],
    ]);
  });

  it("are others where a variable names them; an empty one names nothing", () => {
    expect(
      places("linux", "/home/ann", {
        SAGEMAKER_ADMIN_CONFIG_OVERRIDE: "s3://company/defaults/",
        SAGEMAKER_USER_CONFIG_OVERRIDE: "",
      }),
    ).toEqual([
      ["s3://company/defaults/", "SAGEMAKER_ADMIN_CONFIG_OVERRIDE"],
      ["/home/ann/.config/sagemaker/config.yaml", undefined],
    ]);
  });
});
