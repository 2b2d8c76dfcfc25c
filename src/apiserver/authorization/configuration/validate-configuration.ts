/** What is wrong with an AuthorizationConfiguration (apiserver `pkg/apis/apiserver/validation`). */
import {
  duplicate,
  type FieldError,
  indexPath,
  invalid,
  notSupported,
  required,
} from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { AUTHORIZER_TYPES } from "./authorization-configuration.ts";
import type { AuthorizerDocument } from "./configuration-document.ts";
import { validateWebhook } from "./validate-webhook.ts";

const TYPES: readonly string[] = AUTHORIZER_TYPES.toSorted();

export function validateAuthorizers(authorizers: readonly AuthorizerDocument[]): readonly FieldError[] {
  if (authorizers.length === 0) {
    return [required("authorizers", "at least one authorization mode must be defined")];
  }
  const [types, names] = [new Set<string>(), new Set<string>()];
  return authorizers.flatMap((authorizer, index) => {
    const path = indexPath("authorizers", index);
    const { type, name } = authorizer;
    const wrongType = typeErrors(type, `${path}.type`, types);
    if (wrongType.length > 0) return wrongType;
    types.add(type);
    const wrongName = nameErrors(name, `${path}.name`, names);
    names.add(name);
    return [...wrongName, ...webhookErrors(authorizer, path)];
  });
}

/** Only webhooks may be there more than once. */
function typeErrors(type: string, field: string, seen: ReadonlySet<string>): readonly FieldError[] {
  if (type === "") return [required(field)];
  if (!TYPES.includes(type)) return [notSupported(field, type, TYPES)];
  return type !== "Webhook" && seen.has(type) ? [duplicate(field, type)] : [];
}

function nameErrors(name: string, field: string, seen: ReadonlySet<string>): readonly FieldError[] {
  if (name === "") return [required(field)];
  if (seen.has(name)) return [duplicate(field, name)];
  const problems = checkDNS1123Subdomain(name);
  return problems.length === 0
    ? []
    : [invalid(field, name, `authorizer name is invalid: ${problems.join(", ")}`)];
}

function webhookErrors({ type, webhook }: AuthorizerDocument, path: string): readonly FieldError[] {
  const field = `${path}.webhook`;
  if (type !== "Webhook") {
    return webhook === undefined
      ? []
      : [invalid(field, "non-null", "may only be specified when type=Webhook")];
  }
  return webhook === undefined
    ? [required(field, "required when type=Webhook")]
    : validateWebhook(webhook, path);
}
