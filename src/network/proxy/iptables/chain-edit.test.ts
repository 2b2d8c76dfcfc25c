import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { editOf } from "./chain-edit.ts";

const LONG = Array.from({ length: 300 }, (_, index) => `-s 10.0.0.${String(index)} -j ACCEPT`);

describe("editOf", () => {
  test.each([
    {
      name: "a rule more at the end",
      after: [...LONG, "new"],
      edit: { deleted: [], position: 301, inserted: ["new"] },
    },
    {
      name: "a rule less",
      after: LONG.toSpliced(5, 1),
      edit: { deleted: [LONG[5]], position: 6, inserted: [] },
    },
    {
      name: "another rule",
      after: LONG.with(5, "new"),
      edit: { deleted: [LONG[5]], position: 6, inserted: ["new"] },
    },
    { name: "all others", after: LONG.map((rule) => `! ${rule}`), edit: undefined },
  ])("finds $name", ({ after, edit }) => {
    expect(editOf(LONG, after)).toEqual(edit as ReturnType<typeof editOf>);
  });

  test("leaves short chains to be written anew", () => {
    expect(editOf(["a", "b"], ["a"])).toBeUndefined();
  });

  test("comes to what is wanted", () => {
    const few = fc.uniqueArray(fc.string(), { maxLength: 40 });
    fc.assert(
      fc.property(few, few, fc.nat(300), fc.nat(20), (head, inserted, at, count) => {
        const before = [...head, ...LONG];
        const after = before.toSpliced(at, count, ...inserted);
        const edit = editOf(before, after) ?? { deleted: [], position: 0, inserted: [] };
        const rest = before.filter((rule) => !edit.deleted.includes(rule));
        expect(rest.toSpliced(edit.position - 1, 0, ...edit.inserted)).toEqual(after);
      }),
    );
  });
});
