import { expect, test } from "bun:test";
import { StatusError } from "#apimachinery/status-error.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

const PREFIX = "/registry/pods/";

function tokenOf(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString("base64url");
}

function failureOf(token: string): string {
  try {
    decodeContinue(token, PREFIX);
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
  throw new TypeError("Expected a failure");
}

test("a token is that of kube-apiserver", () => {
  const token = encodeContinue({ revision: 7, after: "/registry/pods/default/a" }, PREFIX);
  expect(JSON.parse(Buffer.from(token, "base64url").toString())).toEqual({
    v: "meta.k8s.io/v1",
    rv: 7,
    start: "default/a\0",
  });
  expect(decodeContinue(token, PREFIX)).toEqual({ revision: 7, after: "/registry/pods/default/a" });
});

test("a token can lead to the newest state", () => {
  const token = encodeContinue({ revision: -1, after: "/registry/pods/default/a" }, PREFIX);
  expect(decodeContinue(token, PREFIX).revision).toBe(-1);
});

test.each<[string, string, string]>([
  [
    "no base64",
    "ab*d",
    "invalid continue token: continue key is not valid: illegal base64 data at input byte 2",
  ],
  [
    "base64 that is cut off",
    "abcda",
    "invalid continue token: continue key is not valid: illegal base64 data at input byte 4",
  ],
  [
    "no JSON",
    Buffer.from("x").toString("base64url"),
    "invalid continue token: continue key is not valid: invalid character 'x' looking for beginning of value",
  ],
  [
    "no object",
    tokenOf(null),
    "invalid continue token: continue key is not valid: server does not recognize this encoded version ",
  ],
  [
    "another version",
    tokenOf({ v: "v2", rv: 1, start: "a" }),
    "invalid continue token: continue key is not valid: server does not recognize this encoded version v2",
  ],
  [
    "no revision",
    tokenOf({ v: "meta.k8s.io/v1", start: "a" }),
    "invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
  ],
  [
    "no start",
    tokenOf({ v: "meta.k8s.io/v1", rv: 1 }),
    "invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)",
  ],
])("%s", (_what, token, message) => {
  expect(failureOf(token)).toBe(message);
});

test.each(["../secrets/a", "a/../../b", "a//b", "a/"])("a start of %s leads nowhere", (start) => {
  expect(failureOf(tokenOf({ v: "meta.k8s.io/v1", rv: 1, start }))).toContain("continue key is not valid");
});
