import type { AdmissionConfig } from "#server/config.ts";
import type { Settings } from "./setting.ts";
import { parsePath } from "./setting-values.ts";

const asIs = (text: string): string => text;

/** Which admission plugins there are. */
export const admissionSettings: Settings<AdmissionConfig> = {
  admissionControlConfigFile: {
    flag: "admission-control-config-file",
    help: "file with an AdmissionConfiguration",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "none",
  },
  enableAdmissionPlugins: {
    flag: "enable-admission-plugins",
    help: "admission plugin that is switched on besides those that are by default",
    parse: asIs,
    repeatable: true,
    fallback: [],
  },
  disableAdmissionPlugins: {
    flag: "disable-admission-plugins",
    help: "admission plugin that is switched off",
    parse: asIs,
    repeatable: true,
    fallback: [],
  },
};
