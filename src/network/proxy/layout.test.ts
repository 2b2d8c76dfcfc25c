import { expect, test } from "bun:test";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { IPV4 } from "../nft/address-family.ts";
import { diffRulesets } from "../nft/diff.ts";
import { formatRuleset, formatTransaction } from "../nft/format.ts";
import { planServices } from "./plan-services.ts";
import type { ProxyNode } from "./proxy-node.ts";

const node: ProxyNode = {
  name: "n1",
  family: IPV4,
  clusterCIDRs: ["10.42.0.0/16"],
  serviceCIDRs: ["10.43.0.0/16"],
};

const web = aService("web", "10.43.0.1", { type: "NodePort", ports: [{ nodePort: 30080 }] });
const webSlice = anEndpointSlice("web", ["10.42.0.5", "10.42.1.5"]);

test("the table of a node with one Service", () => {
  expect(formatRuleset(planServices([web], [webSlice], node))).toMatchInlineSnapshot(`
    "table ip kubelith {
      map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
        10.43.0.1 . tcp . 80 : goto endpoints-2
      map service-node-ports { type inet_proto . inet_service : verdict; }
        tcp . 30080 : goto endpoints-2
      map service-endpoints { type ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service; }
        10.43.0.1 . tcp . 80 . 0 : 10.42.0.5 . 8080
        10.43.0.1 . tcp . 80 . 1 : 10.42.1.5 . 8080
      map node-port-endpoints { type inet_proto . inet_service . mark : ipv4_addr . inet_service; }
        tcp . 30080 . 0 : 10.42.0.5 . 8080
        tcp . 30080 . 1 : 10.42.1.5 . 8080
      map no-endpoint-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
      map no-endpoint-node-ports { type inet_proto . inet_service : verdict; }
      set cluster-ips { type ipv4_addr; }
        10.43.0.1
      map external-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
      map external-node-ports { type inet_proto . inet_service : verdict; }
        tcp . 30080 : goto masquerade
      map firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
      set hairpin { type ipv4_addr . ipv4_addr; }
        10.42.0.5 . 10.42.0.5
        10.42.1.5 . 10.42.1.5
      chain filter-prerouting { type filter hook prerouting priority -110; }
        ct state new jump firewall-check
      chain filter-output-before-nat { type filter hook output priority -110; }
        ct state new jump firewall-check
      chain nat-prerouting { type nat hook prerouting priority -100; }
        jump services
      chain nat-output { type nat hook output priority -100; }
        jump services
      chain nat-postrouting { type nat hook postrouting priority 100; }
        ct status dnat jump masquerading
      chain filter-input { type filter hook input priority 0; }
        ip daddr 127.0.0.0/8 ip saddr != 127.0.0.0/8 ct state 0x00000000/7 ct status ! dnat drop comment "block incoming localnet connections"
        ct state new jump node-ports-check
        ct state new jump endpoints-check
      chain filter-forward { type filter hook forward priority 0; }
        ct state new jump endpoints-check
        ct state new jump cluster-ips-check
      chain filter-output { type filter hook output priority 0; }
        ct state new jump endpoints-check
        ct state new jump cluster-ips-check
      chain services
        ip daddr . meta l4proto . th dport vmap @service-ips
        fib daddr type local meta l4proto . th dport vmap @service-node-ports
      chain endpoints-check
        ip daddr . meta l4proto . th dport vmap @no-endpoint-ips
      chain node-ports-check
        meta l4proto . th dport vmap @no-endpoint-node-ports
      chain firewall-check
        ip daddr . meta l4proto . th dport vmap @firewall-ips
      chain cluster-ips-check
        ip daddr @cluster-ips goto reject comment "Reject traffic to invalid ports of ClusterIPs"
        ip daddr 10.43.0.0/16 drop comment "Drop traffic to unallocated ClusterIPs"
      chain reject
        meta l4proto tcp reject with tcp reset
        reject
      chain masquerading
        ip saddr . ip daddr @hairpin masquerade fully-random
        ct original ip daddr @cluster-ips ip saddr != 10.42.0.0/16 masquerade fully-random comment "Masquerade traffic to ClusterIPs from outside the cluster"
        ct original ip daddr @cluster-ips return
        ct original ip daddr . meta l4proto . ct original proto-dst vmap @external-ips
        meta l4proto . ct original proto-dst vmap @external-node-ports
      chain masquerade
        masquerade fully-random
      chain masquerade-local
        fib saddr type local masquerade fully-random
      chain endpoints-2
        dnat to ip daddr . meta l4proto . th dport . numgen random mod 2 map @service-endpoints
        dnat to meta l4proto . th dport . numgen random mod 2 map @node-port-endpoints
    }"
  `);
});

