import { invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1035Label } from "#apimachinery/formats.ts";
import type { CustomResourceDefinitionNames } from "../../generated/apiextensions-v1.ts";
import { validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

const REQUIRED_NAMES = ["plural", "singular", "kind", "listKind"] as const;

/** Names that a definition must have; those in its status may be missing. */
export function requireNames(names: CustomResourceDefinitionNames, path: string): FieldErrors {
  return REQUIRED_NAMES.filter((name) => (names[name] ?? "") === "").map((name) =>
    required(`${path}.${name}`),
  );
}

export function validateNames(names: CustomResourceDefinitionNames, path: string): FieldErrors {
  const { plural, singular = "", kind, listKind = "", shortNames, categories } = names;
  return collectErrors(
    validateLabel(plural, `${path}.plural`),
    validateLabel(singular, `${path}.singular`),
    validateKind(kind, `${path}.kind`),
    validateKind(listKind, `${path}.listKind`),
    validateEach(shortNames, `${path}.shortNames`, requireLabel),
    kind !== "" &&
      kind === listKind &&
      invalid(`${path}.listKind`, listKind, "kind and listKind may not be the same"),
    validateEach(categories, `${path}.categories`, requireLabel),
  );
}

function validateLabel(text: string, path: string): FieldErrors {
  return text === "" ? [] : requireLabel(text, path);
}

function requireLabel(text: string, path: string): FieldErrors {
  const messages = checkDNS1035Label(text);
  return messages.length === 0 ? [] : [invalid(path, text, messages.join(","))];
}

function validateKind(kind: string, path: string): FieldErrors {
  const messages = kind === "" ? [] : checkDNS1035Label(kind.toLowerCase());
  if (messages.length === 0) return [];
  return [invalid(path, kind, `may have mixed case, but should otherwise match: ${messages.join(",")}`)];
}
