/** k8s.io/apiserver pkg/cel/library/jsonpatch.go. */
import { declare, overload } from "../types/function.ts";
import { STRING } from "../types/type.ts";
import type { Library } from "./library.ts";

export const jsonPatchLibrary: Library = {
  functions: [
    declare(
      "jsonpatch.escapeKey",
      overload("string_jsonpatch_escapeKey_string", [STRING], STRING, (key: string) =>
        key.replaceAll("~", "~0").replaceAll("/", "~1"),
      ),
    ),
  ],
};
