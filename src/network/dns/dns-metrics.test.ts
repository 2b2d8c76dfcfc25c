import { expect, test } from "bun:test";
import { Metrics } from "#observability/metrics.ts";
import { createDnsMetrics } from "./dns-metrics.ts";

test("counts by the names of CoreDNS", async () => {
  const metrics = new Metrics();
  const dns = createDnsMetrics(metrics);
  const client = { address: "fd42::9", transport: "udp" } as const;
  dns.answered(
    client,
    { name: "a", type: 28 },
    { encoded: { rcode: 3 }, plugin: "kubernetes" },
    { request: 40, response: 90 },
  );
  dns.refused(client, 4);
  dns.took(0.001);
  dns.looked();
  dns.hit("denial");
  dns.readEntries((type) => (type === "success" ? 7 : 2));
  dns.forward.asked("192.0.2.1:53", undefined, 2);
  dns.rejected();
  dns.problem("DNSForwardingLoop");
  const lines = (await metrics.expose()).split("\n");
  const place = 'server="dns://:53",zone=".",view=""';
  for (const line of [
    `coredns_dns_requests_total{${place},proto="udp",family="2",type="AAAA"} 1`,
    `coredns_dns_responses_total{${place},rcode="NXDOMAIN",plugin="kubernetes"} 1`,
    'coredns_dns_responses_total{server="dns://:53",zone="dropped",view="",rcode="NOTIMP",plugin=""} 1',
    `coredns_dns_request_duration_seconds_count{${place}} 1`,
    `coredns_dns_response_size_bytes_sum{${place},proto="udp"} 90`,
    'coredns_cache_requests_total{server="dns://:53",zones=".",view=""} 1',
    'coredns_cache_hits_total{server="dns://:53",zones=".",view="",type="denial"} 1',
    'coredns_cache_entries{server="dns://:53",zones=".",view="",type="success"} 7',
    'coredns_proxy_request_duration_seconds_count{proxy_name="forward",to="192.0.2.1:53",rcode="SERVFAIL"} 1',
    "coredns_forward_max_concurrent_rejects_total 1",
    'kubelith_dns_problems_total{reason="DNSForwardingLoop"} 1',
  ])
    expect(lines).toContain(line);
});
