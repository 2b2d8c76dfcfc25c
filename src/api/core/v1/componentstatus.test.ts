import { expect, test } from "bun:test";
import { rowOf } from "#testing/kinds.ts";
import { aComponentStatus } from "#testing/objects.ts";
import { componentStatus } from "./componentstatus.ts";

test.each([
  { conditions: [], want: { Status: "Unknown", Message: "", Error: "" } },
  {
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
    want: { Status: "Healthy", Message: "ok", Error: "" },
  },
  {
    conditions: [{ type: "Healthy", status: "Unknown", message: "late", error: "timeout" }],
    want: { Status: "Unhealthy", Message: "late", Error: "timeout" },
  },
])("shows $want.Status", ({ conditions, want }) => {
  expect(rowOf(componentStatus, aComponentStatus("etcd-0", { conditions }))).toEqual({
    Name: "etcd-0",
    ...want,
  });
});
