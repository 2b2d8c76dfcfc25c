/** Counts on how many nodes each image is. */
export class ImageSpread {
  #counts = new Map<string, number>();
  /** Somebody holds `#counts`: the next change must leave it as it is. */
  #isShared = false;

  /** The counts as they are now, which will not change. */
  current(): ReadonlyMap<string, number> {
    this.#isShared = true;
    return this.#counts;
  }

  /** A node that had the images `before` has those of `after` now. */
  change(before: Iterable<string>, after: Iterable<string>): void {
    const gone = new Set(before);
    const come = new Set(after);
    for (const image of come.difference(gone)) this.#add(image, 1);
    for (const image of gone.difference(come)) this.#add(image, -1);
  }

  #add(image: string, amount: 1 | -1): void {
    if (this.#isShared) {
      this.#counts = new Map(this.#counts);
      this.#isShared = false;
    }
    const count = (this.#counts.get(image) ?? 0) + amount;
    if (count === 0) this.#counts.delete(image);
    else this.#counts.set(image, count);
  }
}
