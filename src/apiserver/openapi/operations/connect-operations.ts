import type { Resource } from "#api/resource.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import { ANYTHING } from "./media-types.ts";
import { answers, capitalize, type HttpMethod, type Operation, type Parameter, TEXT } from "./operation.ts";
import type { OptionParameters } from "./option-parameters.ts";

/** A path of a resource. */
export interface ConnectPlace {
  readonly path: string;
  readonly resource: Resource;
  readonly subresource?: string;
  /** What is sent and answered there. */
  readonly kind: GroupVersionKind;
  /** Parameters in the path. */
  readonly parameters: readonly Parameter[];
  /** What operations are about, as their names say it: `NamespacedPodStatus`. */
  readonly nameOf: string;
  readonly suffix?: string;
}

const STREAMS: readonly HttpMethod[] = ["get", "post"];
const PROXIED: readonly HttpMethod[] = ["get", "post", "put", "patch", "delete", "head", "options"];

/** Connections have kinds of their own for their options. */
export function isConnection({ kind }: GroupVersionKind): boolean {
  return kind.endsWith("Options");
}

/** Whatever a client does with a connection or a proxy, the answer is what the other side says. */
export function connectOperations(place: ConnectPlace, parameters: OptionParameters): readonly Operation[] {
  const isProxy = place.kind.kind.endsWith("ProxyOptions");
  const options = parameters.of(`io.k8s.api.core.v1.${place.kind.kind}`);
  const here = { ...place, parameters: [...options, ...place.parameters] };
  if (!isProxy) return STREAMS.map((method) => connectOperation(here, method));
  const below = {
    ...here,
    path: `${place.path}/{path}`,
    parameters: [...here.parameters, parameters.path],
    suffix: "WithPath",
  };
  return [here, below].flatMap((each) => PROXIED.map((method) => connectOperation(each, method)));
}

function connectOperation(place: ConnectPlace, method: HttpMethod): Operation {
  const { path, resource, subresource = "", kind, parameters, nameOf, suffix = "" } = place;
  return {
    path,
    method,
    name: `connect${capitalize(method)}${nameOf}${suffix}`,
    description: `connect ${method.toUpperCase()} requests to ${subresource} of ${resource.kind}`,
    parameters,
    consumes: ANYTHING,
    produces: ANYTHING,
    answers: answers(TEXT),
    action: "connect",
    kind,
  };
}
