import { admits, parseAccept } from "../front/media-type.ts";
import { JSON_TYPE } from "../front/output-format.ts";
import type { OpenApiVersion } from "./schemas/publish-schema.ts";

/** What documents of a version of OpenAPI are called in protobuf. */
export function protobufType(version: OpenApiVersion): string {
  return `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`;
}

/** The name that older clients ask for; media types may not have a `@`. */
function formerType(version: OpenApiVersion): string {
  return `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`;
}

/** The media type for a client, undefined when it accepts none that there is (kube-openapi `pkg/handler`). */
export function chooseDocumentType(accept: string | undefined, version: OpenApiVersion): string | undefined {
  if (accept === undefined || accept === "") return JSON_TYPE;
  for (const clause of parseAccept(accept)) {
    if (admits(clause, JSON_TYPE)) return JSON_TYPE;
    const names = [protobufType(version), formerType(version)];
    if (names.some((name) => admits(clause, name))) return protobufType(version);
  }
  return undefined;
}
