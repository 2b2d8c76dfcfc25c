import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";

/** A domain of at least three labels; the first problem only. */
export function validateFullyQualifiedName(name: string, path: string): readonly FieldError[] {
  if (name === "") return [required(path)];
  const messages = checkDNS1123Subdomain(name);
  if (messages.length > 0) return [invalid(path, name, messages.join(","))];
  return name.split(".").length >= 3
    ? []
    : [invalid(path, name, "should be a domain with at least three segments separated by dots")];
}

/** A domain of at least two labels, with or without the dot at its end; the first problem only. */
export function validateFullyQualifiedDomainName(text: string, path: string): readonly FieldError[] {
  if (text === "") return [required(path)];
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  const messages = checkDNS1123Subdomain(name);
  if (messages.length > 0) return [invalid(path, name, messages.join(","))];
  const labels = name.split(".");
  if (labels.length < 2) {
    return [invalid(path, name, "should be a domain with at least two segments separated by dots")];
  }
  return labels
    .filter((label) => checkDNS1123Label(label).length > 0)
    .slice(0, 1)
    .map((label) => invalid(path, label, checkDNS1123Label(label).join(",")));
}
