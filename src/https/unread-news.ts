export interface UnreadLimits {
  /** What may wait for one client who does not read, in bytes. */
  readonly maxEach: number;
  /** What clients have not read, all together. */
  readonly maxTotal: number;
}

const LIMITS: UnreadLimits = { maxEach: 1024 * 1024, maxTotal: 64 * 1024 * 1024 };

/** A client who reads news. */
export interface LiveReader {
  cutOff(): void;
}

interface Backlog {
  /** Handed over to a connection that is full. */
  taking: number;
  waiting: number;
}

/**
 * The news that clients have not read, held within bounds. When all together are too much, who is furthest behind is cut
 * off: others, who are only a little late, are not harmed.
 */
export class UnreadNews {
  readonly #limits: UnreadLimits;
  readonly #backlogs = new Map<LiveReader, Backlog>();
  #total = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  /** The client's connection is busy with so many bytes. */
  take(client: LiveReader, bytes: number): void {
    this.#backlogOf(client).taking += bytes;
    this.#grow(bytes);
  }

  /** So much more waits for a client, who may be `allowance` bytes further behind than others. */
  wait(client: LiveReader, bytes: number, allowance: number): void {
    const backlog = this.#backlogOf(client);
    backlog.waiting += bytes;
    if (backlog.waiting > this.#limits.maxEach + allowance) {
      this.#total += bytes;
      this.#cutOff(client);
    } else this.#grow(bytes);
  }

  /** The client has read everything, or has gone. */
  clear(client: LiveReader): void {
    const backlog = this.#backlogs.get(client);
    if (backlog === undefined) return;
    this.#backlogs.delete(client);
    this.#total -= backlog.taking + backlog.waiting;
  }

  #backlogOf(client: LiveReader): Backlog {
    const known = this.#backlogs.get(client);
    if (known !== undefined) return known;
    const backlog = { taking: 0, waiting: 0 };
    this.#backlogs.set(client, backlog);
    return backlog;
  }

  #grow(bytes: number): void {
    this.#total += bytes;
    while (this.#total > this.#limits.maxTotal) this.#cutOff(this.#furthestBehind());
  }

  #furthestBehind(): LiveReader {
    let most = -1;
    let furthest: LiveReader | undefined;
    for (const [client, { taking, waiting }] of this.#backlogs) {
      if (taking + waiting <= most) continue;
      most = taking + waiting;
      furthest = client;
    }
    if (furthest === undefined) throw new RangeError("Nothing waits, and yet it is too much");
    return furthest;
  }

  #cutOff(client: LiveReader): void {
    this.clear(client);
    client.cutOff();
  }
}
