import { Answer, textAnswer } from "#https/answer.ts";
import type { HealthChecks, HealthReport } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { type NodePods, withNewestStatus } from "./node-pods.ts";
import type { KubeletRoute } from "./route.ts";
import { ServingError } from "./serving-error.ts";

export interface StatusRoutesDependencies {
  readonly pods: NodePods;
  readonly health: HealthChecks;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What the kubelet tells of itself: its pods, its health and its numbers. */
export function statusRoutes(dependencies: StatusRoutesDependencies): readonly KubeletRoute[] {
  const { pods, metrics } = dependencies;
  return [
    { methods: ["GET"], path: "/pods", answer: () => jsonAnswer(podList(pods)) },
    ...healthRoutes(dependencies),
    {
      methods: ["GET"],
      path: "/metrics",
      answer: async () =>
        new Answer(200, { "content-type": metrics.contentType }, Buffer.from(await metrics.expose())),
    },
  ];
}

export function jsonAnswer(body: unknown): Answer {
  return new Answer(200, { "content-type": "application/json" }, Buffer.from(JSON.stringify(body)));
}

function podList(pods: NodePods): object {
  // The items of a list do not repeat their kind.
  const items = pods.pods().map((pod) => {
    const { apiVersion: _version, kind: _kind, ...item } = withNewestStatus(pods, pod);
    return item;
  });
  return { kind: "PodList", apiVersion: "v1", metadata: {}, items };
}

function healthRoutes({ health, logger }: StatusRoutesDependencies): readonly KubeletRoute[] {
  const answer = ({ healthy, text, failures }: HealthReport): Answer => {
    for (const { name, reason } of failures) logger.info("Health check failed", { name, reason });
    return textAnswer(healthy ? 200 : 500, text, { "x-content-type-options": "nosniff" });
  };
  return [
    {
      methods: ["GET"],
      path: "/healthz",
      answer: async ({ query }) =>
        answer(
          await health.report("healthz", { verbose: query.has("verbose"), exclude: query.getAll("exclude") }),
        ),
    },
    {
      methods: ["GET"],
      path: "/healthz/{check}",
      answer: async (_exchange, { check = "" }) => {
        const report = await health.reportOne("healthz", check);
        if (report === undefined) throw new ServingError(404, "404: Page Not Found");
        return answer(report);
      },
    },
  ];
}
