import { type Bands, pickFree } from "./pick-free.ts";

/** The ports that Services get on every node, as of `--service-node-port-range`; both ends are included. */
export class NodePortRange {
  readonly first: number;
  readonly last: number;
  readonly #bands: Bands;

  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
    const size = last - first + 1;
    this.#bands = { size, staticSize: staticPorts(size) };
  }

  contains(port: number): boolean {
    return port >= this.first && port <= this.last;
  }

  pickFree(isTaken: (port: number) => boolean, random: () => number): number | undefined {
    const index = pickFree(this.#bands, (each) => isTaken(this.first + each), random);
    return index === undefined ? undefined : this.first + index;
  }

  toString(): string {
    return `${String(this.first)}-${String(this.last)}`;
  }
}

/** A 32nd of the range, at least 16 and at most 128 ports (`portallocator.calculateRangeOffset`). */
function staticPorts(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
}
