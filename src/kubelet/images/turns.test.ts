import { expect, test } from "bun:test";
import { nextTurn } from "#base/next-turn.ts";
import { Turns } from "./turns.ts";

test("so many have their turn at once, and those who wait come in their order", async () => {
  const turns = new Turns(2);
  const begun: string[] = [];
  const begin = async (name: string): Promise<Disposable> => {
    const turn = await turns.take();
    begun.push(name);
    return turn;
  };
  const [first, second] = await Promise.all([begin("a"), begin("b")]);
  const waiting = ["c", "d"].map(begin);
  await nextTurn();
  expect(begun).toEqual(["a", "b"]);
  second[Symbol.dispose]();
  first[Symbol.dispose]();
  for (const turn of await Promise.all(waiting)) turn[Symbol.dispose]();
  expect(begun).toEqual(["a", "b", "c", "d"]);
  (await begin("e"))[Symbol.dispose]();
});
