import type { ByteString } from "./ruleset.ts";
import { addressBytes, formatValue, PROTOCOL_NUMBERS, type Protocol } from "./value.ts";

/** The first packet of a connection. */
export interface Packet {
  readonly protocol: Protocol;
  readonly source: string;
  /** 40000 by default. */
  readonly sourcePort?: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** The host itself sends the packet; by default it comes in by a link. */
  readonly fromHost?: boolean;
}

const DEFAULT_SOURCE_PORT = 40_000;

/** Where addresses are in the network header, and how long they are. */
interface Layout {
  readonly size: number;
  readonly source: number;
  readonly destination: number;
  readonly addressSize: number;
}

const IPV4: Layout = { size: 20, source: 12, destination: 16, addressSize: 4 };
const IPV6: Layout = { size: 40, source: 8, destination: 24, addressSize: 16 };

/** A packet as the bytes that rules look at. Rewriting makes a new one. */
export class PacketBytes {
  readonly protocol: number;
  readonly network: ByteString;
  readonly transport: ByteString;
  readonly #layout: Layout;

  private constructor(protocol: number, network: ByteString, transport: ByteString) {
    this.protocol = protocol;
    this.network = network;
    this.transport = transport;
    this.#layout = network.length === IPV4.size ? IPV4 : IPV6;
  }

  static of({
    protocol,
    source,
    sourcePort = DEFAULT_SOURCE_PORT,
    destination,
    destinationPort,
  }: Packet): PacketBytes {
    const from = requiredAddress(source);
    const to = requiredAddress(destination);
    const layout = from.length === 4 ? IPV4 : IPV6;
    const network = "\0".repeat(layout.source) + from + to;
    const ports = String.fromCharCode(
      sourcePort >> 8,
      sourcePort & 255,
      destinationPort >> 8,
      destinationPort & 255,
    );
    return new PacketBytes(PROTOCOL_NUMBERS[protocol], network, ports);
  }

  get source(): ByteString {
    return this.#address(this.#layout.source);
  }

  get destination(): ByteString {
    return this.#address(this.#layout.destination);
  }

  get destinationPort(): ByteString {
    return this.transport.slice(2, 4);
  }

  /** `10.42.0.5:8080`, with brackets around an IPv6 address. */
  get target(): string {
    const port = formatValue(["inet_service"], this.destinationPort);
    return this.#layout === IPV4
      ? `${formatValue(["ipv4_addr"], this.destination)}:${port}`
      : `[${formatValue(["ipv6_addr"], this.destination)}]:${port}`;
  }

  get addressSize(): number {
    return this.#layout.addressSize;
  }

  withDestination(address: ByteString, port: ByteString | undefined): PacketBytes {
    const network = this.network.slice(0, this.#layout.destination) + address;
    return new PacketBytes(
      this.protocol,
      network,
      this.transport.slice(0, 2) + (port ?? this.destinationPort),
    );
  }

  #address(offset: number): ByteString {
    return this.network.slice(offset, offset + this.#layout.addressSize);
  }
}

function requiredAddress(text: string): ByteString {
  const bytes = addressBytes(text);
  if (bytes === undefined) throw new RangeError(`Not an IP address: "${text}"`);
  return bytes;
}
