/** What the names of users tell who belong to the cluster itself. */
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";

const NODE_PREFIX = "system:node:";
const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

export function nodeNameOf(userName: string): string | undefined {
  const name = userName.startsWith(NODE_PREFIX) ? userName.slice(NODE_PREFIX.length) : "";
  return name === "" || checkDNS1123Subdomain(name).length > 0 ? undefined : name;
}

export function serviceAccountOf(
  userName: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace = "", name = ""] = ACCOUNT.exec(userName) ?? [];
  const isValid = checkDNS1123Label(namespace).length === 0 && checkDNS1123Subdomain(name).length === 0;
  return isValid ? { namespace, name } : undefined;
}
