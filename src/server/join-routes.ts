import { join } from "node:path";
import type { Route } from "#apiserver/front/route.ts";
import type { ClusterObjects } from "#apiserver/storage/cluster-objects.ts";
import { parseCIDRs } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { clusterSettingsOf } from "#join/cluster-settings.ts";
import type { ReservedNames } from "#join/issue/check-names.ts";
import { joinEndpoints } from "#join/issue/join-endpoints.ts";
import { JoinService } from "#join/issue/join-service.ts";
import { NodePasswords } from "#join/issue/node-passwords.ts";
import { ServerTokens } from "#join/issue/server-tokens.ts";
import type { Logger } from "#observability/logger.ts";
import { canonicalNames, splitCertificates } from "#pki/inspect.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";
import { wantedCertificates } from "#pki/wanted.ts";
import { certificateTime } from "./certificates.ts";
import { clusterNames } from "./cluster-names.ts";
import type { ServerConfig } from "./config.ts";

export interface JoinRoutesDependencies {
  readonly pki: RenewedPki;
  /** Keeps the passwords of nodes. */
  readonly client: Client;
  readonly objects: ClusterObjects;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What lets agents in. Writes the files of the server's tokens. */
export async function joinRoutes(
  config: ServerConfig,
  { pki, client, objects, clock, logger }: JoinRoutesDependencies,
): Promise<readonly Route[]> {
  const directory = join(config.dataDir, "server");
  const tokens = await ServerTokens.open({
    directory,
    authority: pki.authorities["server-ca"],
    ...(config.token !== "" && { token: config.token }),
    ...(config.agentToken !== "" && { agentToken: config.agentToken }),
  });
  const service = new JoinService(
    {
      settings: clusterSettingsOf(config),
      reserved: () => reservedNames(config, pki),
      directory: join(directory, "tls"),
      authorities: () => ({
        serverAuthority: pki.authorities["server-ca"],
        clientAuthority: pki.authorities["client-ca"],
      }),
      lifetimeMs: config.clusterSigningDurationMs,
      issuedAt: () => certificateTime(clock),
    },
    {
      tokens,
      passwords: new NodePasswords(client),
      secret: (name) => objects.get("Secret", name),
      clock,
      logger: logger.with({ component: "join" }),
    },
  );
  pki.onRenewed.add(() => void renewTokens(tokens, pki, logger));
  return joinEndpoints(() => shownAuthority(pki), service).map((endpoint) => ({
    path: endpoint.path,
    methods: "any",
    anonymous: "always",
    handler: (exchange, { user }) => endpoint.answer(exchange, user),
  }));
}

/** The authority that the hashes in tokens are of, and what leads those to it who know the one before. */
function shownAuthority({ authorities, former }: Pick<RenewedPki, "authorities" | "former">): string {
  const [present = ""] = splitCertificates(authorities["server-ca"]);
  return `${present}${former["server-ca"].bridge}`;
}

async function renewTokens(tokens: ServerTokens, { authorities }: RenewedPki, logger: Logger): Promise<void> {
  try {
    await tokens.renew(authorities["server-ca"]);
  } catch (error) {
    logger.error("Failed to write the tokens of the server", { error });
  }
}

/** The addresses are those of now: the host may have got another one since the start. */
function reservedNames(config: ServerConfig, { nodeIPs }: Pick<RenewedPki, "nodeIPs">): ReservedNames {
  const serving = wantedCertificates({ ...clusterNames(config), nodeIPs }).find(
    ({ name }) => name === "serving-kube-apiserver",
  );
  return {
    ofServers: canonicalNames(serving?.subjectAltNames ?? []),
    serviceRanges: parseCIDRs(config.serviceCidr) ?? [],
  };
}
