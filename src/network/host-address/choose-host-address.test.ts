import { describe, expect, test } from "bun:test";
import type { Link } from "../netlink/route/link.ts";
import type { Route } from "../netlink/route/route.ts";
import { chooseHostAddress, type HostAddressChoice } from "./choose-host-address.ts";

const LINKS = ["lo", "eth0", "wlan0", "docker0", "kubelith0"];

function link(name: string, index: number): Link {
  return {
    index,
    name,
    up: true,
    operational: true,
    loopback: name === "lo",
    mtu: 1500,
    address: "",
    kind: "",
    master: 0,
    hairpin: false,
  };
}

/** `eth0 10.0.0.1/24`. */
function parseAddress(text: string) {
  const [name = "", address = ""] = text.split(" ");
  return { link: LINKS.indexOf(name), address };
}

/** `0.0.0.0/0 eth0 100 10.0.0.2`: destination, link, metric and source. */
function parseRoute(text: string): Route {
  const [destination = "", name = "", metric, source] = text.split(" ");
  return {
    type: "unicast",
    destination,
    link: LINKS.indexOf(name),
    ...(metric !== undefined && { metric: Number(metric) }),
    ...(source !== undefined && { source }),
  };
}

interface Case {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly routes?: readonly string[];
  readonly choice?: HostAddressChoice;
  readonly chosen: string | undefined;
}

const BOTH = ["eth0 10.0.0.1/24", "wlan0 10.1.0.1/24"];

const cases: readonly Case[] = [
  { name: "no address", addresses: ["lo 127.0.0.1/8", "eth0 fe80::1/64"], chosen: undefined },
  {
    name: "links of containers",
    addresses: ["docker0 172.17.0.1/16", "kubelith0 10.42.0.1/24"],
    chosen: undefined,
  },
  { name: "a host without a default route", addresses: BOTH, chosen: "10.0.0.1" },
  {
    name: "the link of the default route",
    addresses: BOTH,
    routes: ["10.0.0.0/24 eth0", "0.0.0.0/0 wlan0"],
    chosen: "10.1.0.1",
  },
  {
    name: "the better of two default routes",
    addresses: BOTH,
    routes: ["0.0.0.0/0 wlan0 600", "0.0.0.0/0 eth0 100"],
    chosen: "10.0.0.1",
  },
  {
    name: "the source of the default route",
    addresses: ["eth0 10.0.0.1/24", "eth0 10.0.0.2/24"],
    routes: ["0.0.0.0/0 eth0 0 10.0.0.2"],
    chosen: "10.0.0.2",
  },
  {
    name: "IPv4 before IPv6",
    addresses: ["eth0 fd00::1/64", "eth0 10.0.0.1/24"],
    routes: ["0.0.0.0/0 eth0", "::/0 eth0 1024"],
    chosen: "10.0.0.1",
  },
  {
    name: "a host of IPv6 alone",
    addresses: ["eth0 fe80::1/64", "eth0 fd00::1/64"],
    routes: ["::/0 eth0 1024"],
    chosen: "fd00::1",
  },
  {
    name: "the present one among others of its link",
    addresses: ["eth0 10.0.0.1/24", "eth0 10.0.0.2/24"],
    routes: ["0.0.0.0/0 eth0"],
    choice: { current: "10.0.0.2" },
    chosen: "10.0.0.2",
  },
  {
    name: "a default route that appears elsewhere",
    addresses: BOTH,
    routes: ["0.0.0.0/0 wlan0"],
    choice: { current: "10.0.0.1" },
    chosen: "10.1.0.1",
  },
  {
    name: "a new lease",
    addresses: ["eth0 fd00::1/64", "eth0 10.0.0.7/24"],
    routes: ["0.0.0.0/0 eth0"],
    choice: { current: "10.0.0.1" },
    chosen: "10.0.0.7",
  },
  {
    name: "no other family than that of the present one",
    addresses: ["eth0 fd00::1/64"],
    choice: { current: "10.0.0.1" },
    chosen: undefined,
  },
  {
    name: "the named link, whatever the default route",
    addresses: BOTH,
    routes: ["0.0.0.0/0 wlan0"],
    choice: { current: "10.0.0.9", interfaceName: "eth0" },
    chosen: "10.0.0.1",
  },
];

describe("chooseHostAddress", () => {
  test.each([...cases])("$name", ({ addresses, routes = [], choice = {}, chosen }) => {
    const view = {
      links: LINKS.map(link),
      addresses: addresses.map(parseAddress),
      routes: routes.map(parseRoute),
    };
    expect(chooseHostAddress(view, choice)).toBe(chosen);
  });
});
