import { describe, expect, test } from "bun:test";
import { CONNTRACK_LIMITS, planConntrackLimits } from "./conntrack-limits.ts";

const NONE = { ...CONNTRACK_LIMITS, maxPerCore: 0, tcpEstablishedTimeoutMs: 0, tcpCloseWaitTimeoutMs: 0 };
const STATE = { cpus: 8, max: 65_536, buckets: 65_536 };

describe("planConntrackLimits", () => {
  test.each([
    {
      name: "kube-proxy's own limits",
      limits: CONNTRACK_LIMITS,
      state: STATE,
      want: {
        nf_conntrack_max: 262_144,
        nf_conntrack_tcp_timeout_established: 86_400,
        nf_conntrack_tcp_timeout_close_wait: 3600,
      },
    },
    { name: "limits that are 0", limits: NONE, state: STATE, want: {} },
    {
      name: "few CPUs",
      limits: { ...NONE, maxPerCore: 32_768 },
      state: { ...STATE, cpus: 2 },
      want: { nf_conntrack_max: 131_072 },
    },
    {
      name: "many CPUs",
      limits: { ...NONE, maxPerCore: 32_768 },
      state: { ...STATE, cpus: 96 },
      want: { nf_conntrack_max: 1_048_576, hashsize: 262_144 },
    },
    {
      name: "a kernel that tracks more",
      limits: { ...NONE, maxPerCore: 32_768 },
      state: { ...STATE, max: 10_000_000 },
      want: {},
    },
    {
      name: "what is not set by default",
      limits: { ...NONE, tcpBeLiberal: true, udpTimeoutMs: 10_500, udpStreamTimeoutMs: 60_000 },
      state: STATE,
      want: {
        nf_conntrack_tcp_be_liberal: 1,
        nf_conntrack_udp_timeout: 10,
        nf_conntrack_udp_timeout_stream: 60,
      },
    },
  ])("writes what $name ask for", ({ limits, state, want }) => {
    expect(planConntrackLimits(limits, state)).toEqual(want);
  });
});
