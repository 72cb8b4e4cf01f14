import { describe, expect, it } from "vitest";
import { awsCall, awsErrorCode, isTransient, translate } from "../../src/aws/translate.ts";
import { SageMakerError } from "../../src/errors.ts";

function awsError(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

function words(error: unknown): string {
  return (translate(error, "describe training job glm-1") as Error).message;
}

describe("an AWS error in our words", () => {
  it("says what was being done, the service's code and words, and the request", () => {
    const cause = awsError("ResourceInUse", "name taken", { $metadata: { requestId: "abc" } });

    const error = translate(cause, "start training job glm-1");

    expect(error).toBeInstanceOf(SageMakerError);
    expect(error).toMatchObject({
      message: "Could not start training job glm-1: ResourceInUse: name taken (request abc)",
      cause,
    });
  });

  it.each([
    ["CredentialsProviderError", "Could not load", 'instanceType: "local"'],
    ["ExpiredTokenException", "expired", "Sign in again; a job that was started goes on."],
    ["AccessDeniedException", "not authorized", "lacks this permission"],
    ["UnrecognizedClientException", "bad token", "AWS does not know these credentials"],
    ["SyntaxError", "Unexpected token <", "Check the endpoint and any proxy"],
  ])("%s says what to do", (name, message, advice) => {
    expect(words(awsError(name, message))).toContain(advice);
  });

  it.each(["ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT"])(
    "%s asks for the endpoint, the network and the proxy",
    (code) => {
      expect(words(Object.assign(new Error("connect"), { code }))).toContain("HTTPS_PROXY");
    },
  );

  it("names the three ways to set a region", () => {
    const said = words(new Error("Region is missing"));

    expect(said).toContain('new Session({ region: "eu-west-1" })');
    expect(said).toContain("AWS_REGION");
    expect(said).toContain("~/.aws/config");
  });

  it("leaves aborts and our own errors as they are", () => {
    const own = new SageMakerError("ours");
    const abort = awsError("AbortError", "aborted");

    expect(translate(own, "x")).toBe(own);
    expect(translate(abort, "x")).toBe(abort);
  });

  it("copes with anything that is thrown", () => {
    expect(words("a string")).toContain("a string");
    expect(words(undefined)).toContain("undefined");
  });

  it("is what a failed call throws", async () => {
    const failing = awsCall("ask", () => Promise.reject(awsError("Odd", "hm")));

    await expect(failing).rejects.toThrow("Could not ask: Odd: hm");
  });
});

describe("a call that may go through later", () => {
  it.each([
    awsError("ThrottlingException", "Rate exceeded"),
    awsError("X", "x", { $metadata: { httpStatusCode: 503 } }),
    awsError("X", "x", { $metadata: { httpStatusCode: 429 } }),
    Object.assign(new Error("reset"), { code: "ECONNRESET" }),
    awsError("ExpiredTokenException", "expired"),
    awsError("SyntaxError", "Unexpected token <"),
    awsError("TimeoutError", "socket timed out"),
  ])("%s", (error) => {
    expect(isTransient(error)).toBe(true);
  });

  it.each([
    awsError("ValidationException", "bad", { $metadata: { httpStatusCode: 400 } }),
    awsError("AccessDenied", "no", { $metadata: { httpStatusCode: 403 } }),
    new TypeError("bug"),
    new DOMException("the caller's own limit", "TimeoutError"),
    new DOMException("aborted", "AbortError"),
    undefined,
  ])("but not %s", (error) => {
    expect(isTransient(error)).toBe(false);
  });
});

describe("an error's code", () => {
  it("is its name, or the code of Node's errors", () => {
    expect(awsErrorCode(awsError("NoSuchKey", "x"))).toBe("NoSuchKey");
    expect(awsErrorCode(Object.assign(new Error("x"), { code: "ECONNRESET" }))).toBe("ECONNRESET");
    expect(awsErrorCode(undefined)).toBe("");
  });
});
