import { Elysia } from "elysia";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Application } from "#https/listener.ts";
import type { RequestChain } from "./request-chain.ts";
import type { Route } from "./route.ts";

/** Elysia finds the path behind the tenth character of a URL, so the host must not be short. */
const ORIGIN = "https://kubelith.local";

/** Characters of a decoded path that a URL would take for something else. */
const UNSAFE = /[^\w\-.~/:@!$&'()*+,;=]/g;

/** Everything that the server answers, as one Elysia application; what no route names goes to `fallback`. */
export function createApplication(
  routes: readonly Route[],
  fallback: Route,
  chain: RequestChain,
): Application {
  const elysia = new Elysia({ strictPath: true });
  for (const route of [...routes, fallback]) {
    const handler = ({ request }: { readonly request: Request }) => chain.handle(exchangeOf(request), route);
    if (route.methods === "any") elysia.all(route.path, handler, { parse: "none" });
    else elysia.get(route.path, handler);
  }
  return {
    answer: async (exchange) => {
      const response = await elysia.handle(new ExchangeRequest(exchange));
      if (response instanceof Answer) return response;
      throw new TypeError("Elysia has not passed on the answer of a route");
    },
  };
}

/** Carries an exchange through Elysia, which only needs the method and the path. */
class ExchangeRequest extends Request {
  readonly exchange: Exchange;

  constructor(exchange: Exchange) {
    const { method, path } = exchange;
    super(ORIGIN + path.replace(UNSAFE, encodeURIComponent), { method: method === "HEAD" ? "GET" : method });
    this.exchange = exchange;
  }
}

function exchangeOf(request: Request): Exchange {
  if (request instanceof ExchangeRequest) return request.exchange;
  throw new TypeError("Request did not come from an exchange");
}
