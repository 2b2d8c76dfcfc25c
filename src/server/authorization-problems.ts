import type { AuthorizationConfig } from "./authorization-config.ts";

/** What the flags about authorization contradict, as lines that name them. */
export function authorizationProblems({
  authorizationMode: modes,
  authorizationWebhookConfigFile: file,
}: AuthorizationConfig): readonly string[] {
  const repeated = modes.find((mode, index) => modes.indexOf(mode) < index);
  return [
    ...(modes.includes("Webhook") === (file !== "")
      ? []
      : [
          "Only one of --authorization-webhook-config-file and the mode Webhook of --authorization-mode is given: give both",
        ]),
    ...(repeated === undefined
      ? []
      : [`The mode ${repeated} is in --authorization-mode more than once: give it once`]),
  ];
}
