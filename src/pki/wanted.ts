import type { CertificateTemplate } from "./certificate.ts";

/** The roots of trust are apart: no client certificate can pass for a server's, nor for the front proxy's. */
export type AuthorityName = "server-ca" | "client-ca" | "request-header-ca";

export type CertificateName =
  | "serving-kube-apiserver"
  | "serving-kubelet"
  | "client-admin"
  | "client-auth-proxy"
  | "client-kube-apiserver"
  | "client-kubelet";

/** File names of the directory (with `.crt` and `.key`) are the names here; they are those of k3s. */
export interface WantedCertificate
  extends Pick<CertificateTemplate, "subject" | "usage" | "subjectAltNames"> {
  readonly name: CertificateName;
  readonly authority: AuthorityName;
}

/** What the certificates must say of this host and cluster. */
export interface ClusterNames {
  /** Empty on a server that runs no kubelet. */
  readonly nodeName: string;
  readonly nodeIPs: readonly string[];
  readonly hostname: string;
  /** The ClusterIP of the Service `default/kubernetes`. */
  readonly serviceIPs: readonly string[];
  readonly clusterDomain: string;
  /** Further names and addresses under which clients reach this server. */
  readonly tlsSANs: readonly string[];
}

export const AUTHORITIES: readonly AuthorityName[] = ["server-ca", "client-ca", "request-header-ca"];

/** By whom and for what each certificate is issued. */
const CERTIFICATES: Readonly<Record<CertificateName, Pick<WantedCertificate, "authority" | "usage">>> = {
  "serving-kube-apiserver": { authority: "server-ca", usage: "serverAuth" },
  "client-admin": { authority: "client-ca", usage: "clientAuth" },
  "client-kube-apiserver": { authority: "client-ca", usage: "clientAuth" },
  "client-auth-proxy": { authority: "request-header-ca", usage: "clientAuth" },
  "client-kubelet": { authority: "client-ca", usage: "clientAuth" },
  "serving-kubelet": { authority: "server-ca", usage: "serverAuth" },
};

/** All that a directory can hold. */
export const PLACED_CERTIFICATES = (Object.keys(CERTIFICATES) as CertificateName[]).map((name) => ({
  name,
  ...CERTIFICATES[name],
}));

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

export function wantedCertificates(names: ClusterNames): readonly WantedCertificate[] {
  return [...serverCertificates(names), ...(names.nodeName === "" ? [] : nodeCertificates(names))];
}

function serverCertificates(names: ClusterNames): WantedCertificate[] {
  return [
    {
      name: "serving-kube-apiserver",
      ...CERTIFICATES["serving-kube-apiserver"],
      subject: { commonName: "kube-apiserver" },
      subjectAltNames: unique([
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        `kubernetes.default.svc.${names.clusterDomain}`,
        ...LOOPBACK,
        names.hostname,
        names.nodeName,
        ...names.serviceIPs,
        ...names.nodeIPs,
        ...names.tlsSANs,
      ]),
    },
    client("client-admin", "system:admin", ["system:masters"]),
    client("client-kube-apiserver", "kube-apiserver-kubelet-client", ["system:masters"]),
    client("client-auth-proxy", "system:auth-proxy"),
  ];
}

function nodeCertificates({ nodeName, nodeIPs, hostname }: ClusterNames): WantedCertificate[] {
  return [
    client("client-kubelet", `system:node:${nodeName}`, ["system:nodes"]),
    {
      name: "serving-kubelet",
      ...CERTIFICATES["serving-kubelet"],
      subject: { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] },
      subjectAltNames: unique([nodeName, hostname, ...LOOPBACK, ...nodeIPs]),
    },
  ];
}

function client(
  name: CertificateName,
  commonName: string,
  organizations: readonly string[] = [],
): WantedCertificate {
  return {
    name,
    ...CERTIFICATES[name],
    subject: { commonName, organizations },
    subjectAltNames: [],
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => name !== ""))];
}
