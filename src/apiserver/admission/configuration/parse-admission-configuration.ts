import { type FieldError, indexPath, invalid, notSupported } from "#apimachinery/field-error.ts";
import { recordOf, typeErrors, unknownFields } from "../parse-document.ts";

/** How one plugin is configured: here, or in a file. */
export interface NamedPlugin {
  readonly name: string;
  readonly configuration?: unknown;
  readonly path?: string;
}

const API_VERSION = "apiserver.config.k8s.io/v1";

/** Whose configuration may be the whole file, from before plugins shared one. */
const FORMER_FILES: Readonly<Record<string, string>> = {
  imagePolicy: "ImagePolicyWebhook",
  podNodeSelectorPluginConfig: "PodNodeSelector",
};

/** `configurable` are the plugins that have something to configure. */
export function parseAdmissionConfiguration(
  document: unknown,
  configurable: readonly string[],
): { readonly plugins: readonly NamedPlugin[] } | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const former = Object.keys(root).flatMap((field) => FORMER_FILES[field] ?? []);
  if (root["kind"] === undefined && former.length > 0) {
    return { plugins: former.map((name) => ({ name, configuration: document })) };
  }
  const plugins: readonly unknown[] = Array.isArray(root["plugins"]) ? root["plugins"] : [];
  const errors = [
    ...typeErrors(root, API_VERSION, "AdmissionConfiguration"),
    ...unknownFields(root, ["plugins"], ""),
    ...plugins.flatMap((plugin, index) =>
      pluginErrors(recordOf(plugin), indexPath("plugins", index), configurable),
    ),
  ];
  // Their fields have been checked.
  return errors.length > 0 ? { errors } : { plugins: plugins as readonly NamedPlugin[] };
}

function pluginErrors(
  plugin: Readonly<Record<string, unknown>>,
  path: string,
  configurable: readonly string[],
): readonly FieldError[] {
  const { name, path: file = "" } = plugin;
  return [
    ...(configurable.includes(String(name)) ? [] : [notSupported(`${path}.name`, name, configurable)]),
    ...(typeof file === "string" ? [] : [invalid(`${path}.path`, file, "must be a string")]),
    ...unknownFields(plugin, ["name", "path", "configuration"], path),
  ];
}
