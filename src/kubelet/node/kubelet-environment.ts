import { readFile } from "node:fs/promises";
import type { NodeStatus, Pod, Service } from "#api/generated/core-v1.ts";
import { parseQuantity, quantityValue } from "#apimachinery/quantity.ts";
import { parseResolvConf, type ResolvConf } from "#network/dns/resolv-conf.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { Amounts } from "../containers/resource-value.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";
import type { NodeEnvironment } from "../worker/pod-services.ts";

export interface EnvironmentOptions {
  readonly nodeName: string;
  readonly nodeIPs: () => readonly string[];
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  readonly resolvConf?: string;
}

export interface EnvironmentSources {
  readonly status: () => NodeStatus;
  readonly services: Informer<Service>;
  readonly networkError: () => string | undefined;
  readonly apiPodOf: (pod: Pod) => Pod | undefined;
}

/** The node as those see it who run pods on it. */
export class KubeletEnvironment implements NodeEnvironment {
  readonly settings: KubeletSettings;
  readonly #options: EnvironmentOptions;
  readonly #sources: EnvironmentSources;

  constructor(options: EnvironmentOptions, settings: KubeletSettings, sources: EnvironmentSources) {
    this.#options = options;
    this.settings = settings;
    this.#sources = sources;
  }

  get nodeName(): string {
    return this.#options.nodeName;
  }

  get clusterDomain(): string {
    return this.#options.clusterDomain;
  }

  get clusterDNS(): readonly string[] {
    return this.#options.clusterDNS;
  }

  get hostIPs(): readonly string[] {
    return this.#options.nodeIPs();
  }

  get memoryCapacityBytes(): number {
    return quantityValue(parseQuantity(this.#sources.status().capacity?.["memory"] ?? "0"));
  }

  allocatable(): Amounts {
    return this.#sources.status().allocatable ?? {};
  }

  async readResolvConf(): Promise<ResolvConf> {
    return parseResolvConf(await readFile(this.#options.resolvConf ?? "/etc/resolv.conf", "utf8"));
  }

  services(): readonly Service[] | undefined {
    const { services } = this.#sources;
    return services.isSynced ? services.list() : undefined;
  }

  networkError(): string | undefined {
    return this.#sources.networkError();
  }

  apiPodOf(pod: Pod): Pod | undefined {
    return this.#sources.apiPodOf(pod);
  }
}
