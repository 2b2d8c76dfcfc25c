import type { RequestHeaderConfig } from "#server/config.ts";
import type { Settings } from "./setting.ts";
import { parseHeaderName, parsePath } from "./setting-values.ts";

const headers = { parse: parseHeaderName, repeatable: true } as const;

/** Who may say whose a request is, and in which headers. */
export const requestHeaderSettings: Settings<RequestHeaderConfig> = {
  requestheaderClientCaFile: {
    flag: "requestheader-client-ca-file",
    help: "file with further authorities of front proxies' certificates",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "none",
  },
  requestheaderAllowedNames: {
    flag: "requestheader-allowed-names",
    help: "common name of a front proxy's certificate",
    parse: (text) => text,
    repeatable: true,
    fallback: ["system:auth-proxy"],
  },
  requestheaderUsernameHeaders: {
    flag: "requestheader-username-headers",
    help: "header with the user's name",
    ...headers,
    fallback: ["X-Remote-User"],
  },
  requestheaderUidHeaders: {
    flag: "requestheader-uid-headers",
    help: "header with the user's UID",
    ...headers,
    fallback: ["X-Remote-Uid"],
  },
  requestheaderGroupHeaders: {
    flag: "requestheader-group-headers",
    help: "header with a group of the user's",
    ...headers,
    fallback: ["X-Remote-Group"],
  },
  requestheaderExtraHeadersPrefix: {
    flag: "requestheader-extra-headers-prefix",
    help: "beginning of headers with further facts of the user",
    ...headers,
    fallback: ["X-Remote-Extra-"],
  },
};
