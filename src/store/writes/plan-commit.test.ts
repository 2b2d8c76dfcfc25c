import { describe, expect, test } from "bun:test";
import { aDelete, anEntry, aPut } from "#testing/store-events.ts";
import type { LogAppend } from "../revision-log.ts";
import type { StoreEvent } from "../store.ts";
import { type OrderedWrite, planCommit } from "./plan-commit.ts";
import { UnloggedWrites } from "./unlogged-writes.ts";

const durable = (event: StoreEvent): OrderedWrite => ({ event, lazy: false });
const lazy = (event: StoreEvent): OrderedWrite => ({ event, lazy: true });

/** `/a@3<2` replaces revision 2; `-/a@4<3` deletes. */
function describeAppend(append: LogAppend | undefined): string {
  if (append === undefined) return "nothing";
  const records = append.records.map(
    ({ key, revision, value, previousRevision }) =>
      `${value === undefined ? "-" : ""}${key}@${String(revision)}<${String(previousRevision)}`,
  );
  if (append.reservedRevision !== undefined) records.push(`reserve ${String(append.reservedRevision)}`);
  return records.join(" ");
}

describe("planCommit", () => {
  const a2 = anEntry("/a", 2);
  const a5 = aPut("/a", 5, a2);
  const a6 = aPut("/a", 6, a5.entry);
  const b7 = aPut("/b", 7);
  /** Lazy writes that readers have seen: /a at 5 and 6, of which the log knows revision 2. */
  const unlogged = new UnloggedWrites();
  unlogged.add(a5);
  unlogged.add(a6);
  const none = new UnloggedWrites();

  const cases: {
    name: string;
    writes: readonly OrderedWrite[];
    unlogged?: UnloggedWrites;
    reserved?: number;
    flush?: boolean;
    want: string;
  }[] = [
    { name: "appends durable writes", writes: [durable(b7)], want: "/b@7<0" },
    {
      name: "appends a deletion and what follows it",
      writes: [durable(aDelete(a2, 8)), durable(aPut("/a", 9))],
      want: "-/a@8<2 /a@9<0",
    },
    { name: "lets reserved lazy writes wait", writes: [lazy(a5), lazy(a6)], reserved: 6, want: "nothing" },
    {
      name: "logs a lazy write behind the reservation, with the next reservation",
      writes: [lazy(a5), lazy(a6)],
      reserved: 5,
      want: "/a@5<2 /a@6<5 reserve 1006",
    },
    {
      name: "takes lazy writes along with durable ones, the newest of each key",
      writes: [durable(b7)],
      unlogged,
      want: "/a@6<2 /b@7<0",
    },
    {
      name: "leaves out a lazy write that is replaced in the same commit",
      writes: [durable(aPut("/a", 7, a6.entry)), durable(aPut("/a", 8, aPut("/a", 7, a6.entry).entry))],
      unlogged,
      want: "/a@7<2 /a@8<7",
    },
    {
      name: "lets a deletion name what the log has",
      writes: [durable(aDelete(a6.entry, 7))],
      unlogged,
      want: "-/a@7<2",
    },
    { name: "flushes lazy writes", writes: [], unlogged, flush: true, want: "/a@6<2" },
    { name: "flushes nothing when there is nothing", writes: [], flush: true, want: "nothing" },
    { name: "does not reserve for durable writes", writes: [durable(b7)], reserved: 3, want: "/b@7<0" },
  ];

  test.each(cases)("$name", ({ writes, unlogged = none, reserved = 100, flush = false, want }) => {
    const append = planCommit({ writes, unlogged, reservedRevision: reserved, flush });
    expect(describeAppend(append)).toBe(want);
  });
});
