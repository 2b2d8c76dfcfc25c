import { type CIDR, containsIP, formatIP, type IPAddress, nthIP, sizeOf } from "#base/cidr.ts";
import { type Bands, pickFree } from "./pick-free.ts";

/** Numbers above this are not exact; IPv6 ranges are cut off here. */
const MAX_ADDRESSES = 2n ** 52n;

/** The addresses that Services of one family get. */
export class ServiceIPRange {
  readonly cidr: CIDR;
  /** The addresses behind that of the network itself. */
  readonly #bands: Bands;

  constructor(cidr: CIDR) {
    this.cidr = cidr;
    this.#bands = { size: usableAddresses(cidr), staticSize: staticAddresses(cidr) };
  }

  get family(): "IPv4" | "IPv6" {
    return this.cidr.base.family === 4 ? "IPv4" : "IPv6";
  }

  /** How many addresses there are for Services. */
  get size(): number {
    return this.#bands.size;
  }

  /** The first address, which is that of the Service `default/kubernetes`. */
  get first(): string {
    return formatIP(nthIP(this.cidr, 1));
  }

  /** Neither the address of the network nor, in IPv4, that of the broadcast can be given to a Service. */
  contains(address: IPAddress): boolean {
    if (!containsIP(this.cidr, address)) return false;
    const index = address.value - this.cidr.base.value - 1n;
    return index >= 0n && index < BigInt(this.#bands.size);
  }

  pickFree(isTaken: (address: string) => boolean, random: () => number): string | undefined {
    const textOf = (index: number): string => formatIP(nthIP(this.cidr, index + 1));
    const index = pickFree(this.#bands, (each) => isTaken(textOf(each)), random);
    return index === undefined ? undefined : textOf(index);
  }
}

function usableAddresses(cidr: CIDR): number {
  const unusable = cidr.base.family === 4 ? 2n : 1n;
  const size = sizeOf(cidr) - unusable;
  return Number(size > MAX_ADDRESSES ? MAX_ADDRESSES : size < 0n ? 0n : size);
}

/** A sixteenth of the range, at least 16 and at most 256 addresses (`ipallocator.calculateRangeOffset`). */
function staticAddresses(cidr: CIDR): number {
  const size = sizeOf(cidr);
  return size <= 16n ? 0 : Math.min(Math.max(16, Number(size / 16n)), 256);
}
