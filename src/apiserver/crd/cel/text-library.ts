/** `k8s.io/apiserver/pkg/cel/library` regex and format; everything else about texts is the evaluator's own. */
import { type CelFunc, CelScalar, celFunc, celMethod, listType } from "@bufbuild/cel";
import { RE2JS } from "@bufbuild/re2";
import {
  checkDNS1035Label,
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
  type FormatCheck,
} from "#apimachinery/formats.ts";
import { hasFormat } from "../text-formats.ts";
import { OPAQUE, opaque, opaqueText } from "./opaque-value.ts";
import { NONE, some } from "./optional-library.ts";

const { STRING, INT } = CelScalar;
const TEXTS = listType(STRING);

const FORMATS: Readonly<Record<string, FormatCheck>> = {
  dns1123Label: checkDNS1123Label,
  dns1123Subdomain: checkDNS1123Subdomain,
  dns1035Label: checkDNS1035Label,
  dns1123LabelPrefix: (text) => checkDNS1123Label(text.replace(/-$/, "a")),
  dns1123SubdomainPrefix: (text) => checkDNS1123Subdomain(text.replace(/-$/, "a")),
  dns1035LabelPrefix: (text) => checkDNS1035Label(text.replace(/-$/, "a")),
  qualifiedName: checkQualifiedName,
  labelValue: checkLabelValue,
  uri: formatCheck("uri", "invalid URI"),
  uuid: formatCheck("uuid", "does not match the UUID format"),
  byte: formatCheck("byte", "invalid base64"),
  date: formatCheck("date", "invalid date"),
  datetime: formatCheck("datetime", "invalid datetime"),
};

export const textLibrary: readonly CelFunc[] = [
  celMethod("find", STRING, [STRING], STRING, function (pattern) {
    return matches(this, pattern, 1)[0] ?? "";
  }),
  celMethod("findAll", STRING, [STRING], TEXTS, function (pattern) {
    return matches(this, pattern, -1);
  }),
  celMethod("findAll", STRING, [STRING, INT], TEXTS, function (pattern, limit) {
    return matches(this, pattern, Number(limit));
  }),
  ...Object.keys(FORMATS).map((name) =>
    celFunc(`format.${name}`, [], OPAQUE, () => opaque("format", { name })),
  ),
  celFunc("format.named", [STRING], OPAQUE, (name) =>
    Object.hasOwn(FORMATS, name) ? some(opaque("format", { name })) : NONE,
  ),
  celMethod("validate", OPAQUE, [STRING], OPAQUE, function (text) {
    const problems = FORMATS[opaqueText(this, "format", "name")]?.(text) ?? [];
    return problems.length === 0 ? NONE : some([...problems]);
  }),
];

function formatCheck(format: string, problem: string): FormatCheck {
  return (text) => (hasFormat(format, text) ? [] : [problem]);
}

/** Go's engine can only tell whether there is a match here, so the runtime's finds it: the same one for all usual patterns. */
function matches(text: string, pattern: string, limit: number): string[] {
  RE2JS.compile(pattern);
  const found = [...text.matchAll(new RegExp(pattern, "gu"))].map(([match]) => match);
  return limit < 0 ? found : found.slice(0, limit);
}
