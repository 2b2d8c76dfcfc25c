import { canonicalMicroTime, canonicalTime, parseTime, TimeError } from "#apimachinery/time.ts";
import { attempt, ensure, ensureSame, textTarget } from "../engine/target.ts";

const CANONICAL_LENGTH = "2026-01-01T00:00:00Z".length;

/** Times and times with microseconds. */
export const target = textTarget({
  seeds: [
    "2020-01-01T00:00:00Z",
    "2020-02-29T23:59:59.999999Z",
    "2020-01-01T1:00:00+01:30",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-01:00",
    "0000-01-01T00:00:00+24:00",
    "2020-01-01T00:00:00,123456-24:60",
    "1969-12-31T23:59:59.999999Z",
  ],
  dictionary: [
    "Z",
    "+00:00",
    "-24:60",
    ".000000",
    ".999999999",
    "T",
    "0000-",
    "9999-",
    "-02-29",
    "-02-30",
    ",",
  ],
  refusals: [TimeError],
  open: () => (text) => {
    const micro = attempt([TimeError], () => canonicalMicroTime(text));
    const canonical = canonicalTime(text);
    return () => {
      const ms = parseTime(text);
      ensure(!Number.isNaN(ms), "A time is a number");
      // Years of five digits are written and not read, as in Go.
      if (canonical?.length !== CANONICAL_LENGTH) return;
      ensureSame(canonicalTime(canonical), canonical, "A canonical time stays");
      // Numbers of milliseconds are not exact to the last nanosecond.
      ensure(Math.abs(ms - parseTime(canonical)) <= 1000, "A canonical time is the same second");
      if (typeof micro !== "string") return;
      ensureSame(canonicalMicroTime(micro), micro, "A canonical time stays");
      ensureSame(micro.slice(0, 19), canonical.slice(0, 19), "Both forms agree");
    };
  },
});
