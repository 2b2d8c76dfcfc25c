import { type PodSecurityConfiguration, UNRESTRICTED } from "../plugins/pod-security/configuration.ts";

/** What an operator has to say to plugins (`AdmissionConfiguration`). */
export interface AdmissionConfiguration {
  readonly podSecurity: PodSecurityConfiguration;
}

export const DEFAULT_CONFIGURATION: AdmissionConfiguration = { podSecurity: UNRESTRICTED };
