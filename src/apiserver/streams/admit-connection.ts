import type { KubeObject } from "#apimachinery/meta.ts";
import type { Exchange } from "#https/exchange.ts";
import { matchedIn } from "../admission/matching/resource-matcher.ts";
import { AuditAnnotations } from "../audit-annotations.ts";
import type { ConnectHandler } from "../front/resource-handler.ts";
import { admissionRequest } from "../verbs/admission-request.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";
import { Warnings } from "../warnings.ts";
import { connectOptions } from "./connect-options.ts";

/** Asks the plugins about a connection. Rejects with the StatusError of one that refuses it. */
export type AdmitConnection = (...args: Parameters<ConnectHandler>) => Promise<void>;

/** As for what is created, except that nothing becomes of what plugins change (apiserver `endpoints/handlers/rest.go`). */
export function connectionAdmission({
  admission,
  schemaOf,
}: Pick<WriteEnvironment, "admission" | "schemaOf">): AdmitConnection {
  return async (exchange, context, { served, info: { target, rest } }) => {
    const { kind } = matchedIn(served, { subresource: target.subresource ?? "" });
    const query = target.subresource === "proxy" ? withPath(exchange, rest) : exchange.query;
    // Options have no metadata, and plugins for objects do not look at them.
    const options: unknown = connectOptions(schemaOf(kind), kind, query);
    const { warnings = new Warnings(), audit } = context;
    const annotations = audit?.annotations ?? new AuditAnnotations();
    const request = admissionRequest(
      { context, target, served, warnings, annotations, undo: [] },
      { operation: "CONNECT", object: options as KubeObject, options: undefined, dryRun: false },
    );
    await admission.mutate(request);
    await admission.validate(request);
  };
}

function withPath({ query, url }: Exchange, rest: readonly string[]): URLSearchParams {
  const [whole = ""] = url.split("?");
  const path = rest.map((each) => `/${each}`).join("");
  const options = new URLSearchParams(query);
  options.set("path", whole.endsWith("/") && !path.endsWith("/") ? `${path}/` : path);
  return options;
}
