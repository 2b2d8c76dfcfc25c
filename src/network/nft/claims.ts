export interface Claimant {
  readonly owner: string;
  readonly rank: string;
}

interface Claim<V> extends Claimant {
  readonly value: V;
}

/** A key with several claims: the one that counts, and the others by their owners. */
class Contest<V> {
  winner: Claim<V>;
  readonly others = new Map<string, Claim<V>>();

  constructor(winner: Claim<V>) {
    this.winner = winner;
  }
}

/** What counted for a key before and what counts now. */
export interface ClaimChange<V> {
  readonly key: string;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

/**
 * Values under keys that several owners may claim at once. The claim with the lowest rank counts, whatever the
 * order in which claims came and went. Many owners may claim one key: only when the claim that counts is taken back
 * are the others looked at.
 */
export class Claims<V> implements Iterable<readonly [key: string, value: V]> {
  /** Almost every key has one claim, so only the others pay for a contest. */
  readonly #claims = new Map<string, Claim<V> | Contest<V>>();
  /** What counted when `takeChanges` was called last, for the keys that were touched since; not kept before that. */
  #before: Map<string, V | undefined> | undefined;

  /** The value that counts. */
  get(key: string): V | undefined {
    const found = this.#claims.get(key);
    return found instanceof Contest ? found.winner.value : found?.value;
  }

  *[Symbol.iterator](): Generator<readonly [key: string, value: V]> {
    for (const [key, found] of this.#claims) {
      yield [key, found instanceof Contest ? found.winner.value : found.value];
    }
  }

  /** Makes or renews the owner's claim. */
  claim(key: string, { owner, rank }: Claimant, value: V): void {
    this.#touch(key);
    const claim = { owner, rank, value };
    const found = this.#claims.get(key);
    if (found === undefined || (!(found instanceof Contest) && found.owner === owner)) {
      this.#claims.set(key, claim);
      return;
    }
    const contest = found instanceof Contest ? found : new Contest(found);
    this.#claims.set(key, contest);
    contest.others.set(owner, claim);
    if (contest.winner.owner === owner) crownTheLowest(contest);
    else if (compare(claim, contest.winner) < 0) crown(contest, claim);
  }

  /** Takes the owner's claim back, if it has one. */
  release(key: string, owner: string): void {
    const found = this.#claims.get(key);
    if (found === undefined) return;
    this.#touch(key);
    if (!(found instanceof Contest)) {
      if (found.owner === owner) this.#claims.delete(key);
    } else if (found.winner.owner === owner) crownTheLowest(found);
    else found.others.delete(owner);
    if (found instanceof Contest && found.others.size === 0) this.#claims.set(key, found.winner);
  }

  /** The keys whose value has changed since the last call; none at the first call. */
  takeChanges(): readonly ClaimChange<V>[] {
    const changes = Array.from(this.#before ?? [], ([key, before]) => ({
      key,
      before,
      after: this.get(key),
    }));
    this.#before = new Map();
    return changes.filter(({ before, after }) => before !== after && !Bun.deepEquals(before, after));
  }

  #touch(key: string): void {
    if (this.#before?.has(key) === false) this.#before.set(key, this.get(key));
  }
}

/** Makes one of the others the winner; the winner becomes one of the others. */
function crown<V>(contest: Contest<V>, claim: Claim<V>): void {
  contest.others.delete(claim.owner);
  contest.others.set(contest.winner.owner, contest.winner);
  contest.winner = claim;
}

/** Replaces the winner by the lowest of the others, of which there is one. */
function crownTheLowest<V>(contest: Contest<V>): void {
  const [first, ...rest] = contest.others.values();
  if (first === undefined) return;
  contest.winner = rest.reduce((lowest, claim) => (compare(claim, lowest) < 0 ? claim : lowest), first);
  contest.others.delete(contest.winner.owner);
}

function compare(a: Claimant, b: Claimant): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return a.owner < b.owner ? -1 : 1;
}
