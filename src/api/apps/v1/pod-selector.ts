/** The selector and the pod template of a workload, which belong together. */
import { forbidden, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import {
  compileLabelSelector,
  formatLabelMatcher,
  type LabelMatcher,
} from "#apimachinery/selectors/label-selector.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import type { PodTemplateSpec } from "../../generated/core-v1.ts";
import { IMMUTABLE_MESSAGE } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { isEmptyList, sortedMap } from "../../validation/lists.ts";
import { printedSelector } from "../../validation/printed-selector.ts";

/** A selector that must be there and restrict something; `kind` is the word of the message. */
export function validateRequiredSelector(
  selector: LabelSelector | undefined,
  path: string,
  kind: string,
): FieldErrors {
  if (selector === undefined) return [required(path)];
  return collectErrors(
    validateLabelSelector(selector, path),
    isEmptySelector(selector) &&
      invalid(path, printedSelector(selector), `empty selector is invalid for ${kind}`),
  );
}

export function validateSelectorKept(
  next: LabelSelector | undefined,
  previous: LabelSelector | undefined,
  path: string,
): FieldErrors {
  return semanticallyEqual(next, previous) ? [] : [invalid(path, printedSelector(next), IMMUTABLE_MESSAGE)];
}

export function isEmptySelector({ matchLabels = {}, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && isEmptyList(matchExpressions);
}

/** The matcher of a selector, or undefined for one that cannot be understood. */
export function matcherOf(selector: LabelSelector | undefined): LabelMatcher | undefined {
  try {
    return compileLabelSelector(selector);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** The text of a selector for the scale subresource; empty for one that cannot be understood. */
export function selectorText(selector: LabelSelector | undefined): string {
  const matcher = matcherOf(selector);
  return matcher === undefined ? "" : formatLabelMatcher(matcher);
}

/** The pods of a template must be those that the workload looks for. An absent selector finds none. */
export function validateTemplateLabels(
  matcher: LabelMatcher,
  template: PodTemplateSpec | undefined,
  path: string,
): FieldErrors {
  const labels = template?.metadata?.labels;
  return matcher.matches(labels ?? {})
    ? []
    : [
        invalid(
          `${path}.metadata.labels`,
          labels && sortedMap(labels),
          "`selector` does not match template `labels`",
        ),
      ];
}

/** Pods that are replaced for ever cannot end by themselves; `kind` is the word of the message. */
export function validateEndlessPods(
  template: PodTemplateSpec | undefined,
  path: string,
  kind: string,
): FieldErrors {
  const { restartPolicy = "", activeDeadlineSeconds } = template?.spec ?? {};
  return collectErrors(
    restartPolicy !== "Always" && notSupported(`${path}.spec.restartPolicy`, restartPolicy, ["Always"]),
    activeDeadlineSeconds !== undefined &&
      forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`),
  );
}
