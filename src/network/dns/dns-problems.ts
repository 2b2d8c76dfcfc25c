import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import type { DnsMetrics } from "./dns-metrics.ts";

/** Hears of what keeps the cluster DNS from answering as it was told to. */
export interface DnsProblems {
  /** A server hands our questions back to us, and is asked no more. */
  leadsBack(server: string): void;
  /** A server has not answered for a while; said again from time to time while that lasts. */
  unreachable(server: string): void;
  /** Parts of the user's own rules have no effect, and why: a line each. */
  ignoredRules(configMap: ConfigMap, lines: readonly string[]): void;
}

export const noDnsProblems: DnsProblems = {
  leadsBack: () => undefined,
  unreachable: () => undefined,
  ignoredRules: () => undefined,
};

export interface DnsProblemsDependencies {
  readonly nodeName: string;
  readonly events: EventRecorder;
  readonly metrics: Pick<DnsMetrics, "problem">;
  readonly logger: Logger;
}

/** As long as the message of an event of `events.k8s.io` may be, without the number of what is left out. */
const MAX_MESSAGE = 1000;

/** Tells users in Events of what they can mend: of the Node about its servers, of the ConfigMap about its rules. */
export function reportDnsProblems({
  nodeName,
  events,
  metrics,
  logger,
}: DnsProblemsDependencies): DnsProblems {
  // The kubelet's events name the node so, and `kubectl describe node` looks for that (`pkg/kubelet/kubelet.go`).
  const node = { apiVersion: "v1", kind: "Node", name: nodeName, uid: nodeName };
  const warn = (about: ConfigMap | typeof node, reason: string, message: string): void => {
    metrics.problem(reason);
    events.record(about, { type: "Warning", reason, message });
  };
  return {
    leadsBack: (server) => {
      logger.error("A DNS server leads back to the cluster DNS; not asking it any more", { server });
      warn(
        node,
        "DNSForwardingLoop",
        `The DNS server ${server} leads back to the cluster DNS and is not asked any more`,
      );
    },
    unreachable: (server) =>
      warn(node, "DNSServerUnreachable", `The DNS server ${server} has not answered for a while`),
    ignoredRules: (configMap, lines) => {
      for (const problem of lines)
        logger.warn("A rule of the ConfigMap coredns-custom has no effect", { problem });
      if (lines.length > 0) warn(configMap, "DNSRuleIgnored", summary(lines));
    },
  };
}

/** The first line, and others as far as there is room. */
function summary(lines: readonly string[]): string {
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 2;
    if (length > MAX_MESSAGE) break;
    shown.push(line);
  }
  if (shown.length === 0) return `${lines[0]?.slice(0, MAX_MESSAGE) ?? ""}…`;
  const left = lines.length - shown.length;
  return left === 0 ? shown.join("; ") : `${shown.join("; ")}; and ${String(left)} more`;
}
