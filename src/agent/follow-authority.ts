import type { SharedInformers } from "#reconcile/shared-informers.ts";

/** Tells whom servers' certificates are from, in PEM, now and whenever that changes. */
export function followAuthority(
  informers: SharedInformers,
  onAuthority: (authority: string) => void,
): Disposable {
  const published = informers.informer("ConfigMap", {
    namespace: "kube-system",
    fieldSelector: "metadata.name=kube-root-ca.crt",
  });
  return published.onChange(() => {
    const authority = published.get("kube-system", "kube-root-ca.crt")?.data?.["ca.crt"];
    if (authority !== undefined) onAuthority(authority);
  });
}
