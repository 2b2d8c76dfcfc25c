import type { AuthorizationConfig } from "./authorization-config.ts";

/** What the flags about authorization contradict, as lines that name them. */
export function authorizationProblems(config: AuthorizationConfig): readonly string[] {
  const { authorizationMode: modes, authorizationWebhookConfigFile: file } = config;
  if (config.authorizationConfig !== "") {
    return hasFlags(config)
      ? [
          "The flags --authorization-config and --authorization-mode or --authorization-webhook-… exclude each other: give one or the others",
        ]
      : [];
  }
  const repeated = modes.find((mode, index) => modes.indexOf(mode) < index);
  return [
    ...(modes.includes("Webhook") === (file !== "")
      ? []
      : [
          "Only one of --authorization-webhook-config-file and the mode Webhook of --authorization-mode is given: give both",
        ]),
    ...(modes.includes("ABAC") === (config.authorizationPolicyFile !== "")
      ? []
      : [
          "Only one of --authorization-policy-file and the mode ABAC of --authorization-mode is given: give both",
        ]),
    ...(repeated === undefined
      ? []
      : [`The mode ${repeated} is in --authorization-mode more than once: give it once`]),
  ];
}

function hasFlags(config: AuthorizationConfig): boolean {
  const texts = [config.authorizationWebhookConfigFile, config.authorizationWebhookVersion ?? ""];
  const times = [
    config.authorizationWebhookCacheAuthorizedTtlMs,
    config.authorizationWebhookCacheUnauthorizedTtlMs,
  ];
  return (
    config.authorizationMode.length > 0 ||
    texts.some((text) => text !== "") ||
    times.some((time) => time !== undefined)
  );
}
