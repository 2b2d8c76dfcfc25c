import type { Credentials } from "#client/credentials.ts";
import type { KubeconfigUsers } from "#client/kubeconfig.ts";

const DEFAULT_PORT_SUFFIX = ":443";

/**
 * As whom the webhook of a host is called, which is `web.default.svc:443` for that of a Service: as the user with its
 * name, with or without the usual port, else with the name of a domain that it is in (`*.svc`), else as `*`, else as
 * that of the current context (apiserver `pkg/util/webhook/authentication.go`).
 */
export function webhookUser({ byName, current }: KubeconfigUsers, host: string): Credentials | undefined {
  const bare = host.endsWith(DEFAULT_PORT_SUFFIX) ? [host.slice(0, -DEFAULT_PORT_SUFFIX.length)] : [];
  const names = [host, ...bare].flatMap((each) => [each, ...domainsOf(each)]);
  const name = [...names, "*"].find((each) => byName.has(each));
  return name === undefined ? current : byName.get(name);
}

/** From the longest on: `*.default.svc:443`, `*.svc:443`. */
function domainsOf(host: string): readonly string[] {
  const steps = host.split(".");
  return steps.slice(1).map((_, index) => `*.${steps.slice(index + 1).join(".")}`);
}
