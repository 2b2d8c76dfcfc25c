import type { Container, LimitRange, Pod } from "#api/generated/core-v1.ts";
import type { ResourceList } from "#api/validation/resources.ts";

/** Tells what has been given to a pod that did not ask for it. */
const ANNOTATION = "kubernetes.io/limit-ranger";

interface Defaults {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** The pod with the defaults of a LimitRange where its containers state nothing. */
export function setDefaultResources(pod: Pod, limitRange: LimitRange): Pod {
  const defaults = defaultsOf(limitRange);
  const { containers, initContainers } = pod.spec;
  const notes = [
    ...containers.flatMap((each) => notesOn("container", each, defaults)),
    ...(initContainers ?? []).flatMap((each) => notesOn("init container", each, defaults)),
  ];
  if (notes.length === 0) return pod;
  const annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join("; ")}`,
  };
  const complete = (each: Container): Container => withDefaults(each, defaults);
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      containers: containers.map(complete),
      ...(initContainers && { initContainers: initContainers.map(complete) }),
    },
  };
}

function defaultsOf({ spec }: LimitRange): Defaults {
  const items = (spec?.limits ?? []).filter(({ type }) => type === "Container");
  return {
    requests: Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest)) as ResourceList,
    limits: Object.assign({}, ...items.map((each) => each.default)) as ResourceList,
  };
}

/** `cpu, memory request for container web`. */
function notesOn(what: string, { name, resources }: Container, defaults: Defaults): readonly string[] {
  const noteOn = (bound: "request" | "limit"): readonly string[] => {
    const stated = resources?.[`${bound}s`] ?? {};
    const missing = Object.keys(defaults[`${bound}s`]).filter((each) => stated[each] === undefined);
    return missing.length === 0 ? [] : [`${missing.toSorted().join(", ")} ${bound} for ${what} ${name}`];
  };
  return [...noteOn("request"), ...noteOn("limit")];
}

function withDefaults(container: Container, defaults: Defaults): Container {
  const { requests, limits } = container.resources ?? {};
  return {
    ...container,
    resources: {
      ...container.resources,
      ...complete("requests", defaults.requests, requests),
      ...complete("limits", defaults.limits, limits),
    },
  };
}

function complete(
  bound: keyof Defaults,
  defaults: ResourceList,
  stated: ResourceList | undefined,
): Partial<Defaults> {
  return Object.keys(defaults).length === 0 ? {} : { [bound]: { ...defaults, ...stated } };
}
