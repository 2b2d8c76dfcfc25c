import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SecretList } from "#api/generated/core-v1.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { askServer } from "./ask-server.ts";

const TOKEN_SECRETS = "/api/v1/secrets?fieldSelector=type%3Dkubernetes.io%2Fservice-account-token";

/**
 * The Secrets whose tokens another key has signed than the one in the data directory, as `namespace/name`: such tokens
 * have no end. Rejects with a StartupError when the server cannot be asked.
 */
export async function secretsBehind(kubeconfig: string, dataDir: string): Promise<readonly string[]> {
  const { items } = (await askServer(kubeconfig, TOKEN_SECRETS)) as Pick<SecretList, "items">;
  const keys = new ServiceAccountKeys(await readFile(join(dataDir, "server", "tls", "service.key"), "utf8"));
  const behind = await Promise.all(
    items.map(async ({ metadata: { namespace = "", name }, data }) => {
      const token = atob(data?.["token"] ?? "");
      return token === "" || (await isSignedBy(keys, token)) ? [] : [`${namespace}/${name}`];
    }),
  );
  return behind.flat();
}

async function isSignedBy(keys: ServiceAccountKeys, token: string): Promise<boolean> {
  try {
    await keys.verify(token);
    return true;
  } catch {
    // Whatever is wrong with it, the key does not make it good.
    return false;
  }
}
