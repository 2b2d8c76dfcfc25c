/** What a request to the kubelet is to an authorizer: a verb on subresources of the node, any of which will do. */
export interface NodeRequestAttributes {
  readonly verb: string;
  /** The most specific one first. */
  readonly subresources: readonly string[];
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Paths, those below them included, that have a permission of their own. */
const SUBRESOURCES: readonly (readonly [path: string, subresources: readonly string[]])[] = [
  ["/pods", ["pods", "proxy"]],
  ["/runningpods", ["pods", "proxy"]],
  ["/healthz", ["healthz", "proxy"]],
  ["/configz", ["configz", "proxy"]],
  ["/stats", ["stats"]],
  ["/metrics", ["metrics"]],
  ["/logs", ["log"]],
  ["/checkpoint", ["checkpoint"]],
  ["/statusz", ["statusz"]],
  ["/flagz", ["configz"]],
];

/** Kubernetes `pkg/kubelet/server/auth.go` (KEP-2862 for the finer ones). */
export function nodeRequestAttributes(method: string, path: string): NodeRequestAttributes {
  const found = SUBRESOURCES.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  return { verb: VERBS[method] ?? "", subresources: found?.[1] ?? ["proxy"] };
}
