import { describe, expect, test } from "bun:test";
import { StatusError } from "#apimachinery/status-error.ts";
import {
  deleteOptions,
  listOptions,
  patchOptions,
  readOptions,
  watchOptions,
  writeOptions,
} from "./request-options.ts";

const query = (text: string): URLSearchParams => new URLSearchParams(text);

describe("options", () => {
  const valid: { name: string; options: unknown; want: unknown }[] = [
    { name: "nothing", options: listOptions(query("")), want: {} },
    { name: "read", options: readOptions(query("resourceVersion=5")), want: { resourceVersion: "5" } },
    {
      name: "list",
      options: listOptions(query("limit=500&continue=abc&labelSelector=a%3Db&fieldSelector=")),
      want: { limit: 500, continue: "abc", labelSelector: "a=b" },
    },
    {
      name: "exact list",
      options: listOptions(query("resourceVersion=5&resourceVersionMatch=Exact")),
      want: { resourceVersion: "5", resourceVersionMatch: "Exact" },
    },
    {
      name: "watch",
      options: watchOptions(query("watch=1&allowWatchBookmarks=true&timeoutSeconds=30&resourceVersion=0")),
      want: { allowWatchBookmarks: true, timeoutSeconds: 30, resourceVersion: "0" },
    },
    {
      name: "create",
      options: writeOptions(query("fieldManager=kubectl&fieldValidation=Strict&dryRun=All"), "CreateOptions"),
      want: { fieldManager: "kubectl", fieldValidation: "Strict", dryRun: true },
    },
    {
      name: "apply",
      options: patchOptions(query("fieldManager=kubectl&force=true"), "apply"),
      want: { fieldManager: "kubectl", force: true },
    },
    {
      name: "delete by query",
      options: deleteOptions(query("gracePeriodSeconds=0&uid=u&propagationPolicy=Foreground"), undefined),
      want: { gracePeriodSeconds: 0, propagationPolicy: "Foreground", preconditions: { uid: "u" } },
    },
    {
      name: "delete by body",
      options: deleteOptions(query("gracePeriodSeconds=5"), {
        apiVersion: "v1",
        kind: "DeleteOptions",
        orphanDependents: true,
        dryRun: ["All"],
      }),
      want: { orphanDependents: true, dryRun: true },
    },
  ];
  test.each(valid)("$name", ({ options, want }) => {
    expect(options).toEqual(want);
  });

  const invalid: { name: string; read: () => unknown; code: number; message: string }[] = [
    {
      name: "a limit that is no number",
      read: () => listOptions(query("limit=abc")),
      code: 400,
      message: 'strconv.ParseInt: parsing "abc": invalid syntax',
    },
    {
      name: "a limit beyond 64 bits",
      read: () => listOptions(query("limit=9223372036854775808")),
      code: 400,
      message: 'strconv.ParseInt: parsing "9223372036854775808": value out of range',
    },
    {
      name: "an export",
      read: () => readOptions(query("export=true")),
      code: 400,
      message: "the export parameter, deprecated since v1.14, is no longer supported",
    },
    {
      name: "initial events in a watch by its path",
      read: () => watchOptions(query("sendInitialEvents=true"), { isLegacy: true }),
      code: 422,
      message:
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    },
    {
      name: "initial events in a list",
      read: () => listOptions(query("sendInitialEvents=true")),
      code: 422,
      message:
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    },
    {
      name: "an unknown dry run",
      read: () => writeOptions(query("dryRun=Some"), "UpdateOptions"),
      code: 422,
      message:
        'UpdateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    },
    {
      name: "an unknown field validation",
      read: () => writeOptions(query("fieldValidation=Maybe"), "CreateOptions"),
      code: 422,
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
    },
    {
      name: "a field manager with a line break",
      read: () => writeOptions(query("fieldManager=%C3%A4%0A"), "CreateOptions"),
      code: 422,
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "ä\\n": invalid character U+000A (at position 2)',
    },
    {
      name: "an apply without manager",
      read: () => patchOptions(query(""), "apply"),
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    },
    {
      name: "force without apply",
      read: () => patchOptions(query("force=true"), "merge"),
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    },
    {
      name: "two ways to say what happens to dependents",
      read: () => deleteOptions(query("orphanDependents=true&propagationPolicy=Orphan"), undefined),
      code: 422,
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    },
  ];
  test.each(invalid)("refuses $name", ({ read, code, message }) => {
    const error = thrownBy(read);
    expect(error.status.message).toBe(message);
    expect(error.status.code).toBe(code);
  });
});

function thrownBy(action: () => unknown): StatusError {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new TypeError("Nothing was thrown");
}
