import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { StartupError } from "#base/startup-error.ts";
import { formatKubeconfig } from "#pki/kubeconfig.ts";
import type { Pki } from "#pki/pki.ts";
import type { ServerConfig } from "./config.ts";

/** Addresses that mean "every interface", for which a client on this host uses loopback. */
const EVERY_INTERFACE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };

/** Writes the administrator's kubeconfig; it replaces an older one whole. Rejects with a StartupError. */
export async function writeAdminKubeconfig(config: ServerConfig, pki: Pki): Promise<void> {
  const { writeKubeconfig: path, writeKubeconfigMode: mode } = config;
  const text = formatKubeconfig({
    server: serverUrl(config),
    certificateAuthority: pki.authorities["server-ca"],
    credential: pki.credentials["client-admin"],
  });
  const temporary = `${path}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, text, { mode });
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(
      `Cannot write the kubeconfig "${path}": ${why}; choose another place with --write-kubeconfig`,
      {
        cause,
      },
    );
  }
}

/** Where clients on this host reach the API. */
export function serverUrl({
  bindAddress,
  httpsListenPort,
}: Pick<ServerConfig, "bindAddress" | "httpsListenPort">): string {
  const literal = bindAddress.includes(":") ? `[${bindAddress}]` : bindAddress;
  return `https://${EVERY_INTERFACE[bindAddress] ?? literal}:${String(httpsListenPort)}`;
}
