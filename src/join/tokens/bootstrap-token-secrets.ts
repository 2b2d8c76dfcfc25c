import { randomInt } from "node:crypto";
import {
  BOOTSTRAP_TOKEN_NAMESPACE,
  BOOTSTRAP_TOKEN_TYPE,
  type BootstrapToken,
  type BootstrapTokenParts,
  bootstrapTokenName,
  readBootstrapToken,
} from "#api/core/v1/bootstrap-token.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Client } from "#client/client.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The bootstrap tokens of a cluster. Rejects with a `StatusError`. */
export class BootstrapTokenSecrets {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async create(token: BootstrapToken): Promise<void> {
    await this.#client.create("Secret", tokenSecret(token));
  }

  /** In the order of their ids; Secrets that say too little are left out. */
  async list(): Promise<readonly BootstrapToken[]> {
    const { items } = await this.#client.list("Secret", {
      namespace: BOOTSTRAP_TOKEN_NAMESPACE,
      fieldSelector: `type=${BOOTSTRAP_TOKEN_TYPE}`,
    });
    return items
      .flatMap((secret) => readBootstrapToken(secret) ?? [])
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async delete(id: string): Promise<void> {
    await this.#client.delete("Secret", {
      namespace: BOOTSTRAP_TOKEN_NAMESPACE,
      name: bootstrapTokenName(id),
    });
  }
}

/** The halves of a new token: 113 random bits, of which 82 are secret. */
export function newBootstrapToken(): BootstrapTokenParts {
  return { id: randomText(6), secret: randomText(16) };
}

/** What `readBootstrapToken` reads. */
export function tokenSecret(token: BootstrapToken): NewObject<Secret> {
  const { id, secret, description, expiresAt, usages, groups } = token;
  const texts = {
    "token-id": id,
    "token-secret": secret,
    ...(description !== "" && { description }),
    ...(expiresAt !== undefined && { expiration: formatTime(expiresAt) }),
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, "true"])),
    ...(groups.length > 0 && { "auth-extra-groups": groups.join(",") }),
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: BOOTSTRAP_TOKEN_TYPE,
    metadata: { namespace: BOOTSTRAP_TOKEN_NAMESPACE, name: bootstrapTokenName(id) },
    data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, btoa(text)])),
  };
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
