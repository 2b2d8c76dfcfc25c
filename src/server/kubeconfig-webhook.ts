import { KubeconfigWebhook } from "#apiserver/webhook/kubeconfig-webhook.ts";
import type { Clock } from "#base/clock.ts";
import { KubeconfigError, loadKubeconfig } from "#client/kubeconfig.ts";
import { unusableFile } from "./unusable-file.ts";

/** The webhook that the file of a flag names; it need not be there yet. Rejects with a StartupError. */
export async function openKubeconfigWebhook(
  flag: string,
  file: string,
  clock: Clock,
): Promise<KubeconfigWebhook> {
  try {
    return new KubeconfigWebhook(await loadKubeconfig(file, { clock }), { clock });
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause;
    throw unusableFile(flag, file, cause.message, cause);
  }
}
