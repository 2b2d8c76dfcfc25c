/** A priority queue whose items can be found, changed and removed by their key. */
export class Heap<T> {
  readonly #keyOf: (item: T) => string;
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];
  readonly #positions = new Map<string, number>();

  /** The item for which `compare` is lowest comes first. */
  constructor(keyOf: (item: T) => string, compare: (a: T, b: T) => number) {
    this.#keyOf = keyOf;
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  get(key: string): T | undefined {
    return this.#items[this.#positions.get(key) ?? -1];
  }

  /** Adds the item, or puts it in its place after it has changed. */
  put(item: T): void {
    const position = this.#positions.get(this.#keyOf(item)) ?? this.#items.length;
    this.#place(item, position);
    this.#sink(this.#rise(position));
  }

  delete(key: string): T | undefined {
    const position = this.#positions.get(key);
    if (position === undefined) return undefined;
    const item = this.#items[position] as T;
    const last = this.#items.pop() as T;
    this.#positions.delete(key);
    if (item !== last) {
      this.#place(last, position);
      this.#sink(this.#rise(position));
    }
    return item;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  pop(): T | undefined {
    const [first] = this.#items;
    return first === undefined ? undefined : this.delete(this.#keyOf(first));
  }

  #rise(from: number): number {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.#isBefore(position, parent)) break;
      this.#swap(position, parent);
      position = parent;
    }
    return position;
  }

  #sink(from: number): void {
    let position = from;
    for (;;) {
      const left = 2 * position + 1;
      const right = left + 1;
      if (left >= this.#items.length) return;
      const child = right < this.#items.length && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, position)) return;
      this.#swap(child, position);
      position = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return this.#compare(this.#items[a] as T, this.#items[b] as T) < 0;
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a] as T;
    this.#place(this.#items[b] as T, a);
    this.#place(item, b);
  }

  #place(item: T, position: number): void {
    this.#items[position] = item;
    this.#positions.set(this.#keyOf(item), position);
  }
}
