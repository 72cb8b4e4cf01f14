import { describe, expect, it } from "vitest";
import { readArguments } from "../../src/cli/arguments.ts";
import { type Place, placeOf } from "../../src/cli/place.ts";

function place(
  options: readonly string[],
  {
    environment = {},
    hasLocal = false,
  }: { environment?: NodeJS.ProcessEnv; hasLocal?: boolean } = {},
): Place {
  const asked = readArguments(["jobs", ...options]);
  if (asked.kind !== "command") throw new Error("a command is expected");
  return placeOf(asked.args, environment, hasLocal);
}

describe("where the jobs are", () => {
  it("is AWS unless something else is said", () => {
    expect(place([])).toEqual({ kind: "remote" });
    expect(place(["--aws"], { hasLocal: true })).toEqual({ kind: "remote" });
    expect(place(["--region", "eu-west-1", "--profile", "p"], { hasLocal: true })).toEqual({
      kind: "remote",
      region: "eu-west-1",
      profile: "p",
    });
  });

  it("is the local cloud of this folder or of another", () => {
    expect(place(["--local"])).toEqual({ kind: "local", root: ".sagemaker-local" });
    expect(place(["--root", "x"])).toEqual({ kind: "local", root: "x" });
    expect(place(["--local", "--root", "x"])).toEqual({ kind: "local", root: "x" });
  });

  it("is never guessed where both are likely", () => {
    expect(() => place([], { hasLocal: true })).toThrow(
      "This folder has a local cloud (.sagemaker-local), and AWS may be meant as well: say --local or --aws.",
    );
  });

  it("is not both", () => {
    expect(() => place(["--root", "x", "--region", "eu-west-1", "--aws"])).toThrow(
      "--root means a local cloud, --aws, --region does not: leave one of them out.",
    );
  });

  it("is an endpoint that the option or the environment names, each service's own first", () => {
    const environment = {
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:2",
    };

    expect(place([], { environment, hasLocal: true })).toEqual({
      kind: "remote",
      endpoint: {
        s3: "http://127.0.0.1:2",
        sagemaker: "http://127.0.0.1:1",
        logs: "http://127.0.0.1:1",
        sts: "http://127.0.0.1:1",
      },
    });
    expect(place(["--endpoint", "http://127.0.0.1:3"], { environment })).toEqual({
      kind: "remote",
      endpoint: "http://127.0.0.1:3",
    });
    expect(place(["--local"], { environment })).toMatchObject({ kind: "local" });
  });

  it.each(["127.0.0.1:4566", "ftp://x", "http://"])("%s is no endpoint", (endpoint) => {
    expect(() => place(["--endpoint", endpoint])).toThrow("a URL is expected");
  });
});
