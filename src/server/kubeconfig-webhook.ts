import {
  KubeconfigWebhook,
  type KubeconfigWebhookDependencies,
} from "#apiserver/webhook/kubeconfig-webhook.ts";
import { KubeconfigError, loadKubeconfig } from "#client/kubeconfig.ts";
import { unusableFile } from "./unusable-file.ts";

/** The webhook that the file of a flag names; it need not be there yet, and goes on the stack. Rejects with a StartupError. */
export async function openKubeconfigWebhook(
  { flag, file }: { readonly flag: string; readonly file: string },
  stack: AsyncDisposableStack,
  dependencies: KubeconfigWebhookDependencies,
): Promise<KubeconfigWebhook> {
  try {
    const access = await loadKubeconfig(file, { ...dependencies, mayBePlain: true });
    return stack.use(new KubeconfigWebhook({ access }, dependencies));
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause;
    throw unusableFile(flag, file, cause.message, cause);
  }
}
