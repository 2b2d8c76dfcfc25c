import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import { isEmptyList, isEmptyMap, sortedMap } from "./lists.ts";

/** A selector as messages print it: without what is empty, and labels in the order of their keys. */
export function printedSelector(selector: LabelSelector | undefined): unknown {
  if (selector === undefined) return null;
  const { matchLabels, matchExpressions } = selector;
  return {
    ...(matchLabels !== undefined && !isEmptyMap(matchLabels) && { matchLabels: sortedMap(matchLabels) }),
    ...(!isEmptyList(matchExpressions) && { matchExpressions }),
  };
}
