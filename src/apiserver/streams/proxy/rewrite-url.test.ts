import { describe, expect, test } from "bun:test";
import { cleanPath, rewriteUrl, urlProblem } from "./rewrite-url.ts";

const PREFIX = "/api/v1/namespaces/default/pods/web/proxy";
const page = { prefix: PREFIX, backend: "10.42.0.5:80", host: "localhost:8001" };

describe("rewriteUrl", () => {
  test.each([
    ["/login?to=//x", `${PREFIX}/login?to=//x`],
    ["/a/#part", `${PREFIX}/a/#part`],
    ["/", `${PREFIX}/`],
    ["/a//b/./c/../d", `${PREFIX}/a/b/d`],
    ["/../../secret", `${PREFIX}/secret`],
    ["http://10.42.0.5:80/a/", `${PREFIX}/a/`],
    ["//10.42.0.5:80/a", `${PREFIX}/a`],
    [`http://10.42.0.5:80${PREFIX}/a`, `${PREFIX}/a`],
    ["http://localhost:8001/a", `http://localhost:8001${PREFIX}/a`],
    ["//localhost:8001/a", `//localhost:8001${PREFIX}/a`],
    [`http://localhost:8001${PREFIX}/a`, `http://localhost:8001${PREFIX}/a`],
    [`${PREFIX}/there`, `${PREFIX}/there`],
    ["/a%2Fb", `${PREFIX}/a%2Fb`],
    ['/%00<script>"ä"', `${PREFIX}/%00%3Cscript%3E%22%C3%A4%22`],
    ["/日本", `${PREFIX}/%E6%97%A5%E6%9C%AC`],
  ])("leads %s through the proxy", (url, want) => expect(rewriteUrl(url, page)).toBe(want));

  test.each([
    "",
    "page",
    "../page",
    "?a=/b",
    "#/part",
    "mailto:a@b",
    "javascript:void(0)",
    "https://example.com/a",
    "http://10.42.0.5:81/a",
    "http://10.42.0.5:80",
  ])("leaves %j as it is", (url) => expect(rewriteUrl(url, page)).toBe(url));
});

test.each([
  ["", ""],
  ["/", "/"],
  ["/foo/", "/foo/"],
  ["/a/../../b", "/b"],
  ["/a/./", "/a/"],
  ["//a///b", "/a/b"],
])("cleanPath of %j is %j", (path, want) => expect(cleanPath(path)).toBe(want));

test.each([
  ["/a%20b?c=100%#d", undefined],
  ["/a%2", 'invalid URL escape "%2"'],
  ["/a%zzb", 'invalid URL escape "%zz"'],
  ["/a#100%", 'invalid URL escape "%"'],
  ["/a\nb", "net/url: invalid control character in URL"],
])("Go says of %j: %p", (text, want) => expect(urlProblem(text)).toBe(want));