test("one more Service adds elements and no chain", () => {
  const before = planServices([web], [webSlice], node);
  const api = aService("api", "10.43.0.2");
  const apiSlice = anEndpointSlice("api", ["10.42.0.6", "10.42.0.7"]);
  const after = planServices([web, api], [webSlice, apiSlice], node);
  expect(formatTransaction(diffRulesets(before, after))).toMatchInlineSnapshot(`
    "add element ip kubelith service-ips { 10.43.0.2 . tcp . 80 : goto endpoints-2 }
    add element ip kubelith service-endpoints { 10.43.0.2 . tcp . 80 . 0 : 10.42.0.6 . 8080 }
    add element ip kubelith service-endpoints { 10.43.0.2 . tcp . 80 . 1 : 10.42.0.7 . 8080 }
    add element ip kubelith cluster-ips { 10.43.0.2 }
    add element ip kubelith hairpin { 10.42.0.6 . 10.42.0.6 }
    add element ip kubelith hairpin { 10.42.0.7 . 10.42.0.7 }"
  `);
});

test("one endpoint less changes the frontends' chain and the numbers of the others", () => {
  const before = planServices([web], [webSlice], node);
  const after = planServices([web], [anEndpointSlice("web", ["10.42.1.5"])], node);
  expect(formatTransaction(diffRulesets(before, after), before)).toMatchInlineSnapshot(`
    "add chain ip kubelith endpoints-1
    delete element ip kubelith service-ips { 10.43.0.1 . tcp . 80 }
    delete element ip kubelith service-node-ports { tcp . 30080 }
    delete element ip kubelith service-endpoints { 10.43.0.1 . tcp . 80 . 0 }
    delete element ip kubelith service-endpoints { 10.43.0.1 . tcp . 80 . 1 }
    delete element ip kubelith node-port-endpoints { tcp . 30080 . 0 }
    delete element ip kubelith node-port-endpoints { tcp . 30080 . 1 }
    delete element ip kubelith hairpin { 10.42.0.5 . 10.42.0.5 }
    flush chain ip kubelith endpoints-2
    add rule ip kubelith endpoints-1 dnat to ip daddr . meta l4proto . th dport . numgen random mod 1 map @service-endpoints
    add rule ip kubelith endpoints-1 dnat to meta l4proto . th dport . numgen random mod 1 map @node-port-endpoints
    add element ip kubelith service-ips { 10.43.0.1 . tcp . 80 : goto endpoints-1 }
    add element ip kubelith service-node-ports { tcp . 30080 : goto endpoints-1 }
    add element ip kubelith service-endpoints { 10.43.0.1 . tcp . 80 . 0 : 10.42.1.5 . 8080 }
    add element ip kubelith node-port-endpoints { tcp . 30080 . 0 : 10.42.1.5 . 8080 }"
  `);
});

