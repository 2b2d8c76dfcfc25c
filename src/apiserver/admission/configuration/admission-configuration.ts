import type { LimitedResource } from "../../quota/limited-resources.ts";
import { DEFAULT_CHOICE, type PluginChoice } from "../plugin-names.ts";
import type { EventLimit } from "../plugins/event-rate-limit/event-limits.ts";
import type { ImagePolicy } from "../plugins/image-policy-webhook/image-policy.ts";
import type { NodeSelectors } from "../plugins/pod-node-selector/node-selectors.ts";
import { type PodSecurityConfiguration, UNRESTRICTED } from "../plugins/pod-security/configuration.ts";
import type { TolerationLists } from "../plugins/pod-toleration-restriction/toleration-lists.ts";
import type { WebhookAdmission } from "../webhooks/parse-webhook-admission.ts";

/** What an operator has to say to plugins (`AdmissionConfiguration`). */
export interface PluginConfigurations {
  readonly podSecurity: PodSecurityConfiguration;
  readonly podNodeSelector: NodeSelectors;
  readonly podTolerationRestriction: TolerationLists;
  /** None where nobody has said any, with which the plugin cannot be switched on. */
  readonly eventRateLimit: readonly EventLimit[];
  /** The same. */
  readonly imagePolicy: ImagePolicy | undefined;
  readonly limitedResources: readonly LimitedResource[];
  readonly mutatingWebhooks: WebhookAdmission;
  readonly validatingWebhooks: WebhookAdmission;
}

export interface AdmissionConfiguration extends PluginConfigurations {
  readonly plugins: PluginChoice;
}

export const DEFAULT_CONFIGURATION: AdmissionConfiguration = {
  plugins: DEFAULT_CHOICE,
  podSecurity: UNRESTRICTED,
  podNodeSelector: {},
  podTolerationRestriction: {},
  eventRateLimit: [],
  imagePolicy: undefined,
  limitedResources: [],
  mutatingWebhooks: { kubeConfigFile: "" },
  validatingWebhooks: { kubeConfigFile: "" },
};
