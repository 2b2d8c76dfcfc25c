import { expect, test } from "bun:test";
import { compileJsonPath, JsonPathError } from "./json-path.ts";

const object = {
  metadata: { labels: { "app.kubernetes.io/name": "web" } },
  spec: { ports: [{ port: 80 }, { port: 443, tls: true }], size: 3 },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Synced", status: "False" },
    ],
  },
};

test.each<[string, unknown[]]>([
  [".spec.size", [3]],
  [".spec.missing.more", []],
  [".spec.ports[0].port", [80]],
  [".spec.ports[-1].port", [443]],
  [".spec.ports[*].port", [80, 443]],
  [".spec.ports[0:1].port", [80]],
  [".spec['size']", [3]],
  [".metadata.labels['app\\.kubernetes\\.io/name']", ["web"]],
  [".metadata.labels.app\\.kubernetes\\.io/name", ["web"]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type == 'Synced')].status", ["False"]],
  [".spec.ports[?(@.port > 100)].port", [443]],
  [".spec.ports[?(@.tls)].port", [443]],
  ["..port", [80, 443]],
])("%s", (path, want) => {
  expect(compileJsonPath(path)(object)).toEqual(want);
});

test.each([".spec[", ".spec[?(@.a", ".a..", ". "])("%p makes no sense or finds nothing", (path) => {
  let found: readonly unknown[] = [];
  try {
    found = compileJsonPath(path)({ spec: 1 });
  } catch (error) {
    expect(error).toBeInstanceOf(JsonPathError);
  }
  expect(found.every((each) => typeof each !== "string")).toBe(true);
});
