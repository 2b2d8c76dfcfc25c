import { expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { IPV4 } from "../nft/address-family.ts";
import { diffRulesets } from "../nft/diff.ts";
import { FakeNft } from "../nft/fake-nft.ts";
import type { Packet } from "../nft/packet.ts";
import { planServices } from "./plan-services.ts";
import type { ProxyNode } from "./proxy-node.ts";

const node: ProxyNode = {
  name: "n1",
  family: IPV4,
  clusterCIDRs: ["10.42.0.0/16"],
  serviceCIDRs: ["10.43.0.0/16"],
};

const A = "10.42.0.5:8080";
const B = "10.42.0.6:8080";

const sticky = aService("web", "10.43.0.1", {
  type: "NodePort",
  ports: [{ nodePort: 30080 }],
  sessionAffinity: "ClientIP",
  sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
});
const toClusterIP: Packet = {
  protocol: "TCP",
  source: "10.42.0.9",
  destination: "10.43.0.1",
  destinationPort: 80,
};

function setup() {
  const clock = new FakeClock();
  const nft = new FakeNft({ localAddresses: ["192.168.1.1"], clock });
  const ruleset = planServices([sticky], [anEndpointSlice("web", ["10.42.0.5", "10.42.0.6"])], node);
  nft.apply(diffRulesets(undefined, ruleset));
  const outcomes = (packet: Partial<Packet> = {}) =>
    nft.outcomes(ruleset.table, { ...toClusterIP, ...packet });
  const send = (packet: Partial<Packet> = {}) => nft.send(ruleset.table, { ...toClusterIP, ...packet });
  return { clock, nft, ruleset, outcomes, send };
}

test("a new client may go to any endpoint", () => {
  expect(setup().outcomes()).toEqual([A, B]);
});

test("a client stays with its endpoint, others do not", () => {
  const { outcomes, send } = setup();
  expect(send()).toBe(A);
  expect(outcomes()).toEqual([A]);
  expect(outcomes({ source: "10.42.0.8" })).toEqual([A, B]);
});

test("a client stays with its endpoint by whatever frontend it comes", () => {
  const { outcomes, send } = setup();
  send();
  expect(outcomes({ destination: "192.168.1.1", destinationPort: 30080 })).toEqual([`${A} masqueraded`]);
});

test("a client is free again when the time since its last connection is over", async () => {
  const { clock, outcomes, send } = setup();
  send();
  await clock.advance(500_000);
  send();
  await clock.advance(500_000);
  expect(outcomes()).toEqual([A]);
  await clock.advance(100_001);
  expect(outcomes()).toEqual([A, B]);
});

test("a client moves on when its endpoint goes, and is not forgotten when another goes", () => {
  const { nft, ruleset, outcomes, send } = setup();
  send();
  const withC = planServices([sticky], [anEndpointSlice("web", ["10.42.0.5", "10.42.0.7"])], node);
  nft.apply(diffRulesets(ruleset, withC));
  expect(outcomes()).toEqual([A]);
  const withoutA = planServices([sticky], [anEndpointSlice("web", ["10.42.0.7"])], node);
  nft.apply(diffRulesets(withC, withoutA));
  expect(outcomes()).toEqual(["10.42.0.7:8080"]);
  const withAAgain = planServices([sticky], [anEndpointSlice("web", ["10.42.0.5", "10.42.0.7"])], node);
  nft.apply(diffRulesets(withoutA, withAAgain));
  expect(outcomes()).toEqual([A, "10.42.0.7:8080"]);
});
