import type { ProxyHealth, ProxyHealthReport } from "./proxy-health.ts";
import type { ServiceHealth } from "./service-health.ts";

/** An answer to a load balancer that asks whether it should send traffic here. */
export interface HealthAnswer {
  readonly status: 200 | 404 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers by the path that was asked for. */
export type AnswerHealth = (path: string) => HealthAnswer;

/** Where a port of the host is opened; all addresses of IPv4 stand for those of IPv6 as well. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/** As `AnswerHealth`, for what takes time to gather. */
export type AnswerPath = (path: string) => HealthAnswer | Promise<HealthAnswer>;

/** Opens a port of the host that gives these answers. Throws when it cannot. */
export type ListenForHealth = (at: ListenAddress, answer: AnswerPath) => Disposable;

const HEADERS = { "Content-Type": "application/json", "X-Content-Type-Options": "nosniff" };

/** `/healthz` and `/livez` of kube-proxy: the first also says whether the node should get new connections. */
export function answerProxyHealth(health: ProxyHealth, isEligible: () => boolean): AnswerHealth {
  return (path) => {
    const report = health.report();
    if (path === "/livez") return proxyAnswer(report.healthy, report);
    if (path !== "/healthz") return NOT_FOUND;
    const nodeEligible = isEligible();
    const { lastUpdated, currentTime, healthy, status } = report;
    return proxyAnswer(healthy && nodeEligible, {
      lastUpdated,
      currentTime,
      nodeEligible,
      healthy,
      status,
    });
  };
}

/** A health check node port answers every path (pkg/proxy/healthcheck/service_health.go). */
export function answerServiceHealth(
  { namespace, name, localEndpoints }: ServiceHealth,
  serviceProxyHealthy: boolean,
): HealthAnswer {
  const report = { service: { namespace, name }, localEndpoints, serviceProxyHealthy };
  return {
    status: localEndpoints > 0 && serviceProxyHealthy ? 200 : 503,
    headers: { ...HEADERS, "X-Load-Balancing-Endpoint-Weight": String(localEndpoints) },
    body: JSON.stringify(report, null, "\t"),
  };
}

/** What Go's router says. */
export const NOT_FOUND: HealthAnswer = {
  status: 404,
  headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
  body: "404 page not found\n",
};

/** The time of the last update is that of a healthy answer, since there was nothing to write since then. */
function proxyAnswer(isHealthy: boolean, report: ProxyHealthReport): HealthAnswer {
  const lastUpdated = isHealthy ? report.currentTime : report.lastUpdated;
  return {
    status: isHealthy ? 200 : 503,
    headers: HEADERS,
    body: JSON.stringify({ ...report, lastUpdated }),
  };
}
