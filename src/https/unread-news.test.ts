import { describe, expect, test } from "bun:test";
import { type LiveReader, UnreadNews } from "./unread-news.ts";

function setUp(names: readonly string[]) {
  const cut: string[] = [];
  const clients = new Map(names.map((name) => [name, { cutOff: () => void cut.push(name) }]));
  const client = (name: string): LiveReader => clients.get(name) ?? { cutOff: () => undefined };
  return { unread: new UnreadNews({ maxEach: 100, maxTotal: 250 }), client, cut };
}

describe("UnreadNews", () => {
  test("cuts off a client for whom too much waits", () => {
    const { unread, client, cut } = setUp(["a", "b"]);
    unread.take(client("a"), 120);
    unread.wait(client("a"), 100, 0);
    unread.wait(client("b"), 30, 0);
    expect(cut).toEqual([]);
    unread.wait(client("a"), 1, 0);
    expect(cut).toEqual(["a"]);
  });

  test("lets a client who takes a long list fall further behind", () => {
    const { unread, client, cut } = setUp(["a"]);
    unread.wait(client("a"), 150, 60);
    expect(cut).toEqual([]);
    unread.wait(client("a"), 11, 60);
    expect(cut).toEqual(["a"]);
  });

  test("cuts off who is furthest behind when all together are too much", () => {
    const { unread, client, cut } = setUp(["a", "b", "c", "d"]);
    unread.wait(client("a"), 90, 0);
    unread.wait(client("b"), 95, 0);
    unread.wait(client("c"), 60, 0);
    unread.wait(client("d"), 10, 0);
    expect(cut).toEqual(["b"]);
    unread.take(client("d"), 200);
    expect(cut).toEqual(["b", "d"]);
  });

  test("forgets what has been read", () => {
    const { unread, client, cut } = setUp(["a", "b"]);
    for (let round = 0; round < 10; round += 1) {
      unread.wait(client("a"), 90, 0);
      unread.take(client("b"), 150);
      unread.clear(client("a"));
      unread.clear(client("b"));
      unread.clear(client("b"));
    }
    expect(cut).toEqual([]);
  });
});
