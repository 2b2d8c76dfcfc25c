import { expect, test } from "bun:test";
import { formatKubeconfig } from "./kubeconfig.ts";

test("formatKubeconfig writes one context with everything in it", () => {
  const text = formatKubeconfig({
    server: "https://[fd00::1]:6443",
    certificateAuthority: "authority",
    credential: { certificate: "certificate", key: "key" },
  });
  expect(text).toMatchInlineSnapshot(`
    "apiVersion: v1
    kind: Config
    clusters:
      - name: default
        cluster:
          certificate-authority-data: YXV0aG9yaXR5
          server: https://[fd00::1]:6443
    contexts:
      - name: default
        context:
          cluster: default
          user: default
    current-context: default
    preferences: {}
    users:
      - name: default
        user:
          client-certificate-data: Y2VydGlmaWNhdGU=
          client-key-data: a2V5
    "
  `);
});
