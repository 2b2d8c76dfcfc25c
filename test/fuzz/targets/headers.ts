import { StatusError } from "#apimachinery/status-error.ts";
import { admits, parseAccept, parseContentType } from "#apiserver/front/media-type.ts";
import { negotiateOutput } from "#apiserver/front/output-format.ts";
import { bodyMediaType } from "#apiserver/front/parse-body.ts";
import { readImpersonation } from "#apiserver/impersonation/impersonation-headers.ts";
import { attempt, ensure, textTarget } from "../engine/target.ts";

const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Header lines: what a client accepts and sends, and whom it asks to be. */
export const target = textTarget({
  seeds: [
    "accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json;q=0.9,*/*",
    "accept: application/vnd.kubernetes.protobuf;stream=watch, application/yaml;pretty=1",
    'content-type: application/json; charset="utf-8"',
    "content-type: application/apply-patch+yaml;",
    "impersonate-user: jane\nimpersonate-group: a\nimpersonate-group: b\nimpersonate-uid: 1",
    "impersonate-user: jane\nimpersonate-extra-example.com%2fscope: x\nimpersonate-extra-%zz: y\nimpersonate-extra-__proto__: z",
    "impersonate-group: a",
    "accept: */*;q=x;q=0,text/*;level=1",
  ],
  dictionary: [
    "accept: ",
    "content-type: ",
    "impersonate-user: ",
    "impersonate-extra-",
    "application/json",
    ";as=",
    ";q=",
    "*/*",
    ",",
    ";",
    "=",
    "%2F",
    "\n",
    '"',
  ],
  refusals: [StatusError],
  open: () => (text) => {
    const lines = text.split("\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, Math.max(at, 0)).trim().toLowerCase(), line.slice(at + 1).trim()] as const;
    });
    const given = lines.filter(([name]) => HTTP_TOKEN.test(name));
    for (const [name, value] of given) {
      if (name === "content-type")
        attempt([StatusError], () => (parseContentType(value), bodyMediaType(value)));
      if (name !== "accept") continue;
      ensure(parseAccept(value).length <= value.split(",").length, "There are no more clauses than commas");
      for (const clause of parseAccept(value)) admits(clause, "application/json");
      attempt([StatusError], () => negotiateOutput({ accept: value, userAgent: value, pretty: null }));
    }
    const user = readImpersonation(given);
    return () => ensure(user === undefined || user.name !== "", "Somebody has a name");
  },
});
