import type { AltNameType, RequestedNames } from "#api/certificates/v1/requested-names.ts";

/** Who signs: the authority of clients or that of servers. */
export type SigningAuthority = "client" | "server";

export interface Signer {
  readonly authority: SigningAuthority;
  /** Why a request is none that the signer signs, in upstream's words; undefined for one that it does. */
  readonly problem: (names: RequestedNames, usages: readonly string[]) => string | undefined;
}

const NODES = "system:nodes";
const NODE_PREFIX = "system:node:";

/** The signers that Kubernetes has built in (kube-controller-manager `pkg/controller/certificates/signer`). */
export const SIGNERS: ReadonlyMap<string, Signer> = new Map<string, Signer>([
  ["kubernetes.io/kube-apiserver-client", { authority: "client", problem: clientProblem }],
  ["kubernetes.io/kube-apiserver-client-kubelet", { authority: "client", problem: kubeletClientProblem }],
  ["kubernetes.io/kubelet-serving", { authority: "server", problem: kubeletServingProblem }],
  ["kubernetes.io/legacy-unknown", { authority: "server", problem: () => undefined }],
]);

function clientProblem(_names: RequestedNames, usages: readonly string[]): string | undefined {
  const allowed = ["digital signature", "key encipherment", "client auth"];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes("client auth")
    ? undefined
    : "missing required usage for client certificate: client auth";
}

function kubeletClientProblem(names: RequestedNames, usages: readonly string[]): string | undefined {
  if (!isOfNodes(names)) return "subject organization is not system:nodes";
  for (const type of ["DNS", "Email", "IP", "URI"] as const) {
    if (has(names, type)) return `${type} subjectAltNames are not allowed`;
  }
  if (!names.commonName.startsWith(NODE_PREFIX)) {
    return "subject common name does not begin with system:node:";
  }
  return usagesProblem(usages, "client auth");
}

function kubeletServingProblem(names: RequestedNames, usages: readonly string[]): string | undefined {
  if (!isOfNodes(names)) return "subject organization is not system:nodes";
  if (!has(names, "DNS") && !has(names, "IP")) return "DNS or IP subjectAltName is required";
  for (const type of ["Email", "URI"] as const) {
    if (has(names, type)) return `${type} subjectAltNames are not allowed`;
  }
  const problem = usagesProblem(usages, "server auth");
  if (problem !== undefined) return problem;
  return names.commonName.startsWith(NODE_PREFIX)
    ? undefined
    : "subject common name does not begin with system:node:";
}

function has({ altNames }: RequestedNames, wanted: AltNameType): boolean {
  return altNames.some(({ type }) => type === wanted);
}

function isOfNodes({ organizations }: RequestedNames): boolean {
  return organizations.length === 1 && organizations[0] === NODES;
}

/** Keys of elliptic curves encipher nothing, so that usage may be missing. */
function usagesProblem(usages: readonly string[], auth: string): string | undefined {
  const required = ["digital signature", "key encipherment", auth].toSorted();
  const isSame = (expected: readonly string[]): boolean =>
    usages.length === expected.length && expected.every((usage) => usages.includes(usage));
  return isSame(required) || isSame(["digital signature", auth])
    ? undefined
    : `usages did not match [${required.join(" ")}]`;
}
