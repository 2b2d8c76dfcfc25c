import type { ContainerConfig, ContainerFilter, PodIdentity, SandboxConfig } from "../runtime.ts";

/**
 * The bookkeeping of the Docker adapter lives in labels, so that everything can be adopted after a restart.
 * Names follow dockershim's, which other tools know.
 */
const LABELS = {
  type: "io.kubernetes.docker.type",
  podName: "io.kubernetes.pod.name",
  podNamespace: "io.kubernetes.pod.namespace",
  podUid: "io.kubernetes.pod.uid",
  sandboxId: "io.kubernetes.sandbox.id",
  containerName: "io.kubernetes.container.name",
  attempt: "io.kubelith.attempt",
  image: "io.kubelith.image",
  network: "io.kubelith.network",
} as const;

/** Docker has no annotations; they are labels behind this prefix. */
const ANNOTATION_PREFIX = "annotation.";

/** The name that a sandbox has where a container has its own. */
const SANDBOX_NAME = "POD";

export type Labels = Readonly<Record<string, string>>;

/** The filter that finds everything kubelith made. */
export const MANAGED_FILTER: readonly string[] = [LABELS.attempt];

export function sandboxFilter({ podUid }: { readonly podUid?: string }): readonly string[] {
  return [
    ...MANAGED_FILTER,
    `${LABELS.type}=podsandbox`,
    ...(podUid === undefined ? [] : [`${LABELS.podUid}=${podUid}`]),
  ];
}

export function containerFilter({ sandboxId, podUid }: ContainerFilter): readonly string[] {
  return [
    ...MANAGED_FILTER,
    `${LABELS.type}=container`,
    ...(sandboxId === undefined ? [] : [`${LABELS.sandboxId}=${sandboxId}`]),
    ...(podUid === undefined ? [] : [`${LABELS.podUid}=${podUid}`]),
  ];
}

export function sandboxLabels({ pod, attempt, network, labels, annotations }: SandboxConfig): Labels {
  return {
    ...labels,
    ...prefixed(annotations),
    ...podLabels(pod),
    [LABELS.type]: "podsandbox",
    [LABELS.containerName]: SANDBOX_NAME,
    [LABELS.attempt]: String(attempt),
    [LABELS.network]: network,
  };
}

export function containerLabels(sandboxId: string, config: ContainerConfig): Labels {
  return {
    ...config.labels,
    ...prefixed(config.annotations),
    ...podLabels(config.pod),
    [LABELS.type]: "container",
    [LABELS.containerName]: config.name,
    [LABELS.sandboxId]: sandboxId,
    [LABELS.attempt]: String(config.attempt),
    [LABELS.image]: config.image,
  };
}

/** `k8s_web_web-0_default_<uid>_0`: unique among the containers of one Docker Engine. */
export function dockerName(name: string | undefined, pod: PodIdentity, attempt: number): string {
  return ["k8s", name ?? SANDBOX_NAME, pod.name, pod.namespace, pod.uid, String(attempt)].join("_");
}

export function podOf(labels: Labels): PodIdentity {
  return {
    name: labels[LABELS.podName] ?? "",
    namespace: labels[LABELS.podNamespace] ?? "",
    uid: labels[LABELS.podUid] ?? "",
  };
}

/** What the labels of a container or sandbox say about it. */
export function identityOf(labels: Labels): {
  readonly pod: PodIdentity;
  readonly isSandbox: boolean;
  readonly name: string;
  readonly attempt: number;
  readonly sandboxId: string;
  readonly image: string;
  readonly network: string;
  readonly annotations: Labels;
  readonly labels: Labels;
} {
  const own = new Set<string>(Object.values(LABELS));
  const entries = Object.entries(labels);
  return {
    pod: podOf(labels),
    isSandbox: labels[LABELS.type] === "podsandbox",
    name: labels[LABELS.containerName] ?? "",
    attempt: Number(labels[LABELS.attempt] ?? 0),
    sandboxId: labels[LABELS.sandboxId] ?? "",
    image: labels[LABELS.image] ?? "",
    network: labels[LABELS.network] ?? "pod",
    annotations: Object.fromEntries(
      entries
        .filter(([key]) => key.startsWith(ANNOTATION_PREFIX))
        .map(([key, value]) => [key.slice(ANNOTATION_PREFIX.length), value]),
    ),
    labels: Object.fromEntries(
      entries.filter(([key]) => !own.has(key) && !key.startsWith(ANNOTATION_PREFIX)),
    ),
  };
}

function podLabels({ name, namespace, uid }: PodIdentity): Labels {
  return { [LABELS.podName]: name, [LABELS.podNamespace]: namespace, [LABELS.podUid]: uid };
}

function prefixed(annotations: Labels): Labels {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`${ANNOTATION_PREFIX}${key}`, value]),
  );
}