test("session affinity has a set for each endpoint", () => {
  const sticky = aService("web", "10.43.0.1", {
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
  });
  const before = planServices([], [], node);
  const after = planServices([sticky], [webSlice], node);
  expect(formatTransaction(diffRulesets(before, after), before)).toMatchInlineSnapshot(`
    "add set ip kubelith affinity/default/web/tcp/80/10.42.0.5/8080 { type ipv4_addr; flags dynamic,timeout; }
    add set ip kubelith affinity/default/web/tcp/80/10.42.1.5/8080 { type ipv4_addr; flags dynamic,timeout; }
    add chain ip kubelith endpoints-2
    add chain ip kubelith affinity/default/web/tcp/80
    add rule ip kubelith endpoints-2 dnat to ip daddr . meta l4proto . th dport . numgen random mod 2 map @service-endpoints
    add rule ip kubelith endpoints-2 dnat to meta l4proto . th dport . numgen random mod 2 map @node-port-endpoints
    add rule ip kubelith affinity/default/web/tcp/80 ip saddr @affinity/default/web/tcp/80/10.42.0.5/8080 update @affinity/default/web/tcp/80/10.42.0.5/8080 { ip saddr timeout 600s } dnat to 10.42.0.5:8080
    add rule ip kubelith affinity/default/web/tcp/80 ip saddr @affinity/default/web/tcp/80/10.42.1.5/8080 update @affinity/default/web/tcp/80/10.42.1.5/8080 { ip saddr timeout 600s } dnat to 10.42.1.5:8080
    add rule ip kubelith affinity/default/web/tcp/80 numgen random mod 2 0 update @affinity/default/web/tcp/80/10.42.0.5/8080 { ip saddr timeout 600s } dnat to 10.42.0.5:8080
    add rule ip kubelith affinity/default/web/tcp/80 numgen random mod 1 0 update @affinity/default/web/tcp/80/10.42.1.5/8080 { ip saddr timeout 600s } dnat to 10.42.1.5:8080
    add rule ip kubelith affinity/default/web/tcp/80 goto endpoints-2
    add element ip kubelith service-ips { 10.43.0.1 . tcp . 80 : goto affinity/default/web/tcp/80 }
    add element ip kubelith service-endpoints { 10.43.0.1 . tcp . 80 . 0 : 10.42.0.5 . 8080 }
    add element ip kubelith service-endpoints { 10.43.0.1 . tcp . 80 . 1 : 10.42.1.5 . 8080 }
    add element ip kubelith cluster-ips { 10.43.0.1 }
    add element ip kubelith hairpin { 10.42.0.5 . 10.42.0.5 }
    add element ip kubelith hairpin { 10.42.1.5 . 10.42.1.5 }"
  `);
});

test("traffic policy Local with affinity enters by a chain that tells pods from others", () => {
  const sticky = aService("web", "10.43.0.1", {
    type: "NodePort",
    ports: [{ nodePort: 30080 }],
    externalTrafficPolicy: "Local",
    sessionAffinity: "ClientIP",
  });
  const slice = anEndpointSlice("web", [anEndpoint("10.42.0.5"), anEndpoint("10.42.1.5", { node: "n2" })]);
  const { chains, table, sets } = planServices([sticky], [slice], node);
  const external = new Map([...chains].filter(([name]) => name.startsWith("affinity-external")));
  expect(formatRuleset({ table, sets: new Map(), chains: external })).toMatchInlineSnapshot(`
    "table ip kubelith {
      chain affinity-external/default/web/tcp/80
        ip saddr 10.42.0.0/16 goto affinity/default/web/tcp/80
        fib saddr type local goto affinity/default/web/tcp/80
         @affinity/default/web/tcp/80/10.42.0.5/8080 update @affinity/default/web/tcp/80/10.42.0.5/8080 {  timeout 10800s } dnat to 10.42.0.5:8080
        numgen random mod 1 0 update @affinity/default/web/tcp/80/10.42.0.5/8080 {  timeout 10800s } dnat to 10.42.0.5:8080
        goto local-1-of-2
    }"
  `);
  expect([...sets.keys()].filter((name) => name.startsWith("affinity"))).toHaveLength(2);
});
