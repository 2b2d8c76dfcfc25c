import { type AnswerPath, type HealthAnswer, NOT_FOUND } from "./health-answer.ts";

export interface ShownMetrics {
  readonly mode: string;
  /** All metrics of the service proxy, and the type of that text. */
  readonly expose: () => Promise<string>;
  readonly contentType: string;
}

/** kube-proxy's metrics server (`cmd/kube-proxy/app/server.go` serveMetrics). */
export function answerMetrics({ mode, expose, contentType }: ShownMetrics): AnswerPath {
  return async (path) => {
    if (path === "/metrics") return textAnswer(await expose(), contentType);
    if (path === "/proxyMode") return textAnswer(mode);
    return path === "/healthz" ? textAnswer("ok") : NOT_FOUND;
  };
}

function textAnswer(body: string, type = "text/plain; charset=utf-8"): HealthAnswer {
  return { status: 200, headers: { "Content-Type": type, "X-Content-Type-Options": "nosniff" }, body };
}
