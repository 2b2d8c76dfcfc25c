import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { ServingError } from "./serving-error.ts";

/** The named segments of a route's path. */
export type PathParameters = Readonly<Record<string, string>>;

export interface KubeletRoute {
  readonly methods: readonly string[];
  /** Such as `/pods/{name}`: a name in braces stands for one segment. */
  readonly path: string;
  /** Resolves when the request is done with, which takes as long as an upgraded connection stands. */
  readonly answer: (exchange: Exchange, parameters: PathParameters) => Answer | Promise<Answer>;
}

export interface FoundRoute {
  readonly route: KubeletRoute;
  readonly parameters: PathParameters;
}

/** Throws a `ServingError` for a path that no route has, or none with that method (go-restful `curly.go`). */
export function findRoute(routes: readonly KubeletRoute[], method: string, path: string): FoundRoute {
  const found = routes.flatMap((route) => {
    const parameters = matchPath(route.path, path);
    return parameters === undefined ? [] : [{ route, parameters }];
  });
  if (found.length === 0) throw new ServingError(404, "404: Page Not Found");
  const served = found.find(({ route }) => route.methods.includes(method));
  if (served === undefined) throw new ServingError(405, "405: Method Not Allowed");
  return served;
}

function matchPath(pattern: string, path: string): PathParameters | undefined {
  const segments = path.split("/");
  // A slash at the end makes no difference.
  if (segments.length > 2 && segments.at(-1) === "") segments.pop();
  const wanted = pattern.split("/");
  if (segments.length !== wanted.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const name = /^\{(\w+)\}$/.exec(wanted[index] ?? "")?.[1];
    if (name === undefined ? segment !== wanted[index] : segment === "") return undefined;
    if (name !== undefined) parameters[name] = segment;
  }
  return parameters;
}
