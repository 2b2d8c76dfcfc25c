import { genericMethodNotAllowed } from "#apimachinery/status-error.ts";
import { prettyJsonFormat } from "#apiserver/formats/json-format.ts";
import { documentAnswer, encoded } from "#apiserver/front/document.ts";
import type { Route } from "#apiserver/front/route.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";

/** Where `kubelith certificate rotate` tells the server; only who may do everything may do that. */
export const CERTIFICATES_PATH = "/v1-kubelith/certificates";

/** Which certificates are in use now that were not before. */
export interface TakenCertificates {
  readonly taken: readonly string[];
}

/** POST has the server look into its directory at once. */
export function certificateRoute(pki: Pick<RenewedPki, "look">): Route {
  return {
    path: CERTIFICATES_PATH,
    methods: "any",
    handler: async ({ method }) => {
      if (method !== "POST") throw genericMethodNotAllowed();
      const answer: TakenCertificates = { taken: await pki.look() };
      return documentAnswer(200, encoded(answer), prettyJsonFormat);
    },
  };
}
