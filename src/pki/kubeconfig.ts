import { stringify } from "yaml";
import type { Credential } from "./certificate.ts";

export interface KubeconfigOptions {
  /** Such as `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM of the authority that issued the server's certificate. */
  readonly certificateAuthority: string;
  readonly credential: Credential;
  /** Name of cluster, user and context. */
  readonly name?: string;
}

/** A kubeconfig file (`v1` Config of client-go `tools/clientcmd`) with one context and everything in it. */
export function formatKubeconfig(options: KubeconfigOptions): string {
  const { server, certificateAuthority, credential, name = "default" } = options;
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { "certificate-authority-data": base64(certificateAuthority), server } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
      preferences: {},
      users: [
        {
          name,
          user: {
            "client-certificate-data": base64(credential.certificate),
            "client-key-data": base64(credential.key),
          },
        },
      ],
    },
    { lineWidth: 0 },
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
