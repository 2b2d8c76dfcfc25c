import { describe, expect, test } from "bun:test";
import { parseMessages } from "../message.ts";
import type { MessageWriter } from "../message-writer.ts";
import { newAddress, parseLinkAddress } from "./address.ts";
import { newBridge, newVeth, parseLink, setHairpin } from "./link.ts";
import { newForwardingEntry, newNeighbour, parseForwardingEntry, parseNeighbour } from "./neighbour.ts";
import { newRoute, parseRoute, type Route } from "./route.ts";

const hex = (writer: MessageWriter): string => Buffer.from(writer.finish(1)).toString("hex");

/** Sends a request back through the parser of answers, which have the same form. */
function reflect<T>(
  writer: MessageWriter,
  parse: (message: ReturnType<typeof parseMessages>[number]) => T,
): T {
  const [message] = parseMessages(writer.finish(1));
  if (message === undefined) throw new TypeError("The writer wrote nothing");
  return parse(message);
}

describe("links", () => {
  test("asks for a bridge", () => {
    expect(hex(newBridge("br0", {}))).toBe(
      "38000000 1000 0106 01000000 00000000 00000000 00000000 00000000 00000000 0800 0300 62723000 1000 1280 0b00 0100 6272696467650000".replaceAll(
        " ",
        "",
      ),
    );
  });

  test("asks for a veth pair with its far end in another namespace", () => {
    const writer = newVeth({
      name: "v0",
      mtu: 1400,
      master: 3,
      up: true,
      peer: { name: "eth0", mtu: 1400, address: "0a:58:0a:2a:00:05", namespaceFd: 9 },
    });
    expect(reflect(writer, parseLink)).toMatchObject({
      name: "v0",
      mtu: 1400,
      master: 3,
      up: true,
      kind: "veth",
    });
    const text = hex(
      newVeth({ name: "v0", peer: { name: "eth0", address: "0a:58:0a:2a:00:05", namespaceFd: 9 } }),
    );
    expect(text).toContain("0a00 0100 0a580a2a0005 0000".replaceAll(" ", ""));
    expect(text).toContain("0800 1c00 09000000".replaceAll(" ", ""));
  });

  test("changes the mode of a bridge port", () => {
    expect(hex(setHairpin(5, true))).toEndWith(
      "07000000 05000000 00000000 00000000 0c00 0c80 0500 0400 01000000".replaceAll(" ", ""),
    );
  });
});

describe("addresses", () => {
  test.each(["10.42.0.1/24", "fd42::1/64"])("carries %s", (address) => {
    expect(reflect(newAddress({ link: 7, address }), parseLinkAddress)).toEqual({ link: 7, address });
  });

  test.each(["10.42.0.1", "10.42.0.1/33", "10.42.0/24", "fd42::1/129", ""])("refuses %p", (address) => {
    expect(() => newAddress({ link: 7, address })).toThrow(RangeError);
  });
});

describe("routes", () => {
  const routes: readonly Route[] = [
    { type: "unicast", destination: "10.43.0.0/16", link: 3, source: "10.42.0.1" },
    { type: "unreachable", destination: "10.42.0.0/16", metric: 4096 },
    { type: "unicast", destination: "0.0.0.0/0", link: 2, gateway: "10.42.0.1" },
    { type: "unicast", destination: "fd43::/112", link: 3, metric: 1024 },
  ];
  test.each(routes)("carries $type $destination", (route) => {
    expect(reflect(newRoute(route), parseRoute)).toEqual(route);
  });
});

describe("neighbours", () => {
  test("carries a permanent neighbour", () => {
    const neighbour = { link: 4, address: "10.42.1.0", linkAddress: "0a:58:0a:2a:01:00" };
    expect(reflect(newNeighbour(neighbour), parseNeighbour)).toEqual(neighbour);
  });

  test("carries a forwarding entry", () => {
    const entry = { link: 4, linkAddress: "0a:58:0a:2a:01:00", destination: "192.168.1.2" };
    expect(reflect(newForwardingEntry(entry), parseForwardingEntry)).toEqual(entry);
  });

  test("refuses a link-layer address that is not one", () => {
    expect(() => newNeighbour({ link: 4, address: "10.42.1.0", linkAddress: "0a:58" })).toThrow(SyntaxError);
  });
});
