import type { ListItems } from "./wire-format.ts";

/** Items that are made of something else when their turn comes. */
export function mapItems<T>(
  sources: Iterable<T> & { readonly length: number },
  make: (source: T, index: number) => Buffer,
): ListItems {
  return {
    length: sources.length,
    *[Symbol.iterator]() {
      let index = 0;
      for (const source of sources) {
        yield make(source, index);
        index += 1;
      }
    },
  };
}
