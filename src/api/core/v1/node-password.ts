/** Secrets that keep the names of nodes from other hosts: each has the hash of a password that its node alone knows. */
export const NODE_PASSWORD_NAMESPACE = "kube-system";
const SUFFIX = ".node-password.kubelith";

export function nodePasswordName(nodeName: string): string {
  return nodeName + SUFFIX;
}

/** The node whose password a Secret keeps; undefined for any other Secret. */
export function nodeOfPassword({
  namespace,
  name,
}: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string | undefined {
  return namespace === NODE_PASSWORD_NAMESPACE && name.endsWith(SUFFIX)
    ? name.slice(0, -SUFFIX.length)
    : undefined;
}
