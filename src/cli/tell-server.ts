import { StartupError } from "#base/startup-error.ts";
import { askServer } from "#server/ask-server.ts";
import { CERTIFICATES_PATH, type TakenCertificates } from "#server/certificate-route.ts";

/** Has a server look for other certificates, and gives a sentence on what it says. */
export async function tellServer(kubeconfig: string): Promise<string> {
  try {
    const { taken } = (await askServer(kubeconfig, CERTIFICATES_PATH, {})) as TakenCertificates;
    return `The server uses ${taken.length === 0 ? "them already" : taken.join(", ")}`;
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    return `No server was told (${error.message}): one that runs uses them within the hour`;
  }
}
