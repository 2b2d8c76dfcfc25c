import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { type FieldError, formatFieldError } from "#apimachinery/field-error.ts";
import { parseLimitedResources } from "../../quota/parse-limited-resources.ts";
import { parseEventLimits } from "../plugins/event-rate-limit/event-limits.ts";
import { parseImagePolicy } from "../plugins/image-policy-webhook/image-policy.ts";
import { parseNodeSelectors } from "../plugins/pod-node-selector/node-selectors.ts";
import { parsePodSecurity } from "../plugins/pod-security/parse-configuration.ts";
import { parseTolerationLists } from "../plugins/pod-toleration-restriction/toleration-lists.ts";
import { parseWebhookAdmission } from "../webhooks/parse-webhook-admission.ts";
import type { PluginConfigurations } from "./admission-configuration.ts";
import { type NamedPlugin, parseAdmissionConfiguration } from "./parse-admission-configuration.ts";

type Parse<T> = (document: unknown) => T | { readonly errors: readonly FieldError[] };
type Field = keyof PluginConfigurations;

/** What a plugin's configuration becomes, by the name of the plugin. */
const PARSERS: Readonly<
  Record<string, { [F in Field]: readonly [F, Parse<PluginConfigurations[F]>] }[Field]>
> = {
  PodSecurity: ["podSecurity", parsePodSecurity],
  PodNodeSelector: ["podNodeSelector", parseNodeSelectors],
  PodTolerationRestriction: ["podTolerationRestriction", parseTolerationLists],
  EventRateLimit: ["eventRateLimit", parseEventLimits],
  ImagePolicyWebhook: ["imagePolicy", parseImagePolicy],
  ResourceQuota: ["limitedResources", parseLimitedResources],
  MutatingAdmissionWebhook: ["mutatingWebhooks", parseWebhookAdmission],
  ValidatingAdmissionWebhook: ["validatingWebhooks", parseWebhookAdmission],
};

/** What a file of YAML or JSON says; a text says in one line why it cannot be used. */
export async function readAdmissionConfiguration(
  file: string,
): Promise<Partial<PluginConfigurations> | string> {
  try {
    const parsed = parseAdmissionConfiguration(await readYaml(file), Object.keys(PARSERS));
    if ("errors" in parsed) return describe(parsed.errors);
    let configurations: Partial<PluginConfigurations> = {};
    for (const plugin of parsed.plugins) {
      const [field, parsePlugin] = PARSERS[plugin.name] ?? [];
      if (field === undefined || field in configurations) continue;
      const configured = parsePlugin?.(await documentOf(plugin, dirname(file)));
      if (isFailure(configured)) return describe(configured.errors);
      configurations = { ...configurations, [field]: configured };
    }
    return configurations;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

function isFailure(configured: object | undefined): configured is { readonly errors: readonly FieldError[] } {
  return configured !== undefined && "errors" in configured;
}

/** In the configuration itself, or in a file beside it. */
async function documentOf({ configuration, path }: NamedPlugin, directory: string): Promise<unknown> {
  return configuration ?? (path === undefined ? {} : await readYaml(resolve(directory, path)));
}

async function readYaml(file: string): Promise<unknown> {
  return parse(await readFile(file, "utf8"));
}

function describe(errors: readonly FieldError[]): string {
  return errors.map(formatFieldError).join("; ");
}
