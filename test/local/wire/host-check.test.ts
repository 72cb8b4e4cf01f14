import { describe, expect, it } from "vitest";
import { hostName, isLoopback, refusal } from "../../../src/local/wire/host-check.ts";

describe("refusal", () => {
  it.each([
    "localhost",
    "localhost:8080",
    "127.0.0.1:8080",
    "127.9.9.9",
    "[::1]:8080",
    "bucket.localhost:8080",
    "bucket.127.0.0.1:8080",
    "LOCALHOST",
  ])("takes requests for the host %s", (host) => {
    expect(refusal({ host }, "127.0.0.1")).toBeUndefined();
  });

  it.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "",
    "127.0.0.1evil",
  ])("refuses requests for the host %j", (host) => {
    expect(refusal({ host }, "127.0.0.1")).toContain("does not answer for the host");
  });

  it("refuses a request without a host", () => {
    expect(refusal({}, "127.0.0.1")).toBeDefined();
  });

  it("takes the host that it was asked to listen on", () => {
    expect(refusal({ host: "cloud.lan:80" }, "cloud.lan")).toBeUndefined();
    expect(refusal({ host: "other.lan:80" }, "cloud.lan")).toBeDefined();
  });

  it("listening everywhere, takes addresses and the containers' names for this machine, but no other names", () => {
    for (const host of ["192.168.1.4:80", "[fe80::1]:80", "host.docker.internal:80"]) {
      expect(refusal({ host }, "0.0.0.0")).toBeUndefined();
    }
    expect(refusal({ host: "evil.example" }, "0.0.0.0")).toBeDefined();
  });

  it.each([
    { origin: "http://localhost:3000" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
  ])("refuses a web page: %j", (headers) => {
    expect(refusal({ host: "localhost", ...headers }, "127.0.0.1")).toBeDefined();
  });

  it("takes an address typed into a browser, as a presigned URL is", () => {
    expect(refusal({ host: "localhost", "sec-fetch-site": "none" }, "127.0.0.1")).toBeUndefined();
  });
});

describe("hosts", () => {
  it("are told without their port", () => {
    expect(["a.b:1", "[::1]:9", "a.b", "[::1]", undefined].map(hostName)).toEqual([
      "a.b",
      "::1",
      "a.b",
      "::1",
      "",
    ]);
  });

  it("are loopback by address or by name", () => {
    expect(["127.0.0.1", "::1", "[::1]", "localhost"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "10.0.0.1", "127.evil.example"].some(isLoopback)).toBe(false);
  });
});
