import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { IPV4 } from "../nft/address-family.ts";
import { diffRulesets } from "../nft/diff.ts";
import { FakeNft } from "../nft/fake-nft.ts";
import { TableLedger } from "../nft/ledger.ts";
import { createSharedChains } from "./endpoint-chains.ts";
import { basePart, proxyTable } from "./layout.ts";
import { planService } from "./plan-service.ts";
import { BASE_OWNER, planServices, rankOf } from "./plan-services.ts";
import type { ProxyNode } from "./proxy-node.ts";

const node: ProxyNode = {
  name: "n1",
  family: IPV4,
  clusterCIDRs: ["10.42.0.0/16"],
  serviceCIDRs: ["10.43.0.0/16"],
};

const policy = fc.constantFrom("Cluster", "Local");
const endpoint = fc.record({
  address: fc.constantFrom("10.42.0.5", "10.42.0.6", "10.42.1.5", "10.42.1.6"),
  facts: fc.record({
    node: fc.constantFrom("n1", "n2"),
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
  }),
});

/** A Service with its endpoints; several of them may claim one external IP. */
const arbitraryService = fc.record({
  name: fc.constantFrom("a", "b", "c"),
  present: fc.boolean(),
  internal: policy,
  external: policy,
  affinity: fc.constantFrom("None", "ClientIP"),
  externalIPs: fc.subarray(["5.5.5.5", "6.6.6.6"]),
  endpoints: fc.array(endpoint, { maxLength: 4 }),
});

const ADDRESSES: Readonly<Record<string, string>> = { a: "10.43.0.1", b: "10.43.0.2", c: "10.43.0.3" };
const PORTS: Readonly<Record<string, number>> = { a: 30001, b: 30002, c: 30003 };

test("changing one Service at a time comes to the same rules as planning all at once", () => {
  fc.assert(
    fc.property(fc.array(arbitraryService, { maxLength: 12 }), (changes) => {
      const ledger = new TableLedger(proxyTable(IPV4));
      const chains = createSharedChains(node);
      ledger.set(BASE_OWNER, basePart(node));
      const nft = new FakeNft();
      nft.apply(diffRulesets(undefined, ledger.ruleset()));
      ledger.take();
      const services = new Map<string, Service>();
      const slices = new Map<string, EndpointSlice>();
      for (const { name, present, internal, external, affinity, externalIPs, endpoints } of changes) {
        const service = aService(name, ADDRESSES[name] ?? "", {
          type: "NodePort",
          ports: [{ nodePort: PORTS[name] ?? 0 }],
          internalTrafficPolicy: internal,
          externalTrafficPolicy: external,
          sessionAffinity: affinity,
          externalIPs,
        });
        const slice = anEndpointSlice(
          name,
          endpoints.map(({ address, facts }) => anEndpoint(address, facts)),
        );
        services.delete(name);
        slices.delete(name);
        if (present) {
          services.set(name, service);
          slices.set(name, slice);
        }
        const part = present ? planService(service, [slice], { node, chains }) : undefined;
        ledger.set(name, part, rankOf(service));
        nft.apply(ledger.take());
      }
      const wanted = planServices([...services.values()], [...slices.values()], node);
      const actual = nft.read(proxyTable(IPV4));
      // Nothing is left to do but to delete chains that nobody uses any more.
      expect(diffRulesets(actual, wanted).operations).toEqual([]);
    }),
  );
});
