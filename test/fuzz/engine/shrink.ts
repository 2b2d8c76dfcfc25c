/** How often the input may be tried. */
const MAX_TRIES = 600;

/** A shorter input of which the same holds, found by leaving out ever smaller chunks and by making bytes plain. */
export async function shrink(input: Buffer, holds: (input: Buffer) => Promise<boolean>): Promise<Buffer> {
  let best = input;
  let tries = 0;
  const attempt = async (candidate: Buffer): Promise<boolean> => {
    tries += 1;
    if (tries > MAX_TRIES || !(await holds(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.length / 2); size > 0 && tries <= MAX_TRIES; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && tries <= MAX_TRIES; ) {
      const isLeftOut = await attempt(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]));
      if (!isLeftOut) at += size;
    }
  }
  for (let at = 0; at < best.length && tries <= MAX_TRIES; at += 1) {
    if (best[at] === PLAIN) continue;
    const plainer = Buffer.from(best);
    plainer[at] = PLAIN;
    await attempt(plainer);
  }
  return best;
}

/** What stands for any byte that does not matter. */
const PLAIN = 0x61;
