import { expect, test } from "bun:test";
import type { ServiceCIDRStatus } from "#api/generated/networking-v1.ts";
import { type CIDR, formatCIDR, parseCIDR } from "#base/cidr.ts";
import { aServiceCIDR } from "#testing/service-cidrs.ts";
import { ServiceIPRange } from "./ip-range.ts";
import { ServiceCIDRs } from "./service-cidrs.ts";

function someCIDRs(): ServiceCIDRs {
  return new ServiceCIDRs(
    ["10.43.0.0/24", "fd00::/112"].map((text) => new ServiceIPRange(parseCIDR(text) as CIDR)),
  );
}

const ranges = (cidrs: ServiceCIDRs, family: string): string[] =>
  cidrs.rangesOf(family).map(({ cidr }) => formatCIDR(cidr));

const notReady: ServiceCIDRStatus = {
  conditions: [{ type: "Ready", status: "False", reason: "", message: "", lastTransitionTime: null }],
};

test("the configured ranges serve until the default ServiceCIDR is there", () => {
  const cidrs = someCIDRs();
  expect([cidrs.families, ranges(cidrs, "IPv4"), ranges(cidrs, "IPv6")]).toEqual([
    ["IPv4", "IPv6"],
    ["10.43.0.0/24"],
    ["fd00::/112"],
  ]);
  const other = aServiceCIDR("kubernetes", ["10.44.0.0/24"]);
  cidrs.put(other);
  expect([ranges(cidrs, "IPv4"), ranges(cidrs, "IPv6")]).toEqual([["10.44.0.0/24"], []]);
  cidrs.remove(other);
  expect(ranges(cidrs, "IPv4")).toEqual(["10.43.0.0/24"]);
});

test("more ranges come behind the default one, and each is there once", () => {
  const cidrs = someCIDRs();
  cidrs.put(aServiceCIDR("a", ["10.50.0.0/24", "fd01::/112"]));
  cidrs.put(aServiceCIDR("b", ["10.43.0.0/24"]));
  expect(ranges(cidrs, "IPv4")).toEqual(["10.43.0.0/24", "10.50.0.0/24"]);
  cidrs.remove(aServiceCIDR("a", []));
  expect(ranges(cidrs, "IPv4")).toEqual(["10.43.0.0/24"]);
});

test.each([
  ["is not ready", aServiceCIDR("a", ["10.50.0.0/24"], { status: notReady })],
  [
    "is being deleted",
    aServiceCIDR("a", ["10.50.0.0/24"], {
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
    }),
  ],
])("nothing comes from a range that %s", (_name, object) => {
  const cidrs = someCIDRs();
  cidrs.put(object);
  expect(ranges(cidrs, "IPv4")).toEqual(["10.43.0.0/24"]);
});
