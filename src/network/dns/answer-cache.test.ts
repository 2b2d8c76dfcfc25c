import { describe, expect, test } from "bun:test";
import { AnswerCache, type CachedAnswer } from "./answer-cache.ts";

describe("AnswerCache", () => {
  test("is bounded in number, and keeps what is asked for", () => {
    const evicted: string[] = [];
    const cache = new AnswerCache((type) => evicted.push(type));
    const popular = anAnswer(100);
    cache.set("popular", popular);
    for (let index = 0; index < 25_000; index += 1) {
      popular.hits += 1;
      cache.set(String(index), anAnswer(100));
    }
    expect(cache.size).toBe(19_968);
    expect(evicted).toHaveLength(25_001 - 19_968);
    expect([cache.get("popular"), cache.get("0")]).toEqual([popular, undefined]);
  });

  test("is bounded in bytes", () => {
    const cache = new AnswerCache(() => undefined);
    for (let index = 0; index < 1000; index += 1) cache.set(String(index), anAnswer(64_000));
    expect(cache.size).toBe(Math.floor((16 * 2 ** 20) / 64_512));
    for (let index = 0; index < 1000; index += 1) cache.set("same", anAnswer(64_000));
    expect(cache.size).toBeGreaterThan(200);
  });

  test("evicts also when everything is asked for", () => {
    const cache = new AnswerCache(() => undefined);
    for (let index = 0; index < 500; index += 1) {
      cache.set(String(index), { ...anAnswer(64_000), hits: 1 });
    }
    expect(cache.size).toBe(Math.floor((16 * 2 ** 20) / 64_512));
  });
});

function anAnswer(sizeBytes: number): CachedAnswer {
  const encoded = {
    bytes: new Uint8Array(sizeBytes),
    rcode: 0,
    hasAnswers: true,
    head: 0,
    records: [],
    turns: [],
  };
  return { encoded, plugin: "forward", storedAt: 0, expiresAt: 1, generation: undefined, hits: 0 };
}
