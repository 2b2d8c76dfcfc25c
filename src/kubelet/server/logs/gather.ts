import { nextTurn } from "#base/next-turn.ts";

/** Bytes that are worth a write of their own. */
const ENOUGH_BYTES = 64 * 1024;

/**
 * Joins pieces that are ready at the same time: a long log has a million lines, and a write of the answer costs as
 * much as many of them. A piece that no other follows at once is passed on by itself.
 */
export async function* gather(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const iterator = pieces[Symbol.asyncIterator]();
  let next = take(iterator);
  try {
    for (let first = await next; first.done !== true; first = await next) {
      const batch = [first.value];
      let size = first.value.length;
      const turn = nextTurn();
      next = take(iterator);
      for (
        let more = await Promise.race([next, turn]);
        more !== undefined && more.done !== true && size < ENOUGH_BYTES;
        more = await Promise.race([next, turn])
      ) {
        batch.push(more.value);
        size += more.value.length;
        next = take(iterator);
      }
      yield Buffer.concat(batch);
    }
  } finally {
    await iterator.return?.();
  }
}

/** A failure is met when the piece is asked for, which may be later. */
function take(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  const next = iterator.next();
  next.catch(() => undefined);
  return next;
}
