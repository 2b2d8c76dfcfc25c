import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { NODE_PASSWORD_NAMESPACE, nodePasswordName } from "#api/core/v1/node-password.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import { isAlreadyExists, isNotFound } from "#apimachinery/status-error.ts";
import type { Client } from "#client/client.ts";

/** 16 MiB and some tens of milliseconds. */
const COST = { N: 16_384, r: 8, p: 1 };
const HASH_BYTES = 32;

/** Remembers which password each node has shown first, so that no other machine takes its name. */
export class NodePasswords {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Whether the name is free, and this password's from now on, or the password is that of the name. */
  async claim(nodeName: string, password: string): Promise<boolean> {
    const known = await this.#find(nodeName);
    if (known !== undefined) return await matches(known, password);
    try {
      await this.#client.create("Secret", await passwordSecret(nodeName, password));
      return true;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await this.claim(nodeName, password);
    }
  }

  async #find(nodeName: string): Promise<Secret | undefined> {
    try {
      return await this.#client.get("Secret", {
        namespace: NODE_PASSWORD_NAMESPACE,
        name: nodePasswordName(nodeName),
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

async function passwordSecret(nodeName: string, password: string) {
  const salt = randomBytes(16);
  const hash = await derive(password, salt);
  const text = `$1:${salt.toString("hex")}:${hash.toString("hex")}`;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: NODE_PASSWORD_NAMESPACE, name: nodePasswordName(nodeName) },
    immutable: true,
    data: { hash: Buffer.from(text).toString("base64") },
  } as const;
}

/** What somebody has written there by hand matches nothing. */
async function matches({ data = {} }: Secret, password: string): Promise<boolean> {
  const text = Buffer.from(data["hash"] ?? "", "base64").toString();
  const [, salt, hash] = /^\$1:([0-9a-f]{32}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (salt === undefined || hash === undefined) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, "hex")), Buffer.from(hash, "hex"));
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, key) => {
      // Bun calls back with undefined where Node does with null.
      if (error instanceof Error) reject(error);
      else resolve(key);
    });
  });
}
