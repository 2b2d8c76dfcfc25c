import { inNetworkNamespace } from "../../netlink/namespace.ts";
import type { AnswerHealth, ListenForHealth } from "./health-answer.ts";

/** All of the host's addresses, or on a host without IPv6 all of IPv4. */
const EVERYWHERE = ["::", "0.0.0.0"] as const;

/** Opens ports of the host, or of another network namespace that is given by its path. */
export function listenForHealth({
  namespace,
}: {
  readonly namespace?: string | undefined;
} = {}): ListenForHealth {
  return (port, answer) => inNetworkNamespace(namespace, () => serve(port, answer));
}

function serve(port: number, answer: AnswerHealth): Disposable {
  const [all, ofIPv4] = EVERYWHERE;
  try {
    return serveAt(all, port, answer);
  } catch {
    // Where the port is taken, this fails as well.
    return serveAt(ofIPv4, port, answer);
  }
}

function serveAt(hostname: string, port: number, answer: AnswerHealth): Disposable {
  const server = Bun.serve({
    hostname,
    port,
    fetch: ({ url }) => {
      const { status, headers, body } = answer(new URL(url).pathname);
      return new Response(body, { status, headers });
    },
  });
  return { [Symbol.dispose]: () => void server.stop(true) };
}
