import { expect, test } from "bun:test";
import { type WebhookTurn, WebhookTurns } from "./webhook-turns.ts";

/** Takes a turn as soon as there is one, and says how many have been taken. */
class Callers {
  readonly taken: WebhookTurn[] = [];
  readonly #turns = new WebhookTurns();

  async call(count: number, key = "a", signal = new AbortController().signal): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      void this.#turns.take(key, signal).then(
        (turn) => this.taken.push(turn),
        () => undefined,
      );
    }
    await settled();
  }

  async finish(count: number, hasAnswered: boolean | undefined): Promise<void> {
    for (const turn of this.taken.splice(0, count)) {
      if (hasAnswered !== undefined) turn.report(hasAnswered);
      turn[Symbol.dispose]();
    }
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let step = 0; step < 10; step += 1) await Promise.resolve();
}

test("so many calls are under way at once, and each that ends lets in another", async () => {
  const callers = new Callers();
  await callers.call(130);
  expect(callers.taken).toHaveLength(100);
  await callers.finish(10, true);
  expect(callers.taken).toHaveLength(100);
  await callers.finish(100, true);
  expect(callers.taken).toHaveLength(20);
});

test("a webhook that does not answer is asked by few at once, until it does", async () => {
  const callers = new Callers();
  await callers.call(1);
  await callers.finish(1, false);
  await callers.call(20);
  expect(callers.taken).toHaveLength(4);
  await callers.finish(1, false);
  expect(callers.taken).toHaveLength(4);
  await callers.finish(1, true);
  expect(callers.taken).toHaveLength(18);
});

test("others are not kept waiting, and who gives up says nothing", async () => {
  const callers = new Callers();
  await callers.call(1);
  await callers.finish(1, false);
  await callers.call(10);
  await callers.call(10, "b");
  expect(callers.taken).toHaveLength(14);
  await callers.finish(4, undefined);
  expect(callers.taken).toHaveLength(14);
});

test("who waits too long goes, and takes nobody's place", async () => {
  const callers = new Callers();
  await callers.call(1);
  await callers.finish(1, false);
  await callers.call(4);
  const gone = new AbortController();
  await callers.call(5, "a", gone.signal);
  gone.abort(new Error("context deadline exceeded"));
  await settled();
  await callers.call(1);
  await callers.finish(1, undefined);
  expect(callers.taken).toHaveLength(4);
});
