import { expect, test } from "bun:test";
import { NODE } from "#testing/proxied-packets.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { restoreText } from "../../iptables/restore-text.ts";
import { IPV6 } from "../../nft/address-family.ts";
import { assembleRules } from "./assemble-rules.ts";
import { serviceChainName } from "./chain-names.ts";
import { planChange, planRewrite } from "./plan-change.ts";
import { planServiceRules } from "./plan-service-rules.ts";

const EMPTY = { filter: new Map(), nat: new Map() };

/** The ports of pkg/proxy/iptables/proxier_test.go, whose chains' names are known from there. */
test.each([
  { kind: "SVC", port: "ns1/svc1:p80", protocol: "tcp", want: "KUBE-SVC-XPGD46QRK7WJZT7O" },
  {
    kind: "SEP",
    port: "ns1/svc1:p80",
    protocol: "tcp",
    endpoint: "10.180.0.1:80",
    want: "KUBE-SEP-SXIVWICOYRO3J4NJ",
  },
  { kind: "FW", port: "ns5/svc5:p80", protocol: "tcp", want: "KUBE-FW-NUKIZ6OKUXPJNT4C" },
] as const)("a chain of $port is $want", ({ kind, want, ...of }) => {
  expect(serviceChainName(kind, of)).toBe(want);
});

test("the rules of a node without Services", () => {
  expect(restoreText(planRewrite(EMPTY, assembleRules([], NODE)))).toMatchInlineSnapshot(`
    "*filter
    :KUBE-SERVICES - [0:0]
    :KUBE-EXTERNAL-SERVICES - [0:0]
    :KUBE-FORWARD - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-PROXY-FIREWALL - [0:0]
    :KUBE-FIREWALL - [0:0]
    -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
    -A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
    -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
    -I INPUT 1 -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
    -I FORWARD 1 -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
    -I INPUT 1 -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
    -I FORWARD 1 -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -I OUTPUT 1 -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -I FORWARD 1 -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
    -I INPUT 1 -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
    -I OUTPUT 1 -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
    -I FORWARD 1 -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
    -I INPUT 1 -j KUBE-FIREWALL
    -I OUTPUT 1 -j KUBE-FIREWALL
    COMMIT
    *nat
    :KUBE-SERVICES - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-POSTROUTING - [0:0]
    :KUBE-MARK-MASQ - [0:0]
    -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
    -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
    -A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
    -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
    -A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
    -I OUTPUT 1 -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -I PREROUTING 1 -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -I POSTROUTING 1 -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
    COMMIT
    "
  `);
});

