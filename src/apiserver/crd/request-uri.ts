/** Whether a text is an absolute URI or path, as Go's `url.ParseRequestURI` takes them. */
export function isRequestUri(text: string): boolean {
  if (text === "*") return true;
  if (CONTROL.test(text)) return false;
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(text)?.[0];
  const [rest = ""] = text.slice(scheme?.length ?? 0).split("?");
  // What follows a scheme without a slash is not looked at.
  if (!rest.startsWith("/")) return scheme !== undefined;
  if (scheme === undefined || !rest.startsWith("//")) return hasValidEscapes(rest);
  const slash = rest.indexOf("/", 2);
  const end = slash < 0 ? rest.length : slash;
  return isAuthority(rest.slice(2, end)) && hasValidEscapes(rest.slice(end));
}

const CONTROL = /\p{Cc}/u;
const USER = /^[a-zA-Z0-9\-._:~!$&'()*+,;=%@]*$/;
const HOST = /^(?:[a-zA-Z0-9\-._~!$&'()*+,;=<>"\u{80}-\u{10ffff}]|%25|%[89a-fA-F][0-9a-fA-F])*$/u;
const ADDRESS = /^\[[^\]]*\]$/;

function isAuthority(text: string): boolean {
  const at = text.lastIndexOf("@");
  const user = text.slice(0, Math.max(at, 0));
  const [, host = "", port] = /^(\[.*\]|[^:]*)(?::(.*))?$/s.exec(text.slice(at + 1)) ?? [];
  return (
    USER.test(user) &&
    hasValidEscapes(user) &&
    (HOST.test(host) || ADDRESS.test(host)) &&
    /^\d*$/.test(port ?? "")
  );
}

function hasValidEscapes(text: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(text);
}
