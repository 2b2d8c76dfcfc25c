import { join } from "node:path";
import { StartupError } from "#base/startup-error.ts";
import type { Client } from "#client/client.ts";
import { readNodePassword } from "#join/enroll/membership-file.ts";
import { NodePasswords } from "#join/issue/node-passwords.ts";
import type { ServerConfig } from "./config.ts";

/** Takes the name of the server's own node, so that no agent can have it. Rejects with a StartupError when one has. */
export async function claimNodeName(
  { dataDir, nodeName }: Pick<ServerConfig, "dataDir" | "nodeName">,
  client: Client,
): Promise<void> {
  const password = await readNodePassword(join(dataDir, "node"));
  if (await new NodePasswords(client).claim(nodeName, password)) return;
  throw new StartupError(
    `The node name "${nodeName}" belongs to another host; choose another with --node-name, or remove that node with kubectl delete node ${nodeName} while this server runs with --disable-agent`,
  );
}
