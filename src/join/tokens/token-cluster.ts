import { StatusError } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { createClient } from "#client/create-client.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { KubeconfigError, loadKubeconfig } from "#client/kubeconfig.ts";
import { BootstrapTokenSecrets } from "./bootstrap-token-secrets.ts";

/** The cluster of a kubeconfig, for those who manage its tokens. */
export interface TokenCluster {
  readonly tokens: BootstrapTokenSecrets;
  /** The authority of its servers in PEM; undefined where the kubeconfig has none. */
  readonly authority: string | undefined;
}

/** Works with a cluster. Rejects with a StartupError when the kubeconfig cannot be used or the cluster refuses. */
export async function inTokenCluster(
  kubeconfig: string,
  { clock }: { readonly clock: Clock },
  work: (cluster: TokenCluster) => Promise<void>,
): Promise<void> {
  try {
    const { server, credentials } = await loadKubeconfig(kubeconfig, { clock });
    const options = { ...server, credentials, userAgent: "kubelith" };
    await using transport = createHttpsTransport(options, { clock });
    await work({ tokens: new BootstrapTokenSecrets(createClient(transport)), authority: server.ca });
  } catch (error) {
    if (error instanceof StatusError) throw new StartupError(error.message, { cause: error });
    if (!(error instanceof KubeconfigError)) throw error;
    throw new StartupError(`${error.message}; name another with --kubeconfig`, { cause: error });
  }
}
