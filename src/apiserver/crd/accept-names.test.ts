import { describe, expect, test } from "bun:test";
import type { CustomResourceDefinitionNames } from "#api/generated/apiextensions-v1.ts";
import { acceptNames } from "./accept-names.ts";
import type { DefinitionOutline } from "./definition-outline.ts";

type Names = readonly [
  plural: string,
  singular: string,
  kind: string,
  listKind: string,
  ...shortNames: string[],
];

function names([plural, singular, kind, listKind, ...shortNames]: Names): CustomResourceDefinitionNames {
  return { plural, singular, kind, listKind, ...(shortNames.length > 0 && { shortNames }) };
}

function outline(name: string, spec: Names, accepted: Names = ["", "", "", ""]): DefinitionOutline {
  return {
    metadata: { name, uid: name },
    spec: { group: "bravo.com", names: names(spec) },
    status: { acceptedNames: names(accepted), conditions: [], storedVersions: [] },
  };
}

const WANTED: Names = ["alfas", "alfa", "Alfa", "AlfaList", "a", "al"];
const FORMER: Names = ["zulus", "zulu", "Zulu", "ZuluList", "z", "zu"];

// The cases of upstream's naming_controller_test.go.
const cases: {
  name: string;
  wanted?: Names;
  accepted?: Names;
  others?: Names;
  want?: Names;
  reason?: string;
  message?: string;
}[] = [
  { name: "the first of its group" },
  {
    name: "a plural that is a singular",
    others: ["indias", "alfas", "", ""],
    want: ["", "alfa", "Alfa", "AlfaList", "a", "al"],
    reason: "PluralConflict",
    message: '"alfas" is already in use',
  },
  {
    name: "a singular that is a short name",
    others: ["indias", "india", "", "", "alfa"],
    want: ["alfas", "", "Alfa", "AlfaList", "a", "al"],
    reason: "SingularConflict",
    message: '"alfa" is already in use',
  },
  {
    name: "a short name of two, of which none is accepted",
    others: ["indias", "india", "", "", "al"],
    want: ["alfas", "alfa", "Alfa", "AlfaList"],
    reason: "ShortNamesConflict",
    message: '"al" is already in use',
  },
  {
    name: "both short names",
    others: ["indias", "india", "", "", "al", "a"],
    want: ["alfas", "alfa", "Alfa", "AlfaList"],
    reason: "ShortNamesConflict",
    message: '["a" is already in use, "al" is already in use]',
  },
  {
    name: "a kind that is a kind of lists",
    others: ["indias", "india", "", "Alfa"],
    want: ["alfas", "alfa", "", "AlfaList", "a", "al"],
    reason: "KindConflict",
    message: '"Alfa" is already in use',
  },
  {
    name: "a kind of lists that is a kind",
    others: ["indias", "india", "AlfaList", ""],
    want: ["alfas", "alfa", "Alfa", "", "a", "al"],
    reason: "ListKindConflict",
    message: '"AlfaList" is already in use',
  },
  { name: "a kind that is called like a resource", others: ["indias", "Alfa", "", ""] },
  {
    name: "some of its names, and keeps the others of before",
    accepted: FORMER,
    others: ["indias", "india", "AlfaList", "", "alfa"],
    want: ["alfas", "zulu", "Alfa", "ZuluList", "a", "al"],
    reason: "ListKindConflict",
    message: '"AlfaList" is already in use',
  },
  {
    name: "its short names together or not at all",
    accepted: FORMER,
    others: ["indias", "india", "AlfaList", "", "alfa", "a"],
    want: ["alfas", "zulu", "Alfa", "ZuluList", "z", "zu"],
    reason: "ListKindConflict",
    message: '"AlfaList" is already in use',
  },
  { name: "names that it has", accepted: WANTED },
  {
    name: "fewer short names",
    wanted: ["alfas", "alfa", "Alfa", "AlfaList", "a"],
    accepted: WANTED,
    want: ["alfas", "alfa", "Alfa", "AlfaList", "a"],
  },
  {
    name: "no short names any more",
    wanted: ["alfas", "alfa", "Alfa", "AlfaList"],
    accepted: WANTED,
    want: ["alfas", "alfa", "Alfa", "AlfaList"],
  },
];

describe("acceptNames", () => {
  test.each(cases)("$name", ({ wanted = WANTED, accepted, others, want = WANTED, ...condition }) => {
    const { reason = "NoConflicts", message = "no conflicts found" } = condition;
    const definition = outline("alfas.bravo.com", wanted, accepted);
    const group = [
      definition,
      ...(others === undefined ? [] : [outline("indias.bravo.com", others, others)]),
    ];
    const decision = acceptNames(definition, group);
    // What is not accepted is empty, or is not there.
    expect(decision.acceptedNames).toEqual(names(want));
    const status = condition.reason === undefined ? "True" : "False";
    expect(decision.condition).toEqual({ type: "NamesAccepted", status, reason, message });
  });
});
