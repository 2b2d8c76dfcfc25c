import { type ConfigurationKind, parseConfiguration } from "../../formats/parse-configuration.ts";
import { type AuthenticationConfiguration, CONFIGURATION_SCHEMA } from "./authentication-configuration.ts";

const KIND: ConfigurationKind = {
  kind: "AuthenticationConfiguration",
  versions: ["v1", "v1beta1", "v1alpha1"],
  schema: CONFIGURATION_SCHEMA,
};

/** The configuration in a text of YAML or JSON; a text says why it is none, as Kubernetes' strict decoder does. */
export function parseAuthenticationConfiguration(text: string): AuthenticationConfiguration | string {
  // The schema is that of the type.
  return text === ""
    ? "empty config data"
    : (parseConfiguration(text, KIND) as AuthenticationConfiguration | string);
}
