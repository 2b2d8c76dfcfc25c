import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { checkLabelValue, checkQualifiedName } from "#apimachinery/formats.ts";
import { goString, quote } from "#apimachinery/go-text.ts";
import { recordOf, unknownFields } from "../../parse-document.ts";

/** What pods of namespaces select at least, and may select at most (`podNodeSelectorPluginConfig`), as texts. */
export type NodeSelectors = Readonly<Record<string, string>>;

export type Labels = Readonly<Record<string, string>>;

/** The key for namespaces that say nothing themselves. */
export const CLUSTER_DEFAULT = "clusterDefaultNodeSelector";

export function parseNodeSelectors(
  document: unknown,
): NodeSelectors | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const selectors = recordOf(root["podNodeSelectorPluginConfig"]);
  const errors = [
    ...unknownFields(root, ["podNodeSelectorPluginConfig"], ""),
    ...Object.entries(selectors).flatMap(([name, text]) => selectorErrors(text, name)),
  ];
  // They have been found to be texts.
  return errors.length > 0 ? { errors } : (selectors as NodeSelectors);
}

function selectorErrors(text: unknown, name: string): readonly FieldError[] {
  const path = `podNodeSelectorPluginConfig.${name}`;
  if (typeof text !== "string") return [invalid(path, text, "must be a string")];
  const labels = parseSelector(text);
  return typeof labels === "string" ? [invalid(path, text, labels)] : [];
}

/** `a=b,c=d`; a text says what is wrong with it (apimachinery `labels.ConvertSelectorToLabelsMap`). */
export function parseSelector(text: string): Labels | string {
  const labels: Record<string, string> = {};
  for (const part of text === "" ? [] : text.split(",")) {
    const halves = part.split("=");
    const [key = "", value = ""] = halves.map((each) => each.trim());
    if (halves.length !== 2) return `invalid selector: ${goString(halves)}`;
    const problems = checkQualifiedName(key);
    if (problems.length > 0) return `Invalid value: ${quote(key)}: ${problems.join("; ")}`;
    const ofValue = checkLabelValue(value);
    if (ofValue.length > 0) return `[${key}]: Invalid value: ${quote(value)}: ${ofValue.join("; ")}`;
    labels[key] = value;
  }
  return labels;
}
