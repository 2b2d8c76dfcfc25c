/** What admission plugins are given, in tests of one plugin. */
import { apiGroups } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type {
  AdmissionEnvironment,
  AdmissionOperation,
  AdmissionPlugin,
  AdmissionRequest,
} from "#apiserver/admission/admission-plugin.ts";
import { privilegedAuthorizer } from "#apiserver/authorization/privileged-authorizer.ts";
import { ServedResource } from "#apiserver/registry/served-resource.ts";
import { FakeClock } from "./fake-clock.ts";
import { resourcePlace } from "./resource-place.ts";

/** `CREATE pods default/web`, with the name of the object where the place has none. */
export function anAdmissionRequest(what: string, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const [operation = "", target = "", place] = what.split(" ");
  const { group, resource, ...rest } = resourcePlace(target, place);
  return {
    operation: operation as AdmissionOperation,
    resource: { group, resource },
    served: servedResource(group, resource),
    options: { kind: "CreateOptions", options: {} },
    ...rest,
    ...(rest.name === "" && { name: more.object?.metadata.name ?? "" }),
    dryRun: false,
    user: { name: "jane", groups: [] },
    warn: () => undefined,
    annotate: () => undefined,
    took: () => undefined,
    onFailure: () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

/** A cluster with these objects. */
export function anAdmissionEnvironment(
  objects: readonly KubeObject[] = [],
  more: Partial<AdmissionEnvironment> = {},
): AdmissionEnvironment {
  const of = (kind: unknown, namespace: string | undefined): readonly KubeObject[] =>
    objects.filter(
      (each) => each.kind === kind && (namespace === undefined || each.metadata.namespace === namespace),
    );
  return {
    cluster: {
      get: (kind, { namespace, name }) =>
        of(kind, namespace).find(({ metadata }) => metadata.name === name) as never,
      list: (kind, namespace) => of(kind, namespace) as never,
    },
    random: () => 0,
    authorizer: privilegedAuthorizer,
    clock: new FakeClock(),
    quotas: { reserve: () => undefined },
    kinds: { findKind: () => undefined },
    createNamespace: () => Promise.resolve(),
    ...more,
  };
}

/** The object as it is admitted, or the refusal's message. */
export async function admit<T extends KubeObject>(
  { mutate, validate }: AdmissionPlugin,
  request: AdmissionRequest,
  environment: AdmissionEnvironment,
): Promise<T | string> {
  const mutated = await mutate?.(request, environment);
  if (mutated instanceof StatusError) return mutated.message;
  const object = mutated ?? request.object;
  const refusal = await validate?.({ ...request, ...(object && { object }) }, environment);
  return refusal?.message ?? (object as T);
}

/** A resource that has no behavior, nor a shape. */
function servedResource(group: string, name: string): ServedResource {
  const found = apiGroups
    .flatMap(({ versions }) => versions.flatMap(({ resources }) => resources))
    .find((each) => each.group === group && each.name === name);
  if (found === undefined) throw new RangeError(`No resource "${name}" in group "${group}"`);
  const load = (): never => {
    throw new TypeError("Not part of this test");
  };
  return new ServedResource({ resource: found, load }, { builtIn: true });
}
