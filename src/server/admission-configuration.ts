import {
  type AdmissionConfiguration,
  DEFAULT_CONFIGURATION,
} from "#apiserver/admission/configuration/admission-configuration.ts";
import { readAdmissionConfiguration } from "#apiserver/admission/configuration/read-admission-configuration.ts";
import type { ImagePolicyDependencies } from "#apiserver/admission/plugins/image-policy-webhook/image-policy-webhook.ts";
import type { WebhookAdmission } from "#apiserver/admission/webhooks/parse-webhook-admission.ts";
import type { WebhookUsers } from "#apiserver/admission/webhooks/webhook-caller.ts";
import type { KubeconfigWebhookDependencies } from "#apiserver/webhook/kubeconfig-webhook.ts";
import { StartupError } from "#base/startup-error.ts";
import { KubeconfigError, type KubeconfigUsers, loadKubeconfigUsers } from "#client/kubeconfig.ts";
import type { AdmissionConfig } from "./config.ts";
import { openKubeconfigWebhook } from "./kubeconfig-webhook.ts";
import { unusableFile } from "./unusable-file.ts";

const FLAG = "admission-control-config-file";

/** What admission plugins are to be told, and to ask. */
export interface OpenedAdmission {
  readonly admissionConfiguration: AdmissionConfiguration;
  readonly imagePolicy: ImagePolicyDependencies | undefined;
  readonly webhookUsers: WebhookUsers;
}

/** What the operator says to admission plugins. What is opened goes on the stack. Rejects with a StartupError. */
export async function openAdmissionConfiguration(
  config: AdmissionConfig,
  stack: AsyncDisposableStack,
  dependencies: KubeconfigWebhookDependencies,
): Promise<OpenedAdmission> {
  const admissionConfiguration = {
    ...DEFAULT_CONFIGURATION,
    ...(await readConfigurations(config)),
    plugins: { enabled: config.enableAdmissionPlugins, disabled: config.disableAdmissionPlugins },
  };
  requireConfigured("EventRateLimit", admissionConfiguration.eventRateLimit.length > 0, config);
  const { imagePolicy, mutatingWebhooks, validatingWebhooks } = admissionConfiguration;
  requireConfigured("ImagePolicyWebhook", imagePolicy !== undefined, config);
  return {
    admissionConfiguration,
    webhookUsers: {
      admit: await openUsers(mutatingWebhooks, dependencies),
      validating: await openUsers(validatingWebhooks, dependencies),
    },
    imagePolicy: imagePolicy && {
      clock: dependencies.clock,
      webhook: await openKubeconfigWebhook(
        { flag: FLAG, file: imagePolicy.kubeConfigFile },
        stack,
        dependencies,
      ),
    },
  };
}

async function openUsers(
  { kubeConfigFile: file }: WebhookAdmission,
  { clock }: KubeconfigWebhookDependencies,
): Promise<KubeconfigUsers | undefined> {
  if (file === "") return undefined;
  try {
    return await loadKubeconfigUsers(file, { clock });
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause;
    throw unusableFile(FLAG, file, cause.message, cause);
  }
}

async function readConfigurations({ admissionControlConfigFile: file }: AdmissionConfig) {
  if (file === "") return {};
  const configurations = await readAdmissionConfiguration(file);
  if (typeof configurations !== "string") return configurations;
  throw unusableFile(FLAG, file, configurations);
}

/** Of these two nobody knows what they should do without being told. */
function requireConfigured(plugin: string, isConfigured: boolean, config: AdmissionConfig): void {
  if (isConfigured || !config.enableAdmissionPlugins.includes(plugin)) return;
  throw new StartupError(
    `Cannot switch on the admission plugin "${plugin}": the file of --${FLAG} does not configure it`,
  );
}
