import { expect } from "bun:test";
import type { HttpClient } from "../integration/front/http-client.ts";
import { send } from "./attacked-cluster.ts";

/** One request that somebody must not have. */
export interface Attack {
  readonly name: string;
  /** Method and path. */
  readonly what: string;
  readonly body?: () => unknown;
  /** Default: 403. */
  readonly code?: number;
  /** What is said of it, in part. */
  readonly why: string;
}

export async function expectRefusal(
  client: HttpClient,
  { what, body, code = 403, why }: Omit<Attack, "name">,
): Promise<void> {
  const { code: found, message } = await send(client, what, body?.());
  expect([found, message]).toEqual([code, expect.stringContaining(why)]);
}
