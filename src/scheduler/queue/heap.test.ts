import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Heap } from "./heap.ts";

interface Item {
  readonly key: string;
  readonly rank: number;
}

const aHeap = (): Heap<Item> =>
  new Heap<Item>(
    ({ key }) => key,
    (a, b) => a.rank - b.rank || a.key.localeCompare(b.key),
  );

function drain(heap: Heap<Item>): readonly Item[] {
  const items: Item[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) items.push(item);
  return items;
}

describe("Heap", () => {
  test("gives items in order, whatever was put, changed and deleted before", () => {
    const command = fc.record({
      key: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"),
      rank: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const heap = aHeap();
        const model = new Map<string, Item>();
        for (const { key, rank } of commands) {
          if (rank === undefined) {
            expect(heap.delete(key)).toEqual(model.get(key));
            model.delete(key);
          } else {
            heap.put({ key, rank });
            model.set(key, { key, rank });
          }
          expect(heap.size).toBe(model.size);
          expect(heap.get(key)).toEqual(model.get(key));
        }
        const inOrder = [...model.values()].toSorted((a, b) => a.rank - b.rank || a.key.localeCompare(b.key));
        expect(heap.peek()).toEqual(inOrder[0]);
        expect(drain(heap)).toEqual(inOrder);
      }),
    );
  });

  test("has nothing to give when it is empty", () => {
    const heap = aHeap();
    expect([heap.pop(), heap.peek(), heap.delete("a")]).toEqual([undefined, undefined, undefined]);
  });
});
