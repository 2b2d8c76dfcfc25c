import { serverSettings } from "./server-settings.ts";
import type { Settings } from "./setting.ts";
import { parsePath, parseSwitch } from "./setting-values.ts";
import { type ClusterAccessConfig, clusterAccessSettings } from "./token-settings.ts";

export interface CertificateCheckConfig {
  readonly dataDir: string;
}

export interface CertificateRotateConfig extends CertificateCheckConfig, ClusterAccessConfig {}

export interface CertificateRotateCaConfig extends CertificateRotateConfig {
  /** Directory with the new authorities; empty for those that are made. */
  readonly path: string;
  readonly force: boolean;
  readonly finish: boolean;
}

export const certificateCheckSettings: Settings<CertificateCheckConfig> = {
  dataDir: serverSettings.dataDir,
};

export const certificateRotateSettings: Settings<CertificateRotateConfig> = {
  ...certificateCheckSettings,
  ...clusterAccessSettings,
};

export const certificateRotateCaSettings: Settings<CertificateRotateCaConfig> = {
  ...certificateRotateSettings,
  path: {
    flag: "path",
    help: "directory with the new authorities, such as server-ca.crt and server-ca.key",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "new ones are made",
  },
  force: {
    flag: "force",
    help: "leave behind who cannot follow to the new authorities",
    parse: parseSwitch,
    isSwitch: true,
    fallback: false,
  },
  finish: {
    flag: "finish",
    help: "trust the authorities before no more",
    parse: parseSwitch,
    isSwitch: true,
    fallback: false,
  },
};
