import { serverSettings } from "./server-settings.ts";
import type { Settings } from "./setting.ts";
import { parsePath, parseSwitch } from "./setting-values.ts";
import { type ClusterAccessConfig, clusterAccessSettings } from "./token-settings.ts";

export interface CertificateCheckConfig {
  readonly dataDir: string;
}

interface CertificateChangeConfig extends CertificateCheckConfig, ClusterAccessConfig {}

export interface CertificateRotateConfig extends CertificateChangeConfig {
  /** Instead of the certificates, the key of service accounts' tokens. */
  readonly serviceAccountKey: boolean;
  readonly force: boolean;
  readonly finish: boolean;
}

export interface CertificateRotateCaConfig extends CertificateChangeConfig {
  /** Directory with the new authorities; empty for those that are made. */
  readonly path: string;
  readonly force: boolean;
  readonly finish: boolean;
}

export const certificateCheckSettings: Settings<CertificateCheckConfig> = {
  dataDir: serverSettings.dataDir,
};

const certificateChangeSettings: Settings<CertificateChangeConfig> = {
  ...certificateCheckSettings,
  ...clusterAccessSettings,
};

export const certificateRotateSettings: Settings<CertificateRotateConfig> = {
  ...certificateChangeSettings,
  serviceAccountKey: {
    flag: "service-account-key",
    help: "have another key sign the tokens of service accounts, and leave the certificates alone",
    parse: parseSwitch,
    isSwitch: true,
    fallback: false,
  },
  force: {
    flag: "force",
    help: "with --finish: do not wait until the last token has ended",
    parse: parseSwitch,
    isSwitch: true,
    fallback: false,
  },
  finish: {
    flag: "finish",
    help: "with --service-account-key: take tokens of the key before for good no more",
    parse: parseSwitch,
    isSwitch: true,
    fallback: false,
  },
};

export const certificateRotateCaSettings: Settings<CertificateRotateCaConfig> = {
  ...certificateChangeSettings,
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
