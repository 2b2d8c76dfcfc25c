import { expect, test } from "bun:test";
import type { FieldError } from "#apimachinery/field-error.ts";
import { errorTexts } from "#testing/kinds.ts";
import { listOptionErrors, watchOptionErrors } from "./list-option-errors.ts";

const REQUIRES = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
const WITH_CONTINUE = "resourceVersionMatch is forbidden when continue is provided";

type Case = readonly [query: string, errors: readonly string[]];

const lists: Case[] = [
  ["", []],
  ["resourceVersion=5&resourceVersionMatch=Exact", []],
  ["resourceVersion=0&resourceVersionMatch=NotOlderThan", []],
  [
    "resourceVersionMatch=Exact",
    ["Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"],
  ],
  ["resourceVersion=5&resourceVersionMatch=Exact&continue=a", [`Forbidden: ${WITH_CONTINUE}`]],
  [
    "resourceVersion=5&resourceVersionMatch=Some",
    ['Unsupported value: "Some": supported values: "Exact", "NotOlderThan", ""'],
  ],
  [
    "resourceVersion=0&resourceVersionMatch=Exact",
    ['Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
  ],
];
test.each(lists)("a list with %p", (query, errors) => {
  expect(textsOf(listOptionErrors(new URLSearchParams(query)))).toEqual([...errors]);
});

const watches: Case[] = [
  ["", []],
  ["resourceVersion=5", []],
  ["resourceVersion=5&continue=a", []],
  ["resourceVersion=0&continue=a", [`Forbidden: ${WITH_CONTINUE}`]],
  ["sendInitialEvents=true&resourceVersionMatch=NotOlderThan", []],
  ["sendInitialEvents=true", [`Forbidden: ${REQUIRES}`]],
  ["sendInitialEvents=false", [`Forbidden: ${REQUIRES}`]],
  [
    "resourceVersionMatch=NotOlderThan",
    ["Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"],
  ],
  [
    "sendInitialEvents=true&resourceVersionMatch=Exact",
    [`Forbidden: ${REQUIRES}`, 'Unsupported value: "Exact": supported values: "NotOlderThan"'],
  ],
  ["sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=a", [`Forbidden: ${WITH_CONTINUE}`]],
];
test.each(watches)("a watch with %p", (query, errors) => {
  expect(textsOf(watchOptionErrors(new URLSearchParams(query)))).toEqual([...errors]);
});

function textsOf(errors: readonly FieldError[]): string[] {
  return errorTexts(errors).map((text) => text.replace(/^resourceVersionMatch: /, ""));
}
