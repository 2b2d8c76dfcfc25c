import { expect, test } from "bun:test";
import { withoutManagedFields } from "./omit-managed-fields.ts";

const cases: readonly { name: string; given: object; left: object }[] = [
  {
    name: "an object",
    given: { metadata: { name: "a", managedFields: [{}] }, data: { managedFields: "1" } },
    left: { metadata: { name: "a" }, data: { managedFields: "1" } },
  },
  {
    name: "a list",
    given: { metadata: {}, items: [{ metadata: { managedFields: [] } }, { metadata: { name: "b" } }] },
    left: { metadata: {}, items: [{ metadata: {} }, { metadata: { name: "b" } }] },
  },
  {
    name: "a table",
    given: {
      kind: "Table",
      rows: [{ cells: [1], object: { metadata: { managedFields: [] } } }, { cells: [2] }],
    },
    left: { kind: "Table", rows: [{ cells: [1], object: { metadata: {} } }, { cells: [2] }] },
  },
];

test.each(cases)("leaves them out of $name", ({ given, left }) => {
  expect(JSON.parse(withoutManagedFields(JSON.stringify(given)))).toEqual(left);
});
