import { inNetworkNamespace } from "../../netlink/namespace.ts";
import type { AnswerHealth, ListenForHealth } from "./health-answer.ts";

/** All of the host's IPv4 addresses, as kube-proxy's own default is. */
const EVERYWHERE = "0.0.0.0";

/** Opens ports of the host, or of another network namespace that is given by its path. */
export function listenForHealth({
  namespace,
}: {
  readonly namespace?: string | undefined;
} = {}): ListenForHealth {
  return (port, answer) => inNetworkNamespace(namespace, () => serve(port, answer));
}

function serve(port: number, answer: AnswerHealth): Disposable {
  const server = Bun.serve({
    hostname: EVERYWHERE,
    port,
    fetch: ({ url }) => {
      const { status, headers, body } = answer(new URL(url).pathname);
      return new Response(body, { status, headers });
    },
  });
  return { [Symbol.dispose]: () => void server.stop(true) };
}
