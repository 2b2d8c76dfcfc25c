import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type { PodDNSConfig, PodSpec } from "../../../generated/core-v1.ts";

const IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const UNDERSCORES =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";

describe("the configuration of DNS", () => {
  const errorsOf = (spec: Partial<PodSpec>) => containerErrors([{}], spec);
  const searches = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => String(index).padStart(length, "a"));

  test.each<PodDNSConfig>([
    {},
    { nameservers: ["127.0.0.1", "10.0.0.10", "2001:db8::1"] },
    { searches: ["custom", "mydomain.com", "local", "custom.svc.cluster.local.", ".", "_tcp.example.com"] },
    { searches: searches(32, 63) },
    { options: [{ name: "ndots", value: "5" }, { name: "edns0" }] },
  ])("can be %#", (dnsConfig) => {
    expect(errorsOf({ dnsConfig })).toEqual([]);
    expect(errorsOf({ dnsPolicy: "None", dnsConfig: { nameservers: ["10.0.0.1"], ...dnsConfig } })).toEqual(
      [],
    );
  });

  test.each<{ name: string; dnsConfig: PodDNSConfig; want: string[] }>([
    {
      name: "four servers, of which one is none",
      dnsConfig: { nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3", "x"] },
      want: [
        '.nameservers: Invalid value: ["1.1.1.1","2.2.2.2","3.3.3.3","x"]: must not have more than 3 nameservers',
        `.nameservers[3]: Invalid value: "x": ${IP}`,
      ],
    },
    {
      name: "domains that are none",
      dnsConfig: { searches: ["A.com", "", "a.."] },
      want: [
        `.searches[0]: Invalid value: "A.com": ${UNDERSCORES}`,
        `.searches[1]: Invalid value: "": ${UNDERSCORES}`,
        `.searches[2]: Invalid value: "a.": ${UNDERSCORES}`,
      ],
    },
    {
      name: "options without names",
      dnsConfig: { options: [{ name: "a" }, { value: "b" }, { name: "" }] },
      want: [
        ".options[1]: Required value: must not be empty",
        ".options[2]: Required value: must not be empty",
      ],
    },
  ])("cannot be $name", ({ dnsConfig, want }) => {
    expect(errorsOf({ dnsConfig })).toEqual(want.map((error) => `spec.dnsConfig${error}`));
  });

  test("has at most 32 domains of 2048 characters", () => {
    const [count] = errorsOf({ dnsConfig: { searches: searches(33, 2) } });
    expect(count).toEndWith(": must not have more than 32 search paths");
    const [length] = errorsOf({ dnsConfig: { searches: searches(32, 64) } });
    expect(length).toEndWith(
      ": must not have more than 2048 characters (including spaces) in the search list",
    );
  });

  test("is needed where the policy is None", () => {
    expect(errorsOf({ dnsPolicy: "None" })).toEqual([
      "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
    ]);
    expect(errorsOf({ dnsPolicy: "None", dnsConfig: { searches: ["a"] } })).toEqual([
      "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
    ]);
    expect(errorsOf({ dnsPolicy: "Own" as "None" })).toEqual([
      'spec.dnsPolicy: Unsupported value: "Own": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ]);
  });
});

test("names of hosts belong to addresses", () => {
  const hostAliases = [
    { ip: "12.34.56.78", hostnames: ["host1", "host2.example.com"] },
    { ip: "999.999.999.999", hostnames: ["@#$^#@#$"] },
    { ip: "" },
  ];
  expect(containerErrors([{}], { hostAliases })).toEqual([
    `spec.hostAliases[1].ip: Invalid value: "999.999.999.999": ${IP}`,
    `spec.hostAliases[1].hostnames[0]: Invalid value: "@#$^#@#$": ${SUBDOMAIN}`,
    `spec.hostAliases[2].ip: Invalid value: "": ${IP}`,
  ]);
});

describe("a host name in place of the pod's", () => {
  test.each<{ name: string; spec: Partial<PodSpec>; want: string[] }>([
    { name: "a subdomain", spec: { hostnameOverride: "web.example.com" }, want: [] },
    { name: "one of 64 characters", spec: { hostnameOverride: "a".repeat(64) }, want: [] },
    {
      name: "one of 65 characters",
      spec: { hostnameOverride: "a".repeat(65) },
      want: ["Too long: may not be more than 64 bytes"],
    },
    {
      name: "none",
      spec: { hostnameOverride: "" },
      want: [`Invalid value: "": ${SUBDOMAIN}`],
    },
    {
      name: "one beside the others",
      spec: { hostnameOverride: "a", setHostnameAsFQDN: true, hostNetwork: true },
      want: [
        "Forbidden: may not be specified when setHostnameAsFQDN is true",
        "Forbidden: may not be specified when hostNetwork is true",
      ],
    },
  ])("$name", ({ spec, want }) => {
    expect(containerErrors([{}], spec)).toEqual(want.map((error) => `spec.hostnameOverride: ${error}`));
  });
});
