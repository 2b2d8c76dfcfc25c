/** Defaults of what webhooks and policies share (upstream pkg/apis/admissionregistration/v1/defaults.go). */
import { fillAbsent, mapField, mapList } from "../../defaulting.ts";
import type {
  MatchResources,
  MutatingWebhook,
  NamedRuleWithOperations,
  RuleWithOperations,
  ValidatingWebhook,
} from "../../generated/admissionregistration-v1.ts";

const SELECTION = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} } as const;

export function setWebhookDefaults<W extends ValidatingWebhook | MutatingWebhook>(webhook: W): W {
  const common: Partial<ValidatingWebhook> = { failurePolicy: "Fail", ...SELECTION, timeoutSeconds: 10 };
  const filled = fillAbsent<ValidatingWebhook | MutatingWebhook>(webhook, common);
  const withPort = mapField(filled, "clientConfig", (client) =>
    mapField(client, "service", (service) => fillAbsent(service, { port: 443 })),
  );
  // What was filled in is common to both kinds of webhooks.
  return mapField(withPort, "rules", setRuleDefaults) as W;
}

export function setMatchDefaults(match: MatchResources): MatchResources {
  const filled = fillAbsent(match, SELECTION);
  return mapField(
    mapField(filled, "resourceRules", setRuleDefaults),
    "excludeResourceRules",
    setRuleDefaults,
  );
}

function setRuleDefaults<R extends RuleWithOperations | NamedRuleWithOperations>(
  rules: readonly R[],
): readonly R[] {
  return mapList(rules, (rule) => fillAbsent<RuleWithOperations>(rule, { scope: "*" }) as R);
}
