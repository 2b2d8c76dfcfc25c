import { DurationError, formatDuration, parseDuration } from "#apimachinery/duration.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

const MAX = 2n ** 63n;

/** Go durations such as `1h30m`. */
export const target = textTarget({
  seeds: [
    "1h30m",
    "-1.5s",
    "100ms",
    "0",
    "1µs",
    "1us",
    ".5h",
    "1.h",
    "2562047h47m16.854775807s",
    "-2562047h47m16.854775808s",
  ],
  dictionary: [
    "ns",
    "us",
    "µs",
    "μs",
    "ms",
    "s",
    "m",
    "h",
    ".",
    "-",
    "+",
    "9223372036854775808ns",
    "constructor",
  ],
  refusals: [DurationError],
  open: () => (text) => {
    const nanos = parseDuration(text);
    return () => {
      ensure(nanos < MAX && nanos >= -MAX, "A duration has 64 bits");
      ensureSame(parseDuration(formatDuration(nanos)), nanos, "What is printed is read back");
    };
  },
});
