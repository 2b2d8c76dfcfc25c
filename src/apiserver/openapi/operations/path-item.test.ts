import { expect, test } from "bun:test";
import type { Operation, Parameter } from "./operation.ts";
import { pathItems } from "./path-item.ts";

const query = (name: string): Parameter => ({ name, in: "query", type: "string" });

function operation(path: string, method: Operation["method"], parameters: readonly Parameter[]): Operation {
  return { path, method, parameters, name: "", description: "", consumes: [], produces: [], answers: [] };
}

test("pathItems puts apart what all operations of a path take, in order", () => {
  const items = pathItems([
    operation("/b", "get", [query("watch"), query("pretty")]),
    operation("/a", "get", [query("pretty"), { ...query("path"), in: "path" }, query("path")]),
    operation("/a", "put", [
      query("pretty"),
      query("force"),
      query("dryRun"),
      { ...query("path"), in: "path" },
    ]),
  ]);
  const texts = items.map(({ path, parameters, operations }) => [
    path,
    parameters.map((each) => `${each.in} ${each.name}`),
    ...operations.map((each) => each.parameters.map(({ name }) => name)),
  ]);
  expect(texts).toEqual([
    ["/a", ["path path", "query pretty"], ["path"], ["dryRun", "force"]],
    ["/b", ["query pretty", "query watch"], []],
  ]);
});
