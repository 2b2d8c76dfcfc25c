import { serverSettings } from "./server-settings.ts";
import type { Settings } from "./setting.ts";
import { type ClusterAccessConfig, clusterAccessSettings } from "./token-settings.ts";

export interface CertificateCheckConfig {
  readonly dataDir: string;
}

export interface CertificateRotateConfig extends CertificateCheckConfig, ClusterAccessConfig {}

export const certificateCheckSettings: Settings<CertificateCheckConfig> = {
  dataDir: serverSettings.dataDir,
};

export const certificateRotateSettings: Settings<CertificateRotateConfig> = {
  ...certificateCheckSettings,
  ...clusterAccessSettings,
};
