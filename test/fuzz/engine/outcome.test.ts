import { describe, expect, test } from "bun:test";
import { InputRunner } from "./outcome.ts";
import { shrink } from "./shrink.ts";
import { type Check, ensure, textTarget } from "./target.ts";

async function outcomeOf(check: Check<string>, input = "input") {
  const target = textTarget({ seeds: [], refusals: [SyntaxError, RangeError], open: () => check });
  await using stack = new AsyncDisposableStack();
  return await new InputRunner(target, await target.open(stack)).run(Buffer.from(input));
}

function recurse(): number {
  return recurse() + 1;
}

function fail(): never {
  throw new TypeError("null is not an object");
}

function refuse(message: string): never {
  throw new SyntaxError(message);
}

describe("an input", () => {
  test("is accepted, or refused for a reason that leaves out what it says itself", async () => {
    expect(await outcomeOf(() => undefined)).toEqual({ type: "accepted" });
    const refused = { type: "refused", trait: "SyntaxError: at _: _" } as const;
    expect(await outcomeOf(() => refuse('at 17: "x"'))).toEqual(refused);
    expect(await outcomeOf(() => refuse('at 5: "other"'))).toEqual(refused);
  });

  test.each<[string, Check<string>]>([
    ["something else is thrown", () => fail()],
    ["the stack ends", () => (recurse(), undefined)],
    ["a law is broken", () => () => ensure(false, "it holds")],
    ["it is refused when it should be accepted", () => () => refuse("late")],
    ["it fails later", async () => await Promise.reject(new TypeError("later"))],
  ])("fails when %s", async (_name, check) => {
    expect((await outcomeOf(check)).type).toBe("failed");
  });

  test("is shrunk to what matters", async () => {
    const holds = async (candidate: Buffer) => await Promise.resolve(candidate.includes("x;"));
    const smallest = await shrink(Buffer.from(`${"noise ".repeat(20)}x;${" more".repeat(20)}`), holds);
    expect(smallest.toString()).toBe("x;");
  });
});
