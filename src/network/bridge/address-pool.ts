import {
  type CIDR,
  formatIP,
  type IPFamily,
  indexOfIP,
  nthIP,
  parseCIDR,
  parseIP,
  sizeOf,
} from "#base/cidr.ts";
import { PodNetworkError } from "./pod-network-error.ts";

/** The address with index 0 names the network, the first one is the gateway's, the last one is for broadcasts. */
const FIRST_POD_INDEX = 2n;

/** The addresses of a node's pod CIDR: those that pods have, and the next free one. */
export class AddressPool {
  readonly podCIDR: string;
  readonly #cidr: CIDR;
  readonly #used = new Set<string>();
  #next = FIRST_POD_INDEX;

  /** Throws a RangeError for a text that is no range with room for a pod. */
  constructor(podCIDR: string) {
    const cidr = parseCIDR(podCIDR);
    if (cidr === undefined || sizeOf(cidr) <= FIRST_POD_INDEX + 1n) {
      throw new RangeError(`Not a range with room for pods: "${podCIDR}"`);
    }
    this.podCIDR = podCIDR;
    this.#cidr = cidr;
  }

  /** The address of the bridge, which pods send through. */
  get gateway(): string {
    return formatIP(nthIP(this.#cidr, 1));
  }

  get family(): IPFamily {
    return this.#cidr.base.family;
  }

  get prefixLength(): number {
    return this.#cidr.prefixLength;
  }

  /** Marks an address as used. Those of another range are remembered as well: their pods still run. */
  reserve(address: string): void {
    this.#used.add(address);
    const index = this.#indexOf(address);
    if (index !== undefined && index >= this.#next) this.#next = index + 1n;
  }

  /**
   * Takes the next free address behind the one that was taken last, so that an address rests before it is given
   * out again: connections to the pod that had it can end. Throws `exhausted`.
   */
  take(): string {
    const end = sizeOf(this.#cidr) - 1n;
    const count = end - FIRST_POD_INDEX;
    for (let step = 0n; step < count; step += 1n) {
      const index = FIRST_POD_INDEX + ((this.#next - FIRST_POD_INDEX + step) % count);
      const address = formatIP(nthIP(this.#cidr, index));
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      this.#next = index + 1n;
      return address;
    }
    throw PodNetworkError.exhausted(this.podCIDR);
  }

  release(address: string): void {
    this.#used.delete(address);
  }

  #indexOf(address: string): bigint | undefined {
    const ip = parseIP(address);
    return ip && indexOfIP(this.#cidr, ip);
  }
}

/** An address of each pool, or of none when one is exhausted: throws `exhausted` then. */
export function takeFromEach(pools: readonly AddressPool[]): readonly string[] {
  const taken: { readonly pool: AddressPool; readonly address: string }[] = [];
  try {
    for (const pool of pools) taken.push({ pool, address: pool.take() });
    return taken.map(({ address }) => address);
  } catch (error) {
    for (const { pool, address } of taken) pool.release(address);
    throw error;
  }
}
