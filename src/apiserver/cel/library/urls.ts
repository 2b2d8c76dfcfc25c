/** k8s.io/apiserver pkg/cel/library/urls.go. */
import { declare, method, overload } from "../types/function.ts";
import { BOOL, listType, mapType, objectType, STRING } from "../types/type.ts";
import { equalObject } from "../values/equality.ts";
import { ValueList } from "../values/list.ts";
import { mapOf } from "../values/map.ts";
import { CelError, CelObject, type CelValue, type Result } from "../values/value.ts";
import {
  escapedPathOf,
  type GoUrl,
  hostnameOf,
  parseRequestUri,
  portOf,
  queryOf,
  withoutFragment,
} from "./go-url.ts";
import type { Library } from "./library.ts";

const URL_TYPE = objectType("kubernetes.URL");

class CelUrl extends CelObject {
  readonly type = URL_TYPE;
  readonly url: GoUrl;

  constructor(url: GoUrl) {
    super();
    this.url = url;
  }

  override equals(other: CelValue): Result {
    return equalObject(other, CelUrl, ({ url }) => url.text === this.url.text);
  }
}

export const urlsLibrary: Library = {
  functions: [
    declare(
      "url",
      overload("string_to_url", [STRING], URL_TYPE, (text: string) => {
        const url = parseRequestUri(text);
        return "problem" in url
          ? new CelError(`URL parse error during conversion from string: ${url.problem}`)
          : new CelUrl(withoutFragment(url));
      }),
    ),
    declare(
      "isURL",
      overload("is_url_string", [STRING], BOOL, (text: string) => !("problem" in parseRequestUri(text))),
    ),
    part("getScheme", "url_get_scheme", ({ scheme }) => scheme),
    part("getHost", "url_get_host", ({ host }) => host),
    part("getHostname", "url_get_hostname", hostnameOf),
    part("getPort", "url_get_port", portOf),
    part("getEscapedPath", "url_get_escaped_path", escapedPathOf),
    declare(
      "getQuery",
      method("url_get_query", [URL_TYPE], mapType(STRING, listType(STRING)), ({ url }: CelUrl) =>
        mapOf([...queryOf(url)].map(([name, values]) => [name, new ValueList(values)] as const)),
      ),
    ),
  ],
};

function part(name: string, id: string, read: (url: GoUrl) => string) {
  return declare(
    name,
    method(id, [URL_TYPE], STRING, ({ url }: CelUrl) => read(url)),
  );
}
