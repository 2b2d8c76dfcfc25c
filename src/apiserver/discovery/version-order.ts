/** Stability ranks above its number: `v2` before `v1` before `v1beta2` before `v1alpha1`. */
const STABILITY: Readonly<Record<string, number>> = { "": 3, beta: 2, alpha: 1 };

/**
 * Orders API versions from the most to the least preferred (apimachinery `pkg/version` `CompareKubeAwareVersionStrings`);
 * what is no Kubernetes version comes last, in alphabetical order.
 */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === undefined || right === undefined) {
    if (left === right) return a < b ? -1 : Number(a > b);
    return left === undefined ? 1 : -1;
  }
  const difference = left.findIndex((part, index) => part !== right[index]);
  return difference < 0 ? 0 : (right[difference] ?? 0) - (left[difference] ?? 0);
}

function parseVersion(version: string): readonly number[] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  const [, major, stability = "", minor = "0"] = match;
  return [STABILITY[stability] ?? 0, Number(major), Number(minor)];
}
