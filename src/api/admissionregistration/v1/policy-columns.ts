import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import { textColumn } from "../../columns.ts";
import type { ParamKind, ParamRef } from "../../generated/admissionregistration-v1.ts";
import type { Column } from "../../kind.ts";

interface Policy {
  readonly spec: { readonly paramKind?: ParamKind };
}

interface Binding {
  readonly spec: { readonly policyName?: string; readonly paramRef?: ParamRef };
}

export const paramKindColumn: Column<Policy> = textColumn("ParamKind", ({ spec: { paramKind } }) =>
  paramKind === undefined ? "<unset>" : `${paramKind.apiVersion ?? ""}/${paramKind.kind ?? ""}`,
);

export const bindingColumns: readonly Column<Binding>[] = [
  textColumn("PolicyName", ({ spec }) => spec.policyName ?? ""),
  textColumn("ParamRef", ({ spec }) => describeParamRef(spec.paramRef)),
];

/** Whether parameters are in namespaces is not known here, so those without one are shown as being in any. */
function describeParamRef({ name = "", namespace = "", selector }: ParamRef = {}): string {
  if (name !== "") return `${namespace || "*"}/${name}`;
  return selector === undefined ? "<unset>" : goText(selector);
}

/** The generated `String` of Go's type (apimachinery `meta/v1/generated.pb.go`), which upstream prints here. */
function goText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const requirements = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join("")}},}`;
}
