import { FEATURES } from "#api/features.ts";
import { parseGoBoolean } from "#apimachinery/go-boolean.ts";
import type { ApiSwitch, FeatureConfig, FeatureGate } from "#server/feature-config.ts";
import type { Settings } from "./setting.ts";

/** What is switched on that Kubernetes has off; values and complaints are those of kube-apiserver. */
export const featureSettings: Settings<FeatureConfig> = {
  featureGates: {
    flag: "feature-gates",
    help: `feature that is switched on, such as ${FEATURES[0]}=true`,
    parse: parseFeatureGate,
    repeatable: true,
    fallback: [],
  },
  runtimeConfig: {
    flag: "runtime-config",
    help: "API that is switched on, such as certificates.k8s.io/v1beta1=true",
    parse: parseApiSwitch,
    repeatable: true,
    fallback: [],
  },
};

function parseFeatureGate(text: string): FeatureGate {
  const { key, value } = parsePair(text);
  if (value === undefined) throw new RangeError(`missing bool value for ${key}`);
  const isEnabled = requireBoolean(value, `invalid value of ${key}=${value}, err: `);
  const feature = FEATURES.find((each) => each === key);
  if (feature === undefined) throw new RangeError(`unrecognized feature gate: ${key}`);
  return { feature, isEnabled };
}

function parseApiSwitch(text: string): ApiSwitch {
  const { key: api, value = "" } = parsePair(text);
  const [group, , resource = "", ...more] = api.split("/");
  if (!api.includes("/") || more.length > 0) throw new RangeError(`runtime-config invalid key ${api}`);
  if (group === "api" && value !== "true" && value !== "false") {
    throw new RangeError(`invalid value ${api}=${value}`);
  }
  if (resource !== resource.toLowerCase()) {
    throw new RangeError(
      `invalid key ${api}: group/version/resource and resource is always lowercase plural, not "${resource}"`,
    );
  }
  const isEnabled = value === "" || requireBoolean(value, `invalid value of ${api}: ${value}, err: `);
  return { api, isEnabled };
}

/** What stands behind the first `=` is undefined without one. */
function parsePair(text: string): { readonly key: string; readonly value: string | undefined } {
  const [key = "", ...values] = text.split("=");
  return { key: key.trim(), value: values.length === 0 ? undefined : values.join("=").trim() };
}

/** Throws a RangeError in Go's words, behind those of `problem`. */
function requireBoolean(text: string, problem: string): boolean {
  const value = parseGoBoolean(text);
  if (value !== undefined) return value;
  throw new RangeError(`${problem}strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}
