import type { CertificateTemplate } from "#pki/certificate.ts";
import type { JoinRequest, PerCertificate } from "../join-protocol.ts";

/** What a certificate of a node says, but for its time. */
export type NodeCertificate = Pick<CertificateTemplate, "subject" | "usage" | "subjectAltNames">;

/**
 * The certificates that a node gets. That of its kubelet's server has no names of loopback: servers are under the same
 * authority, and an agent reaches them there.
 */
export function nodeCertificates({
  nodeName,
  addresses,
}: Pick<JoinRequest, "nodeName" | "addresses">): PerCertificate<NodeCertificate> {
  const node = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
  return {
    "client-kubelet": client(node),
    "client-kube-proxy": client({ commonName: "system:kube-proxy" }),
    "client-cluster-dns": client({ commonName: "system:kubelith:cluster-dns" }),
    "serving-kubelet": {
      usage: "serverAuth",
      subject: node,
      subjectAltNames: [...new Set([nodeName, ...addresses])],
    },
  };
}

function client(subject: NodeCertificate["subject"]): NodeCertificate {
  return { usage: "clientAuth", subject };
}
