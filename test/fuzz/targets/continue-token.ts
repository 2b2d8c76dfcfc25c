import { StatusError } from "#apimachinery/status-error.ts";
import { decodeContinue, encodeContinue } from "#apiserver/storage/continue-token.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

const PREFIX = "/registry/pods/";

/** Continue tokens of paged lists. Inputs are what is inside the base64, or it is all of the token. */
export const target = textTarget({
  seeds: [
    '{"v":"meta.k8s.io/v1","rv":12,"start":"default/a\\u0000"}',
    '{"v":"meta.k8s.io/v1","rv":-1,"start":"a"}',
    '{"v":"meta.k8s.io/v1","rv":1,"start":"../secrets/x\\u0000"}',
    '{"v":"meta.k8s.io/v2","rv":1}',
    "[]",
    "null",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTIsInN0YXJ0IjoiYSJ9",
    "a=",
  ],
  dictionary: [
    '"v":',
    '"rv":',
    '"start":',
    "meta.k8s.io/v1",
    "../",
    "./",
    "//",
    "\\u0000",
    "__proto__",
    "=",
    "-",
    "_",
  ],
  grammar: {
    start: ['{"v":"meta.k8s.io/v1","rv":<number>,"start":"<key>"}'],
    number: ["1", "-1", "0", "1.5", "9007199254740993", "null"],
    key: ["a", "<key>/<part>", "<part>/<key>", "<key>\\u0000", ""],
    part: ["a", ".", "..", "", "\\u0000", "\\u00e9", "\\ud800", "a b"],
  },
  refusals: [StatusError],
  open: () => (text) => {
    const isInside = text.startsWith("{") || text.startsWith("[");
    const token = isInside ? Buffer.from(text).toString("base64url") : text;
    const decoded = decodeContinue(token, PREFIX);
    return () => {
      ensure(decoded.after.startsWith(PREFIX), "A token stays below its prefix");
      ensure(!/(?:^|\/)\.\.?\//.test(decoded.after), "A token leads nowhere else");
      ensureSame(decodeContinue(encodeContinue(decoded, PREFIX), PREFIX), decoded, "A token is read back");
    };
  },
});
