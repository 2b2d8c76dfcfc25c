import { genericMethodNotAllowed } from "#apimachinery/status-error.ts";
import { prettyJsonFormat } from "#apiserver/formats/json-format.ts";
import { documentAnswer, encoded } from "#apiserver/front/document.ts";
import type { Route } from "#apiserver/front/route.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";
import { type NodesDependencies, nodesBehind } from "./nodes-behind.ts";

/** Where `kubelith certificate` asks and tells the server; only who may do everything may do that. */
export const CERTIFICATES_PATH = "/v1-kubelith/certificates";

/** Which certificates are in use now that were not before. */
export interface TakenCertificates {
  readonly taken: readonly string[];
}

/** Who would not know the server any more if the authorities before did not count. */
export interface CertificateFollowers {
  readonly nodesBehind: readonly string[];
}

/** POST has the server look into its directory at once, GET asks all nodes whose certificates they have. */
export function certificateRoute(pki: Pick<RenewedPki, "look">, dependencies: NodesDependencies): Route {
  return {
    path: CERTIFICATES_PATH,
    methods: "any",
    handler: async ({ method }) => {
      if (method !== "POST" && method !== "GET") throw genericMethodNotAllowed();
      const answer: TakenCertificates | CertificateFollowers =
        method === "POST" ? { taken: await pki.look() } : { nodesBehind: await nodesBehind(dependencies) };
      return documentAnswer(200, encoded(answer), prettyJsonFormat);
    },
  };
}
