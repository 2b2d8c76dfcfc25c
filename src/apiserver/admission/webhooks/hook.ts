import type { MutatingWebhook, ValidatingWebhook } from "#api/generated/admissionregistration-v1.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { AdmissionEvaluator } from "../../expressions/admission-evaluator.ts";
import { compileSelectors, type SelectorMatchers } from "../matching/match-selectors.ts";

/** One webhook of a configuration, ready for use. */
export interface Hook<W extends ValidatingWebhook | MutatingWebhook = ValidatingWebhook | MutatingWebhook> {
  /** Differs from that of all other webhooks of its sort. */
  readonly id: string;
  readonly configuration: string;
  readonly webhook: W;
  readonly selectors: SelectorMatchers;
  /** Undefined when it has no conditions. */
  readonly conditions: ReturnType<AdmissionEvaluator["conditions"]> | undefined;
}

interface Configuration<W> {
  readonly metadata: ObjectMeta;
  readonly webhooks?: readonly W[];
}

/** The webhooks of configurations, in the order in which they are called. */
export function listHooks<W extends ValidatingWebhook | MutatingWebhook>(
  configurations: readonly Configuration<W>[],
  evaluator: () => AdmissionEvaluator,
): readonly Hook<W>[] {
  return configurations.flatMap(({ metadata: { name }, webhooks = [] }) =>
    webhooks.map((webhook, index) => {
      const { matchConditions = [], failurePolicy } = webhook;
      return {
        id: `${name}/${webhook.name}/${String(index)}`,
        configuration: name,
        webhook,
        selectors: compileSelectors(webhook),
        conditions:
          matchConditions.length === 0 ? undefined : evaluator().conditions(matchConditions, failurePolicy),
      };
    }),
  );
}
