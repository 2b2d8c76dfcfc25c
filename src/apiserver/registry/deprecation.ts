import { qualifiedName, type ServedResource } from "./served-resource.ts";

/** In the words of apiserver `deprecation.WarningMessage`. */
const DEPRECATED: Readonly<Record<string, string>> = {
  componentstatuses: "v1 ComponentStatus is deprecated in v1.19+",
  endpoints: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
};

/** What everybody is told who still uses the resource; nothing for most of them. */
export function deprecationOf({ qualified, builtIn, deprecationWarning }: ServedResource): readonly string[] {
  const text = builtIn ? DEPRECATED[qualifiedName(qualified)] : deprecationWarning;
  return text === undefined ? [] : [text];
}
