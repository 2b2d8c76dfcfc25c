import { expect, test } from "bun:test";
import { createdAtColumns } from "#api/columns.ts";
import type { Column } from "#api/kind.ts";
import { kinds } from "#api/kinds.ts";
import facts from "./facts/printer-columns.json";

/**
 * Columns by kind as `type[:format][+] Name`, in order; `+` marks those of `kubectl get -o wide`. From upstream
 * `pkg/printers/internalversion/printers.go` of v1.36.
 */
const upstream: Readonly<Record<string, readonly string[]>> = facts;

/** Kinds that upstream prints in a table made elsewhere (kube-aggregator `pkg/registry/apiservice/etcd/etcd.go`). */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  "apiregistration.k8s.io/APIService": [
    "string:name Name",
    "string Service",
    "string Available",
    "string Age",
  ],
};

/** What kinds without a printer show (apiserver `pkg/registry/rest/table.go`). */
const FALLBACK = createdAtColumns.map(columnText);

const readable = kinds.filter(({ resource }) => resource.verbs.includes("get"));

test.each(readable.map((kind) => [nameOf(kind.resource), kind] as const))("%s", (name, { columns = [] }) => {
  expect(columns.map(columnText)).toEqual([...(upstream[name] ?? ELSEWHERE[name] ?? FALLBACK)]);
});

test("every printer of upstream has its kind", () => {
  const served = new Set(readable.map(({ resource }) => nameOf(resource)));
  expect(Object.keys(upstream).filter((name) => !served.has(name))).toEqual([]);
});

function nameOf({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === "" ? kind : `${group}/${kind}`;
}

function columnText({ name, type, format, priority = 0 }: Column<never>): string {
  return `${type}${format === undefined ? "" : `:${format}`}${priority > 0 ? "+" : ""} ${name}`;
}
