import type { FrontProxyOptions } from "#apiserver/authentication/front-proxy.ts";
import { type FrontProxyHeaders, REMOTE_HEADERS } from "#apiserver/authentication/front-proxy-headers.ts";
import { StartupError } from "#base/startup-error.ts";
import { readAuthorities } from "#https/certificate-chain.ts";
import type { Logger } from "#observability/logger.ts";
import type { Pki } from "#pki/pki.ts";
import type { RequestHeaderConfig } from "./config.ts";
import { readAuthorityFile } from "./read-authority-file.ts";

/** Who may say whose a request is, and how. */
export interface FrontProxies extends FrontProxyOptions {
  /** PEM of the authorities whose certificates make front proxies at present. */
  authority(): string;
}

/** Rejects with a StartupError. */
export async function openFrontProxies(
  config: RequestHeaderConfig,
  pki: Pick<Pki, "authorities">,
  logger: Logger,
): Promise<FrontProxies> {
  const { requestheaderClientCaFile: file, requestheaderAllowedNames: allowedNames } = config;
  const others = file === "" ? "" : await readAuthorityFile("requestheader-client-ca-file", file);
  if (allowedNames.length === 0 && haveCommon(others, pki.authorities["client-ca"])) {
    throw new StartupError(
      "--requestheader-client-ca-file has an authority of clients: name the front proxies with --requestheader-allowed-names, or every client may act as any user",
    );
  }
  const headers: FrontProxyHeaders = {
    username: config.requestheaderUsernameHeaders,
    uid: config.requestheaderUidHeaders,
    group: config.requestheaderGroupHeaders,
    extraPrefix: config.requestheaderExtraHeadersPrefix,
  };
  for (const [kind, names] of Object.entries(headers) as [keyof FrontProxyHeaders, readonly string[]][]) {
    const missing = REMOTE_HEADERS[kind].filter((name) => !hasName(names, name));
    if (missing.length > 0) {
      logger.warn("Took headers of front proxies without the usual one: extension servers will not work", {
        missing: missing.join(),
      });
    }
  }
  return { authority: () => `${pki.authorities["request-header-ca"]}\n${others}`, allowedNames, headers };
}

function hasName(names: readonly string[], wanted: string): boolean {
  return names.some((name) => name.toLowerCase() === wanted.toLowerCase());
}

function haveCommon(one: string, other: string): boolean {
  const known = new Set(readAuthorities(one).map(({ fingerprint256 }) => fingerprint256));
  return readAuthorities(other).some(({ fingerprint256 }) => known.has(fingerprint256));
}
