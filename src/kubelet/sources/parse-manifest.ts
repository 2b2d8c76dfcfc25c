import { createHash } from "node:crypto";
import { setPodDefaults } from "#api/core/v1/pod.defaults.ts";
import { pod as podKind } from "#api/core/v1/pod.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { builtInResource } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { canonicalJson } from "#apimachinery/hash-object.ts";
import { formatTime } from "#apimachinery/time.ts";
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";
import { podReferences } from "../objects/pod-references.ts";
import { HASH_ANNOTATION, SEEN_ANNOTATION, SOURCE_ANNOTATION } from "../pod/pod-origin.ts";

export interface ManifestFacts {
  /** The file's path: the same pod in another file is another pod. */
  readonly path: string;
  readonly nodeName: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Static pods stay on a node that has problems. */
const TOLERATION = { operator: "Exists", effect: "NoExecute" } as const;

/** Reads manifests of static pods. */
export class ManifestParser {
  readonly #codec = new Codec();
  readonly #schema = new BuiltInSchemas().ofResource({ group: "", version: "v1", kind: "Pod" });

  /** The pod of a file in YAML or JSON (`config/common.go`). Throws an error whose message says what is wrong. */
  parse(text: string, { path, nodeName, now }: ManifestFacts): Pod {
    const gvk = builtInResource("", "v1", "Pod");
    const decoded = this.#codec.decode(this.#schema, parseYamlText(text).value, { gvk });
    // Decoded by the schema of the kind.
    const written = decoded.object as unknown as Pod;
    if ((written.metadata.name ?? "") === "")
      throw new SyntaxError("invalid pod: name is needed for the pod");
    const uid = (written.metadata.uid ?? "") === "" ? hash(written, path, nodeName) : written.metadata.uid;
    const pod = setPodDefaults({
      ...written,
      metadata: {
        ...written.metadata,
        uid,
        name: `${written.metadata.name}-${nodeName.toLowerCase()}`,
        namespace: written.metadata.namespace ?? "default",
        creationTimestamp: formatTime(now),
        annotations: {
          ...written.metadata.annotations,
          [HASH_ANNOTATION]: uid,
          [SOURCE_ANNOTATION]: "file",
          [SEEN_ANNOTATION]: new Date(now).toISOString(),
        },
      },
      spec: {
        ...written.spec,
        nodeName,
        tolerations: [...(written.spec.tolerations ?? []), TOLERATION],
      },
      status: { phase: "Pending" },
    });
    verify(pod);
    return pod;
  }
}

function verify(pod: Pod): void {
  const errors = podKind.validate?.(pod) ?? [];
  if (errors.length > 0) throw new SyntaxError(`invalid pod: ${errors.map(formatFieldError).join(", ")}`);
  const [reference] = podReferences(pod);
  // A static pod runs without the API, which has what it refers to.
  if (reference !== undefined) {
    throw new SyntaxError(`static pods may not reference ${reference.kind.toLowerCase()}s`);
  }
}

function hash(pod: Pod, path: string, nodeName: string): string {
  return createHash("md5")
    .update(`${canonicalJson(pod)}host:${nodeName}file:${path}`)
    .digest("hex");
}
