import { parseFieldSelector } from "#apimachinery/selectors/field-selector.ts";
import { parseLabelRequirements } from "#apimachinery/selectors/label-parser.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import type { ResourceAttributes } from "./authorizer.ts";

/** What selectors limit a request to. One that nobody understands limits nothing. */
export function selectorAttributes({
  fieldSelector: fields,
  labelSelector: labels,
}: {
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}): Pick<ResourceAttributes, "fieldSelector" | "labelSelector"> {
  const fieldSelector = readSelector(fields, parseFieldSelector);
  const labelSelector = readSelector(labels, parseLabelRequirements);
  return { ...(fieldSelector && { fieldSelector }), ...(labelSelector && { labelSelector }) };
}

function readSelector<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