test("the rules of a load balancer with everything", () => {
  const service = aService("web", "10.43.0.1", {
    type: "LoadBalancer",
    ports: [{ name: "http", nodePort: 30080 }],
    externalIPs: ["5.5.5.5"],
    loadBalancerIPs: ["6.6.6.6"],
    loadBalancerSourceRanges: ["192.168.0.0/16"],
    externalTrafficPolicy: "Local",
    healthCheckNodePort: 31000,
    sessionAffinity: "ClientIP",
  });
  const slice = anEndpointSlice("web", [anEndpoint("10.42.0.5"), anEndpoint("10.42.1.5", { node: "n2" })], {
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  });
  const before = assembleRules([], NODE);
  const after = assembleRules([planServiceRules(service, [slice], NODE)], NODE);
  expect(restoreText(planChange(before, after))).toMatchInlineSnapshot(`
    "*filter
    :KUBE-NODEPORTS - [0:0]
    :KUBE-PROXY-FIREWALL - [0:0]
    -A KUBE-NODEPORTS -m comment --comment "default/web:http health check node port" -m tcp -p tcp --dport 31000 -j ACCEPT
    -A KUBE-PROXY-FIREWALL -m comment --comment "default/web:http traffic not accepted by KUBE-FW-CDGGSHYLG3RE2FKL" -m tcp -p tcp -d 6.6.6.6 --dport 80 -j DROP
    COMMIT
    *nat
    :KUBE-SERVICES - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-EXT-CDGGSHYLG3RE2FKL - [0:0]
    :KUBE-FW-CDGGSHYLG3RE2FKL - [0:0]
    :KUBE-SVC-CDGGSHYLG3RE2FKL - [0:0]
    :KUBE-SVL-CDGGSHYLG3RE2FKL - [0:0]
    :KUBE-SEP-IV4V4L7CGKB7OJNB - [0:0]
    :KUBE-SEP-HVLRVAJ2RHP42A6I - [0:0]
    -A KUBE-SERVICES -m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.43.0.1 --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -m comment --comment "default/web:http external IP" -m tcp -p tcp -d 5.5.5.5 --dport 80 -j KUBE-EXT-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -m comment --comment "default/web:http loadbalancer IP" -m tcp -p tcp -d 6.6.6.6 --dport 80 -j KUBE-FW-CDGGSHYLG3RE2FKL
    -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
    -A KUBE-NODEPORTS -m comment --comment default/web:http -m tcp -p tcp --dport 30080 -j KUBE-EXT-CDGGSHYLG3RE2FKL
    -A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "pod traffic for default/web:http external destinations" -s 10.42.0.0/16 -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "masquerade LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
    -A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "route LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL
    -A KUBE-EXT-CDGGSHYLG3RE2FKL -j KUBE-SVL-CDGGSHYLG3RE2FKL
    -A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -s 192.168.0.0/16 -j KUBE-EXT-CDGGSHYLG3RE2FKL
    -A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -s 6.6.6.6/32 -j KUBE-EXT-CDGGSHYLG3RE2FKL
    -A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "other traffic to default/web:http will be dropped by KUBE-PROXY-FIREWALL"
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.43.0.1 --dport 80 ! -s 10.42.0.0/16 -j KUBE-MARK-MASQ
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.42.0.5:8080" -m recent --name KUBE-SEP-IV4V4L7CGKB7OJNB --rcheck --seconds 10800 --reap -j KUBE-SEP-IV4V4L7CGKB7OJNB
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.42.1.5:8080" -m recent --name KUBE-SEP-HVLRVAJ2RHP42A6I --rcheck --seconds 10800 --reap -j KUBE-SEP-HVLRVAJ2RHP42A6I
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.42.0.5:8080" -m statistic --mode random --probability 0.5000000000 -j KUBE-SEP-IV4V4L7CGKB7OJNB
    -A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.42.1.5:8080" -j KUBE-SEP-HVLRVAJ2RHP42A6I
    -A KUBE-SVL-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.42.0.5:8080" -m recent --name KUBE-SEP-IV4V4L7CGKB7OJNB --rcheck --seconds 10800 --reap -j KUBE-SEP-IV4V4L7CGKB7OJNB
    -A KUBE-SVL-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.42.0.5:8080" -j KUBE-SEP-IV4V4L7CGKB7OJNB
    -A KUBE-SEP-IV4V4L7CGKB7OJNB -m comment --comment default/web:http -s 10.42.0.5 -j KUBE-MARK-MASQ
    -A KUBE-SEP-IV4V4L7CGKB7OJNB -m comment --comment default/web:http -m recent --name KUBE-SEP-IV4V4L7CGKB7OJNB --set -m tcp -p tcp -j DNAT --to-destination 10.42.0.5:8080
    -A KUBE-SEP-HVLRVAJ2RHP42A6I -m comment --comment default/web:http -s 10.42.1.5 -j KUBE-MARK-MASQ
    -A KUBE-SEP-HVLRVAJ2RHP42A6I -m comment --comment default/web:http -m recent --name KUBE-SEP-HVLRVAJ2RHP42A6I --set -m tcp -p tcp -j DNAT --to-destination 10.42.1.5:8080
    COMMIT
    "
  `);
  expect(restoreText(planChange(after, before))?.match(/^-X .*/gm)).toHaveLength(6);
});

test("a Service without local endpoints where traffic has to stay", () => {
  const service = aService("web", "10.43.0.1", { internalTrafficPolicy: "Local" });
  const { shared, chains } = planServiceRules(
    service,
    [anEndpointSlice("web", [anEndpoint("10.42.1.5", { node: "n2" })])],
    NODE,
  );
  expect(chains).toEqual([]);
  expect(shared).toEqual([
    {
      table: "filter",
      chain: "KUBE-SERVICES",
      rule: '-m comment --comment "default/web has no local endpoints" -m tcp -p tcp -d 10.43.0.1 --dport 80 -j DROP',
      claim: "filter KUBE-SERVICES tcp 10.43.0.1 80",
    },
  ]);
});

test("IPv6 addresses have brackets where a port follows", () => {
  const service = aService("web", "fd43::1");
  const slice = anEndpointSlice("web", ["fd42::5"], { addressType: "IPv6" });
  const node = { ...NODE, family: IPV6, clusterCIDRs: ["fd42::/56"] };
  const rules = planServiceRules(service, [slice], node).chains.flatMap(([, each]) => each);
  expect(rules.at(-1)).toEndWith("-j DNAT --to-destination [fd42::5]:8080");
  expect(rules.at(-2)).toContain(" -s fd42::5 -j");
});
