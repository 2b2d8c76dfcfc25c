import { inNetworkNamespace } from "../../netlink/namespace.ts";
import type { AnswerPath, ListenAddress, ListenForHealth } from "./health-answer.ts";

/** All of the host's addresses, or on a host without IPv6 all of IPv4. */
const EVERYWHERE = ["::", "0.0.0.0"] as const;

/** Opens ports of the host, or of another network namespace that is given by its path. */
export function listenForHealth({
  namespace,
}: {
  readonly namespace?: string | undefined;
} = {}): ListenForHealth {
  return (at, answer) => inNetworkNamespace(namespace, () => serve(at, answer));
}

function serve(at: ListenAddress, answer: AnswerPath): Disposable {
  const [all, ofIPv4] = EVERYWHERE;
  if (at.address !== ofIPv4) return serveAt(at, answer);
  try {
    return serveAt({ ...at, address: all }, answer);
  } catch {
    // Where the port is taken, this fails as well.
    return serveAt(at, answer);
  }
}

function serveAt({ address: hostname, port }: ListenAddress, answer: AnswerPath): Disposable {
  const server = Bun.serve({
    hostname,
    port,
    fetch: async ({ url }) => {
      const { status, headers, body } = await answer(new URL(url).pathname);
      return new Response(body, { status, headers });
    },
  });
  return { [Symbol.dispose]: () => void server.stop(true) };
}
