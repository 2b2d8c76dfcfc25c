import { describe, expect, test } from "bun:test";
import { invalid as invalidField, required } from "./field-error.ts";
import * as errors from "./status-error.ts";

const pods = { group: "", resource: "pods" };
const deployments = { group: "apps", resource: "deployments" };

describe("StatusError", () => {
  const cases: { error: errors.StatusError; code: number; reason: string; message: string }[] = [
    {
      error: errors.notFound(deployments, "web"),
      code: 404,
      reason: "NotFound",
      message: 'deployments.apps "web" not found',
    },
    {
      error: errors.alreadyExists(pods, "web"),
      code: 409,
      reason: "AlreadyExists",
      message: 'pods "web" already exists',
    },
    {
      error: errors.modifiedConflict(pods, "web"),
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on pods "web": the object has been modified; please apply your changes to the latest version and try again',
    },
    {
      error: errors.forbidden(pods, "", "no"),
      code: 403,
      reason: "Forbidden",
      message: "pods is forbidden: no",
    },
    {
      error: errors.forbidden({ group: "", resource: "" }, "", "no"),
      code: 403,
      reason: "Forbidden",
      message: "forbidden: no",
    },
    {
      error: errors.methodNotAllowed(pods, "patch"),
      code: 405,
      reason: "MethodNotAllowed",
      message: 'patch is not supported on resources of kind "pods"',
    },
    {
      error: errors.requestEntityTooLarge("limit is 3145728"),
      code: 413,
      reason: "RequestEntityTooLarge",
      message: "Request entity too large: limit is 3145728",
    },
    {
      error: errors.internalError("boom"),
      code: 500,
      reason: "InternalError",
      message: "Internal error occurred: boom",
    },
    {
      error: errors.serverTimeout(pods, "create", 1),
      code: 500,
      reason: "ServerTimeout",
      message: "The create operation against pods could not be completed at this time, please try again.",
    },
    { error: errors.timeout("slow"), code: 504, reason: "Timeout", message: "Timeout: slow" },
    {
      error: errors.tooLargeResourceVersion("9", "5"),
      code: 504,
      reason: "Timeout",
      message: "Timeout: Too large resource version: 9, current: 5",
    },
  ];

  test.each(cases)("$reason: $message", ({ error, code, reason, message }) => {
    expect(error.status).toMatchObject({ code, reason, message, status: "Failure", kind: "Status" });
    expect(error.message).toBe(message);
  });

  test("invalid lists every distinct problem once and all causes", () => {
    const problems = [required("spec"), required("spec"), invalidField("a", 1, "bad")];
    const { status } = errors.invalid({ group: "apps", kind: "Deployment" }, "web", problems);
    expect(status.message).toBe(
      'Deployment.apps "web" is invalid: [spec: Required value, a: Invalid value: 1: bad]',
    );
    expect(status.details?.causes).toEqual([
      { reason: "FieldValueRequired", message: "Required value", field: "spec" },
      { reason: "FieldValueRequired", message: "Required value", field: "spec" },
      { reason: "FieldValueInvalid", message: "Invalid value: 1: bad", field: "a" },
    ]);
  });

  test("details leave out what is empty", () => {
    expect(errors.invalid({ group: "", kind: "Pod" }, "", []).status).toMatchObject({
      message: 'Pod "" is invalid',
      details: { kind: "Pod" },
    });
    expect(errors.invalid({ group: "", kind: "Pod" }, "", []).status.details).toEqual({ kind: "Pod" });
    expect(errors.timeout("slow").status.details).toEqual({});
    expect(errors.tooManyRequests("busy", 2).status.details).toEqual({ retryAfterSeconds: 2 });
  });
});

describe("unexpectedResponse", () => {
  const cases: [code: number, verb: string, body: string, reason: string | undefined, message: string][] = [
    [404, "GET", "x", "NotFound", "the server could not find the requested resource"],
    [409, "POST", "x", "AlreadyExists", "the server reported a conflict"],
    [409, "PUT", "x", "Conflict", "the server reported a conflict"],
    [403, "GET", "who are you", "Forbidden", "who are you"],
    [
      406,
      "GET",
      "",
      "NotAcceptable",
      "the server was unable to respond with a content type that the client supports",
    ],
    [
      502,
      "GET",
      "bad gateway",
      "InternalError",
      'an error on the server ("bad gateway") has prevented the request from succeeding',
    ],
    [
      418,
      "GET",
      "",
      undefined,
      "the server responded with the status code 418 but did not return more information",
    ],
  ];

  test.each(cases)("%i %s %j", (code, verb, body, reason, message) => {
    const error = errors.unexpectedResponse(code, verb, body);
    expect(error.status.reason).toBe(reason as string);
    expect(error.message).toBe(message);
    expect(errors.hasCause(error, "UnexpectedServerResponse")).toBe(true);
  });
});

test("predicates tell reasons apart", () => {
  expect(errors.isNotFound(errors.notFound(pods, "a"))).toBe(true);
  expect(errors.isNotFound(errors.conflict(pods, "a", "x"))).toBe(false);
  expect(errors.isNotFound(new Error("NotFound"))).toBe(false);
  expect(errors.isExpired(errors.expired("old"))).toBe(true);
});
