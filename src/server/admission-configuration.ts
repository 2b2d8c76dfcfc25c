import {
  type AdmissionConfiguration,
  DEFAULT_CONFIGURATION,
} from "#apiserver/admission/configuration/admission-configuration.ts";
import { readAdmissionConfiguration } from "#apiserver/admission/configuration/read-admission-configuration.ts";
import type { ServerConfig } from "./config.ts";
import { unusableFile } from "./unusable-file.ts";

/** What the operator says to admission plugins. Rejects with a StartupError. */
export async function openAdmissionConfiguration({
  admissionControlConfigFile: file,
}: Pick<ServerConfig, "admissionControlConfigFile">): Promise<AdmissionConfiguration> {
  if (file === "") return DEFAULT_CONFIGURATION;
  const configuration = await readAdmissionConfiguration(file);
  if (typeof configuration !== "string") return configuration;
  throw unusableFile("admission-control-config-file", file, configuration);
}
