/**
 * The environment that all expressions of Kubernetes share (k8s.io/apiserver pkg/cel/environment/base.go). All of its
 * libraries are older than the version before this one, so that new expressions may use what stored ones may.
 */
import { Environment } from "./environment.ts";
import { authorizerLibrary } from "./library/authorizer.ts";
import { findLibrary } from "./library/find.ts";
import { formatLibrary } from "./library/format.ts";
import { kubernetesListsLibrary } from "./library/kubernetes-lists.ts";
import type { Library } from "./library/library.ts";
import { listsLibrary, setsLibrary } from "./library/lists.ts";
import { cidrLibrary, ipLibrary } from "./library/network.ts";
import { optionalsLibrary } from "./library/optionals.ts";
import { quantityLibrary } from "./library/quantity.ts";
import { semverLibrary } from "./library/semver.ts";
import { standardLibrary } from "./library/standard.ts";
import { stringsLibrary } from "./library/strings.ts";
import { twoVariablesLibrary } from "./library/two-variables.ts";
import { urlsLibrary } from "./library/urls.ts";

/** What one evaluation may cost. */
export const PER_CALL_LIMIT = 1_000_000;

/** `more` are the libraries that only some expressions have. */
export function createKubernetesEnvironment(...more: readonly Library[]): Environment {
  return Environment.of([
    ...more,
    standardLibrary,
    urlsLibrary,
    findLibrary,
    kubernetesListsLibrary,
    authorizerLibrary,
    optionalsLibrary,
    quantityLibrary,
    stringsLibrary,
    setsLibrary,
    ipLibrary,
    cidrLibrary,
    formatLibrary,
    twoVariablesLibrary,
    semverLibrary,
    listsLibrary,
  ]);
}
