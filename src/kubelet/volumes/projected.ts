import type { Pod, ProjectedVolumeSource } from "#api/generated/core-v1.ts";
import { fsUser, mountContent } from "./content-volume.ts";
import { projectedPayload } from "./payload.ts";
import type { PodToken, TokenSource } from "./service-account-tokens.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

/** Files from several sources in one directory; this is how pods get their service account's token. */
export const projected: VolumePlugin = {
  directoryName: "kubernetes.io~projected",
  supports: (volume) => volume.projected !== undefined,
  mount: async (request, host) => {
    const { pod, volume } = request;
    const source = volume.projected ?? { sources: [] };
    const tokens = await requestTokens(pod, source, host.tokens);
    const payload = projectedPayload(pod, source, {
      objects: host.objects,
      allocatable: host.allocatable(),
      tokens: new Map([...tokens].map(([index, { token }]) => [index, token])),
      fsUser: fsUser(pod),
      fsGroup: pod.spec.securityContext?.fsGroup,
    });
    const refreshTimes = [...tokens.values()].map(({ refreshAt }) => refreshAt);
    const refreshAt = refreshTimes.length === 0 ? undefined : Math.min(...refreshTimes);
    return mountContent(request, host, payload, { inMemory: true, refreshAt });
  },
};

async function requestTokens(
  pod: Pod,
  { sources }: ProjectedVolumeSource,
  tokenSource: TokenSource,
): Promise<ReadonlyMap<number, PodToken>> {
  const tokens = new Map<number, PodToken>();
  for (const [index, { serviceAccountToken }] of sources.entries()) {
    if (serviceAccountToken === undefined) continue;
    tokens.set(index, await tokenSource.tokenFor(pod, serviceAccountToken));
  }
  return tokens;
}
