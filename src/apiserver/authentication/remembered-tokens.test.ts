import { expect, test } from "bun:test";
import { RememberedTokens } from "./remembered-tokens.ts";

const uncounted = { hit: () => undefined, miss: <T>(fetch: () => Promise<T>) => fetch() };

test("RememberedTokens verifies a token once, and anew what was verified before it forgot", async () => {
  const tokens = new RememberedTokens<string>(uncounted);
  const verified: string[] = [];
  const verify = (token: string): Promise<string> => {
    verified.push(token);
    return Promise.resolve(token);
  };
  await tokens.read("a", verify);
  await tokens.read("a", verify);
  expect(verified).toEqual(["a"]);
  const underWay = tokens.read("b", verify);
  tokens.forget();
  await underWay;
  expect([tokens.has("a"), tokens.has("b")]).toEqual([false, false]);
});
