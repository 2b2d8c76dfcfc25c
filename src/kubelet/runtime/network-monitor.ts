import type { PodNetwork } from "#network/pod-network.ts";

/** Knows whether pods can be connected. */
export class NetworkMonitor {
  readonly #podNetwork: Pick<PodNetwork, "ready">;
  readonly #onChange: () => void;
  #problem: string | undefined = "network state unknown";

  /** `onChange` is called when pods can be connected and could not before, and the other way round. */
  constructor(podNetwork: Pick<PodNetwork, "ready">, onChange: () => void) {
    this.#podNetwork = podNetwork;
    this.#onChange = onChange;
  }

  /** Why pods could not be connected when this was asked last; in upstream's words (`kubelet.go` updateRuntimeUp). */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Asks anew. */
  async check(): Promise<string | undefined> {
    const before = this.#problem;
    this.#problem = await this.#ask();
    if (before !== this.#problem) this.#onChange();
    return this.#problem;
  }

  async #ask(): Promise<string | undefined> {
    try {
      await this.#podNetwork.ready();
      return undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:${why}`;
    }
  }
}
