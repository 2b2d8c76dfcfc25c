import type { Container, Pod, ServiceAccount } from "#api/generated/core-v1.ts";

type SecretUser = Pick<Container, "name" | "env" | "envFrom">;

/** Why a pod may not have one of its secrets, when its account restricts them to those that it lists. */
export function findUnmountableSecret(
  { spec }: Pod,
  { metadata, secrets = [], imagePullSecrets = [] }: ServiceAccount,
  subresource: string,
): string | undefined {
  const account = metadata.name;
  const allowed = new Set(secrets.map(({ name }) => name));
  const containerProblem = (kind: string, containers: readonly SecretUser[] = []): string | undefined =>
    firstOf(containers, (each) => findInContainer(kind, each, { allowed, account }));
  if (subresource === "ephemeralcontainers") {
    return containerProblem("ephemeral container", spec.ephemeralContainers);
  }
  const pullable = new Set(imagePullSecrets.map(({ name }) => name));
  return (
    firstOf(spec.volumes, ({ secret }) =>
      secret === undefined || allowed.has(secret.secretName)
        ? undefined
        : `volume with secret.secretName="${secret.secretName ?? ""}" ${refusedBy(account)}`,
    ) ??
    containerProblem("init container", spec.initContainers) ??
    containerProblem("container", spec.containers) ??
    firstOf(spec.imagePullSecrets, ({ name }, index) =>
      pullable.has(name)
        ? undefined
        : `imagePullSecrets[${String(index)}].name="${name ?? ""}" is not allowed because service account ${account} does not reference that imagePullSecret`,
    )
  );
}

function findInContainer(
  kind: string,
  { name: container, env, envFrom }: SecretUser,
  { allowed, account }: { readonly allowed: ReadonlySet<string | undefined>; readonly account: string },
): string | undefined {
  const reference = (secret = ""): string =>
    `referencing secret.secretName="${secret}" ${refusedBy(account)}`;
  return (
    firstOf(env, ({ name, valueFrom }) => {
      const secret = valueFrom?.secretKeyRef;
      return secret === undefined || allowed.has(secret.name)
        ? undefined
        : `${kind} ${container} with envVar ${name} ${reference(secret.name)}`;
    }) ??
    firstOf(envFrom, ({ secretRef }) =>
      secretRef === undefined || allowed.has(secretRef.name)
        ? undefined
        : `${kind} ${container} with envFrom ${reference(secretRef.name)}`,
    )
  );
}

function refusedBy(account: string): string {
  return `is not allowed because service account ${account} does not reference that secret`;
}

function firstOf<T>(
  items: readonly T[] | undefined,
  find: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of (items ?? []).entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
