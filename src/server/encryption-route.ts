import { badRequest, genericMethodNotAllowed } from "#apimachinery/status-error.ts";
import type { EncryptionAction, EncryptionStatus } from "#apiserver/encryption/managed-encryption.ts";
import { prettyJsonFormat } from "#apiserver/formats/json-format.ts";
import { documentAnswer, encoded } from "#apiserver/front/document.ts";
import type { Route } from "#apiserver/front/route.ts";
import type { Exchange } from "#https/exchange.ts";

export type { EncryptionStatus };

/** Where `kubelith secrets-encrypt` asks; only who may do everything may do that. */
export const ENCRYPTION_PATH = "/v1-kubelith/secrets-encrypt";

export const ENCRYPTION_ACTIONS: readonly EncryptionAction[] = ["enable", "disable", "rotate-keys"];

/** The encryption of Secrets as it can be seen and changed while the server runs. */
export interface EncryptionControl {
  status(): EncryptionStatus;
  change(action: EncryptionAction): Promise<void>;
}

/** GET tells the status, POST of `{"action":…}` changes it. Without `control`, a file of the operator's decides. */
export function encryptionRoute(control: EncryptionControl | undefined): Route {
  return {
    path: ENCRYPTION_PATH,
    methods: "any",
    handler: async (exchange) => {
      if (control === undefined) {
        throw badRequest(
          "the keys are those of --encryption-provider-config: change that file and start again",
        );
      }
      if (exchange.method === "POST") await control.change(await readAction(exchange));
      else if (exchange.method !== "GET") throw genericMethodNotAllowed();
      return documentAnswer(200, encoded(control.status()), prettyJsonFormat);
    },
  };
}

async function readAction(exchange: Exchange): Promise<EncryptionAction> {
  const wanted = parseAction(await exchange.readBody());
  const action = ENCRYPTION_ACTIONS.find((each) => each === wanted);
  if (action === undefined) throw badRequest(`action must be one of ${ENCRYPTION_ACTIONS.join(", ")}`);
  return action;
}

function parseAction(body: Buffer): unknown {
  try {
    return (JSON.parse(body.toString()) as { readonly action?: unknown } | null)?.action;
  } catch {
    return undefined;
  }
}
