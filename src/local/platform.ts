/** Where the local cloud runs. */

import { SageMakerError } from "../errors.ts";

/**
 * Says at once that native Windows does not run jobs.
 *
 * @param platform - as `process.platform` gives it
 * @throws {@link SageMakerError} on native Windows
 */
export function requirePlatform(platform: NodeJS.Platform): void {
  if (platform !== "win32") return;
  throw new SageMakerError(
    "The local cloud runs on Linux, macOS and WSL, but not on native Windows: its jobs need process groups and signals. " +
      "Run this in WSL (https://learn.microsoft.com/windows/wsl/install). Staging and launching on AWS work here.",
  );
}
