import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StartupError } from "#base/startup-error.ts";
import { parseConfigFile } from "#cli/config-file.ts";
import { KubeconfigError, loadKubeconfig } from "#client/kubeconfig.ts";
import { formatKubeconfig } from "#pki/kubeconfig.ts";
import { attempt, textTarget } from "../engine/target.ts";

/** Kubeconfig files and the server's own config file. */
export const target = textTarget({
  seeds: [
    formatKubeconfig({
      server: "https://127.0.0.1:6443",
      certificateAuthority: "ca",
      credential: { certificate: "c", key: "k" },
    }),
    "current-context: a\ncontexts:\n- name: a\n  context: {cluster: c, user: u, namespace: n}\nclusters:\n- name: c\n  cluster: {server: 'https://x/', insecure-skip-tls-verify: true}\nusers:\n- name: u\n  user: {token: t}\n",
    "contexts: [{name: ''}]\nclusters: [null]\nusers: 5\n",
    "data-dir: /x\ntls-san:\n- a\n- 1\ndisable-agent: true\n",
    "a: &a [*a]\nb: !!binary x\n",
  ],
  dictionary: [
    "- name: ",
    "context: ",
    "clusters:",
    "users:",
    "user: ",
    "server: https://",
    "tokenFile: ",
    "exec: ",
    "null",
    "[]",
    "{}",
    "&a ",
    "*a",
    "<<: ",
  ],
  maxBytes: 3000,
  maxMs: 1500,
  refusals: [KubeconfigError],
  open: async (stack) => {
    const directory = await mkdtemp(join(tmpdir(), "kubelith-fuzz-config-"));
    stack.defer(() => rm(directory, { recursive: true }));
    const path = join(directory, "config");
    return async (text) => {
      attempt([StartupError], () => parseConfigFile(text, path));
      await Bun.write(path, text);
      await loadKubeconfig(path, { clock: { now: () => 0 } });
      return undefined;
    };
  },
});
